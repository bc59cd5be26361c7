"""How long leaders have kinds of data kept, and what is older than that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.caring.hours import WEEK
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import actions as promises
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import audit, items, messages, writings
from learncomm_agent.storage.schema_feedback import feedback, lessons, pulses
from learncomm_agent.storage.schema_growing import goals, retention
from learncomm_agent.storage.schema_nudges import nudged
from learncomm_agent.storage.schema_promises import actions, decisions
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.storage.schema_writing import ballots, drafts

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
ANSWERS = (
    "search",
    "answer",
    "unanswered",
    "opened",
    "card",
    "resources",
    "missed",
    "record",
    "ideas",
    "told promises",
    "letter",
)
"""The kinds of writings that are made for one alone."""
SUMMARIES = (
    "summary",
    "digest",
    "roundup",
    "questions",
    "ballot",
    "tally",
    "thanks",
    "call",
    "promised",
    "talk again",
)
"""The kinds of writings that are posted for all in a room."""
WITH_THEIRS = {"session": "sessions", "gratitude": "thanks", "goal": "goals", "action": "actions"}
"""Kinds of writings that go with what they are of: that has a rule of its own."""
_GONE = ("reached", "dropped")
_SETTLED = (promises.State.DONE, promises.State.DROPPED)
REVIEWED_WITHIN = timedelta(days=14)
"""So long after its day a decision waits for whoever is to look at it again."""
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


def count(conn: Connection, community: CommunityId, kind: str, now: datetime, days: int) -> int:
    """Return how many things of a kind are older than so many days."""
    found = _old(community, now, days)[kind]
    return sum(
        conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
        for query in found
    )


def old(
    conn: Connection, community: CommunityId, kind: str, now: datetime, days: int, limit: int
) -> list[int]:
    """Return row ids of a kind that are older than so many days; of messages, see `storage.outlived`."""
    query, *_ = _old(community, now, days)[kind]
    return list(conn.execute(query.limit(limit)).scalars())


def drop_rows(conn: Connection, community: CommunityId, kind: str, now: datetime, days: int) -> int:
    """Delete things of a kind from which nothing else was made; return how many."""
    queries = _old(community, now, days)[kind]
    gone = 0
    for table, query in zip(_ROWS[kind], queries, strict=True):
        gone += conn.execute(sa.delete(table).where(table.c.id.in_(query))).rowcount
    return gone


_ROWS: Mapping[str, tuple[sa.Table, ...]] = {
    "feedback": (feedback, lessons, pulses),
    "audit": (audit,),
    "nudges": (nudged,),
}
PLAIN = tuple(_ROWS)
"""Kinds from which nothing else is made: their rows go, and that is all."""


def _old(
    community: CommunityId, now: datetime, days: int
) -> Mapping[str, tuple[sa.Select[int], ...]]:
    """Return queries for the row ids of what is older than so many days, by kind."""
    before = now - timedelta(days=days)
    day = before.date().isoformat()
    return {
        "messages": (
            sa.select(messages.c.id).where(
                messages.c.community_id == community,
                messages.c.state != State.DELETED,
                messages.c.posted_at < before,
            ),
        ),
        "answers": (_written(community, now, before, ANSWERS),),
        "summaries": (_written(community, now, before, SUMMARIES),),
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
        "feedback": (
            *(
                sa.select(table.c.id).where(table.c.community_id == community, table.c.day < day)
                for table in (feedback, lessons)
            ),
            sa.select(pulses.c.id).where(
                pulses.c.community_id == community,
                pulses.c.closed_at.is_not(None),
                pulses.c.closes_at < before,
            ),
        ),
        "actions": (_settled(community, before),),
        "audit": (
            sa.select(audit.c.id).where(audit.c.community_id == community, audit.c.at < before),
        ),
        # What was said of late counts against how much somebody wants to be told.
        "nudges": (
            sa.select(nudged.c.id).where(
                nudged.c.community_id == community, nudged.c.sent_at < min(before, now - WEEK)
            ),
        ),
    }


def _written(
    community: CommunityId, now: datetime, before: datetime, kinds: tuple[str, ...]
) -> sa.Select[int]:
    """Return a query for writings of some kinds of which something is left that may go."""
    mine = sa.select(items.c.id).where(items.c.writing_id == writings.c.id)
    has_lines = mine.where(is_settled(now)).exists()
    is_alone = sa.and_(writings.c.is_private, ~mine.exists())
    is_asked = sa.and_(
        writings.c.kind == "call", writings.c.request["question"].as_string().is_not(None)
    )
    is_draft = sa.select(drafts.c.writing_id).where(drafts.c.state == "open")
    is_voted_on = sa.select(ballots.c.writing_id).where(ballots.c.closed_at.is_(None))
    return (
        sa.select(writings.c.id)
        .where(
            writings.c.community_id == community,
            writings.c.created_at < before,
            writings.c.kind.in_(kinds),
            sa.or_(has_lines, is_alone, is_asked),
            writings.c.id.not_in(is_draft),
            writings.c.id.not_in(is_voted_on),
        )
        .order_by(writings.c.id)
    )


def _settled(community: CommunityId, before: datetime) -> sa.Select[int]:
    """Return a query for action items that are settled, and of which more is known than that."""
    is_known = sa.or_(
        actions.c.owner_id.is_not(None),
        actions.c.added_by.is_not(None),
        actions.c.result.is_not(None),
        writings.c.kind == promises.ACTION,
    )
    return (
        sa.select(actions.c.id)
        .join(items, items.c.id == actions.c.item_id)
        .join(writings, writings.c.id == items.c.writing_id)
        .where(
            actions.c.community_id == community,
            actions.c.state.in_(_SETTLED),
            actions.c.changed_at < before,
            is_known,
        )
        .order_by(actions.c.id)
    )


def is_settled(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `items` that nobody is still to do what a line says, or to look at it again."""
    waits = sa.select(actions.c.item_id).where(actions.c.state.in_(promises.WAITING))
    comes = sa.select(decisions.c.item_id).where(
        decisions.c.review_at > now - REVIEWED_WITHIN, decisions.c.reviewed_at.is_(None)
    )
    return sa.and_(items.c.id.not_in(waits), items.c.id.not_in(comes))
