"""Nothing is answered before it is acknowledged."""

import asyncio

from learncomm_agent.clock import SystemClock
from learncomm_discord.posting.deferrals import Deferrals
from learncomm_discord.posting.handles import Handle

ONE = Handle(1, "token", "7", is_slash=True)
OTHER = Handle(1, "another", "7", is_slash=True)


async def test_an_answer_waits_for_its_acknowledgement_alone() -> None:
    deferrals = Deferrals(SystemClock())
    with deferrals.under_way(ONE):
        waiting = asyncio.create_task(deferrals.settled(ONE))
        await deferrals.settled(OTHER)
        assert not waiting.done()
    await waiting
    await deferrals.settled(ONE)


async def test_one_that_fails_holds_up_nobody() -> None:
    deferrals = Deferrals(SystemClock())
    waiting = None
    try:
        with deferrals.under_way(ONE):
            waiting = asyncio.create_task(deferrals.settled(ONE))
            await asyncio.sleep(0)
            raise OSError
    except OSError:
        assert waiting is not None
        await waiting
