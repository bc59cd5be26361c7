"""What the agent posted, and where each part of it stands."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import MessageRef, RoomId, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Receipt
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.storage import rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.prepared import Prepared
from learncomm_agent.storage.schema import micros, posts


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that was posted, maybe in several parts."""

    key: str
    room: RoomId
    parts: tuple[MessageRef, ...]
    is_private: bool


# Made once: it runs after every post.
_MADE = insert(posts)
_RECORDED = Prepared.of(
    _MADE.on_conflict_do_update(
        index_elements=["key"],
        set_={name: _MADE.excluded[name] for name in ("parts", "downgrades", "posted_at")},
    ),
    [each.name for each in posts.c if each.name != "id"],
)


def record(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    key: str,
    receipt: Receipt,
    *,
    writing: int | None,
    is_private: bool,
    now: datetime,
) -> None:
    """Keep the receipt of a post; a later one of the same key takes its place."""
    values = {
        "community_id": community,
        "room_id": room,
        "key": key,
        "writing_id": writing,
        "is_private": is_private,
        "parts": json.dumps([_record(part) for part in receipt.parts]),
        "downgrades": json.dumps([[note.feature, note.fallback] for note in receipt.downgrades]),
        "posted_at": micros(now),
    }
    _RECORDED.run(conn, values)


def change_parts(conn: Connection, key: str, receipt: Receipt) -> None:
    """Keep where the parts of a post stand now."""
    changed = sa.update(posts).where(posts.c.key == key)
    conn.execute(changed.values(parts=[_record(part) for part in receipt.parts]))


def of_writing(conn: Connection, writing: int) -> list[Post]:
    """Return the posts that showed a writing."""
    shown = sa.select(posts).where(posts.c.writing_id == writing).order_by(posts.c.id)
    return [_post(row) for row in conn.execute(shown)]


def refs(conn: Connection, ids: Collection[int]) -> dict[int, MessageRef]:
    """Return where some writings were posted for all, the first part of each."""
    public = sa.select(posts.c.writing_id, posts.c.parts).where(
        posts.c.writing_id.in_(ids), posts.c.is_private.is_(False)
    )
    rows = conn.execute(public.order_by(posts.c.id.desc()))
    return {row.writing_id: _part(row.parts[0]) for row in rows if row.parts}


def at(conn: Connection, ref: MessageRef) -> tuple[Post, int | None] | None:
    """Return the post that a message is a part of, and the writing that it shows; None where it is none."""
    room = rooms.find(conn, [ref.room]).get(ref.room)
    if room is None:
        return None
    there = posts.c.room_id == room
    if rooms.get(conn, room).kind is RoomKind.DIRECT:  # where answers of other rooms may stand
        there = sa.or_(there, posts.c.is_private)
    looked_for = json.dumps(_record(ref))
    is_part = sa.func.instr(sa.cast(posts.c.parts, sa.Text), looked_for) > 0
    holding = sa.select(posts).where(there, is_part)
    row = conn.execute(holding.order_by(posts.c.id.desc()).limit(1)).first()
    return None if row is None else (_post(row), row.writing_id)


def _post(row: sa.Row[*tuple[Any, ...]]) -> Post:
    parts = tuple(_part(part) for part in row.parts)
    return Post(row.key, RoomId(row.room_id), parts, row.is_private)


def _record(part: MessageRef) -> list[str]:
    return [part.room.space.platform, part.room.space.id, part.room.id, part.id]


def _part(record: list[str]) -> MessageRef:
    platform, space, room, id = record
    return MessageRef(RoomRef(SpaceRef(platform, space), room), id)
