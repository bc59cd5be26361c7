"""The SQL database: one thread that writes, two that read.

`fn(conn)` is a plain function, so no transaction holds an await and none is cut by cancellation.
Writes that wait while the disk is busy are committed together, each in a savepoint of its own: one
that fails takes back its own changes alone.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

import sqlalchemy as sa

from learncomm_agent.errors import StorageError
from learncomm_agent.storage import migrating
from learncomm_agent.storage.commits import Write, commit, scrub, settle
from learncomm_agent.storage.engine import make_engine, ours

T = TypeVar("T")
Connection = sa.Connection
BATCH = 500
"""So many waiting writes at most share one commit."""
_TRIAL = "is_trial"


def after_commit(conn: Connection, callback: Callable[[], None]) -> None:
    """Call back once what this connection is writing is safe on disk; never when it is not.

    The callback runs on the writer's thread and must be quick.
    """
    conn.info.setdefault("after_commit", []).append(callback)


@contextlib.contextmanager
def trial(conn: Connection) -> Iterator[None]:
    """Take back what is written within: what would change can be counted, and nothing does."""
    callbacks = conn.info.setdefault("after_commit", [])
    before = len(callbacks)
    savepoint = conn.begin_nested()
    conn.info[_TRIAL] = True
    try:
        yield
    finally:
        conn.info.pop(_TRIAL, None)
        savepoint.rollback()
        del callbacks[before:]


def is_trial(conn: Connection) -> bool:
    """Whether all is taken back anyway, so that what nobody counts need not be written."""
    return _TRIAL in conn.info


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
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="learncomm-read")
        self._thread = threading.Thread(target=self._run, name="learncomm-write", daemon=True)
        self._gate = threading.Lock()
        self._takes_writes = False
        self._writing: sa.Engine | None = None
        self._reading: sa.Engine | None = None

    def open(self) -> None:
        """Bring the file to this version's schema and start the threads. Blocks.

        Close it also where this fails.

        Raises:
            SchemaTooNewError: A newer learncomm wrote the file.
            StorageError: The file can't be opened, or is no database.
        """
        self._writing = make_engine(self.path, self._synchronous)
        try:
            with self._writing.connect() as conn:
                migrating.upgrade(conn)
        except sa.exc.DBAPIError as error:
            raise ours(error) from error
        self._reading = make_engine(self.path, self._synchronous, read_only=True)
        self._takes_writes = True
        self._thread.start()

    def open_to_read(self) -> None:
        """Open the file beside the process that holds it; `write` is an error then. Blocks.

        Raises:
            StorageError: The file is not there, or is no database of this version.
        """
        self._reading = make_engine(self.path, self._synchronous, read_only=True)
        try:
            with self._reading.begin() as conn:
                present = migrating.version(conn)
        except sa.exc.DBAPIError as error:
            raise ours(error) from error
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
            raise ours(error) from error

    def leave(self, fn: Callable[[Connection], object]) -> None:
        """Write from beside the process that holds the file, in a transaction of its own. Blocks.

        Raises:
            StorageError: The disk or the database refused.
        """
        engine = make_engine(self.path, self._synchronous)
        try:
            with engine.begin() as conn:
                fn(conn)
        except sa.exc.DBAPIError as error:
            raise ours(error) from error
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
        self._put(Write(fn, loop, future))
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
        write = Write(scrub, loop, loop.create_future(), is_bare=True)
        self._put(write)
        await write.future

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

    def _put(self, write: Write) -> None:
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
            waiting: Write | None = self._queue.get()
            while waiting is not None:
                batch, waiting = self._batch(waiting)
                commit(conn, batch)
                settle(batch)
                waiting = waiting or self._queue.get()

    def _batch(self, first: Write) -> tuple[list[Write], Write | None]:
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
