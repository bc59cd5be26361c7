"""One account's turns: free as long as nobody complains, then as often as the homeserver says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import IntEnum

from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, RateLimitedError
from learncomm_agent.log import logger

MOST_INTERVAL_S = 60.0
CALM = timedelta(seconds=60)
"""After so long without anybody having to wait, the homeserver's patience is taken to be whole again."""
_log = logger(__name__)


class Priority(IntEnum):
    """Whose turn comes first."""

    ANSWER = 0
    """Something that must be said: a post, its last edit."""
    EDIT = 1
    """An edit that another one will follow."""
    SPARE = 2
    """A sign of life, a reaction of ours; may as well be left out while it is tight."""


class Limiter:
    """Gives out turns, the most urgent first, and of those alike the one that waits longest."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any limit; the homeserver tells of its own."""
        self._clock = clock
        self._interval = timedelta(0)
        self._next_at = self._tight_at = clock.now()
        self._waiting: list[tuple[Priority, int]] = []
        self._serial = 0
        self._ended = asyncio.Event()

    @property
    def is_tight(self) -> bool:
        """Whether turns are short, so that what nobody would miss is better left out."""
        return bool(self._interval) and self._clock.now() - self._tight_at < CALM

    @property
    def interval_s(self) -> float:
        """How far apart turns are now, 0 while they are free; edits in between come less often still."""
        return self._interval.total_seconds() if self.is_tight else 0.0

    @asynccontextmanager
    async def turn(self, priority: Priority = Priority.ANSWER) -> AsyncIterator[None]:
        """Wait for a turn; a `RateLimitedError` of what is done in it slows all further ones, and goes on.

        Args:
            priority: Who goes first where several wait.

        Raises:
            DisconnectedError: It would come after the end.
        """
        await self._wait(priority)
        try:
            yield
        except RateLimitedError as error:
            self._slow_down(error.retry_after_s)
            raise

    def end(self) -> None:
        """Let nobody wait any more: what would have to is for the next start."""
        self._ended.set()

    async def _wait(self, priority: Priority) -> None:
        self._serial += 1
        mine = (priority, self._serial)
        self._waiting.append(mine)
        try:
            while (wait := self._delay_s()) > 0 or mine != min(self._waiting):
                self._tight_at = self._clock.now()
                await self._sleep(wait)
        finally:
            self._waiting.remove(mine)
        now = self._clock.now()
        self._next_at = max(self._next_at, now) + (self._interval if self.is_tight else CALM * 0)

    async def _sleep(self, seconds: float) -> None:
        try:
            await self._clock.idle(self._ended.wait(), "turn", timeout_s=max(seconds, 0.001))
        except TimeoutError:
            return
        raise DisconnectedError("no turn comes before the end")

    def _delay_s(self) -> float:
        return (self._next_at - self._clock.now()).total_seconds()

    def _slow_down(self, retry_after_s: float) -> None:
        now = self._clock.now()
        pause = timedelta(seconds=max(0.0, retry_after_s))
        # Several that went together are refused together, and tell of the same limit.
        self._next_at = max(self._next_at, now + pause)
        known = self._interval if self.is_tight else timedelta(0)
        self._interval = min(max(known, pause), timedelta(seconds=MOST_INTERVAL_S))
        self._tight_at = now
        _log.info("limited", interval_s=round(self._interval.total_seconds(), 1))
