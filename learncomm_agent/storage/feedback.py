"""What somebody put into the box, or asked, without a name. No function here is told who it was."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import StorageError
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lots import drawn
from learncomm_agent.storage.schema_feedback import feedback


class Kind(StrEnum):
    """For whom it is."""

    LEADERS = "leaders"
    ROOM = "room"
    """A question to all in a room, which the leaders see first."""


class State(StrEnum):
    """What became of it."""

    HELD = "held"
    """Nobody has been shown it yet."""
    OPEN = "open"
    SHOWN = "shown"
    ANSWERED = "answered"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of feedback, or one question."""

    id: int
    """Drawn by lot."""
    community: CommunityId
    room: RoomId | None
    kind: Kind
    text: str
    day: date
    state: State
    reply: str


def add(
    conn: Connection, community: CommunityId, room: RoomId | None, kind: Kind, text: str, day: date
) -> int:
    """Keep what somebody wrote, under a number that says nothing of when.

    Raises:
        StorageError: No number is free.
    """
    made = sa.insert(feedback).values(
        id=drawn(conn, feedback),
        community_id=community,
        room_id=room,
        kind=kind.value,
        text=text,
        day=day.isoformat(),
        state=State.HELD.value,
    )
    return int(conn.execute(made.returning(feedback.c.id)).scalar_one())


def deliver(conn: Connection, community: CommunityId, before: date) -> int:
    """Let leaders see what was written before a day; return how much that is."""
    held = _held(community).where(feedback.c.day < before.isoformat())
    seen = sa.update(feedback).where(feedback.c.id.in_(held)).values(state=State.OPEN.value)
    return conn.execute(seen).rowcount


def held_in(conn: Connection) -> list[CommunityId]:
    """Return the communities in which something waits for its day."""
    held = sa.select(feedback.c.community_id).where(feedback.c.state == State.HELD.value)
    ids = conn.execute(held.distinct().order_by(feedback.c.community_id)).scalars()
    return [CommunityId(id) for id in ids]


def is_held(conn: Connection, community: CommunityId, before: date) -> bool:
    """Whether something waits that was written before a day."""
    held = _held(community).where(feedback.c.day < before.isoformat())
    return conn.execute(held.limit(1)).first() is not None


def open_in(conn: Connection, community: CommunityId) -> list[Piece]:
    """Return what leaders have not decided on, by day and then by number."""
    waits = sa.select(feedback).where(
        feedback.c.community_id == community, feedback.c.state == State.OPEN.value
    )
    return [_piece(row) for row in conn.execute(waits.order_by(feedback.c.day, feedback.c.id))]


def get(conn: Connection, id: int, community: CommunityId) -> Piece | None:
    """Return one that leaders may see."""
    known = sa.select(feedback).where(
        feedback.c.id == id,
        feedback.c.community_id == community,
        feedback.c.state != State.HELD.value,
    )
    row = conn.execute(known).first()
    return None if row is None else _piece(row)


def decide(conn: Connection, id: int, state: State, reply: str = "") -> None:
    """Keep what leaders did with one.

    Raises:
        StorageError: Another leader has decided meanwhile.
    """
    mine = sa.update(feedback).where(
        feedback.c.id == id, feedback.c.state.in_((State.OPEN.value, State.ASIDE.value))
    )
    if not conn.execute(mine.values(state=state.value, reply=reply)).rowcount:
        raise StorageError("it was decided on meanwhile")


def _held(community: CommunityId) -> sa.Select[tuple[int]]:
    return sa.select(feedback.c.id).where(
        feedback.c.community_id == community, feedback.c.state == State.HELD.value
    )


def _piece(row: Any) -> Piece:
    return Piece(
        id=row.id,
        community=CommunityId(row.community_id),
        room=None if row.room_id is None else RoomId(row.room_id),
        kind=Kind(row.kind),
        text=row.text,
        day=date.fromisoformat(row.day),
        state=State(row.state),
        reply=row.reply,
    )
