"""Who said and shared what, for naming members: those alone who agreed to it."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import AccountRef, CommunityId, Consent, MemberId
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import lexical, lines
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.schema import accounts, items, members, messages, shares, writings

SECTION = "knowers"
"""Of the lines that name somebody who may know."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A share by a member."""

    id: int
    resource: ResourceId
    member: MemberId
    message: MessageId | None


def agreed(conn: Connection, community: CommunityId, platform: str) -> dict[MemberId, Named]:
    """Return the members with an account on a platform who agreed to be named."""
    there = (
        sa.select(accounts.c.member_id, accounts.c.platform_id, accounts.c.name)
        .join(members, members.c.id == accounts.c.member_id)
        .where(
            members.c.community_id == community,
            members.c.is_named,
            members.c.consent == Consent.IN,
            accounts.c.platform == platform,
            accounts.c.is_bot.is_(False),
        )
    )
    found: dict[MemberId, Named] = {}
    for row in conn.execute(there.order_by(accounts.c.id)):
        id, ref = MemberId(row.member_id), AccountRef(platform, row.platform_id)
        found.setdefault(id, Named(id, ref, row.name, is_bot=False, consent=Consent.IN))
    return found


def authors(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return who wrote messages, by row id; only of those who let their words be found."""
    wrote = (
        sa.select(messages.c.id, accounts.c.name)
        .join_from(messages, accounts, messages.c.account_id == accounts.c.id)
        .join(members, members.c.id == accounts.c.member_id)
        .where(messages.c.id.in_(ids), _is_kept(), members.c.consent == Consent.IN)
    )
    return {row[0]: row[1] for row in conn.execute(wrote)}


def members_of(conn: Connection, ids: Collection[int]) -> dict[int, MemberId]:
    """Return which members wrote messages, by row id."""
    wrote = (
        sa.select(messages.c.id, accounts.c.member_id)
        .join_from(messages, accounts, messages.c.account_id == accounts.c.id)
        .where(messages.c.id.in_(ids), _is_kept())
    )
    return {row[0]: MemberId(row[1]) for row in conn.execute(wrote)}


def shares_of(
    conn: Connection, resources: Collection[ResourceId], readable: Readable
) -> list[Brought]:
    """Return the shares of resources by members that an audience may see, the newest last."""
    brought = sa.select(shares.c.id, shares.c.resource_id, shares.c.member_id, shares.c.message_id)
    seen = brought.where(
        shares.c.resource_id.in_(resources),
        shares.c.member_id.is_not(None),
        lexical.is_open(readable),
    ).order_by(shares.c.shared_at, shares.c.id)
    return [Brought(row[0], row[1], MemberId(row[2]), row[3]) for row in conn.execute(seen)]


def unname(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop the lines that name a member as somebody who may know; return the writings that did."""
    theirs = sa.and_(items.c.section == SECTION, items.c.content["member"].as_integer() == member)
    within = sa.select(writings.c.id).where(
        writings.c.community_id
        == sa.select(members.c.community_id).where(members.c.id == member).scalar_subquery(),
        writings.c.kind.in_(("unanswered", "ideas")),
    )
    gone = sa.delete(items).where(theirs, items.c.writing_id.in_(within))
    shown = sorted(set(conn.execute(gone.returning(items.c.writing_id)).scalars()))
    lines.mark_changed(conn, shown)
    return tuple(shown)


def _is_kept() -> sa.ColumnElement[bool]:
    return messages.c.state == State.KEPT
