"""What leaders order to be posted in a room again and again: every week, at a time of a zone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import AccountId, CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.work import Commit


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that recurs in a room."""

    id: int
    community: CommunityId
    room: RoomId
    kind: str
    rule: Mapping[str, Any]
    """`{"weekday": 0, "at": "09:00", "zone": "Europe/Berlin", "every": 1, …}`; Monday is 0."""
    next_at: datetime
    last_at: datetime | None
    by: AccountId | None


Run = Callable[[Order], Awaitable[Commit | None]]
"""Does what an order says, now; the commit is written with the order's next moment."""


class Recurring:
    """Keeps orders and has them carried out. The functions that take a `conn` belong in a transaction."""

    def handle(self, kind: str, run: Run) -> None:
        """Say who carries out a kind."""
        raise NotImplementedError

    def order(
        self,
        conn: Connection,
        community: CommunityId,
        room: RoomId,
        kind: str,
        rule: Mapping[str, Any],
        by: AccountId | None,
    ) -> Order:
        """Have something done again and again in a room; an order of its kind there is replaced."""
        raise NotImplementedError

    def cancel(self, conn: Connection, room: RoomId, kind: str) -> bool:
        """End an order; whether there was one."""
        raise NotImplementedError

    def of(self, conn: Connection, room: RoomId, kind: str) -> Order | None:
        """Return the order of a kind in a room."""
        raise NotImplementedError
