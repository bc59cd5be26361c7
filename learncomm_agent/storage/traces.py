"""Where messages have left traces: conversations that hold their words, and shares that they made.

A set of messages is a query for their row ids, so that one statement does for a member's ten thousand.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind
from learncomm_agent.storage import lexical, promoted, shelves
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State, StoredMessage, find
from learncomm_agent.storage.schema import accounts, messages, posts, resources, rooms, shares
from learncomm_agent.storage.schema_sources import feeds, pages, window_messages, windows

Ids = sa.Select[tuple[int]]
"""A query for row ids of messages."""


def of_one(message: int) -> Ids:
    """One message."""
    return sa.select(messages.c.id).where(messages.c.id == message)


def of_some(ids: Collection[MessageId]) -> Ids:
    """Those of which the row ids are known."""
    return sa.select(messages.c.id).where(messages.c.id.in_(ids))


def of_member(member: MemberId) -> Ids:
    """All that is kept of a member's messages."""
    mine = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    return sa.select(messages.c.id).where(messages.c.account_id.in_(mine))


def of_rooms(ids: Collection[RoomId]) -> Ids:
    """All messages of rooms of which more is kept than that they were there."""
    return sa.select(messages.c.id).where(
        messages.c.room_id.in_(ids), messages.c.state != State.DELETED
    )


def count(conn: Connection, ids: Ids) -> int:
    """Return how many they are."""
    return conn.execute(sa.select(sa.func.count()).select_from(ids.subquery())).scalar_one()


def message(conn: Connection, id: MessageId) -> StoredMessage | None:
    """Return a message that is kept, by its row id."""
    row = conn.execute(
        sa.select(messages.c.room_id, messages.c.platform_id).where(
            messages.c.id == id, messages.c.state == State.KEPT
        )
    ).first()
    return None if row is None else find(conn, RoomId(row[0]), row[1])


def is_shared_by(conn: Connection, message: MessageId, member: MemberId) -> bool:
    """Whether a member shared something of a message."""
    mine = sa.select(shares.c.id).where(
        shares.c.message_id == message, shares.c.member_id == member
    )
    return conn.execute(mine).first() is not None


def bury(conn: Connection, ids: Ids) -> None:
    """Leave a tombstone where each of them was, so that none comes back when a room is read again."""
    conn.execute(
        sa.update(messages)
        .where(messages.c.id.in_(ids))
        .values(
            state=State.DELETED,
            text="",
            account_id=None,
            attachments=None,
            reply_to=None,
        )
    )


def threads_of(conn: Connection, room: RoomId) -> list[RoomId]:
    """Return a room and the threads that branch from it."""
    trunk = sa.select(rooms.c.space_id, rooms.c.platform_id).where(rooms.c.id == room).subquery()
    branches = sa.select(rooms.c.id).where(
        rooms.c.space_id == trunk.c.space_id, rooms.c.parent == trunk.c.platform_id
    )
    return [room, *(RoomId(id) for id in conn.execute(branches.order_by(rooms.c.id)).scalars())]


def conversations(conn: Connection, ids: Ids) -> list[ResourceId]:
    """Return the conversations in which any of these messages stands."""
    held = sa.select(window_messages.c.resource_id).where(window_messages.c.message_id.in_(ids))
    return [ResourceId(id) for id in conn.execute(held.distinct()).scalars()]


def conversations_in(conn: Connection, ids: Collection[RoomId]) -> list[ResourceId]:
    """Return all conversations of rooms."""
    held = sa.select(windows.c.resource_id).where(windows.c.room_id.in_(ids))
    return [ResourceId(id) for id in conn.execute(held).scalars()]


@dataclass(frozen=True, slots=True)
class TakenShare:
    """A share that is not there any more."""

    id: int
    resource: ResourceId
    room: RoomId | None


def only_by(conn: Connection, these: sa.ColumnElement[bool]) -> list[ResourceId]:
    """Return the resources that have no other shares than those of which a condition is true."""
    shared = sa.select(shares.c.id).where(these)
    touched = sa.select(shares.c.resource_id).where(these)
    others = sa.select(shares.c.resource_id).where(
        shares.c.resource_id.in_(touched), shares.c.id.not_in(shared)
    )
    alone = touched.where(shares.c.resource_id.not_in(others)).distinct()
    return [ResourceId(id) for id in conn.execute(alone.order_by(shares.c.resource_id)).scalars()]


def take_back(conn: Connection, these: sa.ColumnElement[bool]) -> list[TakenShare]:
    """Take back the shares of which a condition is true."""
    shelves.changed(conn, these)
    gone = sa.delete(shares).where(these)
    rows = conn.execute(gone.returning(shares.c.id, shares.c.resource_id, shares.c.room_id))
    return [TakenShare(*row) for row in rows]


def made_by(ids: Ids) -> sa.ColumnElement[bool]:
    """The shares that messages made, or that were made of them."""
    return shares.c.message_id.in_(ids)


def made_by_others(ids: Ids, author: MemberId) -> sa.ColumnElement[bool]:
    """The shares that others than their author made of messages: of words and files, not of pages.

    A page belongs to whoever wrote it, not to whoever linked to it.
    """
    behind_links = sa.select(pages.c.resource_id)
    return sa.and_(
        shares.c.message_id.in_(ids),
        shares.c.member_id.is_distinct_from(author),
        shares.c.resource_id.not_in(behind_links),
        shares.c.resource_id.not_in(
            sa.select(resources.c.id).where(resources.c.kind == ResourceKind.ANSWER)
        ),
    )


def of_sharer(member: MemberId) -> sa.ColumnElement[bool]:
    """The shares of a member."""
    return shares.c.member_id == member


def into(ids: Collection[RoomId]) -> sa.ColumnElement[bool]:
    """The shares with the readers of rooms."""
    return shares.c.room_id.in_(ids)


def end_feeds(conn: Connection, ids: Collection[RoomId]) -> int:
    """End what rooms are subscribed to; return how many feeds that were."""
    return conn.execute(sa.delete(feeds).where(feeds.c.room_id.in_(ids))).rowcount


def kinds_of(conn: Connection, resource: ResourceId) -> dict[str, int]:
    """Return as what a resource counts in a receipt."""
    row = conn.execute(
        sa.select(resources.c.kind, pages.c.address)
        .outerjoin(pages, pages.c.resource_id == resources.c.id)
        .where(resources.c.id == resource)
    ).first()
    if row is None:
        return {}
    if row[0] == ResourceKind.CONVERSATION:
        return {"conversations": 1}
    return {"resources": 1, "pages": int(row[1] is not None)}


def kept_answers(
    conn: Connection, community: CommunityId, ids: Collection[int]
) -> list[ResourceId]:
    """Return the resources that were made of these writings."""
    made = sa.select(resources.c.id).where(
        resources.c.community_id == community,
        resources.c.kind == ResourceKind.ANSWER,
        resources.c.source.in_(map(promoted.source_of, ids)),
    )
    return [ResourceId(id) for id in conn.execute(made).scalars()]


def posts_of(conn: Connection, ids: Collection[int]) -> int:
    """Return how many posts show these writings."""
    shown = sa.select(sa.func.count()).where(posts.c.writing_id.in_(ids))
    return conn.execute(shown).scalar_one()


def hidden(
    conn: Connection, community: CommunityId, ids: Collection[int], readable: Readable
) -> set[int]:
    """Return those of some resources that an audience may not see."""
    seen = sa.select(shares.c.resource_id).where(
        shares.c.community_id == community,
        shares.c.resource_id.in_(ids),
        lexical.is_open(readable),
    )
    return set(ids) - set(conn.execute(seen).scalars())
