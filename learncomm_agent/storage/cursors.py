"""How far rooms were read: from when on, and up to which message.

While a room is followed, its newest message is as far as it was read, and nothing is written for that.
When something may have been missed, that place is put down, until the history has been read from there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import messages
from learncomm_agent.storage.schema_reading import cursors


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one room was read."""

    since: datetime | None
    """From when on it is read; None is from its beginning."""
    read_to: str | None
    """The message up to which it was read, by the platform's id; None where none was."""
    read_at: datetime | None
    """When that was posted."""
    is_whole: bool
    """Whether nothing is missing up to what is kept of it now."""


def get(conn: Connection, room: RoomId) -> Cursor | None:
    """Return how far a room was read; None where it never was."""
    columns = (cursors.c.since, cursors.c.read_to, cursors.c.read_at, cursors.c.is_whole)
    row = conn.execute(sa.select(*columns).where(cursors.c.room_id == room)).first()
    return None if row is None else Cursor(*row)


def begin(
    conn: Connection, room: RoomId, since: datetime | None, *, is_whole: bool = False
) -> None:
    """Have a room read from a moment on, whatever was read of it before; from its beginning where None."""
    values: dict[str, Any] = {"since": since, "read_to": None, "read_at": None}
    values["is_whole"] = is_whole
    made = insert(cursors).values(room_id=room, **values)
    conn.execute(made.on_conflict_do_update(index_elements=["room_id"], set_=values))


def end(conn: Connection, rooms: Collection[RoomId]) -> None:
    """Let go of how far rooms were read: they are read no more."""
    conn.execute(sa.delete(cursors).where(cursors.c.room_id.in_(rooms)))


def interrupt(
    conn: Connection, rooms: Collection[RoomId] | None = None, before: datetime | None = None
) -> None:
    """Put down how far rooms were read, since what came after it may have been missed.

    Where something was missing already, that place stays.

    Args:
        conn: The transaction to write in.
        rooms: Which; all where None.
        before: What was posted later than this may have come after the gap already; None is no bound.
    """
    newest = (
        sa.select(messages.c.platform_id)
        .where(
            messages.c.room_id == cursors.c.room_id,
            messages.c.state.in_([State.KEPT, State.COUNTED]),
            sa.or_(cursors.c.read_at.is_(None), messages.c.posted_at > cursors.c.read_at),
        )
        .order_by(messages.c.posted_at.desc(), messages.c.id.desc())
        .limit(1)
    )
    if before is not None:
        newest = newest.where(messages.c.posted_at <= before)
    place = newest.correlate(cursors).scalar_subquery()
    moment = newest.with_only_columns(messages.c.posted_at).correlate(cursors).scalar_subquery()
    put = (
        sa.update(cursors)
        .where(cursors.c.is_whole)
        .values(
            read_to=sa.func.coalesce(place, cursors.c.read_to),
            read_at=sa.func.coalesce(moment, cursors.c.read_at),
            is_whole=False,
        )
    )
    conn.execute(put if rooms is None else put.where(cursors.c.room_id.in_(rooms)))


def advance(conn: Connection, room: RoomId, was: Cursor, now: Cursor) -> bool:
    """Put the cursor on, in the transaction that keeps what was read; False where it was moved meanwhile."""
    moved = (
        sa.update(cursors)
        .where(
            cursors.c.room_id == room,
            cursors.c.since.is_not_distinct_from(was.since),
            cursors.c.read_to.is_not_distinct_from(was.read_to),
            cursors.c.is_whole.is_(was.is_whole),
        )
        .values(read_to=now.read_to, read_at=now.read_at, is_whole=now.is_whole)
    )
    return conn.execute(moved).rowcount == 1
