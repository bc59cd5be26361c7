"""Who brought a resource to which room."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ResourceId, ResourceKind, Share
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares


def add(
    conn: Connection, community: CommunityId, resource: ResourceId, share: Share, now: datetime
) -> None:
    """Keep a share, once for each room and member."""
    same = sa.select(shares.c.id).where(
        shares.c.resource_id == resource,
        shares.c.room_id.is_not_distinct_from(share.room),
        shares.c.member_id.is_not_distinct_from(share.member),
    )
    if conn.execute(same).first() is None:
        conn.execute(
            sa.insert(shares).values(
                community_id=community,
                resource_id=resource,
                room_id=share.room,
                member_id=share.member,
                message_id=share.message,
                comment=share.comment,
                shared_at=now,
            )
        )


def take_back(
    conn: Connection, *, message: int | None = None, member: int | None = None
) -> list[ResourceId]:
    """Take back the shares of a message or a member; return the resources that nobody shares now."""
    column, value = (
        (shares.c.message_id, message) if message is not None else (shares.c.member_id, member)
    )
    taken = sa.delete(shares).where(column == value).returning(shares.c.resource_id)
    touched = set(conn.execute(taken).scalars())
    left = sa.select(shares.c.resource_id).where(shares.c.resource_id.in_(touched))
    return [ResourceId(id) for id in sorted(touched - set(conn.execute(left).scalars()))]


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
