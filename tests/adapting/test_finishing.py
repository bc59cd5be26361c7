"""What is on its way comes to its end, whoever stops waiting for it."""

import asyncio

import pytest

from learncomm_agent.adapting.finishing import Finishing


async def test_an_asker_who_is_cancelled_does_not_stop_it_and_a_stop_waits_for_it() -> None:
    finishing, may_end, done = Finishing(), asyncio.Event(), list[str]()

    async def post() -> str:
        await may_end.wait()
        done.append("posted")
        return "receipt"

    asker = asyncio.create_task(finishing.finish(post()))
    await asyncio.sleep(0)
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    stop = asyncio.create_task(finishing.settle())
    await asyncio.sleep(0)
    assert (stop.done(), done) == (False, [])
    may_end.set()
    await stop
    assert done == ["posted"]


async def test_a_stop_waits_for_what_began_meanwhile_and_for_what_fails() -> None:
    """A mistake is the asker's to hear of; one whose asker has gone is nobody's."""
    finishing, may_end, done = Finishing(), asyncio.Event(), list[str]()

    async def fail() -> None:
        await may_end.wait()
        later.append(asyncio.create_task(finishing.finish(follow())))
        raise ValueError("refused")

    async def follow() -> None:
        await asyncio.sleep(0)
        done.append("followed")

    later = list[asyncio.Task[None]]()
    heard, gone = (asyncio.create_task(finishing.finish(fail())) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    stop = asyncio.create_task(finishing.settle())
    may_end.set()
    await stop
    assert done == ["followed", "followed"]
    with pytest.raises(ValueError, match="refused"):
        await heard
    await asyncio.gather(*later)
    await finishing.settle()


async def test_it_returns_what_comes_of_it() -> None:
    async def post() -> str:
        return "receipt"

    assert await Finishing().finish(post()) == "receipt"
