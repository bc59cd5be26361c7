"""Due work: jobs, timers, schedules, posts and alarms are all rows, run at least once.

A row is added in the transaction of the state that it belongs to. A handler does its slow part with
no transaction open and returns a function that writes; that function, and the mark that the row is
done, are one transaction. So a crash repeats a handler, never what it wrote.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    OutdatedError,
    RateLimitedError,
    RoomGoneError,
    UsageError,
    VectorsUnreachableError,
    for_log,
)
from learncomm_agent.leases import LEASE, Leases
from learncomm_agent.log import logger
from learncomm_agent.storage import due as due_rows
from learncomm_agent.storage.database import Connection, Database, after_commit
from learncomm_agent.storage.due import Job, New
from learncomm_agent.storage.schema import work as rows

BATCH = 500
"""Rows claimed in one transaction at most."""
ATTEMPTS = 8
"""After so many failures a row is a dead letter; a lost connection does not count."""
KEEP_KEYS = timedelta(days=30)
POLL_S = 1.0
"""How soon rows that another process left are seen."""
_PASSING = (RateLimitedError, DisconnectedError, VectorsUnreachableError)
"""Faults that are none of the row's own."""
_NEAR, _FAR = 8.0, 600.0
"""Seconds between attempts at most: where a line is down, and where the row itself may be at fault."""
_log = logger(__name__)


Commit = Callable[[Connection], None]
Handler = Callable[[Job], Awaitable[Commit | None]]
GivenUp = Callable[[Connection, Job], None]
"""Writes what follows from a row's being laid aside, in the same transaction."""


class Work:
    """Runs the rows of one store. One process at a time (`storage.lock`)."""

    def __init__(self, database: Database, clock: Clock, *, concurrency: int = 128) -> None:
        """Take what it needs; handlers are named with `handle` before `run`."""
        self._database = database
        self._clock = clock
        self._concurrency = concurrency
        self._handlers: dict[str, Handler] = {}
        self._given_up: dict[str, GivenUp] = {}
        self._bounds: dict[str, int] = {}
        self._busy: Counter[str] = Counter()
        self._leases = Leases(database, clock)
        self._awake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle(
        self,
        name: str,
        handler: Handler,
        *,
        at_once: int | None = None,
        given_up: GivenUp | None = None,
    ) -> None:
        """Name the handler of a kind of row.

        Args:
            name: The kind.
            handler: Does the work.
            at_once: How many of the kind run together, so that slow ones leave room for others.
            given_up: Is told, with the arguments as they are by then, when a row is laid aside.

        Raises:
            ValueError: That kind has one already.
        """
        if name in self._handlers:
            raise ValueError(f"{name!r} has a handler already")
        self._handlers[name] = handler
        if at_once is not None:
            self._bounds[name] = at_once
        if given_up is not None:
            self._given_up[name] = given_up

    def add(
        self,
        conn: Connection,
        name: str,
        args: Mapping[str, Any],
        *,
        due: datetime | None = None,
        key: str | None = None,
        lane: str | None = None,
    ) -> bool:
        """Add a row, due now where `due` is None, and start on it once it is on disk; see `storage.due.enqueue`."""
        now = self._clock.now()
        if key is not None:
            due_rows.free_keys(conn, now - KEEP_KEYS)
        added = due_rows.enqueue(conn, name, args, due=due or now, key=key, lane=lane)
        if added:
            after_commit(conn, self._wake)
        return added

    def add_all(self, conn: Connection, name: str, these: Sequence[New]) -> None:
        """Add rows, and start on them once they are on disk; far less to do than adding each."""
        if any(each.key is not None for each in these):
            due_rows.free_keys(conn, self._clock.now() - KEEP_KEYS)
        due_rows.enqueue_all(conn, name, these)
        after_commit(conn, self._wake)

    async def recover(self) -> None:
        """Take back the rows that a process before this one was running, or had put off, when it ended."""
        self._loop = asyncio.get_running_loop()
        now = self._clock.now()

        def write(conn: Connection) -> None:
            due_rows.take_back(conn, now)
            due_rows.free_keys(conn, now - KEEP_KEYS)

        await self._database.write(write)

    async def run(self) -> None:
        """Run rows as they fall due, until cancelled; those that run then are given up and repeated."""
        try:
            while True:
                self._awake.clear()
                try:
                    if not await self._start():
                        await self._wait()
                except Exception as error:  # a full disk passes; nothing may end this loop
                    _log.error("due work waits", error=for_log(error))
                    await self._clock.sleep(POLL_S)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await self._leases.rest()

    async def drain(self) -> None:
        """Run all that is due by now, and what it adds, then return."""
        while await self._start() or self._running:
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        await self._leases.rest()

    async def next_due(self) -> datetime | None:
        """Return when the next row falls due; None where nothing waits but for a row that runs."""
        now, full = self._clock.now(), self._full()
        return await self._database.read(lambda conn: due_rows.next_due(conn, now, full))

    async def _wait(self) -> None:
        """Come back when something was added, fell due, or might have been left by another process."""
        due = await self.next_due()
        wait_s = POLL_S
        if due is not None:
            wait_s = min(wait_s, max(0.0, (due - self._clock.now()).total_seconds()))
        try:
            await self._clock.idle(self._awake.wait(), "due work", timeout_s=wait_s)
        except TimeoutError:
            return

    async def _start(self) -> int:
        """Claim what is due and start it; return how many rows that were."""
        free = min(BATCH, self._concurrency - len(self._running))
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        now, full = self._clock.now(), self._full()
        if not await self._database.read(lambda conn: due_rows.due(conn, now, 1, full)):
            return 0
        room = {name: bound - self._busy[name] for name, bound in self._bounds.items()}
        jobs = await self._database.write(lambda conn: due_rows.claim(conn, now, free, LEASE, room))
        for job in jobs:
            self._busy[job.name] += 1
            self._leases.take(job)
            task = asyncio.create_task(self._do(job), name=f"work {job.name} {job.id}")
            self._running.add(task)
            task.add_done_callback(partial(self._finished, job=job))
        return len(jobs)

    def _full(self) -> list[str]:
        """Return the kinds of which no more may run now."""
        return [name for name, bound in self._bounds.items() if self._busy[name] >= bound]

    def _wake(self) -> None:
        """Let the loop look for rows; called on the writer's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    def _finished(self, task: asyncio.Task[None], *, job: Job) -> None:
        self._running.discard(task)
        self._busy[job.name] -= 1
        self._leases.leave(job)
        self._awake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the store itself can bring us here; the row's lease ends and it runs again.
            _log.error("row not settled", error=for_log(error))

    async def _do(self, job: Job) -> None:
        handler = self._handlers.get(job.name)
        try:
            if handler is None:
                raise UsageError(f"no handler for {job.name!r}")
            commit = await handler(job)
            await self._database.write(lambda conn: self._done(conn, job, commit))
        except Exception as error:  # one row's failure is that row's, and kept with it
            log = _log.info if isinstance(error, DisconnectedError) else _log.warning
            log(
                "work failed",
                work=job.name,
                row=job.id,
                attempts=job.attempts,
                error=for_log(error),
            )
            await self._database.write(partial(self._failed, job=job, error=error))

    def _done(self, conn: Connection, job: Job, commit: Commit | None) -> None:
        """Mark the row done and write what its handler returned; nothing where the lease is lost."""
        if (
            self._leases.is_latest(job)
            and due_rows.settle(conn, job, self._clock.now())
            and commit is not None
        ):
            commit(conn)

    def _failed(self, conn: Connection, *, job: Job, error: Exception) -> None:
        """Put the row back for later, or lay it aside as a dead letter; nothing where the lease is lost."""
        if not self._leases.is_latest(job):
            return
        values: dict[str, Any] = {"leased_until": None}
        given_up = self._given_up.get(job.name) if _is_final(error, job.attempts) else None
        known = replace(job, args=due_rows.args_of(conn, job)) if given_up else job
        if _is_final(error, job.attempts):
            values |= {"error": for_log(error)[:500], "args": None}  # their text goes with them
        else:
            values |= {"due": self._clock.now() + _backoff(error, job.attempts)}
            if isinstance(error, _PASSING):
                # It was not the row's fault, so a fault of its own may still be tried again.
                values |= {"attempts": min(job.attempts, ATTEMPTS - 2)}
        settled = conn.execute(due_rows.mine(sa.update(rows), job).values(**values))
        if given_up is not None and settled.rowcount:
            given_up(conn, known)


def _is_final(error: Exception, attempts: int) -> bool:
    if isinstance(error, UsageError | NotPermittedError | RoomGoneError):
        return True
    if isinstance(error, _PASSING):
        return False
    return attempts >= (4 * ATTEMPTS if isinstance(error, OutdatedError) else ATTEMPTS)


def _backoff(error: Exception, attempts: int) -> timedelta:
    if isinstance(error, RateLimitedError):
        return timedelta(seconds=error.retry_after_s)
    # A line that is back is soon noticed, however often a row had been cut off before by a crash.
    most = _NEAR if isinstance(error, DisconnectedError | OutdatedError) else _FAR
    return timedelta(seconds=min(most, 2.0 ** min(attempts, 10)))
