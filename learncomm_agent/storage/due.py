"""The rows of due work: how they are added, claimed and counted. `learncomm_agent.work` runs them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.prepared import Prepared
from learncomm_agent.storage.schema import micros
from learncomm_agent.storage.schema import work as rows

IS_OPEN = sa.and_(rows.c.done_at.is_(None), rows.c.error.is_(None))
"""Neither done nor given up."""

REQUEST = "request"
"""The name of rows that say what somebody asked."""
OF_ACCOUNT = f"{REQUEST}:"
"""What lanes of single accounts begin with."""
_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=rows.c.due.type)


def _is_next() -> sa.ColumnElement[bool]:
    """The condition that a row is free, and that no other of its lane goes first."""
    other = rows.alias("other")
    # Not in line: what is for later and was never tried.
    is_ahead = sa.and_(other.c.id < rows.c.id, sa.or_(other.c.due <= _NOW, other.c.attempts > 0))
    is_running = sa.and_(other.c.id != rows.c.id, other.c.leased_until > _NOW)
    goes_first = sa.and_(
        other.c.lane == rows.c.lane,
        other.c.done_at.is_(None),
        other.c.error.is_(None),
        sa.or_(is_ahead, is_running),
    )
    is_free = sa.or_(rows.c.leased_until.is_(None), rows.c.leased_until <= _NOW)
    return sa.and_(IS_OPEN, is_free, sa.or_(rows.c.lane.is_(None), ~sa.exists().where(goes_first)))


# Made once: they run after every row of work, and making one takes far longer than running it.
_IS_ALLOWED = rows.c.name.not_in(sa.bindparam("without", expanding=True))
_IS_READY = sa.and_(_is_next(), rows.c.due <= _NOW)
_READY = (
    sa.select(rows.c.id, rows.c.name)
    .where(_IS_READY, _IS_ALLOWED)
    .order_by(rows.c.due, rows.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_FIRST = sa.select(sa.func.min(rows.c.due)).where(_is_next(), _IS_ALLOWED)
_BUSY = sa.select(sa.func.count()).where(
    IS_OPEN, sa.or_(rows.c.leased_until.is_not(None), _IS_READY)
)
_BUSY_OF = _BUSY.where(rows.c.name == sa.bindparam("name"))
_ADDED = insert(rows).on_conflict_do_nothing(index_elements=["key"])
_FREED = sa.delete(rows).where(rows.c.done_at < sa.bindparam("before", type_=rows.c.done_at.type))
_CLAIMED = (
    sa.update(rows)
    .where(rows.c.id.in_(sa.bindparam("chosen", expanding=True)))
    .values(
        leased_until=sa.bindparam("until", type_=rows.c.leased_until.type),
        attempts=rows.c.attempts + 1,
    )
    .returning(rows.c.id, rows.c.name, rows.c.args, rows.c.key, rows.c.lane, rows.c.attempts)
)
_IS_MINE = sa.and_(
    rows.c.id == sa.bindparam("row"), rows.c.attempts == sa.bindparam("attempt"), IS_OPEN
)
_SETTLED = Prepared.of(sa.delete(rows).where(_IS_MINE))
_SETTLED_WITH_KEY = Prepared.of(
    sa.update(rows)
    .where(_IS_MINE)
    .values(
        done_at=_NOW,
        args=sa.null(),
        leased_until=sa.null(),
        # Who asked something, and when, is not kept once it is done.
        lane=sa.case((rows.c.name == REQUEST, sa.null()), else_=rows.c.lane),
    )
)


@dataclass(frozen=True, slots=True)
class Job:
    """A row that is being run."""

    id: int
    name: str
    args: Mapping[str, Any]
    key: str | None
    lane: str | None
    attempts: int
    """Counted from 1; one that was only put off by a passing fault counts no further."""


@dataclass(frozen=True, slots=True)
class New:
    """A row that is to be added: see `enqueue`."""

    args: Mapping[str, Any]
    due: datetime
    key: str | None = None
    lane: str | None = None

    def values(self, name: str) -> dict[str, Any]:
        """Return its columns."""
        values = {"name": name, "args": dict(self.args), "due": self.due}
        return {**values, "key": self.key, "lane": self.lane, "attempts": 0}


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
    return conn.execute(_ADDED, New(args, due, key, lane).values(name)).rowcount == 1


def enqueue_all(conn: Connection, name: str, these: Sequence[New]) -> None:
    """Add rows of a name in one statement, but for those whose key is taken; see `enqueue`."""
    if these:
        conn.execute(_ADDED, [each.values(name) for each in these])


def is_waiting(conn: Connection, name: str, lane: str | None) -> bool:
    """Whether such a row waits that nobody has started on; another like it would do no more."""
    same = sa.select(rows.c.id).where(
        IS_OPEN,
        rows.c.name == name,
        rows.c.lane.is_not_distinct_from(lane),
        rows.c.leased_until.is_(None),
    )
    return conn.execute(same.limit(1)).first() is not None


def is_open(conn: Connection, name: str, lane: str) -> bool:
    """Whether such a row waits or runs."""
    same = sa.select(rows.c.id).where(IS_OPEN, rows.c.name == name, rows.c.lane == lane)
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
    if name is None:
        return conn.execute(_BUSY, {"now": now}).scalar_one()
    return conn.execute(_BUSY_OF, {"now": now, "name": name}).scalar_one()


def waiting(conn: Connection) -> dict[str, int]:
    """Return how many rows of each name are not done yet."""
    count = sa.select(rows.c.name, sa.func.count()).where(IS_OPEN).group_by(rows.c.name)
    return {name: number for name, number in conn.execute(count)}


def due(
    conn: Connection, now: datetime, limit: int, without: Collection[str] = ()
) -> list[sa.Row[tuple[int, str]]]:
    """Return id and name of rows that may run now: due, free, next in their lane, of none of these names."""
    values = {"now": now, "limit": limit, "without": list(without)}
    return list(conn.execute(_READY, values))


def next_due(conn: Connection, now: datetime, without: Collection[str] = ()) -> datetime | None:
    """Return when the next row falls due, of none of these names, that need wait for no other to end."""
    return conn.execute(_FIRST, {"now": now, "without": list(without)}).scalar()


def free_keys(conn: Connection, before: datetime) -> None:
    """Give up the keys of rows that were done before a moment."""
    conn.execute(_FREED, {"before": before})


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
    for row in due(conn, now, limit, without):
        if row.name in left:
            if left[row.name] <= 0:
                continue
            left[row.name] -= 1
        chosen.append(row.id)
    claimed = conn.execute(_CLAIMED, {"chosen": chosen, "until": now + lease})
    return sorted((Job(*row) for row in claimed), key=lambda job: job.id)


def take_back(conn: Connection, now: datetime) -> None:
    """Free the rows that were being run, and have those that were put off fall due."""
    held = sa.update(rows).where(IS_OPEN, rows.c.leased_until.is_not(None))
    conn.execute(held.values(leased_until=None))
    put_off = sa.update(rows).where(IS_OPEN, rows.c.attempts > 0, rows.c.due > now)
    conn.execute(put_off.values(due=now))


def mine(statement: Any, job: Job) -> Any:
    """Narrow a statement to the row while this run of it holds the lease."""
    return statement.where(rows.c.id == job.id, rows.c.attempts == job.attempts, IS_OPEN)


def renew(conn: Connection, jobs: Iterable[Job], until: datetime) -> None:
    """Keep the rows of runs taken for longer, but for those whose lease is lost, or given back meanwhile."""
    for job in jobs:
        taken = mine(sa.update(rows), job).where(rows.c.leased_until.is_not(None))
        conn.execute(taken.values(leased_until=until))


def settle(conn: Connection, job: Job, now: datetime) -> bool:
    """Mark the row done, whose key stays taken; return False where the lease is lost."""
    mine = {"row": job.id, "attempt": job.attempts}
    if job.key is None:
        return _SETTLED.run(conn, mine).rowcount == 1
    return _SETTLED_WITH_KEY.run(conn, {**mine, "now": micros(now)}).rowcount == 1


def note(conn: Connection, job: Job, **more: Any) -> None:
    """Keep something more with the row, for a repeat of it; nothing where the lease is lost."""
    conn.execute(mine(sa.update(rows), job).values(args={**args_of(conn, job), **more}))


def args_of(conn: Connection, job: Job) -> Mapping[str, Any]:
    """Return the row's arguments as they are kept now; those it began with where it is settled."""
    kept = conn.execute(sa.select(rows.c.args).where(rows.c.id == job.id)).scalar()
    return job.args if kept is None else kept
