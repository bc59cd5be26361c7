"""Who is in a private thread, which Discord tells of one person at a time.

Without the members' intent it does not say who comes and goes either, so an answer is believed as long as
somebody's roles are.
"""

from datetime import datetime

import discord

from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.directory.accounts import FRESH, put
from learncomm_discord.faults import translated

_MOST = 10_000


class Guests:
    """Knows who was asked for."""

    def __init__(self, clock: Clock) -> None:
        """Take what it needs."""
        self._clock = clock
        self._found: dict[tuple[int, int], tuple[datetime, bool]] = {}
        self._changes = 0

    async def is_in(self, thread: discord.Thread, user_id: int) -> bool:
        """Whether somebody is in a thread; where it is closed to the bot nobody is, for all we know.

        Raises:
            DisconnectedError: It can't be told now.
            RateLimitedError: There was too much to ask.
        """
        key, now = (thread.id, user_id), self._clock.now()
        if (known := self._found.get(key)) is not None and now - known[0] < FRESH:
            return known[1]
        changes = self._changes
        is_in = await _ask(thread, user_id)
        if changes == self._changes:  # else the answer may be older than what was told meanwhile
            put(self._found, key, (now, is_in), _MOST)
        return is_in

    def forget(self, thread_id: int) -> None:
        """Ask anew who is in a thread."""
        self._changes += 1
        for key in [key for key in self._found if key[0] == thread_id]:
            del self._found[key]


async def _ask(thread: discord.Thread, user_id: int) -> bool:
    try:
        with translated("member of a thread"):
            await thread.fetch_member(user_id)
    except (NotPermittedError, RoomGoneError):  # Discord says `unknown member`, or tells us nothing
        return False
    return True
