"""Rooms, and the threads that branch from them: a thread that names its room is read by that room's rule.

A platform may list the threads that are in use alone; those that it has folded away are known here.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.storage import rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import rooms as rows


def readable(conn: Connection, refs: Iterable[RoomRef]) -> Readable:
    """Return what may be shown to readers of these rooms: the rooms, and their threads."""
    known = frozenset(rooms.find(conn, refs).values())
    room = rows.alias()
    branches = (
        sa.select(rows.c.id)
        .join(
            room,
            sa.and_(rows.c.space_id == room.c.space_id, rows.c.parent == room.c.platform_id),
        )
        .where(room.c.id.in_(known))
    )
    return Readable(known | {RoomId(id) for id in conn.execute(branches).scalars()})
