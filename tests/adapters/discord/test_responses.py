"""What is kept in memory of answers that one person alone sees."""

from datetime import timedelta

import discord

from learncomm_agent.testing.clock import ManualClock
from learncomm_discord.posting.handles import LASTS, Handle
from learncomm_discord.posting.responses import Responses


def test_ways_whose_time_is_over_leave_memory(clock: ManualClock) -> None:
    responses = Responses(discord.Client(intents=discord.Intents.none()))
    now = clock.now()
    for number in range(100):
        at = now + number * timedelta(minutes=1)
        handle = Handle(1, f"token{number}", "1", is_slash=True)
        responses.remember(str(number), handle, at + LASTS, at)
        assert responses.way_to(str(number), at) == handle
        assert responses.way_to(str(number), at + LASTS) is None
    assert len(responses._ways) <= LASTS // timedelta(minutes=1)
