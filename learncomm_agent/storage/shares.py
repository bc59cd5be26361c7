"""Who brought a resource to which room."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind, Share
from learncomm_agent.storage import lexical, shelves
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares


def add(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    share: Share,
    now: datetime,
    *,
    is_first: bool = False,
) -> None:
    """Keep a share, once for each room and member.

    Args:
        conn: The transaction to write in.
        community: Whose library.
        resource: What is shared; its chunks are there.
        share: Who brought it where.
        now: When.
        is_first: Whether the resource was made in this transaction.
    """
    same = sa.and_(shares.c.resource_id == resource, _is(share))
    if conn.execute(sa.select(shares.c.id).where(same)).first() is not None:
        return
    made = sa.insert(shares).values(
        community_id=community,
        resource_id=resource,
        room_id=share.room,
        member_id=share.member,
        message_id=share.message,
        comment=share.comment,
        source=share.source,
        shared_at=now,
    )
    id = conn.execute(made.returning(shares.c.id)).scalar_one()
    (shelves.added if is_first else shelves.changed)(conn, shares.c.id == id)


def is_shared_with(conn: Connection, resource: ResourceId, room: RoomId | None) -> bool:
    """Whether a resource is shared with a room, or with the whole community; None asks for that alone."""
    there = sa.or_(shares.c.room_id.is_(None), shares.c.room_id == room)
    with_them = sa.select(shares.c.id).where(shares.c.resource_id == resource, there)
    return conn.execute(with_them.limit(1)).first() is not None


def move_away(conn: Connection, resource: ResourceId, share: Share) -> bool:
    """Take a share back whose sharer brings something else under that name; whether others are left."""
    this = sa.and_(shares.c.resource_id == resource, _is(share))
    others = sa.select(shares.c.id).where(shares.c.resource_id == resource, sa.not_(_is(share)))
    if conn.execute(others).first() is None:
        return False
    shelves.changed(conn, this)
    conn.execute(sa.delete(shares).where(this))
    return True


def under(conn: Connection, community: CommunityId, source: str, share: Share) -> ResourceId | None:
    """Return what this member brought to this room under this name; None where there is nothing."""
    own_name = sa.and_(
        resources.c.community_id == community,
        resources.c.source == source,
        shares.c.source.is_(None),
    )
    other_name = sa.and_(shares.c.community_id == community, shares.c.source == source)
    brought = sa.select(resources.c.id).join_from(resources, shares).where(_is(share))
    for name in (own_name, other_name):  # one index each
        if (id := conn.execute(brought.where(name)).scalar()) is not None:
            return ResourceId(id)
    return None


def _is(share: Share) -> sa.ColumnElement[bool]:
    """The condition on `shares` of one member and one room."""
    return sa.and_(
        shares.c.room_id.is_not_distinct_from(share.room),
        shares.c.member_id.is_not_distinct_from(share.member),
    )


def of_message(conn: Connection, message: int) -> list[tuple[ResourceId, Share]]:
    """Return the resources that were made from a message itself, each with the share that did it."""
    shared = (
        sa.select(shares, resources.c.id.label("resource"))
        .join_from(shares, resources)
        .where(shares.c.message_id == message, resources.c.kind == ResourceKind.MESSAGE)
    )
    return [
        (
            ResourceId(row.resource),
            Share(row.room_id, row.member_id, row.message_id, row.comment),
        )
        for row in conn.execute(shared)
    ]


def sharers(conn: Connection, resource: ResourceId) -> set[int | None]:
    """Return the members who shared a resource; None among them is an operator."""
    shared = sa.select(shares.c.member_id).where(shares.c.resource_id == resource)
    return set(conn.execute(shared).scalars())


def of(resource: ResourceId, member: MemberId, readable: Readable | None) -> sa.ColumnElement[bool]:
    """The shares of a resource that are a member's own, or also those that an audience may see."""
    mine = shares.c.member_id == member
    some = mine if readable is None else sa.or_(mine, lexical.is_open(readable))
    return sa.and_(shares.c.resource_id == resource, some)


def made_of(message: int, member: MemberId) -> sa.ColumnElement[bool]:
    """The shares that a member made of a message."""
    return sa.and_(shares.c.message_id == message, shares.c.member_id == member)
