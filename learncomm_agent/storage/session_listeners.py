"""Which sessions listen where."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_sessions import session_rooms, sessions


def heard_in(conn: Connection, rooms: Collection[RoomId]) -> Mapping[RoomId, list[int]]:
    """Return which sessions that have not ended listen in which of some rooms."""
    if not rooms:
        return {}
    here = sa.select(sessions.c.room_id, sessions.c.id).where(
        sessions.c.room_id.in_(rooms), sessions.c.ended_at.is_(None)
    )
    threads = (
        sa.select(session_rooms.c.room_id, sessions.c.id)
        .join(session_rooms, session_rooms.c.session_id == sessions.c.id)
        .where(session_rooms.c.room_id.in_(rooms), sessions.c.ended_at.is_(None))
    )
    found: dict[RoomId, list[int]] = {}
    for row in conn.execute(here.union_all(threads)):
        found.setdefault(RoomId(row[0]), []).append(row[1])
    return found
