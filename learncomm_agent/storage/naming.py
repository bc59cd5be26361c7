"""People and rooms by what they are called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import AccountRef, CommunityId, Consent, MemberId, SpaceRef
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.rooms import located, made_of
from learncomm_agent.storage.schema import accounts, members, rooms, shares, spaces


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a person named."""

    member: MemberId | None
    """None where nothing is known of them here."""
    ref: AccountRef
    name: str
    is_bot: bool
    consent: Consent


def named(
    conn: Connection, community: CommunityId, platform: str, wanted: Sequence[Sequence[str]]
) -> list[list[Named]]:
    """Return those of a platform whom somebody may mean: for each the one of an id, or all of a name.

    Args:
        conn: The transaction to read in.
        community: Whose members.
        platform: Only accounts there.
        wanted: What each may be called, best first.
    """
    ids = {spelling for spellings in wanted for spelling in spellings}
    by_id = conn.execute(_known(community, platform, accounts.c.platform_id.in_(ids)))
    of_id = {row.platform_id: [_named(row)] for row in by_id}
    found = [next((of_id[each] for each in some if each in of_id), []) for some in wanted]
    if all(found):
        return found
    everyone = [_named(row) for row in conn.execute(_known(community, platform, sa.true()))]
    return [fit or _called(everyone, some) for fit, some in zip(found, wanted, strict=True)]


def of_account(conn: Connection, community: CommunityId, ref: AccountRef) -> Named | None:
    """Return somebody by the platform's id; None where they are not known."""
    is_it = accounts.c.platform_id == ref.id
    row = conn.execute(_known(community, ref.platform, is_it)).first()
    return None if row is None else _named(row)


def of_member(conn: Connection, member: MemberId, platform: str) -> Named | None:
    """Return a member by their account on a platform; None where they have none there."""
    theirs = sa.and_(accounts.c.member_id == member, accounts.c.platform == platform)
    row = conn.execute(_people.where(theirs).order_by(accounts.c.id)).first()
    return None if row is None else _named(row)


def sharer() -> sa.ColumnElement[str]:
    """Return who made a share, as they are called on the platform of its room, in queries on `shares` and `members`.

    Who has linked accounts may go by another name elsewhere, and that is not for the readers here.
    """
    there = (
        sa.select(spaces.c.platform)
        .join_from(rooms, spaces)
        .where(rooms.c.id == shares.c.room_id)
        .correlate(shares)
        .scalar_subquery()
    )
    called = (
        sa.select(accounts.c.name)
        .where(accounts.c.member_id == shares.c.member_id, accounts.c.platform == there)
        .order_by(accounts.c.id)
        .limit(1)
        .correlate(shares)
        .scalar_subquery()
    )
    return sa.func.coalesce(called, members.c.name).label("name")


def rooms_of(conn: Connection, space: SpaceRef) -> list[Room]:
    """Return all rooms of a space that are known: threads that were folded away, and direct talks, too."""
    here = sa.and_(spaces.c.platform == space.platform, spaces.c.platform_id == space.id)
    return [made_of(row) for row in conn.execute(located.where(here).order_by(rooms.c.id))]


_people = sa.select(
    accounts.c.member_id,
    accounts.c.platform,
    accounts.c.platform_id,
    accounts.c.name,
    accounts.c.is_bot,
    members.c.consent,
).join(members, members.c.id == accounts.c.member_id)


def _known(
    community: CommunityId, platform: str, whom: sa.ColumnElement[bool]
) -> sa.Select[tuple[int, str, str, str, bool, str]]:
    here = sa.and_(accounts.c.community_id == community, accounts.c.platform == platform)
    return _people.where(here, whom).order_by(accounts.c.id)


def _called(everyone: Collection[Named], spellings: Sequence[str]) -> list[Named]:
    names = {spelling.casefold() for spelling in spellings}
    return [each for each in everyone if each.name.casefold() in names]


def _named(row: Any) -> Named:
    return Named(
        MemberId(row.member_id),
        AccountRef(row.platform, row.platform_id),
        row.name,
        row.is_bot,
        Consent(row.consent),
    )
