"""What is kept of one member of what happens between sessions, as plain fields for their eyes alone."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.kept import Rows
from learncomm_agent.storage.schema import accounts, items, members, rooms
from learncomm_agent.storage.schema_growing import goals, publications
from learncomm_agent.storage.schema_matching import avoided, matched, matches, profiles
from learncomm_agent.storage.schema_nudges import nudged, nudges, quiet, recurring
from learncomm_agent.storage.schema_promises import actions


def promised(conn: Connection, member: MemberId) -> Rows:
    """Return what they promised, or noted as promised, in the words of its line."""
    known = (
        sa.select(
            actions.c.made_at.label("at"),
            rooms.c.name.label("room"),
            items.c.content["text"].as_string().label("text"),
            actions.c.state,
            actions.c.due,
            actions.c.done_at,
            (actions.c.owner_id == member).label("is_mine"),
            actions.c.id,
        )
        .join_from(actions, items)
        .join(rooms, rooms.c.id == actions.c.room_id)
        .where(sa.or_(actions.c.owner_id == member, actions.c.added_by == member))
    )
    return _rows(conn, known.order_by(actions.c.id))


def offers(conn: Connection, member: MemberId) -> Rows:
    """Return what they said of themselves, and whom they do not wish to meet; who avoids them is nobody's to know."""
    named = sa.select(members.c.name).join(avoided, avoided.c.other_id == members.c.id)
    mine = named.where(avoided.c.member_id == member).order_by(members.c.name)
    not_with = list(conn.execute(mine).scalars())
    names = [each for each in profiles.c if each.name not in ("member_id", "community_id")]
    known = _rows(conn, sa.select(*names).where(profiles.c.member_id == member))
    if not_with:
        return [{**(known[0] if known else {}), "not_with": not_with}]
    return known


def met(conn: Connection, member: MemberId) -> Rows:
    """Return that they were brought together with others; who these were is theirs."""
    known = (
        sa.select(
            matches.c.made_at.label("at"),
            matches.c.kind,
            matched.c.role,
            matches.c.ended_at,
            matched.c.left_at,
        )
        .join_from(matched, matches)
        .where(matched.c.member_id == member)
    )
    return _rows(conn, known.order_by(matches.c.id))


def aims(conn: Connection, member: MemberId) -> Rows:
    """Return what they want to learn."""
    known = sa.select(
        goals.c.made_at.label("at"), goals.c.text, goals.c.state, goals.c.changed_at, goals.c.id
    )
    return _rows(conn, known.where(goals.c.member_id == member).order_by(goals.c.id))


def told(conn: Connection, member: MemberId) -> Rows:
    """Return how much they want to be told unasked, what was said so, and what waits to be."""
    names = [each for each in quiet.c if each.name != "member_id"]
    chosen = sa.select(*names).where(quiet.c.member_id == member)
    was = sa.select(nudged.c.sent_at.label("at"), nudged.c.kinds)
    waits = sa.select(nudges.c.due.label("at"), nudges.c.kind)
    return [
        *_rows(conn, chosen),
        *_rows(conn, was.where(nudged.c.member_id == member).order_by(nudged.c.id)),
        *_rows(conn, waits.where(nudges.c.member_id == member).order_by(nudges.c.id)),
    ]


def ordered(conn: Connection, member: MemberId) -> Rows:
    """Return what they ordered to be posted again and again."""
    known = sa.select(
        recurring.c.next_at.label("at"), rooms.c.name.label("room"), recurring.c.kind
    ).join_from(recurring, rooms)
    return _rows(conn, known.where(recurring.c.account_id.in_(_mine(member))))


def published(conn: Connection, member: MemberId) -> Rows:
    """Return what they put on the page for others."""
    known = sa.select(publications.c.published_at.label("at"), publications.c.title)
    return _rows(conn, known.where(publications.c.account_id.in_(_mine(member))))


def opt_out(conn: Connection, member: MemberId) -> None:
    """Drop what somebody said of themselves, and what they were to be told.

    With whom they met is for `storage.matches`. Whom they or others do not wish to meet, and how much they wish to be told, stays.
    """
    for column in (profiles.c.member_id, nudges.c.member_id, nudged.c.member_id):
        conn.execute(sa.delete(column.table).where(column == member))


def _mine(member: MemberId) -> sa.Select[tuple[int]]:
    return sa.select(accounts.c.id).where(accounts.c.member_id == member)


def _rows(conn: Connection, query: sa.Select[Any]) -> Rows:
    return [dict(row) for row in conn.execute(query).mappings()]
