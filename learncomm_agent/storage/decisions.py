"""What was decided: a line of a writing each, with which it goes, and when it is to be looked at again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items
from learncomm_agent.storage.schema_promises import decisions


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision."""

    item: int
    """The line that says it; also its number."""
    writing: int
    community: CommunityId
    room: RoomId
    decided_at: datetime
    review_at: datetime | None = None
    reviewed_at: datetime | None = None
    is_dropped: bool = False
    """Whether those who lead said that it holds no more."""


_known = sa.select(decisions, items.c.writing_id).join(items, items.c.id == decisions.c.item_id)


def put(conn: Connection, decision: Decision) -> None:
    """Keep one; of one that is there already, when it was decided and is to be looked at again."""
    times = {"decided_at": decision.decided_at, "review_at": decision.review_at}
    known = sa.update(decisions).where(decisions.c.item_id == decision.item)
    if conn.execute(known.values(**times)).rowcount:
        return
    made = sa.insert(decisions).values(
        item_id=decision.item,
        community_id=decision.community,
        room_id=decision.room,
        **times,
    )
    conn.execute(made)


def get(conn: Connection, item: int, community: CommunityId | None = None) -> Decision | None:
    """Return one by its line; None where there is none, or it is another community's."""
    wanted = _known.where(decisions.c.item_id == item)
    if community is not None:
        wanted = wanted.where(decisions.c.community_id == community)
    row = conn.execute(wanted).first()
    return None if row is None else _decision(row)


def of_rooms(
    conn: Connection, rooms: Collection[RoomId], *, since: datetime | None = None, most: int = 20
) -> list[Decision]:
    """Return those of some rooms, the newest first."""
    there = _known.where(decisions.c.room_id.in_(rooms))
    if since is not None:
        there = there.where(decisions.c.decided_at >= since)
    newest = there.order_by(decisions.c.decided_at.desc(), decisions.c.item_id.desc())
    return [_decision(row) for row in conn.execute(newest.limit(most))]


def of_writing(conn: Connection, writing: int) -> list[Decision]:
    """Return those that are lines of a writing."""
    there = _known.where(items.c.writing_id == writing).order_by(decisions.c.item_id)
    return [_decision(row) for row in conn.execute(there)]


def reviewed(conn: Connection, item: int, now: datetime, *, is_dropped: bool = False) -> bool:
    """Keep that one was looked at again; return whether nobody had done so before."""
    waits = sa.update(decisions).where(
        decisions.c.item_id == item, decisions.c.reviewed_at.is_(None)
    )
    return conn.execute(waits.values(reviewed_at=now, is_dropped=is_dropped)).rowcount == 1


def drop(conn: Connection, lines: Collection[int]) -> None:
    """Let some be no more, by their lines."""
    conn.execute(sa.delete(decisions).where(decisions.c.item_id.in_(lines)))


def _decision(row: Any) -> Decision:
    return Decision(
        item=row.item_id,
        writing=row.writing_id,
        community=CommunityId(row.community_id),
        room=RoomId(row.room_id),
        decided_at=row.decided_at,
        review_at=row.review_at,
        reviewed_at=row.reviewed_at,
        is_dropped=row.is_dropped,
    )
