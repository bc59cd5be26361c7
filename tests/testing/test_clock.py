import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from learncomm_agent.clock import Clock
from learncomm_agent.testing.clock import ManualClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


async def test_it_is_a_clock_and_stands_still(clock: ManualClock) -> None:
    any_clock: Clock = clock
    await clock.settle()
    assert any_clock.now() == START


def test_it_starts_in_utc_and_refuses_a_start_without_a_zone() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert ManualClock(datetime(2026, 1, 1, 9, tzinfo=tokyo)).now() == datetime(
        2026, 1, 1, tzinfo=UTC
    )
    with pytest.raises(ValueError, match="zone"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001


async def test_sleepers_wake_in_the_order_of_their_time(clock: ManualClock) -> None:
    woken: list[tuple[int, datetime]] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (30, 10, 20, 10)]
    await clock.advance(20)
    assert woken == [(s, START + timedelta(seconds=s)) for s in (10, 10, 20)]
    await clock.advance(10)
    await asyncio.gather(*tasks)
    assert clock.now() == START + timedelta(seconds=30)


async def test_a_sleeper_that_sleeps_again_wakes_within_the_same_advance(
    clock: ManualClock,
) -> None:
    beats: list[datetime] = []

    async def heart() -> None:
        while True:
            await clock.sleep(3600)
            beats.append(clock.now())

    task = asyncio.create_task(heart())
    await clock.advance(6 * 7 * 24 * 3600)
    task.cancel()
    assert len(beats) == 6 * 7 * 24
    assert beats == sorted(set(beats))


async def test_sleeping_for_no_time_comes_back_at_once(clock: ManualClock) -> None:
    await clock.sleep(0)
    await clock.sleep(-5)
    assert clock.now() == START


async def test_a_cancelled_sleeper_is_forgotten(clock: ManualClock) -> None:
    tasks = [asyncio.create_task(clock.sleep(10)) for _ in range(100)]
    await clock.settle()
    for task in tasks[::2]:
        task.cancel()
    await clock.settle()
    await clock.advance(10)
    assert [task.cancelled() for task in tasks] == [True, False] * 50
    assert clock.next_due is None


async def test_a_sleeper_cancelled_at_the_moment_it_wakes_is_cancelled(clock: ManualClock) -> None:
    victim: asyncio.Task[None]

    async def killer() -> None:
        await clock.sleep(5)
        victim.cancel()

    first = asyncio.create_task(killer())
    await clock.settle()
    victim = asyncio.create_task(clock.sleep(5))
    await clock.advance(5)
    assert first.done()
    assert victim.cancelled()


async def test_time_does_not_run_backwards(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="backwards"):
        await clock.advance(-1)
    with pytest.raises(ValueError, match="backwards"):
        await clock.to(START - timedelta(days=1))
    assert clock.now() == START


async def test_to_takes_a_moment_in_any_zone(clock: ManualClock) -> None:
    await clock.to(datetime(2026, 3, 2, 2, tzinfo=timezone(timedelta(hours=-5))))
    assert clock.now() == datetime(2026, 3, 2, 7, tzinfo=UTC)


async def test_idle_without_a_timeout_waits_until_it_comes(clock: ManualClock) -> None:
    event = asyncio.Event()
    task = asyncio.create_task(clock.idle(event.wait(), "for the post"))
    await clock.advance(10**6)
    assert clock.waiting == ("for the post",)
    event.set()
    assert await task is True
    assert not clock.waiting


async def test_idle_gives_up_in_time_and_cancels_what_it_waited_for(clock: ManualClock) -> None:
    never = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(clock.idle(never, "for nothing", timeout_s=60))
    await clock.advance(59)
    assert not task.done()
    await clock.advance(1)
    with pytest.raises(TimeoutError):
        await task
    assert never.cancelled()
    assert (clock.next_due, clock.waiting) == (None, ())


async def test_idle_returns_what_comes_in_time_and_leaves_no_alarm(clock: ManualClock) -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(clock.idle(answer, "for an answer", timeout_s=60))
    await clock.advance(30)
    answer.set_result(42)
    assert await task == 42
    assert clock.next_due is None


async def test_idle_passes_on_an_error_and_a_cancellation(clock: ManualClock) -> None:
    async def fails() -> None:
        await clock.sleep(1)
        raise LookupError

    failing = asyncio.create_task(clock.idle(fails(), "for a failure", timeout_s=60))
    cancelled = asyncio.create_task(clock.idle(clock.sleep(50), "for long", timeout_s=60))
    await clock.advance(1)
    with pytest.raises(LookupError):
        await failing
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert clock.next_due is None


async def test_a_wait_without_any_patience_is_given_up_at_once(clock: ManualClock) -> None:
    with pytest.raises(TimeoutError):
        await clock.idle(clock.sleep(1), "impatiently", timeout_s=0)


async def test_what_comes_at_the_last_moment_has_come(clock: ManualClock) -> None:
    task = asyncio.create_task(clock.idle(clock.sleep(60), "just in time", timeout_s=60.0))
    other = asyncio.create_task(clock.idle(clock.sleep(60.5), "too late", timeout_s=60.0))
    await clock.advance(60)
    with pytest.raises(TimeoutError):
        await other
    assert task.done()
