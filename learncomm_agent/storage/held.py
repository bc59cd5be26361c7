"""What is held of a room, to compare it with the history that the platform tells."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.storage import state as facts
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import messages, rooms, spaces

_KEY = "read since:"


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


def rooms_of(conn: Connection, platform: str) -> list[RoomId]:
    """Return the rooms and threads of a platform that were met, but for direct talks."""
    met = (
        sa.select(rooms.c.id)
        .join(spaces)
        .where(spaces.c.platform == platform, rooms.c.kind != RoomKind.DIRECT)
    )
    return [RoomId(id) for id in conn.execute(met.order_by(rooms.c.id)).scalars()]


def opened(conn: Connection, room: RoomId, now: datetime) -> None:
    """Keep that a room is read from now on: what was written before was not meant for us."""
    facts.put(conn, f"{_KEY}{room}", {}, now)


def opened_at(conn: Connection, room: RoomId) -> datetime | None:
    """Return since when a room is read by a leader's choice, of a thread also where it branches from.

    Where that was not kept, since its oldest message that is. None where nobody chose: then it was read
    from the beginning.
    """
    branch = sa.select(rooms.c.space_id, rooms.c.parent).where(rooms.c.id == room).subquery()
    trunk = sa.and_(rooms.c.space_id == branch.c.space_id, rooms.c.platform_id == branch.c.parent)
    chosen = sa.select(rooms.c.id).where(
        sa.or_(rooms.c.id == room, trunk), rooms.c.reading.is_not(None)
    )
    ids = list(conn.execute(chosen).scalars())
    if not ids:
        return None
    own = room if room in ids else ids[0]
    told = facts.get(conn, f"{_KEY}{own}")
    if told is not None:
        return told[1]
    oldest = sa.select(sa.func.min(messages.c.posted_at)).where(messages.c.room_id == room)
    return conn.execute(oldest).scalar()
