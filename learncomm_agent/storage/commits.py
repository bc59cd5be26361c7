"""What runs on the writer's thread: writes that share a commit, each in a savepoint of its own."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from learncomm_agent.errors import StorageError
from learncomm_agent.log import logger
from learncomm_agent.storage.engine import ours, raw

_SAVEPOINT = "one_write"
"""Set by the driver itself: through SQLAlchemy it would cost as much as many a write."""
_log = logger(__name__)


@dataclass(slots=True)
class Write:
    """A function that waits for its turn, and where its result goes."""

    fn: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    is_bare: bool = False
    """Whether it runs outside a transaction, alone."""
    callbacks: list[Callable[[], None]] = field(default_factory=list)

    def fail(self, error: BaseException) -> None:
        """Keep why it failed, as an error of our tree; the first reason counts."""
        if self.error is None:
            self.error = ours(error)
            if self.error is not error:
                self.error.__cause__ = error

    def settle(self) -> None:
        """Hand the result over; runs in the loop that asked."""
        if self.future.done():  # the asker was cancelled; the write stands all the same
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


def settle(batch: list[Write]) -> None:
    """Wake each loop once for all its results."""
    for loop in {write.loop for write in batch}:
        settles = [write.settle for write in batch if write.loop is loop]
        # A closed loop is no loss: the write stands, and nobody waits for its result any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_call_all, settles)


def _call_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()


def scrub(conn: Connection) -> None:
    """Merge the full text so that deleted words leave it, write the file anew, empty the log into it.

    `secure_delete` alone is not enough: where SQLite moved a row to another page, a copy of it may
    stay in the unused space of the old one.
    """
    with conn.begin():
        conn.exec_driver_sql("INSERT INTO chunks_fts(chunks_fts) VALUES('optimize')")
    file = raw(conn)
    file.execute("VACUUM")
    is_busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise StorageError("the log is being read and can't be emptied")


def commit(conn: Connection, batch: list[Write]) -> None:
    """Run the writes in one transaction; their results are set when it is on disk, or its error."""
    try:
        if batch[0].is_bare:
            batch[0].fn(conn)
        else:
            with conn.begin():
                for write in batch:
                    _run_one(conn, write, alone=len(batch) == 1)
    except BaseException as error:  # nothing of the transaction is left: every asker learns of it
        for write in batch:
            write.fail(error)
        # SQLite keeps a transaction open whose COMMIT failed; the next write would meet it.
        with contextlib.suppress(sqlite3.Error):
            raw(conn).rollback()
    for write in batch:
        if write.error is None:
            _call_back(write.callbacks)


def _run_one(conn: Connection, write: Write, *, alone: bool) -> None:
    """Run one write of a transaction; raise where the whole transaction is lost with it."""
    conn.info["after_commit"] = write.callbacks
    driver = raw(conn)
    try:
        if not alone:
            driver.execute(f"SAVEPOINT {_SAVEPOINT}")
        write.result = write.fn(conn)
        if not driver.in_transaction:
            raise StorageError("the database took the transaction back")
    except BaseException as error:  # handed to the asker, who alone knows what it means
        write.fail(error)
        # A full disk takes the whole transaction back, not the savepoint alone.
        if alone or not driver.in_transaction:
            raise
        driver.execute(f"ROLLBACK TO {_SAVEPOINT}")
    if not alone:
        driver.execute(f"RELEASE {_SAVEPOINT}")


def _call_back(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception as error:  # what was written stands, and the next write needs this thread
            _log.error("callback failed", error=repr(error))
