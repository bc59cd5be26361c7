"""One member of two: all that names the one names the other from now on."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import consents, thanks, uniting_between
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.schema import (
    accounts,
    items,
    members,
    shares,
    work,
    writings,
)
from learncomm_agent.storage.schema_growing import goals
from learncomm_agent.storage.schema_matching import avoided, matched, profiles
from learncomm_agent.storage.schema_nudges import nudged, nudges, quiet
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks as thanked
from learncomm_agent.storage.schema_sources import feeds
from learncomm_agent.storage.schema_writing import drafts, edits, proposals, speakers, votes

MOVED: tuple[sa.Column[Any], ...] = (
    accounts.c.member_id,
    shares.c.member_id,
    writings.c.member_id,
    feeds.c.member_id,
    drafts.c.decided_by,
    edits.c.member_id,
    proposals.c.member_id,
    speakers.c.member_id,
    actions.c.owner_id,
    actions.c.added_by,
    goals.c.member_id,
    nudged.c.member_id,
)
"""The columns in which nothing stands against it that the one stands for the other."""
MERGED: tuple[sa.Column[Any], ...] = (
    votes.c.member_id,
    thanked.c.giver_id,
    thanked.c.receiver_id,
    profiles.c.member_id,
    avoided.c.member_id,
    avoided.c.other_id,
    matched.c.member_id,
    nudges.c.member_id,
    quiet.c.member_id,
)
"""Those in which a person stands once, or not on both sides."""
Change = Callable[[Any], Any]


def unite(conn: Connection, gone: MemberId, into: MemberId, renamed: Change) -> tuple[int, ...]:
    """Let one member be another, whose accounts these are from now on; the row of the one goes.

    What sessions keep is theirs to change, and before: see `sessions.running.uniting`.

    Args:
        conn: The transaction.
        gone: The member that is no more.
        into: Who stays.
        renamed: Returns JSON that names who stays in the place of the other.

    Returns:
        The writings that show less now: thanks to oneself are none.
    """
    _vote_once(conn, gone, into)
    uniting_between.once(conn, gone, into)
    shown = thanks.drop_between(conn, gone, into)
    for column in (*MOVED, *MERGED):
        conn.execute(sa.update(column.table).where(column == gone).values({column.name: into}))
    community = sa.select(members.c.community_id).where(members.c.id == gone).scalar_subquery()
    theirs = sa.select(writings.c.id).where(writings.c.community_id == community)
    rename_lines(conn, gone, into, theirs)
    rename_work(conn, sa.cast(work.c.args, sa.Text).contains(str(gone)), renamed)
    consents.unite(conn, gone, into)
    _choose(conn, gone, into)
    conn.execute(sa.delete(members).where(members.c.id == gone))
    return shown


def _vote_once(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Drop the votes of the one wherever the other has voted, too."""
    item = items.alias()
    voted = sa.select(item.c.writing_id).join(votes, votes.c.item_id == item.c.id)
    same = sa.select(items.c.id).where(
        items.c.writing_id.in_(voted.where(votes.c.member_id == into))
    )
    twice = sa.delete(votes).where(votes.c.member_id == gone, votes.c.item_id.in_(same))
    conn.execute(twice)


def rename_lines(
    conn: Connection, old: MemberId, new: MemberId, written: sa.Select[tuple[int]]
) -> None:
    """Let the lines of some writings, a query for their ids, name a member in the place of another."""
    named = sa.update(items).where(
        items.c.content["member"].as_integer() == old, items.c.writing_id.in_(written)
    )
    now = sa.func.json_set(items.c.content, "$.member", int(new))
    conn.execute(named.values(content=sa.type_coerce(now, sa.Text)))


def rename_work(conn: Connection, these: sa.ColumnElement[bool], renamed: Change) -> None:
    """Let what waits, of which a condition is true, be of another member."""
    waiting = sa.select(work.c.id, work.c.args).where(IS_OPEN, these)
    for row in conn.execute(waiting).all():
        if (args := renamed(row.args)) != row.args:
            conn.execute(sa.update(work).where(work.c.id == row.id).values(args=args))


def _choose(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Keep the language and the zone of whoever chose any; who is named or thanked agreed to it on both sides."""
    one, other = (
        conn.execute(sa.select(members).where(members.c.id == id)).one() for id in (gone, into)
    )
    chosen = {
        "language": other.language or one.language,
        "timezone": other.timezone or one.timezone,
        "is_named": one.is_named and other.is_named,
        "is_thanked": one.is_thanked and other.is_thanked,
        "created_at": min(one.created_at, other.created_at),
    }
    conn.execute(sa.update(members).where(members.c.id == into).values(**chosen))
