"""What is known of a resource beside its text: who shared it and why, what rests on it, what became of it.

All of it for one audience: shares, comments and writings of rooms that it may not read don't exist.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.naming import sharer
from learncomm_agent.storage.resources import is_page, source_of_share
from learncomm_agent.storage.schema import (
    chunks,
    items,
    members,
    messages,
    resources,
    rests_on,
    rooms,
    shares,
    writings,
)
from learncomm_agent.storage.schema_sources import pages

_LONG_WORD = 12
"""In a text whose words seem longer than this on average, no spaces stand between them."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One share, as its audience sees it."""

    who: str | None
    """None where an operator added it."""
    at: datetime
    room: str | None
    """Its name; None where the whole community may read it."""
    comment: str
    message: MessageId | None
    """The message that brought it, if that is kept."""
    message_revision: int | None
    source: str
    """The name under which it brought the resource."""
    id: int
    """The row id of the share."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource in a list."""

    id: ResourceId
    revision: int
    source: str
    kind: ResourceKind
    title: str
    shares: tuple[Shared, ...]
    """Oldest first; at least one."""
    address: str | None = None
    gone_at: datetime | None = None
    """Since when its page is not there any more."""

    @property
    def sharers(self) -> list[str]:
        """The names of those who shared it, each once."""
        return list(dict.fromkeys(each.who for each in self.shares if each.who))


@dataclass(frozen=True, slots=True)
class Card:
    """All that is known of a resource."""

    entry: Entry
    author: str | None
    published_at: datetime | None
    changed_at: datetime | None
    """When it last came with other words; None where it never did."""
    checked_at: datetime | None
    words: int
    pages: int
    """0 where it has none."""
    uses: Mapping[str, int]
    """How many writings of a kind rest on it."""


def titles(
    conn: Connection, community: CommunityId, readable: Readable
) -> list[tuple[int, str, str]]:
    """Return (id, title, source) of what an audience may see, newest first; no conversations.

    One that was shared under several names comes once for each.
    """
    source = source_of_share()
    seen = (
        sa.select(resources.c.id, resources.c.title, source)
        .join_from(resources, shares)
        .where(
            resources.c.community_id == community,
            resources.c.kind != ResourceKind.CONVERSATION,
            lexical.is_open(readable),
        )
        .group_by(resources.c.id, source)
        .order_by(resources.c.changed_at.desc(), resources.c.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in conn.execute(seen)]


def entries(
    conn: Connection, community: CommunityId, ids: Sequence[int], readable: Readable
) -> list[Entry]:
    """Return those resources as an audience may see them, in the order of the ids."""
    wanted = (
        sa.select(resources, pages.c.address, pages.c.gone_at)
        .outerjoin(pages, pages.c.resource_id == resources.c.id)
        .where(resources.c.community_id == community, resources.c.id.in_(ids))
    )
    rows = {row.id: row for row in conn.execute(wanted)}
    shared = {id: _shares(conn, id, readable) for id in rows}
    return [
        Entry(
            id=ResourceId(id),
            revision=rows[id].revision,
            source=shared[id][0].source,
            kind=ResourceKind(rows[id].kind),
            title=rows[id].title,
            shares=shared[id],
            address=rows[id].address if is_page(shared[id][0].source) else None,
            gone_at=rows[id].gone_at,
        )
        for id in ids
        if shared.get(id)
    ]


def card(
    conn: Connection,
    community: CommunityId,
    resource: int,
    readable: Readable,
    member: MemberId | None = None,
) -> Card | None:
    """Return the card of a resource, where an audience may see one.

    Args:
        conn: The transaction to read in.
        community: Whose library.
        resource: Its row id.
        readable: What the audience may be shown.
        member: Who alone reads it, if so: what was written for them in private counts too.
    """
    found = entries(conn, community, [resource], readable)
    if not found:
        return None
    told = sa.select(resources, pages.c.checked_at).outerjoin(
        pages, pages.c.resource_id == resources.c.id
    )
    row = conn.execute(told.where(resources.c.id == resource)).one()
    page = sa.cast(sa.func.json_extract(chunks.c.place, "$.page"), sa.Integer)
    last = sa.select(sa.func.max(page)).where(chunks.c.resource_id == resource)
    return Card(
        entry=found[0],
        author=row.author,
        published_at=row.published_at,
        changed_at=row.changed_at if row.revision else None,
        checked_at=row.checked_at,
        words=max(len(row.text.split()), len(row.text) // _LONG_WORD),
        pages=conn.execute(last).scalar() or 0,
        uses=_uses(conn, community, found[0], readable, member),
    )


def _shares(conn: Connection, resource: int, readable: Readable) -> tuple[Shared, ...]:
    told = (
        sa.select(
            sharer(),
            shares.c.shared_at,
            rooms.c.name.label("room"),
            shares.c.comment,
            messages.c.id.label("message"),
            messages.c.revision,
            source_of_share().label("source"),
            shares.c.id,
        )
        .join_from(shares, resources)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .outerjoin(rooms, rooms.c.id == shares.c.room_id)
        .outerjoin(
            messages,
            sa.and_(messages.c.id == shares.c.message_id, messages.c.state == State.KEPT),
        )
        .where(shares.c.resource_id == resource, lexical.is_open(readable))
        .order_by(shares.c.shared_at, shares.c.id)
    )
    return tuple(Shared(*row) for row in conn.execute(told))


def rooms_of_shares(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the name of the room in which each of these was shared, where it was one."""
    named = sa.select(shares.c.id, rooms.c.name).join(rooms, rooms.c.id == shares.c.room_id)
    return {row[0]: row[1] for row in conn.execute(named.where(shares.c.id.in_(ids)))}


def _uses(
    conn: Connection,
    community: CommunityId,
    entry: Entry,
    readable: Readable,
    member: MemberId | None,
) -> dict[str, int]:
    """Count the writings that rest on a resource, or on the message that it was made from."""
    rests = rests_on.c.resource_id == entry.id
    if entry.kind is ResourceKind.MESSAGE:
        behind = [each.message for each in entry.shares if each.message]
        rests = sa.or_(rests, rests_on.c.message_id.in_(behind))
    is_seen = sa.and_(~writings.c.is_private, lexical.is_for(readable))
    if member is not None:
        is_seen = sa.or_(is_seen, writings.c.member_id == member)
    count = (
        sa.select(writings.c.kind, sa.func.count(sa.distinct(writings.c.id)))
        .join_from(rests_on, items, items.c.id == rests_on.c.item_id)
        .join(writings, writings.c.id == items.c.writing_id)
        .where(writings.c.community_id == community, rests, is_seen)
        .group_by(writings.c.kind)
    )
    return dict(conn.execute(count).all())
