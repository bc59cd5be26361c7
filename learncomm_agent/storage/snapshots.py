"""Reading the library of a community as a whole, for an export.

Of members who opted out nothing is in it but by which accounts they are known, so that it stays so.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.library.resources import Place, ResourceKind
from learncomm_agent.moving.records import (
    AccountRecord,
    AttachmentRecord,
    CommunityRecord,
    EntryRecord,
    FeedRecord,
    MemberRecord,
    MessageRecord,
    OutRecord,
    PageRecord,
    RoomRecord,
    ShareRecord,
)
from learncomm_agent.storage import consents
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.passages import place
from learncomm_agent.storage.schema import (
    accounts,
    chunks,
    communities,
    members,
    messages,
    resources,
    rooms,
    shares,
    spaces,
)
from learncomm_agent.storage.schema_sources import feed_entries, feeds, pages

_own = resources.c.kind != ResourceKind.CONVERSATION
"""What the library makes of messages by itself is made again from them."""
_shared_openly = sa.and_(
    shares.c.is_held.is_(False),
    sa.or_(members.c.id.is_(None), members.c.consent != Consent.OUT),
)
_of_it = shares.c.resource_id == resources.c.id
_not_held = sa.or_(
    ~sa.exists().where(_of_it, shares.c.is_held), sa.exists().where(_of_it, ~shares.c.is_held)
)
"""Of what nobody may read but through what was written from it, nothing leaves."""


def community(conn: Connection, id: CommunityId) -> CommunityRecord:
    """Return what is kept of a community itself."""
    row = conn.execute(sa.select(communities).where(communities.c.id == id)).one()
    return CommunityRecord(
        slug=row.slug,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        reaction=row.reaction,
    )


def shared(conn: Connection, community: CommunityId) -> dict[int, tuple[ShareRecord, ...]]:
    """Return the shares of each resource."""
    written = _written(community).with_only_columns(messages.c.id).subquery()
    wanted = (
        sa.select(shares, written.c.id.label("kept"))
        .join_from(shares, resources)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .outerjoin(written, written.c.id == shares.c.message_id)
        .where(shares.c.community_id == community, _own, _shared_openly)
    )
    found: dict[int, list[ShareRecord]] = defaultdict(list)
    for row in conn.execute(wanted.order_by(shares.c.resource_id, shares.c.id)):
        found[row.resource_id].append(
            ShareRecord(
                room=row.room_id,
                member=row.member_id,
                message=row.kept,
                comment=row.comment,
                shared_at=row.shared_at,
                source=row.source,
            )
        )
    return {resource: tuple(each) for resource, each in found.items()}


def resource_rows(conn: Connection, community: CommunityId) -> list[Any]:
    """Return all resources without their text, by id; as rows, since their form is made outside."""
    columns = [column for column in resources.c if column.name != "text"]
    wanted = sa.select(*columns).where(resources.c.community_id == community, _own, _not_held)
    return list(conn.execute(wanted.order_by(resources.c.id)))


def text(conn: Connection, resource: int) -> tuple[str, list[tuple[int, int, Place]]]:
    """Return the text of a resource, and where in it which place begins and ends."""
    words = conn.execute(sa.select(resources.c.text).where(resources.c.id == resource)).scalar_one()
    spans = sa.select(chunks.c.start, chunks.c.end, chunks.c.place).where(
        chunks.c.resource_id == resource
    )
    rows = conn.execute(spans.order_by(chunks.c.ordinal))
    return words, [(start, end, place(record)) for start, end, record in rows]


def pages_of(conn: Connection, community: CommunityId) -> dict[int, PageRecord]:
    """Return where resources from behind links came from, by the resource."""
    wanted = sa.select(pages).where(pages.c.community_id == community)
    return {
        row.resource_id: PageRecord(
            address=row.address,
            etag=row.etag,
            last_modified=row.last_modified,
            checked_at=row.checked_at,
            failures=row.failures,
            gone_at=row.gone_at,
            check_at=row.check_at,
        )
        for row in conn.execute(wanted)
    }


def feeds_of(conn: Connection, community: CommunityId) -> tuple[FeedRecord, ...]:
    """Return the feeds that rooms follow, with what was seen of them."""
    seen: dict[int, list[EntryRecord]] = defaultdict(list)
    mine = sa.select(feed_entries).join(feeds).where(feeds.c.community_id == community)
    for row in conn.execute(mine.order_by(feed_entries.c.feed_id, feed_entries.c.entry)):
        seen[row.feed_id].append(EntryRecord(entry=row.entry, seen_at=row.seen_at))
    wanted = (
        sa.select(feeds, members.c.consent)
        .outerjoin(members, members.c.id == feeds.c.member_id)
        .where(feeds.c.community_id == community)
    )
    return tuple(
        FeedRecord(
            id=row.id,
            room=row.room_id,
            member=None if row.consent == Consent.OUT else row.member_id,
            address=row.address,
            title=row.title,
            etag=row.etag,
            last_modified=row.last_modified,
            checked_at=row.checked_at,
            failures=row.failures,
            check_at=row.check_at,
            created_at=row.created_at,
            entries=tuple(seen[row.id]),
        )
        for row in conn.execute(wanted.order_by(feeds.c.id))
    )


def rooms_of(conn: Connection, community: CommunityId, named: set[int]) -> list[RoomRecord]:
    """Return the rooms that are read, those that are named, and those that they branch from."""
    located = sa.select(rooms, spaces.c.platform, spaces.c.platform_id.label("space"))
    rows = conn.execute(
        located.join(spaces).where(rooms.c.community_id == community).order_by(rooms.c.id)
    ).all()
    wanted = [row for row in rows if row.id in named or _is_read(row)]
    parents = {(row.space_id, row.parent) for row in wanted}
    wanted += [
        row for row in rows if (row.space_id, row.platform_id) in parents and row not in wanted
    ]
    return [
        RoomRecord(
            id=row.id,
            platform=row.platform,
            space=row.space,
            platform_id=row.platform_id,
            name=row.name,
            kind=RoomKind(row.kind),
            parent=row.parent,
            is_read=row.is_read,
            reading=row.reading,
            language=row.language,
            retention_days=row.retention_days,
            links=row.links,
        )
        for row in sorted(wanted, key=lambda row: row.id)
    ]


def members_of(
    conn: Connection, community: CommunityId, named: set[int], writers: set[int]
) -> tuple[MemberRecord, ...]:
    """Return the members that are named, and those whose accounts wrote, with their accounts."""
    owned: dict[int, list[AccountRecord]] = defaultdict(list)
    mine = sa.select(accounts).where(accounts.c.community_id == community).order_by(accounts.c.id)
    for row in conn.execute(mine):
        if row.id in writers:
            named = named | {row.member_id}
        owned[row.member_id].append(
            AccountRecord(
                id=row.id,
                platform=row.platform,
                platform_id=row.platform_id,
                name=row.name,
                is_bot=row.is_bot,
            )
        )
    wanted = sa.select(members).where(members.c.community_id == community).order_by(members.c.id)
    return tuple(
        MemberRecord(
            id=row.id,
            name=row.name,
            consent=Consent(row.consent),
            created_at=row.created_at,
            accounts=tuple(owned[row.id]),
        )
        for row in conn.execute(wanted)
        if row.id in named
    )


def out(conn: Connection, community: CommunityId) -> tuple[OutRecord, ...]:
    """Return the accounts of members who opted out."""
    theirs = (
        sa.select(accounts.c.platform, accounts.c.platform_id)
        .join(members)
        .where(accounts.c.community_id == community, members.c.consent == Consent.OUT)
        .order_by(accounts.c.platform, accounts.c.platform_id)
    )
    return tuple(
        OutRecord(platform=row.platform, platform_id=row.platform_id)
        for row in conn.execute(theirs)
    )


def messages_of(conn: Connection, community: CommunityId, room: int) -> Iterator[MessageRecord]:
    """Yield what the library may know of what was written in a room, oldest first."""
    wanted = _written(community).where(messages.c.room_id == room)
    for row in conn.execute(wanted.order_by(messages.c.posted_at, messages.c.id)):
        yield MessageRecord(
            id=row.id,
            platform_id=row.platform_id,
            time=row.posted_at,
            author=row.name,
            account=row.account_id,
            text=row.text,
            reply_to=row.reply_to,
            revision=row.revision,
            edited_at=row.edited_at,
            is_addressed=row.is_addressed,
            attachments=None
            if row.attachments is None
            else tuple(AttachmentRecord(**each) for each in row.attachments),
        )


def _is_read(row: Any) -> bool:
    return bool(row.is_read) and row.kind != RoomKind.DIRECT


def _written(community: CommunityId) -> sa.Select[Any]:
    """Messages that the library may know: what can be found, and by what something was shared."""
    talk = sa.and_(rooms.c.is_read, rooms.c.kind != RoomKind.DIRECT, consents.is_findable())
    brought = sa.exists().where(shares.c.message_id == messages.c.id)
    return (
        sa.select(messages, accounts.c.name)
        .join_from(messages, rooms)
        .join(accounts, accounts.c.id == messages.c.account_id)
        .join(members, members.c.id == accounts.c.member_id)
        .where(
            messages.c.community_id == community,
            messages.c.state == State.KEPT,
            members.c.consent != Consent.OUT,
            sa.or_(talk, brought),
        )
    )
