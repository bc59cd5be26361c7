"""How long leaders have kinds of data kept, and what is older than that."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import audit, items, messages, writings
from learncomm_agent.storage.schema_feedback import feedback, lessons
from learncomm_agent.storage.schema_growing import goals, retention
from learncomm_agent.storage.schema_nudges import nudged
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.storage.schema_writing import drafts

KINDS = (
    "messages",
    "answers",
    "summaries",
    "sessions",
    "thanks",
    "goals",
    "feedback",
    "actions",
    "audit",
    "nudges",
)
"""What can be kept for a time."""
ANSWERS = ("search", "answer", "unanswered", "opened", "card", "resources", "missed")
"""The kinds of writings that are made for whoever asks."""
_GONE = ("reached", "dropped")
MOST_DAYS = 3650


def of(conn: Connection, community: CommunityId) -> dict[str, int]:
    """Return for how many days each kind is kept, as leaders chose; for ever where nothing stands."""
    chosen = sa.select(retention.c.kind, retention.c.days)
    rows = conn.execute(chosen.where(retention.c.community_id == community)).all()
    known = {row.kind: row.days for row in rows}
    return {kind: known[kind] for kind in KINDS if kind in known}


def choose(conn: Connection, community: CommunityId, kind: str, days: int | None) -> None:
    """Keep for how long a kind is kept from now on; None is for ever."""
    here = sa.and_(retention.c.community_id == community, retention.c.kind == kind)
    if days is None:
        conn.execute(sa.delete(retention).where(here))
        return
    made = insert(retention).values(community_id=community, kind=kind, days=days)
    keys = ["community_id", "kind"]
    conn.execute(made.on_conflict_do_update(index_elements=keys, set_={"days": days}))


def count(conn: Connection, community: CommunityId, kind: str, before: datetime) -> int:
    """Return how many things of a kind are older than a moment."""
    found = _old(community, before)[kind]
    return sum(
        conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
        for query in found
    )


def old(
    conn: Connection, community: CommunityId, kind: str, before: datetime, limit: int
) -> list[int]:
    """Return row ids of a kind that are older than a moment; of messages, see `storage.outlived`."""
    query, *_ = _old(community, before)[kind]
    return list(conn.execute(query.limit(limit)).scalars())


def drop_rows(conn: Connection, community: CommunityId, kind: str, before: datetime) -> int:
    """Delete things of a kind from which nothing else was made; return how many."""
    tables = _ROWS[kind]
    queries = _old(community, before)[kind]
    gone = 0
    for table, query in zip(tables, queries, strict=True):
        gone += conn.execute(sa.delete(table).where(table.c.id.in_(query))).rowcount
    return gone


_ROWS: Mapping[str, tuple[sa.Table, ...]] = {
    "goals": (goals,),
    "feedback": (feedback, lessons),
    "actions": (actions,),
    "audit": (audit,),
    "nudges": (nudged,),
}
PLAIN = tuple(_ROWS)
"""Kinds from which nothing else is made: their rows go, and that is all."""


def _old(community: CommunityId, before: datetime) -> Mapping[str, tuple[sa.Select[int], ...]]:
    """Return queries for the row ids of what is older than a moment, by kind."""
    day = before.date().isoformat()
    stands = sa.and_(writings.c.community_id == community, writings.c.created_at < before)
    has_lines = sa.exists().where(items.c.writing_id == writings.c.id, is_settled())
    is_left = sa.or_(writings.c.is_private, has_lines)
    is_open = sa.select(drafts.c.writing_id).where(drafts.c.state == "open")
    return {
        "messages": (
            sa.select(messages.c.id).where(
                messages.c.community_id == community,
                messages.c.state != State.DELETED,
                messages.c.posted_at < before,
            ),
        ),
        "answers": (
            sa.select(writings.c.id)
            .where(stands, writings.c.kind.in_(ANSWERS), is_left)
            .order_by(writings.c.id),
        ),
        "summaries": (
            sa.select(writings.c.id)
            .where(stands, writings.c.kind == "summary", is_left, writings.c.id.not_in(is_open))
            .order_by(writings.c.id),
        ),
        "sessions": (
            sa.select(sessions.c.id).where(
                sessions.c.community_id == community, sessions.c.ended_at < before
            ),
        ),
        "thanks": (
            sa.select(thanks.c.writing_id).where(
                thanks.c.community_id == community, thanks.c.thanked_at < before
            ),
        ),
        "goals": (
            sa.select(goals.c.id).where(
                goals.c.community_id == community,
                goals.c.state.in_(_GONE),
                goals.c.changed_at < before,
            ),
        ),
        "feedback": tuple(
            sa.select(table.c.id).where(table.c.community_id == community, table.c.day < day)
            for table in (feedback, lessons)
        ),
        "actions": (
            sa.select(actions.c.id).where(
                actions.c.community_id == community, actions.c.done_at < before
            ),
        ),
        "audit": (
            sa.select(audit.c.id).where(audit.c.community_id == community, audit.c.at < before),
        ),
        "nudges": (
            sa.select(nudged.c.id).where(
                nudged.c.community_id == community, nudged.c.sent_at < before
            ),
        ),
    }


def is_settled() -> sa.ColumnElement[bool]:
    """The condition on `items` that nobody is still to do what a line says."""
    waits = sa.select(actions.c.item_id).where(actions.c.done_at.is_(None))
    return items.c.id.not_in(waits)
