"""A row of due work runs at least once, in its turn, and what it writes is written once."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    OutdatedError,
    RateLimitedError,
    RoomGoneError,
    StorageError,
    UsageError,
)
from learncomm_agent.leases import LEASE
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import (
    Job,
    dead_letters,
    due_count,
    enqueue,
    is_waiting,
    renew,
    waiting,
)
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.work import ATTEMPTS, KEEP_KEYS, Commit, Work

DAY = timedelta(days=1)
PATIENCE_S = 10  # only a test that would hang for ever waits so long


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of this version without rows, to copy; making one takes longer."""
    database = Database(tmp_path_factory.mktemp("new") / "new.sqlite3")
    database.open()
    database.close()
    return database.path


@pytest.fixture
def database(tmp_path: Path, new_file: Path) -> Iterator[Database]:
    database = Database(Path(shutil.copy(new_file, tmp_path)), synchronous="normal")
    database.open()
    database.leave(lambda conn: conn.exec_driver_sql("CREATE TABLE notes (text TEXT)"))
    yield database
    database.close()


class Bench:
    """Due work with handlers that note what they do."""

    def __init__(self, database: Database, clock: ManualClock, *, concurrency: int = 32) -> None:
        self.database, self.clock = database, clock
        self.work = Work(database, clock, concurrency=concurrency)
        self.ran: list[str] = []
        self.errors: list[Exception] = []
        """What the next runs of `job` end with, first one first."""
        self.work.handle("job", self._job)

    async def _job(self, job: Job) -> Commit:
        self.ran.append(job.args["text"])
        if self.errors:
            raise self.errors.pop(0)
        return lambda conn: note(conn, job.args["text"])

    async def add(self, text: str, name: str = "job", **how: Any) -> bool:
        return await self.database.write(
            lambda conn: self.work.add(conn, name, {"text": text}, **how)
        )

    async def run_sql(self, sql: str) -> None:
        await self.database.write(lambda conn: conn.exec_driver_sql(sql))

    async def notes(self) -> list[str]:
        return await self.database.read(
            lambda conn: list(conn.exec_driver_sql("SELECT text FROM notes").scalars())
        )

    async def dead(self) -> list[str]:
        return [error for _, _, error in await self.database.read(dead_letters)]

    async def play(self, *, until: timedelta) -> None:
        """Let time pass from row to row, and each run that is due."""
        end = self.clock.now() + until
        while (due := await self.work.next_due()) is not None and due <= end:
            await self.clock.to(max(due, self.clock.now()))
            await self.work.drain()
        await self.clock.to(end)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.work.recover()
        task = asyncio.create_task(self.work.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, holds: Callable[[], bool], *, step_s: float = 0.0) -> None:
        """Wait for the threads of the database; where a step is given, time passes meanwhile."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await self.database.read(lambda conn: None)
                await self.clock.advance(step_s)


def note(conn: Connection, text: str) -> None:
    conn.exec_driver_sql("INSERT INTO notes VALUES (?)", (text,))


@pytest.fixture
def bench(database: Database, clock: ManualClock) -> Bench:
    return Bench(database, clock)


class Gate:
    """A handler that holds until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open = asyncio.Event()

    async def __call__(self, job: Job) -> Commit:
        self.begun.append(job.args["text"])
        await self.open.wait()
        return lambda conn: note(conn, job.args["text"])


async def test_a_row_runs_and_what_it_returned_is_written(bench: Bench) -> None:
    await bench.add("a")
    await bench.work.drain()
    assert bench.ran == await bench.notes() == ["a"]
    assert await bench.database.read(waiting) == {}


async def test_a_row_is_not_added_where_its_transaction_fails(bench: Bench) -> None:
    def fail(conn: Connection) -> None:
        bench.work.add(conn, "job", {"text": "a"})
        raise KeyError

    with pytest.raises(KeyError):
        await bench.database.write(fail)
    await bench.work.drain()
    assert bench.ran == []


async def test_a_row_for_later_waits(bench: Bench) -> None:
    await bench.add("a", due=bench.clock.now() + DAY)
    await bench.work.drain()
    assert bench.ran == []
    assert await bench.work.next_due() == bench.clock.now() + DAY
    await bench.play(until=DAY)
    assert bench.ran == ["a"]
    assert await bench.work.next_due() is None


async def test_what_a_row_adds_is_drained_with_it(bench: Bench) -> None:
    async def more(job: Job) -> Commit:
        def commit(conn: Connection) -> None:
            bench.work.add(conn, "job", {"text": "b"})

        return commit

    bench.work.handle("more", more)
    await bench.add("a", name="more")
    await bench.work.drain()
    assert bench.ran == ["b"]


async def test_a_key_is_taken_for_thirty_days_after_it_is_done(bench: Bench) -> None:
    assert await bench.add("a", key="k")
    assert not await bench.add("b", key="k")
    await bench.work.drain()
    assert not await bench.add("c", key="k")
    await bench.clock.advance(KEEP_KEYS.total_seconds())
    assert not await bench.add("d", key="k")
    await bench.clock.advance(1)
    assert await bench.add("e", key="k")
    await bench.work.drain()
    assert bench.ran == ["a", "e"]


async def test_what_is_done_keeps_no_arguments(bench: Bench) -> None:
    await bench.add("a secret", key="k")
    await bench.work.drain()
    kept = "SELECT args FROM work WHERE key = 'k'"
    assert await bench.database.read(lambda conn: conn.exec_driver_sql(kept).all()) == [(None,)]


async def test_a_lane_runs_in_order_one_at_a_time_and_others_beside_it(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    for text, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("free", None)):
        await bench.add(text, name="gate", lane=lane)
    async with bench.running():
        await bench.until(lambda: len(gate.begun) == 3)
        assert gate.begun == ["a1", "b1", "free"]
        gate.open.set()
        await bench.until(lambda: len(gate.begun) == 4)
    assert gate.begun[-1] == "a2"


async def test_a_row_that_waits_for_its_lane_keeps_nobody_busy(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate", lane="l")
    await bench.add("b", lane="l")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"])
        await bench.until(lambda: "due work" in bench.clock.waiting)
        assert await bench.work.next_due() is None
        gate.open.set()
        await bench.until(lambda: bench.ran == ["b"])


async def test_a_row_for_later_lets_its_lane_pass_until_it_is_due(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("next week", lane="l", due=bench.clock.now() + 7 * DAY)
    await bench.add("now", lane="l")
    await bench.work.drain()
    assert bench.ran == ["now"]
    await bench.add("long", name="gate", lane="l")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["long"])
        gate.open.set()
        await bench.work.drain()
    await bench.play(until=7 * DAY)
    assert bench.ran == ["now", "next week"]


async def test_a_lane_runs_one_at_a_time_also_where_an_earlier_row_falls_due(
    bench: Bench,
) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("soon", lane="l", due=bench.clock.now() + timedelta(seconds=5))
    await bench.add("long", name="gate", lane="l")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["long"])
        await bench.clock.advance(8)
        assert await bench.work.next_due() is None
        assert bench.ran == []
        gate.open.set()
        await bench.until(lambda: bench.ran == ["soon"])
        await bench.work.drain()
    assert await bench.notes() == ["long", "soon"]


async def test_a_lane_waits_for_a_row_that_is_tried_again(bench: Bench) -> None:
    bench.errors = [KeyError("a"), KeyError("a")]
    await bench.add("a", lane="l")
    await bench.add("b", lane="l")
    await bench.work.drain()
    assert bench.ran == ["a"]
    await bench.play(until=DAY)
    assert bench.ran == ["a", "a", "a", "b"]
    assert await bench.notes() == ["a", "b"]


async def test_a_dead_row_lets_its_lane_go_on_and_is_seen(bench: Bench) -> None:
    bench.errors = [RoomGoneError("no such room")]
    await bench.add("a", lane="l")
    await bench.add("b", lane="l")
    await bench.work.drain()
    assert await bench.notes() == ["b"]
    assert await bench.dead() == ["RoomGoneError: no such room"]


@pytest.mark.parametrize("error", [UsageError("x"), NotPermittedError("x"), RoomGoneError("x")])
async def test_what_can_not_get_better_is_not_tried_again(bench: Bench, error: Exception) -> None:
    bench.errors = [error]
    await bench.add("a")
    await bench.play(until=DAY)
    assert bench.ran == ["a"]
    assert len(await bench.dead()) == 1


async def test_a_row_that_fails_each_time_is_given_up(bench: Bench) -> None:
    bench.errors = [KeyError("a") for _ in range(ATTEMPTS + 5)]
    await bench.add("a")
    await bench.play(until=30 * DAY)
    assert len(bench.ran) == ATTEMPTS
    assert await bench.dead() == ["KeyError"]  # what a foreign error says may quote its input
    assert await bench.notes() == []


@pytest.mark.parametrize(
    "error", [DisconnectedError("down"), RateLimitedError("slow", retry_after_s=30)]
)
async def test_a_busy_or_lost_platform_kills_no_row(bench: Bench, error: Exception) -> None:
    bench.errors = [error] * (ATTEMPTS * 3)
    await bench.add("a")
    await bench.play(until=DAY)
    assert len(bench.ran) == ATTEMPTS * 3 + 1
    assert await bench.notes() == ["a"]


async def test_a_rate_limit_says_when_to_try_again(bench: Bench) -> None:
    bench.errors = [RateLimitedError("slow", retry_after_s=42.0)]
    await bench.add("a")
    await bench.work.drain()
    assert await bench.work.next_due() == bench.clock.now() + timedelta(seconds=42)


async def test_a_row_that_is_to_be_written_anew_is_tried_for_longer(bench: Bench) -> None:
    bench.errors = [OutdatedError("changed") for _ in range(ATTEMPTS * 2)]
    await bench.add("a")
    await bench.play(until=DAY)
    assert len(bench.ran) == ATTEMPTS * 2 + 1
    assert await bench.notes() == ["a"]


async def test_a_row_of_an_unknown_kind_is_a_dead_letter(bench: Bench) -> None:
    await bench.add("a", name="nobody")
    await bench.work.drain()
    assert await bench.dead() == ["UsageError: no handler for 'nobody'"]


def test_a_kind_has_one_handler(bench: Bench) -> None:
    with pytest.raises(ValueError, match="'job'"):
        bench.work.handle("job", Gate())


async def test_a_commit_that_fails_takes_back_the_end_of_its_row(bench: Bench) -> None:
    failures = [KeyError("once")]

    async def handler(job: Job) -> Commit:
        def commit(conn: Connection) -> None:
            note(conn, job.args["text"])
            if failures:
                raise failures.pop()

        return commit

    bench.work.handle("fails", handler)
    await bench.add("a", name="fails", key="k")
    await bench.work.drain()
    assert await bench.notes() == []
    assert await bench.database.read(waiting) == {"fails": 1}
    await bench.play(until=DAY)
    assert await bench.notes() == ["a"]


async def test_a_run_that_lost_its_lease_writes_nothing(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    other = Bench(bench.database, bench.clock)
    other.work.handle("gate", other._job)
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"] and "due work" in bench.clock.waiting)
        await other.work.recover()  # as if the first had been thought dead
        await other.work.drain()
        assert (other.ran, await bench.notes()) == (["a"], ["a"])
        gate.open.set()
        await bench.work.drain()
    assert await bench.notes() == ["a"]


async def test_a_lost_run_is_told_apart_from_a_later_one_of_the_same_count(bench: Bench) -> None:
    """What is no fault of the row's sets its count back, so that the count comes again."""
    gates, runs = {7: asyncio.Event(), 9: asyncio.Event()}, list[int]()

    async def handler(job: Job) -> Commit:
        runs.append(job.attempts)
        number = len(runs)
        if number not in gates:
            raise DisconnectedError("cut")
        await gates[number].wait()
        return lambda conn: note(conn, str(number))

    bench.work.handle("gate", handler)
    await bench.add("a", name="gate")
    async with bench.running():
        await bench.until(lambda: len(runs) == 7, step_s=1)
        free = "UPDATE work SET leased_until = NULL"
        await bench.run_sql(free)
        await bench.until(lambda: len(runs) == 9, step_s=1)
        assert runs[6] == runs[8]
        gates[7].set()
        await bench.until(lambda: len(bench.work._running) == 1)
        assert await bench.notes() == []
        gates[9].set()
        await bench.work.drain()
    assert await bench.notes() == ["9"]


async def test_a_row_cut_off_again_and_again_is_soon_done_when_a_line_is_back(
    bench: Bench,
) -> None:
    bench.errors = [DisconnectedError("cut")] * 12
    await bench.add("a")
    begun = bench.clock.now()
    while not await bench.notes():
        await bench.play(until=timedelta(seconds=1))
    assert bench.clock.now() - begun < timedelta(seconds=12 * 8 + 1)


async def test_a_long_run_keeps_its_lease(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"])
        for _ in range(20):
            await bench.clock.advance(LEASE.total_seconds() / 4)
            await bench.database.read(lambda conn: None)
            await bench.database.write(lambda conn: None)
        assert gate.begun == ["a"]
        gate.open.set()
        await bench.work.drain()
    assert await bench.notes() == ["a"]


async def test_a_long_run_keeps_its_lease_while_all_is_drained(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    draining = asyncio.create_task(bench.work.drain())
    await bench.until(lambda: gate.begun == ["a"])
    await bench.add("b")
    for _ in range(20):
        await bench.clock.advance(LEASE.total_seconds() / 4)
        await bench.database.write(lambda conn: None)
    await bench.work._start()  # what had no lease any more would be begun again
    gate.open.set()
    await draining
    assert (gate.begun, sorted(await bench.notes())) == (["a"], ["a", "b"])


async def test_what_failed_is_not_kept_from_its_next_run(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"])
        (job,) = bench.work._leases._latest.values()
        await bench.run_sql("UPDATE work SET leased_until = NULL")  # as when a run fails
        await bench.database.write(lambda conn: renew(conn, [job], bench.clock.now() + DAY))
        await bench.until(lambda: gate.begun == ["a", "a"], step_s=1)
        gate.open.set()
        await bench.work.drain()
    assert await bench.notes() == ["a"]


async def test_leases_that_can_t_be_kept_stop_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    fails = "BEFORE UPDATE OF leased_until ON work WHEN new.leased_until > 0"
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"])
        await bench.run_sql(f"CREATE TRIGGER full {fails} BEGIN SELECT RAISE(ABORT, 'full'); END")
        for _ in range(3):
            await bench.clock.advance(LEASE.total_seconds() / 4)
            await bench.database.read(lambda conn: None)
        await bench.run_sql("DROP TRIGGER full")
        gate.open.set()
        await bench.work.drain()
    assert await bench.notes() == ["a"]
    assert "leases not kept" in caplog.text


async def test_a_run_that_was_cut_is_repeated_by_the_next_process(bench: Bench) -> None:
    gate = Gate()
    bench.work.handle("gate", gate)
    await bench.add("a", name="gate")
    async with bench.running():
        await bench.until(lambda: gate.begun == ["a"])
    await bench.work.drain()
    assert await bench.notes() == []
    later = Bench(bench.database, bench.clock)
    later.work.handle("gate", later._job)
    await later.work.recover()
    await later.work.drain()
    assert later.ran == await bench.notes() == ["a"]


async def test_a_new_process_tries_at_once_what_was_put_off_but_not_what_is_for_later(
    bench: Bench,
) -> None:
    bench.errors = [KeyError("a")]
    await bench.add("a")
    await bench.add("later", due=bench.clock.now() + DAY)
    await bench.work.drain()
    later = Bench(bench.database, bench.clock)
    await later.work.recover()
    await later.work.drain()
    assert later.ran == ["a"]


async def test_a_slow_kind_leaves_room_for_the_others(
    database: Database, clock: ManualClock
) -> None:
    bench = Bench(database, clock)
    gate = Gate()
    bench.work.handle("gate", gate, at_once=2)
    for number in range(5):
        await bench.add(str(number), name="gate")
    async with bench.running():
        await bench.until(lambda: len(gate.begun) >= 2)
        await bench.add("quick")
        await bench.until(lambda: bench.ran == ["quick"])
        for _ in range(5):
            await bench.clock.advance(1)
        assert len(gate.begun) == 2
        gate.open.set()
        await bench.until(lambda: len(gate.begun) == 5)
        await bench.work.drain()
    assert sorted(await bench.notes()) == ["0", "1", "2", "3", "4", "quick"]


async def test_no_more_rows_run_at_once_than_asked_for(
    database: Database, clock: ManualClock
) -> None:
    bench = Bench(database, clock, concurrency=3)
    gate = Gate()
    bench.work.handle("gate", gate)
    for number in range(8):
        await bench.add(str(number), name="gate")
    async with bench.running():
        await bench.until(lambda: len(gate.begun) >= 3)
        for _ in range(5):
            await bench.clock.advance(1)
        assert len(gate.begun) == 3
        gate.open.set()
        await bench.until(lambda: len(gate.begun) == 8)
        await bench.work.drain()
    assert sorted(await bench.notes()) == [str(number) for number in range(8)]


async def test_a_row_added_in_the_process_starts_without_any_time_passing(bench: Bench) -> None:
    async with bench.running():
        await bench.until(lambda: "due work" in bench.clock.waiting)
        start = bench.clock.now()
        await bench.add("a")
        await bench.until(lambda: bench.ran == ["a"])
        assert bench.clock.now() == start


async def test_a_row_that_another_process_left_is_seen_within_a_second(bench: Bench) -> None:
    def leave(conn: Connection) -> None:
        enqueue(conn, "job", {"text": "a"}, due=bench.clock.now())

    async with bench.running():
        await bench.until(lambda: "due work" in bench.clock.waiting)
        await asyncio.to_thread(Database(bench.database.path).leave, leave)
        await bench.clock.advance(1)
        await bench.until(lambda: bench.ran == ["a"])


async def test_a_row_falls_due_while_the_loop_waits(bench: Bench) -> None:
    await bench.add("a", due=bench.clock.now() + timedelta(seconds=0.5))
    async with bench.running():
        await bench.until(lambda: "due work" in bench.clock.waiting)
        await bench.clock.advance(0.5)
        await bench.until(lambda: bench.ran == ["a"])


async def test_the_loop_outlives_a_store_that_refuses_for_a_while(bench: Bench) -> None:
    away = "ALTER TABLE work RENAME TO away"
    back = "ALTER TABLE away RENAME TO work"
    await bench.database.write(lambda conn: conn.exec_driver_sql(away))
    task = asyncio.create_task(bench.work.run())
    await bench.until(lambda: bench.clock.next_due is not None)
    await bench.database.write(lambda conn: conn.exec_driver_sql(back))
    await bench.add("a")
    await bench.until(lambda: bench.ran == ["a"], step_s=0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_row_whose_end_can_not_be_kept_runs_again(bench: Bench) -> None:
    async def vanish(job: Job) -> Commit | None:
        bench.ran.append("again" if bench.ran else "first")
        if bench.ran == ["first"]:
            raise StorageError("no room left")
        return None

    bench.work.handle("vanish", vanish)
    await bench.add("a", name="vanish")
    await bench.play(until=DAY)
    assert bench.ran == ["first", "again"]


async def test_six_weeks_pass_in_a_second(bench: Bench) -> None:
    async def weekly(job: Job) -> Commit:
        def commit(conn: Connection) -> None:
            bench.ran.append(bench.clock.now().strftime("%a %H:%M"))
            bench.work.add(conn, "weekly", {}, due=bench.clock.now() + 7 * DAY, lane="weekly")

        return commit

    bench.work.handle("weekly", weekly)
    await bench.add("", name="weekly", due=bench.clock.now() + 7 * DAY, lane="weekly")
    await bench.play(until=42 * DAY)
    assert bench.ran == ["Mon 09:00"] * 6
    assert await bench.work.next_due() == bench.clock.now() + 7 * DAY


async def test_rows_are_counted_by_kind_and_by_what_is_due(bench: Bench) -> None:
    await bench.add("a")
    await bench.add("b", lane="l", due=bench.clock.now() + DAY)
    await bench.add("c", name="other")
    read: Callable[[Callable[[Connection], Any]], Awaitable[Any]] = bench.database.read
    assert await read(waiting) == {"job": 2, "other": 1}
    assert await read(lambda conn: due_count(conn, bench.clock.now())) == 2
    assert await read(lambda conn: due_count(conn, bench.clock.now() + DAY, "job")) == 2
    assert await read(lambda conn: is_waiting(conn, "job", "l"))
    assert not await read(lambda conn: is_waiting(conn, "other", "l"))
