"""Does once what a key stands for, also after a kill: what was begun is looked for before it is repeated."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from learncomm_agent.adapting.receipts import Entry, Receipts
from learncomm_agent.errors import DisconnectedError, PlatformError

CLOCKS_DIFFER = timedelta(seconds=60)
"""How far a platform's clock may be from ours."""


class Once:
    """Knows by the receipts what was done, what was cut off, and what belongs to another key."""

    def __init__(self, receipts: Receipts) -> None:
        """Take what it needs."""
        self._receipts = receipts
        self._running: dict[str, asyncio.Task[str]] = {}

    async def do(
        self,
        key: str,
        room: str,
        look: Callable[[Entry], Awaitable[Entry | None]] | None,
        make: Callable[[Entry], Awaitable[Entry]],
    ) -> str:
        """Return the id of what a key has made, made now where it is not there yet; once at a time.

        Args:
            key: The same on every attempt.
            room: The channel or server it is made in, by id.
            look: Finds what an attempt made that was cut off; it is asked after such a one alone. None
                where the platform can't tell: then it may be made twice, rather than never.
            make: Makes it.

        Raises:
            PlatformError: It was not made, or nobody knows.
        """
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._do(key, room, look, make))
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key))
        return await asyncio.shield(running)

    async def _do(
        self,
        key: str,
        room: str,
        look: Callable[[Entry], Awaitable[Entry | None]] | None,
        make: Callable[[Entry], Awaitable[Entry]],
    ) -> str:
        known = self._receipts.find(key)
        if known is not None and known.message is not None:
            return known.message
        is_repeat = self.is_begun(key)
        entry = await self._receipts.begin(key, room)
        # A look that fails tells nothing, so it settles nothing.
        made = await look(entry) if is_repeat and look is not None else None
        if made is None:
            async with self.settled(entry):
                made = await make(entry)
        assert made.message is not None
        await self._receipts.done(made, made.message)
        return made.message

    @contextlib.asynccontextmanager
    async def settled(self, entry: Entry) -> AsyncIterator[None]:
        """Note that nothing was made where it is sure; after a broken connection nobody knows."""
        try:
            yield
        except DisconnectedError:
            raise
        except PlatformError:
            await self._receipts.give_up(entry)
            raise

    def is_begun(self, key: str) -> bool:
        """Whether something may have been made of which nothing is known."""
        known = self._receipts.find(key)
        return known is not None and not known.is_given_up

    def is_free(self, id: int, at: datetime | None, since: datetime) -> bool:
        """Whether something is new enough to be what was cut off, and not another key's."""
        return at is not None and at >= since and not self._receipts.is_known(str(id))
