"""The rows of due work: how they are added, claimed and counted. `learncomm_agent.work` runs them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import work as rows

IS_OPEN = sa.and_(rows.c.done_at.is_(None), rows.c.error.is_(None))
"""Neither done nor given up."""


@dataclass(frozen=True, slots=True)
class Job:
    """A row that is being run."""

    id: int
    name: str
    args: Mapping[str, Any]
    key: str | None
    lane: str | None
    attempts: int
    """Counted from 1; also the fence: who lost the lease writes nothing."""


def enqueue(
    conn: Connection,
    name: str,
    args: Mapping[str, Any],
    *,
    due: datetime,
    key: str | None = None,
    lane: str | None = None,
) -> bool:
    """Add a row without waking anybody; a process that holds the store sees it within a second.

    Args:
        conn: The transaction that it belongs to.
        name: Which handler runs it.
        args: Plain JSON for the handler.
        due: Not before this moment.
        key: A row with a key that is taken is not added; a key stays taken for 30 days after it is done.
        lane: Rows of one lane run one at a time, in the order added; a dead one lets the next go on,
            and one that is for later lets the others pass until it is due.

    Returns:
        Whether it was added.
    """
    added = conn.execute(
        insert(rows)
        .values(name=name, args=dict(args), due=due, key=key, lane=lane, attempts=0)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    return added.rowcount == 1


def is_waiting(conn: Connection, name: str, lane: str | None) -> bool:
    """Whether such a row waits that nobody has started on; another like it would do no more."""
    same = sa.select(rows.c.id).where(
        IS_OPEN,
        rows.c.name == name,
        rows.c.lane.is_not_distinct_from(lane),
        rows.c.leased_until.is_(None),
    )
    return conn.execute(same.limit(1)).first() is not None


def is_planned(conn: Connection, name: str, by: datetime) -> bool:
    """Whether a row of a name waits or runs that fell due, or will, by a moment."""
    soon = sa.select(rows.c.id).where(IS_OPEN, rows.c.name == name, rows.c.due <= by)
    return conn.execute(soon.limit(1)).first() is not None


def dead_letters(conn: Connection) -> list[tuple[int, str, str]]:
    """Return the rows that gave up, oldest first, as (id, name, error)."""
    dead = sa.select(rows.c.id, rows.c.name, rows.c.error).where(rows.c.error.is_not(None))
    return [(row.id, row.name, row.error) for row in conn.execute(dead.order_by(rows.c.id))]


def due_count(conn: Connection, now: datetime, name: str | None = None) -> int:
    """Return how many rows run now or could run; of one name if given.

    One that was put off for later does not count, nor does what waits behind it.
    """
    is_ready = sa.and_(_is_next(now), rows.c.due <= now)
    is_busy = sa.or_(rows.c.leased_until.is_not(None), is_ready)
    count = sa.select(sa.func.count()).where(IS_OPEN, is_busy)
    if name is not None:
        count = count.where(rows.c.name == name)
    return conn.execute(count).scalar_one()


def waiting(conn: Connection) -> dict[str, int]:
    """Return how many rows of each name are not done yet."""
    count = sa.select(rows.c.name, sa.func.count()).where(IS_OPEN).group_by(rows.c.name)
    return {name: number for name, number in conn.execute(count)}


def due(now: datetime, limit: int, without: Collection[str] = ()) -> sa.Select[tuple[int, str]]:
    """Rows that may run now: due, free, next in their lane, and of none of these names."""
    ready = sa.select(rows.c.id, rows.c.name).where(
        _is_next(now), rows.c.due <= now, rows.c.name.not_in(without)
    )
    return ready.order_by(rows.c.due, rows.c.id).limit(limit)


def next_due(conn: Connection, now: datetime, without: Collection[str] = ()) -> datetime | None:
    """Return when the next row falls due, of none of these names, that need wait for no other to end."""
    first = sa.select(sa.func.min(rows.c.due)).where(_is_next(now), rows.c.name.not_in(without))
    return conn.execute(first).scalar()


def _is_next(now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a row is free, and that no other of its lane goes first."""
    other = rows.alias("other")
    # Not in line: what is for later and was never tried.
    is_ahead = sa.and_(other.c.id < rows.c.id, sa.or_(other.c.due <= now, other.c.attempts > 0))
    is_running = sa.and_(other.c.id != rows.c.id, other.c.leased_until > now)
    goes_first = sa.and_(
        other.c.lane == rows.c.lane,
        other.c.done_at.is_(None),
        other.c.error.is_(None),
        sa.or_(is_ahead, is_running),
    )
    is_free = sa.or_(rows.c.leased_until.is_(None), rows.c.leased_until <= now)
    return sa.and_(IS_OPEN, is_free, sa.or_(rows.c.lane.is_(None), ~sa.exists().where(goes_first)))


def free_keys(conn: Connection, before: datetime) -> None:
    """Give up the keys of rows that were done before a moment."""
    conn.execute(sa.delete(rows).where(rows.c.done_at < before))


def claim(
    conn: Connection, now: datetime, limit: int, lease: timedelta, room: Mapping[str, int]
) -> list[Job]:
    """Take rows that may run now, so that nobody else does until the lease ends.

    Args:
        conn: A transaction.
        now: The present moment.
        limit: How many at most.
        lease: How long they are taken for.
        room: How many at most of some names.
    """
    left = dict(room)
    chosen = []
    without = [name for name, count in room.items() if count <= 0]
    for row in conn.execute(due(now, limit, without)):
        if row.name in left:
            if left[row.name] <= 0:
                continue
            left[row.name] -= 1
        chosen.append(row.id)
    claimed = (
        sa.update(rows)
        .where(rows.c.id.in_(chosen))
        .values(leased_until=now + lease, attempts=rows.c.attempts + 1)
        .returning(rows.c.id, rows.c.name, rows.c.args, rows.c.key, rows.c.lane, rows.c.attempts)
    )
    return sorted((Job(*row) for row in conn.execute(claimed)), key=lambda job: job.id)


def mine(statement: Any, job: Job) -> Any:
    """Narrow a statement to the row while this run of it holds the lease."""
    return statement.where(rows.c.id == job.id, rows.c.attempts == job.attempts, IS_OPEN)
