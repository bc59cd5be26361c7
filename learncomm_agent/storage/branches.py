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


def threads_of(conn: Connection, id: RoomId) -> dict[RoomId, str]:
    """Return the names of the threads that whoever reads a room reads as well; none of a thread."""
    room = rows.alias()
    same = sa.and_(rows.c.space_id == room.c.space_id, rows.c.parent == room.c.platform_id)
    branches = sa.select(rows.c.id, rows.c.name).join(room, same).where(room.c.id == id)
    return {RoomId(row[0]): row[1] for row in conn.execute(branches.order_by(rows.c.id))}
