"""Time, injected. Nothing else in the project asks the system for the time or sleeps."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What the project knows of time; a test plays six weeks in a second with another one."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds."""
        ...

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        """Wait for something that may never come.

        Args:
            waiting: What to wait for.
            reason: Why we wait, in a word or two; a test that hangs can print it.
            timeout_s: Give up after so many seconds of this clock; never where it is None.

        Raises:
            TimeoutError: The time is up; `waiting` was cancelled.
        """
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds."""
        await asyncio.sleep(seconds)

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        """Wait for something that may never come; see `Clock.idle`."""
        async with asyncio.timeout(timeout_s):
            return await waiting
