"""Taking an account apart from its person again: what was done on its platform goes with it.

A person has one account on a platform, so what they did in a room there was done with that one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import AccountId, CommunityId, MemberId
from learncomm_agent.storage import consents, uniting_between
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import (
    accounts,
    items,
    members,
    messages,
    rooms,
    shares,
    spaces,
    work,
    writings,
)
from learncomm_agent.storage.schema_growing import goals
from learncomm_agent.storage.schema_matching import avoided, matched, matches, profiles
from learncomm_agent.storage.schema_nudges import nudged, nudges, quiet
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.storage.schema_sources import feeds
from learncomm_agent.storage.schema_writing import drafts, edits, proposals, speakers, votes
from learncomm_agent.storage.uniting import Change, rename_lines, rename_work

_NOWHERE = (
    goals.c.member_id,
    profiles.c.member_id,
    avoided.c.member_id,
    avoided.c.other_id,
    nudges.c.member_id,
    nudged.c.member_id,
    quiet.c.member_id,
)
"""Of a person, wherever they are: it stays with whose it was. Whom to avoid and how much to send holds for both."""


def part(conn: Connection, account: AccountId, now: datetime) -> MemberId:
    """Give an account a member of its own, who has chosen what the one had chosen whose it was."""
    mine = sa.select(accounts.c.member_id, accounts.c.name).where(accounts.c.id == account)
    before, name = conn.execute(mine).one()
    row = conn.execute(sa.select(members).where(members.c.id == before)).one()
    made = sa.insert(members).values(
        community_id=row.community_id,
        name=name,
        consent=row.consent,
        language=row.language,
        timezone=row.timezone,
        is_named=row.is_named,
        is_thanked=row.is_thanked,
        created_at=now,
    )
    member = MemberId(conn.execute(made.returning(members.c.id)).scalar_one())
    conn.execute(sa.update(accounts).where(accounts.c.id == account).values(member_id=member))
    other = sa.select(accounts.c.name).where(accounts.c.member_id == before)
    known = conn.execute(other.order_by(accounts.c.id)).scalar()
    if known is not None:  # it may have been called as this account is
        conn.execute(sa.update(members).where(members.c.id == before).values(name=known))
    consents.take_along(conn, MemberId(before), member)
    uniting_between.for_both(conn, MemberId(before), member)
    return member


def take_along(
    conn: Connection, account: AccountId, before: MemberId, member: MemberId, renamed: Change
) -> None:
    """Let what a member did on the platform of an account be another member's, whose it is now.

    What sessions keep is theirs to change, and before: see `sessions.running.uniting`.

    Args:
        conn: The transaction.
        account: It.
        before: Whose it was.
        member: Whose it is.
        renamed: Returns JSON that names the one in the place of the other.
    """
    mine = sa.select(accounts.c.community_id, accounts.c.platform).where(accounts.c.id == account)
    community, platform = conn.execute(mine).one()
    there = rooms_on(CommunityId(community), platform)
    for column, is_there in conditions(account, there).items():
        moved = sa.update(column.table).where(column == before, is_there)
        conn.execute(moved.values({column.name: member}))
    written = sa.select(writings.c.id).where(writings.c.room_id.in_(there))
    rename_lines(conn, before, member, written)
    held = sa.select(sessions.c.id).where(sessions.c.room_id.in_(there))
    waits = sa.or_(
        work.c.args["account"].as_integer() == account,
        work.c.args["room"].as_integer().in_(there),
        work.c.args["session"].as_integer().in_(held),
    )
    rename_work(conn, waits, renamed)


def conditions(
    account: AccountId, there: sa.Select[tuple[int]]
) -> Mapping[sa.Column[Any], sa.ColumnElement[bool]]:
    """Return for each column that names a member by which condition that was done with an account.

    Args:
        account: The account.
        there: A query for the rooms of its platform.
    """
    said = sa.select(messages.c.id).where(messages.c.account_id == account)
    brought = sa.select(shares.c.resource_id).where(shares.c.room_id.in_(there))
    written = sa.select(writings.c.id).where(writings.c.room_id.in_(there))
    lines = sa.select(items.c.id).where(items.c.writing_id.in_(written))
    held = sa.select(sessions.c.id).where(sessions.c.room_id.in_(there))
    met = sa.select(matches.c.id).where(matches.c.session_id.in_(held))
    return {
        shares.c.member_id: sa.or_(shares.c.room_id.in_(there), shares.c.message_id.in_(said)),
        writings.c.member_id: writings.c.room_id.in_(there),
        feeds.c.member_id: feeds.c.room_id.in_(there),
        drafts.c.decided_by: drafts.c.writing_id.in_(written),
        edits.c.member_id: edits.c.item_id.in_(lines),
        proposals.c.member_id: proposals.c.item_id.in_(lines),
        votes.c.member_id: votes.c.item_id.in_(lines),
        speakers.c.member_id: speakers.c.resource_id.in_(brought),
        thanks.c.giver_id: thanks.c.room_id.in_(there),
        thanks.c.receiver_id: thanks.c.room_id.in_(there),
        actions.c.owner_id: actions.c.room_id.in_(there),
        actions.c.added_by: actions.c.room_id.in_(there),
        matched.c.member_id: matched.c.match_id.in_(met),
        **dict.fromkeys(_NOWHERE, sa.false()),
    }


def rooms_on(community: CommunityId, platform: str) -> sa.Select[tuple[int]]:
    """Return a query for the rooms of a community on a platform, threads and direct talks among them."""
    known = sa.select(rooms.c.id).join(spaces, spaces.c.id == rooms.c.space_id)
    return known.where(rooms.c.community_id == community, spaces.c.platform == platform)
