"""One queue a room, so that what is sent first is read first, and one pace for all that we send."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from learncomm_agent.clock import Clock
from learncomm_agent.errors import RateLimitedError
from learncomm_matrix.connection.limiter import Limiter, Priority

T = TypeVar("T")
PATIENCE = timedelta(minutes=10)
"""So long a place in the queue is held while the homeserver asks to wait; then whoever asked tries again."""


class Queues:
    """Lets one thing at a time go out to a room, in the order in which they were asked for."""

    def __init__(self, limiter: Limiter, clock: Clock) -> None:
        """Take what it needs."""
        self._limiter = limiter
        self._clock = clock
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def place(self, room_id: str) -> AsyncIterator[None]:
        """Hold the head of a room's queue."""
        lock, waiting = self._locks.get(room_id, (asyncio.Lock(), 0))
        self._locks[room_id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(room_id)
            if waiting > 1:
                self._locks[room_id] = (lock, waiting - 1)

    async def paced(
        self, act: Callable[[], Awaitable[T]], priority: Priority = Priority.ANSWER
    ) -> T:
        """Do something when it is its turn, again where the homeserver was not ready for it.

        Raises:
            RateLimitedError: It is not ready for long.
            PlatformError: It was not done.
        """
        until = self._clock.now() + PATIENCE
        while True:
            try:
                async with self._limiter.turn(priority):
                    return await act()
            except RateLimitedError as error:
                if self._clock.now() + timedelta(seconds=error.retry_after_s) >= until:
                    raise
