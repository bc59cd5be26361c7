"""What a language model made of segments of rooms, so that a segment is not read again as long as it stays so.

It holds members' words, and so goes when one of the messages changes, goes, or is not to be read any more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import texts
from learncomm_agent.storage.schema import rooms
from learncomm_agent.storage.schema_writing import readings

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a segment."""

    key: str
    """Says what was read, and how; another one is another reading."""
    content: Mapping[str, Any]


def of_room(conn: Connection, room: RoomId) -> list[Reading]:
    """Return what is kept of a room, of its threads, and of the room that it is a thread of; the newest first.

    A segment is read and kept once, whether its thread is summed up by itself or with its room.
    """
    here = rooms.alias()
    is_near = sa.or_(
        rooms.c.id == here.c.id,
        rooms.c.parent == here.c.platform_id,
        rooms.c.platform_id == here.c.parent,
    )
    near = sa.select(rooms.c.id).join(here, sa.and_(rooms.c.space_id == here.c.space_id, is_near))
    kept = sa.select(readings.c.key, readings.c.content).where(
        readings.c.room_id.in_(near.where(here.c.id == room))
    )
    return [Reading(*row) for row in conn.execute(kept.order_by(readings.c.id.desc()))]


def add(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    reading: Reading,
    revisions: Mapping[int, int],
    now: datetime,
) -> bool:
    """Keep a reading, unless one of its messages is not there any more as it was read; whether it is kept.

    Args:
        conn: The transaction to write in.
        community: Of the room.
        room: Where the messages stand.
        reading: What was made of them.
        revisions: Of each message, by its row id, that which was read.
        now: The present moment.
    """
    present = {id: revision for id, (_, revision) in texts(conn, sorted(revisions)).items()}
    if not revisions or present != dict(revisions):
        return False
    made = insert(readings).values(
        community_id=community,
        room_id=room,
        key=reading.key,
        first=min(revisions),
        last=max(revisions),
        content=dict(reading.content),
        read_at=now,
    )
    conn.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    return True


def drop_on(conn: Connection, ids: sa.Select[tuple[int]]) -> int:
    """Drop what was made of messages, given as a query for their row ids; return how many readings that was."""
    gone = conn.execute(ids).scalars().all()
    if not gone:
        return 0
    given = sa.func.json_each(json.dumps(gone)).table_valued("value", name="given")
    read = sa.func.json_each(readings.c.content, "$.ids").table_valued("value", name="read")
    one = sa.cast(read.c.value, sa.Integer)
    held = sa.exists().select_from(read).where(one.in_(sa.select(given.c.value)))
    near = sa.and_(readings.c.first <= max(gone), readings.c.last >= min(gone))
    return conn.execute(sa.delete(readings).where(near, held)).rowcount


def drop_old(conn: Connection, now: datetime) -> None:
    """Drop what has been kept for long enough."""
    conn.execute(sa.delete(readings).where(readings.c.read_at < now - KEPT_FOR))
