"""What is held of a room, to compare it with the history that the platform tells."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import Room, RoomId, RoomKind
from learncomm_agent.storage import cursors, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import messages, spaces
from learncomm_agent.storage.schema import rooms as room_rows


def known(conn: Connection, room: RoomId, ids: Collection[str]) -> set[str]:
    """Return those messages of which is known more than an edit that came early."""
    here = sa.select(messages.c.platform_id).where(
        messages.c.room_id == room,
        messages.c.platform_id.in_(ids),
        messages.c.state != State.EARLY,
    )
    return set(conn.execute(here).scalars())


def since(conn: Connection, room: RoomId, moment: datetime) -> set[str]:
    """Return the messages that are kept of a room since a moment, by the platform's ids."""
    kept = sa.select(messages.c.platform_id).where(
        messages.c.room_id == room,
        messages.c.posted_at >= moment,
        messages.c.state == State.KEPT,
    )
    return set(conn.execute(kept).scalars())


def rooms_of(conn: Connection, platform: str) -> dict[RoomId, Room]:
    """Return the rooms and threads of a platform that were met, but for direct talks, in their order."""
    met = rooms.located.where(spaces.c.platform == platform, room_rows.c.kind != RoomKind.DIRECT)
    rows = conn.execute(met.order_by(room_rows.c.id))
    return {RoomId(row.id): rooms.made_of(row) for row in rows}


def opened_at(conn: Connection, room: RoomId) -> tuple[bool, datetime | None]:
    """Return whether a leader chose to have a room read, or where it branches from, and since when.

    None is from its beginning.
    """
    branch = sa.select(room_rows.c.space_id, room_rows.c.parent).where(room_rows.c.id == room)
    here = branch.subquery()
    trunk = sa.and_(
        room_rows.c.space_id == here.c.space_id, room_rows.c.platform_id == here.c.parent
    )
    chosen = sa.select(room_rows.c.id).where(
        sa.or_(room_rows.c.id == room, trunk), room_rows.c.reading
    )
    ids = list(conn.execute(chosen).scalars())
    if not ids:
        return False, None
    cursor = cursors.get(conn, room if room in ids else RoomId(ids[0]))
    return True, None if cursor is None else cursor.since
