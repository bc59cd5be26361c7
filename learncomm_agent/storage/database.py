"""The SQL database: one thread that writes, two that read.

`fn(conn)` is a plain function, so no transaction holds an await and none is cut by cancellation.
Writes that wait while the disk is busy are committed together, each in a savepoint of its own: one
that fails takes back its own changes alone.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from learncomm_agent.errors import StorageError, StorageFullError
from learncomm_agent.log import logger
from learncomm_agent.storage import migrating

_log = logger(__name__)

T = TypeVar("T")
Connection = sa.Connection
BATCH = 500
"""So many waiting writes at most share one commit."""


def after_commit(conn: Connection, callback: Callable[[], None]) -> None:
    """Call back once what this connection is writing is safe on disk; never when it is not.

    The callback runs on the writer's thread and must be quick.
    """
    conn.info.setdefault("after_commit", []).append(callback)


@dataclass(slots=True)
class _Write:
    """A function that waits for its turn, and where its result goes."""

    fn: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    is_bare: bool = False
    """Whether it runs outside a transaction, alone."""
    callbacks: list[Callable[[], None]] = field(default_factory=list)

    def settle(self) -> None:
        """Hand the result over; runs in the loop that asked."""
        if self.future.done():  # the asker was cancelled; the write stands all the same
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Database:
    """A SQLite file. Open it once, close it once."""

    def __init__(self, path: Path, *, synchronous: Literal["full", "normal"] = "full") -> None:
        """Name the file; nothing is touched before `open`.

        Args:
            path: The file; its folder must exist.
            synchronous: `full` survives a power cut, `normal` may lose the last commits in one.
        """
        self.path = path
        self._synchronous = synchronous
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="learncomm-read")
        self._thread = threading.Thread(target=self._run, name="learncomm-write", daemon=True)
        self._gate = threading.Lock()
        self._takes_writes = False
        self._writing: sa.Engine | None = None
        self._reading: sa.Engine | None = None

    def open(self) -> None:
        """Bring the file to this version's schema and start the threads. Blocks.

        Raises:
            SchemaTooNewError: A newer learncomm wrote the file.
            StorageError: The file can't be opened, or is no database.
        """
        writing = _engine(self.path, self._synchronous)
        try:
            with writing.connect() as conn:
                migrating.upgrade(conn)
        except BaseException as error:
            writing.dispose()
            raise _ours(error) from error
        self._writing = writing
        self._reading = _engine(self.path, self._synchronous, read_only=True)
        self._takes_writes = True
        self._thread.start()

    def open_to_read(self) -> None:
        """Open the file beside the process that holds it; `write` is an error then. Blocks.

        Raises:
            StorageError: The file is not there, or is no database of this version.
        """
        self._reading = _engine(self.path, self._synchronous, read_only=True)
        try:
            with self._reading.begin() as conn:
                present = migrating.version(conn)
        except sa.exc.DBAPIError as error:
            raise _ours(error) from error
        if present != migrating.HEAD:
            raise StorageError(f"the store is at schema {present!r}, this is {migrating.HEAD!r}")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot to read from without a loop. Blocks."""
        if self._reading is None:
            raise self._closed()
        try:
            with self._reading.begin() as conn:
                yield conn
        except sa.exc.DBAPIError as error:
            raise _ours(error) from error

    def leave(self, fn: Callable[[Connection], object]) -> None:
        """Write from beside the process that holds the file, in a transaction of its own. Blocks.

        Raises:
            StorageError: The disk or the database refused.
        """
        engine = _engine(self.path, self._synchronous)
        try:
            with engine.begin() as conn:
                fn(conn)
        except sa.exc.DBAPIError as error:
            raise _ours(error) from error
        finally:
            engine.dispose()

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run a function in a transaction and return its result once that is on disk.

        Writes happen in the order asked. `fn` may run while its asker is already cancelled.

        Raises:
            StorageError: The disk or the database refused; nothing of `fn` was kept.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Write(fn, loop, future))
        return await future

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run a function that only reads, in a snapshot of its own.

        Raises:
            StorageError: It is not open, or the database refused.
        """

        def run() -> T:
            with self.reading() as conn:
                return fn(conn)

        try:
            reading = asyncio.get_running_loop().run_in_executor(self._readers, run)
        except RuntimeError as error:
            raise self._closed() from error
        return await reading

    async def scrub(self) -> None:
        """Take what was deleted out of the files as well: full text, pages and the log.

        Raises:
            StorageError: Somebody read for so long that the log could not be emptied, or the disk
                has no room for a second copy of the file.
        """
        loop = asyncio.get_running_loop()
        scrub = _Write(_scrub, loop, loop.create_future(), is_bare=True)
        self._put(scrub)
        await scrub.future

    def close(self) -> None:
        """Finish the writes that wait, then let go of the file. Blocks; harmless when not open."""
        with self._gate:
            if self._takes_writes:
                self._queue.put(None)
            self._takes_writes = False
        if self._thread.is_alive():
            self._thread.join()
        self._readers.shutdown()
        for engine in (self._reading, self._writing):
            if engine is not None:
                engine.dispose()
        self._reading = self._writing = None

    def _put(self, write: _Write) -> None:
        with self._gate:  # or a write could slip in behind the last one, and never be settled
            if not self._takes_writes:
                raise self._closed()
            self._queue.put(write)

    def _closed(self) -> StorageError:
        return StorageError(f"{str(self.path)!r} is not open")

    def _run(self) -> None:
        """Take what waits, commit it together, tell the askers; until told to stop."""
        assert self._writing is not None
        with self._writing.connect() as conn:
            waiting: _Write | None = self._queue.get()
            while waiting is not None:
                batch, waiting = self._batch(waiting)
                _commit(conn, batch)
                _settle(batch)
                waiting = waiting or self._queue.get()

    def _batch(self, first: _Write) -> tuple[list[_Write], _Write | None]:
        """Return the writes that share a commit, and the one behind them that must not."""
        batch = [first]
        while len(batch) < BATCH and not first.is_bare and not self._queue.empty():
            write = self._queue.get()
            if write is None:
                self._queue.put(None)  # to be met again once this batch is on disk
                break
            if write.is_bare:
                return batch, write
            batch.append(write)
        return batch, None


def _settle(batch: list[_Write]) -> None:
    """Wake each loop once for all its results."""
    for loop in {write.loop for write in batch}:
        settles = [write.settle for write in batch if write.loop is loop]
        # A closed loop is no loss: the write stands, and nobody waits for its result any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_call_all, settles)


def _call_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()


def _scrub(conn: Connection) -> None:
    """Merge the full text so that deleted words leave it, write the file anew, empty the log into it.

    `secure_delete` alone is not enough: where SQLite moved a row to another page, a copy of it may
    stay in the unused space of the old one.
    """
    with conn.begin():
        conn.exec_driver_sql("INSERT INTO chunks_fts(chunks_fts) VALUES('optimize')")
    raw = _raw(conn)
    raw.execute("VACUUM")
    is_busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise StorageError("the log is being read and can't be emptied")


def _commit(conn: Connection, batch: list[_Write]) -> None:
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
            write.error = write.error or _ours(error)
    for write in batch:
        if write.error is None:
            _call_back(write.callbacks)


def _run_one(conn: Connection, write: _Write, *, alone: bool) -> None:
    """Run one write of a transaction; raise where the whole transaction is lost with it."""
    conn.info["after_commit"] = write.callbacks
    savepoint = None if alone else conn.begin_nested()
    try:
        write.result = write.fn(conn)
        if not _raw(conn).in_transaction:
            raise StorageError("the database took the transaction back")
    except BaseException as error:  # handed to the asker, who alone knows what it means
        write.error = _ours(error)
        # A full disk takes the whole transaction back, not the savepoint alone.
        if savepoint is None or not _raw(conn).in_transaction:
            raise write.error from error
        savepoint.rollback()
    else:
        if savepoint is not None:
            savepoint.commit()


def _call_back(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception as error:  # what was written stands, and the next write needs this thread
            _log.error("callback failed", error=repr(error))


def _raw(conn: Connection) -> sqlite3.Connection:
    raw = conn.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _engine(path: Path, synchronous: str, *, read_only: bool = False) -> sa.Engine:
    """Return an engine with the settings that `docs/architecture.md` explains."""

    def connect() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=10,
        )
        if not read_only:
            conn.execute("PRAGMA journal_mode=WAL")
            conn.execute(f"PRAGMA synchronous={synchronous}")
            conn.execute("PRAGMA secure_delete=ON")
        conn.execute("PRAGMA foreign_keys=ON")
        return conn

    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=sa.QueuePool,
        pool_size=2 if read_only else 1,
        max_overflow=0,
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine


def _ours(error: BaseException) -> BaseException:
    """Turn the database's error into one of our tree; the values of the statement stay out of it."""
    if isinstance(error, StopIteration):  # no future takes one
        return RuntimeError(repr(error))
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return error
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFullError(f"no room left: {str(cause)!r}")
    return StorageError(f"the database refused: {str(cause)!r}")
