"""Lets what is being posted come to its end, though whoever asked for it be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Finishing:
    """Knows what is on its way: a repeat must find its key, and a stop waits for it."""

    def __init__(self) -> None:
        """Begin with nothing on its way."""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, and return what comes of it.

        Raises:
            asyncio.CancelledError: The asker was cancelled; the work goes on.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Come back when nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
