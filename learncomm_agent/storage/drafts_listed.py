"""What a list says of drafts: what each is about, for which room, and of how many lines."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items, rooms, writings
from learncomm_agent.storage.writings import Writing


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft as a list names it."""

    writing: Writing
    """Without its lines."""
    lines: int
    room: str
    """The name of the room that it is for."""


def named(conn: Connection, ids: Collection[int]) -> dict[int, Listed]:
    """Return what a list says of some drafts, by their writings; all in one query."""
    lines = sa.select(sa.func.count()).where(items.c.writing_id == writings.c.id).scalar_subquery()
    asked = (
        sa.select(writings, rooms.c.name.label("room"), lines.label("lines"))
        .join(rooms, rooms.c.id == writings.c.room_id)
        .where(writings.c.id.in_(ids))
    )
    return {row.id: Listed(_bare(row), row.lines, row.room) for row in conn.execute(asked)}


def _bare(row: sa.Row[*tuple[object, ...]]) -> Writing:
    found = row._mapping
    return Writing(
        community=CommunityId(found["community_id"]),
        kind=found["kind"],
        room=found["room_id"],
        member=found["member_id"],
        is_private=found["is_private"],
        request=found["request"],
        header=found["content"],
        trace=found["trace"],
        lines=(),
        id=found["id"],
    )
