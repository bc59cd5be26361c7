"""Records of meetings held by voice: what was said in one, and which member each speaker is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import AccountRef, CommunityId, Consent, MemberId
from learncomm_agent.library.resources import Place, ResourceId, ResourceKind
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.passages import place
from learncomm_agent.storage.schema import (
    accounts,
    chunks,
    items,
    members,
    messages,
    resources,
    rests_on,
    shares,
)
from learncomm_agent.storage.schema_writing import speakers


@dataclass(frozen=True, slots=True)
class Record:
    """A resource that holds what was said, or somebody's notes of it."""

    id: ResourceId
    source: str
    kind: ResourceKind
    title: str
    text: str
    revision: int
    places: tuple[tuple[int, Place], ...]
    """Where its passages begin, in characters, and what is known of each."""
    message: MessageId | None
    """The message that brought it to the room, where there is one to link to."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a speaker is, as a leader said or the name tells."""

    member: MemberId | None
    """None for somebody who is no member."""
    name: str
    """The member's name as it is now; empty for none, and for who has no account there."""
    consent: Consent


def record(conn: Connection, resource: ResourceId, room: RoomId | None = None) -> Record | None:
    """Return a resource that is there, and shared with a room where one is named; None for none."""
    is_there = sa.true() if room is None else shares.c.room_id == room
    shared = (
        sa.select(resources, shares.c.message_id)
        .join(shares, shares.c.resource_id == resources.c.id)
        .where(resources.c.id == resource, is_there)
        .order_by(shares.c.message_id.is_(None), shares.c.id)
    )
    row = conn.execute(shared).first()
    if row is None:
        return None
    cut = sa.select(chunks.c.start, chunks.c.place).where(chunks.c.resource_id == resource)
    places = [(each[0], place(each[1])) for each in conn.execute(cut.order_by(chunks.c.start))]
    return Record(
        ResourceId(row.id),
        row.source,
        ResourceKind(row.kind),
        row.title,
        row.text,
        row.revision,
        tuple(places),
        row.message_id,
    )


def keep(conn: Connection, resource: ResourceId, told: Mapping[str, MemberId | None]) -> None:
    """Keep which members speakers are; what was said last holds."""
    for name, member in told.items():
        made = insert(speakers).values(resource_id=resource, name=name, member_id=member)
        names = ["resource_id", "name"]
        conn.execute(made.on_conflict_do_update(index_elements=names, set_={"member_id": member}))


def drop(conn: Connection, resource: ResourceId, names: Collection[str]) -> None:
    """Forget who speakers are of whom nothing is left."""
    gone = sa.delete(speakers).where(speakers.c.resource_id == resource, speakers.c.name.in_(names))
    conn.execute(gone)


def known(conn: Connection, resource: ResourceId, platform: str) -> dict[str, Speaker]:
    """Return who the speakers of a record are, by the names in it; of the others nobody has said.

    They are named as on a platform: how somebody is called on another one is not for its readers.
    """
    there = (
        sa.select(accounts.c.name)
        .where(accounts.c.member_id == members.c.id, accounts.c.platform == platform)
        .order_by(accounts.c.id)
        .limit(1)
        .scalar_subquery()
    )
    told = (
        sa.select(speakers.c.name, members.c.id, there.label("now"), members.c.consent)
        .outerjoin(members, members.c.id == speakers.c.member_id)
        .where(speakers.c.resource_id == resource)
    )
    return {
        row[0]: Speaker(row.id, row.now or "", Consent(row.consent or Consent.IN))
        for row in conn.execute(told)
    }


def called(conn: Connection, resource: ResourceId, names: Collection[str]) -> frozenset[str]:
    """Return all that the members are called who are some speakers of a record, on any platform."""
    theirs = (
        sa.select(accounts.c.name)
        .join(speakers, speakers.c.member_id == accounts.c.member_id)
        .where(speakers.c.resource_id == resource, speakers.c.name.in_(names))
    )
    return frozenset(conn.execute(theirs).scalars())


@dataclass(frozen=True, slots=True)
class Span:
    """What a line rests on in a record."""

    item: int
    quote: str
    start: int
    end: int
    revision: int
    speaker: str
    """Who said it, as the line tells."""


def spans(conn: Connection, resource: ResourceId) -> list[Span]:
    """Return what lines rest on in a record."""
    said = items.c.content["speaker"].as_string()
    held = (
        sa.select(
            rests_on.c.item_id,
            rests_on.c.quote,
            rests_on.c.start,
            rests_on.c.end,
            rests_on.c.revision,
            sa.func.coalesce(said, ""),
        )
        .join(items)
        .where(rests_on.c.resource_id == resource)
    )
    return [Span(*row) for row in conn.execute(held.order_by(rests_on.c.item_id))]


def move(conn: Connection, resource: ResourceId, old: Span, new: Span) -> None:
    """Keep where in another revision of a record that stands on which a line rests."""
    this = sa.and_(
        rests_on.c.resource_id == resource,
        rests_on.c.item_id == old.item,
        rests_on.c.start == old.start,
        rests_on.c.end == old.end,
        rests_on.c.quote == old.quote,
    )
    there = {"start": new.start, "end": new.end, "revision": new.revision}
    conn.execute(sa.update(rests_on).where(this).values(**there))


def records_of(conn: Connection, member: MemberId) -> dict[ResourceId, list[str]]:
    """Return the records in which a member speaks, with the names that they have there."""
    theirs = sa.select(speakers.c.resource_id, speakers.c.name).where(
        speakers.c.member_id == member
    )
    found: dict[ResourceId, list[str]] = {}
    for resource, name in conn.execute(theirs.order_by(speakers.c.resource_id, speakers.c.name)):
        found.setdefault(ResourceId(resource), []).append(name)
    return found


def candidates(
    conn: Connection, community: CommunityId, platform: str, room: RoomId, most: int
) -> Sequence[Named]:
    """Return whom a speaker may be: people of a platform, those who wrote most in a room first."""
    wrote = (
        sa.select(messages.c.account_id, sa.func.count().label("count"))
        .where(messages.c.room_id == room)
        .group_by(messages.c.account_id)
        .subquery()
    )
    people = (
        sa.select(accounts, members.c.consent)
        .join(members, members.c.id == accounts.c.member_id)
        .outerjoin(wrote, wrote.c.account_id == accounts.c.id)
        .where(
            accounts.c.community_id == community,
            accounts.c.platform == platform,
            accounts.c.is_bot.is_(False),
        )
        .order_by(sa.func.coalesce(wrote.c.count, 0).desc(), accounts.c.name, accounts.c.id)
        .limit(most)
    )
    return [
        Named(
            MemberId(row.member_id),
            AccountRef(row.platform, row.platform_id),
            row.name,
            row.is_bot,
            Consent(row.consent),
        )
        for row in conn.execute(people)
    ]
