"""What is written stands, whole, in order; what fails leaves nothing behind."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.errors import StorageError, StorageFullError
from learncomm_agent.storage.database import Connection, Database, after_commit

Fn = Callable[[Connection], Any]
PATIENCE_S = 10  # only a test that would hang for ever waits so long


@pytest.fixture
def notes(database: Database) -> Database:
    """A database with a table to write to."""
    database.leave(
        lambda conn: conn.exec_driver_sql(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE,"
            " above INTEGER REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"
        )
    )
    return database


def put(text: str, above: int | None = None) -> Fn:
    def write(conn: Connection) -> str:
        conn.exec_driver_sql("INSERT INTO notes (text, above) VALUES (?, ?)", (text, above))
        return text

    return write


async def texts(database: Database) -> list[str]:
    return await database.read(all_texts)


def all_texts(conn: Connection) -> list[str]:
    return list(conn.exec_driver_sql("SELECT text FROM notes ORDER BY id").scalars())


class Busy:
    """Keeps the writer busy; what is asked meanwhile waits, and shares the next commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begun, self._may_end = threading.Event(), threading.Event()

    def _hold(self, conn: Connection) -> None:
        self._begun.set()
        self._may_end.wait(PATIENCE_S)

    async def __aenter__(self) -> "Busy":
        self._task = asyncio.create_task(self._database.write(self._hold))
        await asyncio.to_thread(self._begun.wait, PATIENCE_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)  # let those who were asked in the body get into the queue
        self.end()
        await self._task

    def end(self) -> None:
        self._may_end.set()


async def together(database: Database, *writes: Fn) -> list[Any]:
    """Have all written in one commit, and return the result or error of each."""
    async with Busy(database):
        tasks = [asyncio.create_task(database.write(write)) for write in writes]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_write_returns_its_result_and_is_there_to_read(notes: Database) -> None:
    assert await notes.write(put("a")) == "a"
    assert await texts(notes) == ["a"]


async def test_writes_happen_in_the_order_asked(notes: Database) -> None:
    numbers = [str(number) for number in range(1200)]
    await asyncio.gather(*(notes.write(put(number)) for number in numbers))
    assert await texts(notes) == numbers


async def test_writes_that_wait_share_a_commit_of_at_most_500(notes: Database) -> None:
    shared = await together(notes, *[lambda conn: conn.get_transaction()] * 1200)
    sizes = [shared.count(one) for one in dict.fromkeys(shared)]
    assert sizes == [500, 500, 200]


async def test_a_write_that_fails_alone_leaves_nothing(notes: Database) -> None:
    def write(conn: Connection) -> None:
        put("a")(conn)
        raise KeyError("a")

    with pytest.raises(KeyError):
        await notes.write(write)
    assert await texts(notes) == []


async def test_a_write_that_fails_in_a_batch_takes_back_its_own_changes_alone(
    notes: Database,
) -> None:
    def half(conn: Connection) -> None:
        put("half")(conn)
        put("a")(conn)

    a, failed, other, b = await together(notes, put("a"), half, stops, put("b"))
    assert (a, b) == ("a", "b")
    assert isinstance(failed, StorageError)
    assert isinstance(other, RuntimeError)
    assert await texts(notes) == ["a", "b"]


def stops(conn: Connection) -> None:
    put("lost")(conn)
    next(iter(()))


async def test_an_error_of_the_database_names_no_value(notes: Database) -> None:
    await notes.write(put("a secret"))
    with pytest.raises(StorageError) as caught:
        await notes.write(put("a secret"))
    assert "UNIQUE" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_a_commit_that_fails_fails_all_that_share_it(notes: Database) -> None:
    results = await together(notes, put("a"), put("b", above=99), put("c"))
    assert [type(result) for result in results] == [StorageError] * 3
    assert await texts(notes) == []
    await notes.write(put("d"))
    assert await texts(notes) == ["d"]


async def test_a_write_stands_though_its_asker_was_cancelled(notes: Database) -> None:
    async with Busy(notes):
        asker = asyncio.create_task(notes.write(put("a")))
        await asyncio.sleep(0)
        asker.cancel()
        with suppress(asyncio.CancelledError):
            await asker
    assert await notes.write(put("b")) == "b"
    assert await texts(notes) == ["a", "b"]


async def test_a_read_sees_one_moment(notes: Database) -> None:
    loop = asyncio.get_running_loop()

    def read(conn: Connection) -> tuple[list[str], list[str]]:
        before = all_texts(conn)
        asyncio.run_coroutine_threadsafe(notes.write(put("a")), loop).result(PATIENCE_S)
        return before, all_texts(conn)

    assert await notes.read(read) == ([], [])
    assert await texts(notes) == ["a"]


async def test_a_read_can_not_write(notes: Database) -> None:
    with pytest.raises(StorageError, match="readonly"):
        await notes.read(put("a"))
    assert await texts(notes) == []


async def test_callbacks_come_once_the_write_is_safe_and_never_where_it_failed(
    notes: Database,
) -> None:
    seen: list[tuple[str, list[str]]] = []

    def write(text: str) -> Fn:
        def fn(conn: Connection) -> None:
            after_commit(conn, lambda: seen.append((text, note_beside(notes))))
            put(text)(conn)

        return fn

    await together(notes, write("a"), write("a"), write("b"))
    assert seen == [("a", ["a", "b"]), ("b", ["a", "b"])]
    await together(notes, write("c"), put("d", above=99))
    with pytest.raises(StorageError):
        await notes.write(write("a"))
    assert len(seen) == 2


def note_beside(database: Database) -> list[str]:
    with database.reading() as conn:
        return all_texts(conn)


async def test_a_callback_that_fails_stops_neither_the_writer_nor_its_neighbours(
    notes: Database,
) -> None:
    called: list[str] = []

    def write(conn: Connection) -> None:
        after_commit(conn, lambda: called.remove("nothing"))
        after_commit(conn, lambda: called.append("next"))

    await notes.write(write)
    await notes.write(put("a"))
    assert called == ["next"]


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_full_disk_takes_back_what_it_must_and_keeps_the_rest(
    notes: Database, is_alone: bool
) -> None:
    await notes.write(put("kept"))
    pages = await notes.write(pragma("page_count"))
    await notes.write(pragma(f"max_page_count={pages + 2}"))
    writes = [put("x" * 100_000)] if is_alone else [put("a"), put("x" * 100_000), put("b")]
    results = await together(notes, *writes)
    assert [type(result) for result in results] == [StorageFullError] * len(writes)
    assert await texts(notes) == ["kept"]
    await notes.write(pragma(f"max_page_count={pages * 100}"))
    await notes.write(put("a"))
    assert await texts(notes) == ["kept", "a"]


async def test_a_write_that_hides_that_the_disk_is_full_fails_all_the_same(
    notes: Database,
) -> None:
    pages = await notes.write(pragma("page_count"))
    await notes.write(pragma(f"max_page_count={pages + 2}"))

    def hide(conn: Connection) -> None:
        with suppress(Exception):
            put("x" * 100_000)(conn)

    results = await together(notes, put("a"), hide, put("b"))
    assert [type(result) for result in results] == [StorageError] * 3
    assert await texts(notes) == []


def pragma(what: str) -> Callable[[Connection], int]:
    return lambda conn: conn.exec_driver_sql(f"PRAGMA {what}").scalar_one()


def test_it_serves_several_loops_at_once(notes: Database) -> None:
    async def write(name: str) -> None:
        await asyncio.gather(*(notes.write(put(f"{name} {number}")) for number in range(50)))
        assert len(await texts(notes)) >= 50

    threads = [threading.Thread(target=lambda n=n: asyncio.run(write(n))) for n in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(asyncio.run(texts(notes))) == 100


def test_a_loop_that_ended_does_not_stop_the_writer(notes: Database) -> None:
    async def leave() -> Busy:
        busy = await Busy(notes).__aenter__()
        asyncio.create_task(notes.write(put("a")))  # noqa: RUF006 - nobody waits for it
        await asyncio.sleep(0)
        return busy

    asyncio.run(leave()).end()
    assert asyncio.run(notes.write(put("b"))) == "b"
    assert asyncio.run(texts(notes)) == ["a", "b"]


async def test_closing_finishes_what_waits_and_takes_nothing_more(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    await asyncio.to_thread(database.open)
    async with Busy(database):
        waiting = asyncio.create_task(database.write(lambda conn: "written"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(database.close))
        with pytest.raises(StorageError, match="not open"):
            while True:  # until the other thread has begun to close
                refuse(database)
                await asyncio.sleep(0)
    await closing
    assert await waiting == "written"


def refuse(database: Database) -> None:
    """Ask for a write without waiting for it."""
    asker = database.write(lambda conn: None)
    with suppress(StopIteration):
        asker.send(None)
    asker.close()


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    await refuses_all(database)
    await asyncio.to_thread(database.open)
    await asyncio.to_thread(database.close)
    await refuses_all(database)
    await asyncio.to_thread(database.close)


async def refuses_all(database: Database) -> None:
    for asked in (database.write(put("a")), database.read(all_texts), database.scrub()):
        with pytest.raises(StorageError, match="not open"):
            await asked


async def test_a_file_beside_its_holder_is_read_and_left_a_row(notes: Database) -> None:
    other = Database(notes.path)
    await asyncio.to_thread(other.open_to_read)
    await asyncio.to_thread(other.leave, put("a"))
    assert await texts(other) == await texts(notes) == ["a"]
    with pytest.raises(StorageError, match="not open"):
        await other.write(put("b"))
    await asyncio.to_thread(other.close)


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    database = Database(tmp_path / "none.sqlite3")
    with pytest.raises(StorageError):
        database.open_to_read()
    database.close()
    assert not database.path.exists()
