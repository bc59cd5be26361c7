"""Turns: free until the homeserver complains, then as often as it says, the most urgent first."""

import asyncio

import pytest

from learncomm_agent.errors import RateLimitedError
from learncomm_agent.testing.clock import ManualClock
from learncomm_matrix.connection.limiter import MOST_INTERVAL_S, Limiter, Priority


async def refused(limiter: Limiter, seconds: float) -> None:
    with pytest.raises(RateLimitedError):
        async with limiter.turn():
            raise RateLimitedError("x", retry_after_s=seconds)


async def test_turns_are_free_until_the_homeserver_complains(clock: ManualClock) -> None:
    limiter = Limiter(clock)
    for _ in range(50):
        async with limiter.turn():
            pass
    assert not limiter.is_tight
    assert clock.next_due is None


async def test_then_they_come_as_it_says_and_the_most_urgent_first(clock: ManualClock) -> None:
    limiter, gone = Limiter(clock), []
    begun = clock.now()

    async def go(name: str, priority: Priority) -> None:
        async with limiter.turn(priority):
            gone.append((name, (clock.now() - begun).total_seconds()))

    await refused(limiter, 5)
    assert limiter.is_tight
    wanted = [("typing", Priority.SPARE), ("edit", Priority.EDIT), ("a", Priority.ANSWER)]
    tasks = [asyncio.create_task(go(*each)) for each in [*wanted, ("b", Priority.ANSWER)]]
    await clock.advance(30)
    assert gone == [("a", 5.0), ("b", 10.0), ("edit", 15.0), ("typing", 20.0)]
    assert all(each.done() for each in tasks)


async def test_one_who_gives_up_waiting_holds_nobody_up(clock: ManualClock) -> None:
    limiter, gone = Limiter(clock), []

    async def go(name: str) -> None:
        async with limiter.turn():
            gone.append(name)

    await refused(limiter, 5)
    first, second = (asyncio.create_task(go(each)) for each in "ab")
    await clock.settle()
    first.cancel()
    await clock.advance(5)
    assert gone == ["b"]
    assert second.done()


async def test_after_a_calm_minute_they_are_free_again(clock: ManualClock) -> None:
    limiter = Limiter(clock)
    await refused(limiter, 100_000)
    assert limiter.interval_s == MOST_INTERVAL_S
    await clock.advance(100_000)
    assert not limiter.is_tight
    for _ in range(10):
        async with limiter.turn():
            pass
    assert clock.next_due is None
