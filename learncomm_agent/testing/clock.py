"""A clock that a test moves by hand."""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from learncomm_agent.chat.messages import utc

T = TypeVar("T")

MONDAY_MORNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_TURNS = 25  # a woken task may pass its news on through some others before the next one is due


@dataclass(frozen=True, slots=True, order=True)
class _Alarm:
    due: datetime
    serial: int
    ring: Callable[[], object] = field(compare=False)


class ManualClock:
    """A `Clock` that stands still until a test moves it; six weeks pass in a second.

    While it moves, those who sleep wake in the order of their time, and each has run on until it
    waits again before the next one wakes. Work on other threads is not waited for.

        clock = ManualClock()
        reminder = asyncio.create_task(remind_in(clock, days=3))
        await clock.advance(3 * 24 * 3600)
        assert reminder.done()
    """

    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        """Start at a moment, given with its zone.

        Raises:
            ValueError: The moment has no zone.
        """
        self._now = utc(start)
        self._alarms: list[_Alarm] = []
        self._serial = 0
        self._reasons: list[str] = []

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Come back when the clock was moved by so many seconds; at once for none or fewer."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._alarm(seconds, lambda: _wake(woken)):
            await woken

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        """Wait for something that may never come; see `Clock.idle`."""
        self._reasons.append(reason)
        try:
            if timeout_s is None:
                return await waiting
            # The loop's own timeout, which knows all the rules of cancelling, rung by our alarm.
            async with asyncio.timeout(None) as scope:
                with self._alarm(timeout_s, lambda: scope.reschedule(0)):
                    return await waiting
        finally:
            self._reasons.remove(reason)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The reasons of all who idle now; tells where a test that hangs does hang."""
        return tuple(self._reasons)

    @property
    def next_due(self) -> datetime | None:
        """When the next sleeper wakes or the next wait is given up; None where nobody waits so."""
        return self._alarms[0].due if self._alarms else None

    async def advance(self, seconds: float) -> None:
        """Let so many seconds pass; see `to`."""
        await self.to(self._now + timedelta(seconds=seconds))

    async def to(self, moment: datetime) -> None:
        """Let time pass up to a moment, given with its zone.

        Raises:
            ValueError: The moment is in the past, or has no zone.
        """
        moment = utc(moment)
        if moment < self._now:
            raise ValueError("time does not run backwards")
        await self.settle()
        while self._alarms and self._alarms[0].due <= moment:
            alarm = self._alarms.pop(0)
            self._now = max(self._now, alarm.due)
            alarm.ring()
            await self.settle()
        self._now = max(self._now, moment)

    async def settle(self) -> None:
        """Let every task that can run now do so, without any time passing."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    @contextmanager
    def _alarm(self, seconds: float, ring: Callable[[], object]) -> Iterator[None]:
        """Have something rung while the body waits; nobody is rung who waits no more."""
        due = self._now + timedelta(seconds=max(0.0, seconds))
        self._serial += 1
        alarm = _Alarm(due, self._serial, ring)
        if seconds > 0:
            insort(self._alarms, alarm)
        else:
            ring()
        try:
            yield
        finally:
            at = bisect_left(self._alarms, alarm)
            if self._alarms[at : at + 1] == [alarm]:
                del self._alarms[at]


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
