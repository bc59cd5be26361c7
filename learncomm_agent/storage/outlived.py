"""What is older than it is kept: messages, and what was written, thanked and learned from them."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import lines, retention_rules, session_traces
from learncomm_agent.storage.actions import ACTION
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import items, messages, micros, rooms, writings
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks
from learncomm_agent.storage.schema_sessions import session_writings

DAY = 86_400_000_000
"""In microseconds, as moments are stored."""


def outlived(
    conn: Connection,
    community: CommunityId,
    now: datetime,
    days: int | None,
    *,
    most: int | None = None,
    limit: int,
) -> list[MessageId]:
    """Return messages older than their room keeps them, oldest first.

    Args:
        conn: The transaction to read in.
        community: Whose messages.
        now: The present moment.
        days: What holds for rooms that don't say how long; None is for ever.
        most: No room keeps them longer; None is no such bound.
        limit: How many at most.
    """
    kept_for: sa.ColumnElement[int] = sa.func.coalesce(rooms.c.retention_days, days)
    if most is not None:
        kept_for = sa.func.min(sa.func.coalesce(kept_for, most), most)
    old = (
        sa.select(messages.c.id)
        .join_from(messages, rooms)
        .where(
            messages.c.community_id == community,
            messages.c.state != State.DELETED,
            kept_for.is_not(None),
            sa.type_coerce(messages.c.posted_at, sa.BigInteger) < micros(now) - kept_for * DAY,
        )
        .order_by(messages.c.posted_at)
        .limit(limit)
    )
    return [MessageId(id) for id in conn.execute(old).scalars()]


def empty(conn: Connection, ids: Collection[int], now: datetime) -> tuple[int, tuple[int, ...]]:
    """Take the lines and the question out of writings; those for one alone go.

    Promises that wait stay, and decisions that are to be looked at again.

    Returns:
        How many lines went, and the writings whose posts show less now.
    """
    held = sa.select(items.c.id, items.c.writing_id).where(
        items.c.writing_id.in_(ids), retention_rules.is_settled(now)
    )
    gone = {row.id: row.writing_id for row in conn.execute(held)}
    touched = {*lines.drop_lines(conn, gone), *_unasked(conn, ids)}
    alone = sa.delete(writings).where(
        writings.c.id.in_(ids),
        writings.c.is_private,
        ~sa.exists().where(items.c.writing_id == writings.c.id),
    )
    left = set(conn.execute(alone.returning(writings.c.id)).scalars())
    return len(gone), tuple(sorted(touched - left))


def _unasked(conn: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Take questions out that were put to a room as they were asked; such writings have no lines."""
    calls = sa.update(writings).where(writings.c.id.in_(ids), writings.c.kind == "call")
    asked = calls.values(request={}, member_id=None).returning(writings.c.id)
    found = tuple(conn.execute(asked).scalars())
    lines.mark_changed(conn, found)
    return found


def settle(conn: Connection, ids: Collection[int]) -> tuple[int, tuple[int, ...]]:
    """Know of action items that they are settled, and no more; one that was added by itself goes with its words.

    The bare row stays as long as its line, so that nobody is asked again.

    Returns:
        How many lines went, and the writings whose posts show less now.
    """
    held = sa.select(items.c.id, items.c.writing_id, writings.c.kind).join_from(items, writings)
    known = held.join(actions, actions.c.item_id == items.c.id).where(actions.c.id.in_(ids))
    rows = conn.execute(known).all()
    bare = sa.update(actions).where(actions.c.id.in_(ids))
    conn.execute(bare.values(owner_id=None, added_by=None, result=None, said=""))
    shown = {row.writing_id for row in rows}
    lines.mark_changed(conn, shown)
    gone = {row.id: row.writing_id for row in rows if row.kind == ACTION}
    return len(gone), tuple(sorted({*shown, *lines.drop_lines(conn, gone)}))


def unthank(conn: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Drop thanks, named by the writings that show them; return what shows less now."""
    told = lines.drop_told(conn, ids)
    conn.execute(sa.delete(thanks).where(thanks.c.writing_id.in_(ids)))
    conn.execute(sa.update(writings).where(writings.c.id.in_(ids)).values(request={}))
    lines.mark_changed(conn, ids)
    return tuple(sorted({*ids, *told}))


def end(conn: Connection, ids: Collection[int], now: datetime) -> tuple[int, tuple[int, ...]]:
    """Let go of sessions that have ended, and of what they wrote; see `empty`."""
    wrote = sa.select(session_writings.c.writing_id).where(session_writings.c.session_id.in_(ids))
    gone = empty(conn, list(conn.execute(wrote).scalars()), now)
    session_traces.remove(conn, ids)
    return gone
