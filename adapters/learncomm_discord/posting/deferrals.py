"""Interactions that are being acknowledged: none is answered before Discord knows that it arrived."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from learncomm_agent.clock import Clock
from learncomm_discord.posting.handles import Handle


class Deferrals:
    """Lets whoever answers wait for whoever acknowledges; remembers nothing beyond that."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._under_way: dict[str, asyncio.Event] = {}

    @contextmanager
    def under_way(self, handle: Handle) -> Iterator[None]:
        """Hold up answers through a handle meanwhile."""
        settled = self._under_way[handle.digest] = asyncio.Event()
        try:
            yield
        finally:
            del self._under_way[handle.digest]
            settled.set()

    async def settled(self, handle: Handle) -> None:
        """Come back when an interaction is acknowledged, or known not to be."""
        if (settled := self._under_way.get(handle.digest)) is not None:
            await self._clock.idle(settled.wait(), "acknowledgement")
