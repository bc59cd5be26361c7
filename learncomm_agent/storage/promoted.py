"""Answers that leaders keep in the library: of which writings they are made."""

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ResourceId, ResourceKind, Share
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import posts, resources, shares, writings

PREFIX = "answer:"
"""Of the source of such a resource; the row id of the writing follows."""
USEFUL = "useful"


def source_of(writing: int) -> str:
    """Return the source of the resource that is made of a writing."""
    return f"{PREFIX}{writing}"


def writing_of(source: str) -> int:
    """Return the writing of which a resource was made."""
    return int(source.removeprefix(PREFIX))


def kept(conn: Connection, community: CommunityId, writing: int) -> ResourceId | None:
    """Return the resource that was made of a writing; None where there is none."""
    made = sa.select(resources.c.id).where(
        resources.c.community_id == community,
        resources.c.kind == ResourceKind.ANSWER,
        resources.c.source == source_of(writing),
    )
    id = conn.execute(made).scalar()
    return None if id is None else ResourceId(id)


def share_of(conn: Connection, resource: ResourceId) -> Share | None:
    """Return who keeps a resource for whom; None where nobody does any more."""
    row = conn.execute(
        sa.select(shares).where(shares.c.resource_id == resource).order_by(shares.c.id).limit(1)
    ).first()
    return None if row is None else Share(row.room_id, row.member_id, comment=row.comment)


def last_useful(conn: Connection, community: CommunityId, room: RoomId) -> int | None:
    """Return the newest answer for all in a room that somebody found useful."""
    newest = (
        sa.select(writings.c.id)
        .where(
            writings.c.community_id == community,
            writings.c.room_id == room,
            writings.c.kind == "answer",
            writings.c.is_private.is_(False),
            writings.c.verdict == USEFUL,
        )
        .order_by(writings.c.id.desc())
    )
    return conn.execute(newest.limit(1)).scalar()


def of_post(conn: Connection, room: RoomId, platform_id: str) -> int | None:
    """Return the writing that a message of ours in a room shows."""
    part = sa.func.json_each(posts.c.parts).table_valued("value")
    shown = (
        sa.select(posts.c.writing_id)
        .join(part, sa.true())
        .where(
            posts.c.room_id == room,
            posts.c.is_private.is_(False),
            posts.c.writing_id.is_not(None),
            sa.func.json_extract(part.c.value, "$[3]") == platform_id,
        )
    )
    return conn.execute(shown.limit(1)).scalar()
