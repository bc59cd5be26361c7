"""Looking things up until Discord answers, and doing in turn what is done to the same thing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    PlatformError,
    RateLimitedError,
    for_log,
)
from learncomm_agent.log import logger

T = TypeVar("T")
_WAITS_S = (1.0, 5.0, 15.0, 60.0)
"""How long to wait before each further look-up for what can't be placed."""
_log = logger(__name__)


class Patience:
    """Looks up again what could not be looked up, as long as nobody closes it."""

    def __init__(self, clock: Clock) -> None:
        """Take what waits."""
        self._clock = clock
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Wait for no look-up any more."""
        self._closed.set()

    async def asked(self, look: Callable[[], Awaitable[T | None]], what: str, id: int) -> T | None:
        """Return what is looked up, if need be later; None where that came to nothing.

        Args:
            look: Looks it up.
            what: What it is that is not kept otherwise.
            id: Discord's id of that.
        """
        for wait in (*_WAITS_S, None):
            try:
                return await look()
            except PlatformError as error:
                if wait is None or not await self._waited(wait, error):
                    _log.error(f"{what} not kept", id=id, error=for_log(error))
                    return None
        return None

    async def _waited(self, seconds: float, error: PlatformError) -> bool:
        """Wait before a further attempt, if one may help."""
        if isinstance(error, RateLimitedError):
            seconds = min(max(seconds, error.retry_after_s), _WAITS_S[-1])
        elif not isinstance(error, DisconnectedError):
            return False
        try:
            await self._clock.idle(self._closed.wait(), "a look-up", timeout_s=seconds)
        except TimeoutError:
            return True
        return False


class Turns:
    """Does one thing after the other to whatever has an id."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._taking: dict[int, asyncio.Task[Any]] = {}

    async def take(self, ids: Sequence[int], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something to things once what was begun with them before has ended."""
        me = asyncio.current_task()
        assert me is not None
        before = {self._taking[id] for id in ids if id in self._taking} - {me}
        self._taking.update(dict.fromkeys(ids, me))
        try:
            if before:
                await asyncio.wait(before)
            await work()
        finally:
            for id in ids:
                if self._taking.get(id) is me:
                    del self._taking[id]
