"""Whether the agent is still answering, so that a script can wait and a person sees it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from learncomm_agent.clock import Clock

PATIENCE_S = 20.0
"""How long a script waits for a sign of an answer."""
_MOST_WAITS = 15


class Answers:
    """Follows the answer to what was asked last."""

    def __init__(self, clock: Clock) -> None:
        """Wait by this clock."""
        self.is_reading = False
        """Whether the agent has said that it is at work, and has not answered yet."""
        self._clock = clock
        self._asked: str | None = None
        self._came = asyncio.Event()
        self._posting = 0
        self._rest = asyncio.Event()
        self._rest.set()

    def expect(self, asked: str | None) -> None:
        """Begin to look out for an answer, before it is asked for.

        Args:
            asked: The token or message id that the answer will name.
        """
        self._asked = asked
        self._came.clear()

    def acknowledge(self) -> None:
        """Note that the agent is at work."""
        self.is_reading = True

    def arrive(self, answers: str | None) -> None:
        """Note that something new came which the one who asks can see.

        Args:
            answers: What it names as its cause; something without a cause is taken for the answer.
        """
        if answers not in (None, self._asked):
            return
        self.is_reading = False
        self._came.set()

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Note that the agent is posting; the parts of an answer follow each other without a gap."""
        self._posting += 1
        self._rest.clear()
        try:
            yield
        finally:
            self._posting -= 1
            if not self._posting:
                self._rest.set()

    async def wait(self) -> None:
        """Come back when the answer is there, or when it seems that there will be none."""
        for _ in range(_MOST_WAITS):
            try:
                await self._clock.idle(self._came.wait(), "an answer", timeout_s=PATIENCE_S)
            except TimeoutError:
                if self.is_reading:
                    continue
                break
            while self._posting:
                await self._clock.idle(self._rest.wait(), "its last part")
            break
        self.is_reading = False
