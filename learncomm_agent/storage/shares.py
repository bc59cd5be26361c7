"""Who brought a resource to which room."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind, Share
from learncomm_agent.storage import lexical, shelves
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items, resources, rests_on, shares, writings


def add(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    share: Share,
    now: datetime,
    *,
    is_first: bool = False,
) -> None:
    """Keep a share, once for each room and member; what was held is so no more once it is shared.

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
        if not share.is_held:
            _release(conn, same)
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
        is_held=share.is_held,
    )
    id = conn.execute(made.returning(shares.c.id)).scalar_one()
    (shelves.added if is_first else shelves.changed)(conn, shares.c.id == id)


def is_shared_with(conn: Connection, resource: ResourceId, room: RoomId | None) -> bool:
    """Whether a resource is shared with a room, or with the whole community; None asks for that alone."""
    there = sa.or_(shares.c.room_id.is_(None), shares.c.room_id == room)
    open_to_them = sa.select(shares.c.id).where(
        shares.c.resource_id == resource, there, shares.c.is_held.is_(False)
    )
    return conn.execute(open_to_them.limit(1)).first() is not None


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
    brought = sa.select(resources.c.id).join_from(resources, shares)
    brought = brought.where(_is(share), shares.c.is_held.is_(False))
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


def share_record(conn: Connection, writing: int) -> None:
    """Share the record of a meeting with those who may read now what was written from it; notes stay held."""
    is_record = writings.c.content["of"].as_string() == "turns"  # as `writing.recordings` names it
    if conn.execute(sa.select(writings.c.id).where(writings.c.id == writing, is_record)).first():
        _release(conn, _for(writing))


def held_for(writing: int) -> sa.ColumnElement[bool]:
    """The shares that hold what a writing was made from, if no line of any rests on that any more."""
    return sa.and_(_for(writing), ~_is_of_use())


def idle(community: CommunityId, before: datetime) -> sa.ColumnElement[bool]:
    """The shares that have held something since before a moment, on which no line rests."""
    long_since = shares.c.shared_at < before
    return sa.and_(shares.c.is_held, shares.c.community_id == community, long_since, ~_is_of_use())


def _is_of_use() -> sa.ColumnElement[bool]:
    """Whether a line rests on what is shared; not one that only asks who speaks in a record."""
    rests = sa.exists().where(
        rests_on.c.resource_id == shares.c.resource_id,
        items.c.id == rests_on.c.item_id,
        writings.c.id == items.c.writing_id,
        writings.c.kind != "record",
    )
    return rests.correlate(shares)


def is_there(conn: Connection, these: sa.ColumnElement[bool]) -> bool:
    """Whether there is a share of which a condition is true."""
    return conn.execute(sa.select(shares.c.id).where(these).limit(1)).first() is not None


def _for(writing: int) -> sa.ColumnElement[bool]:
    """The condition on `shares` that one holds the record of a writing for whoever asked for that."""
    record = writings.c.content["record"].as_integer()
    made = sa.exists().where(
        writings.c.id == writing,
        record == shares.c.resource_id,
        writings.c.room_id == shares.c.room_id,
        writings.c.member_id == shares.c.member_id,
    )
    return sa.and_(shares.c.is_held, made.correlate(shares))


def _release(conn: Connection, these: sa.ColumnElement[bool]) -> None:
    held = sa.and_(shares.c.is_held, these)
    shelves.changed(conn, held)
    conn.execute(sa.update(shares).where(held).values(is_held=False))


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
