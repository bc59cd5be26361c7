"""Shows that the agent writes, where what it writes does not come at once.

Most answers are there sooner than anybody would see the sign, and to show it costs the homeserver as much
work as the answer itself, which would come that much later.
"""

import asyncio

from learncomm_agent.clock import Clock
from learncomm_agent.errors import PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter

AFTER_S = 0.5
LASTS_S = 20.0
_log = logger(__name__)


class Typing:
    """The rooms in which the sign is shown, or will be."""

    def __init__(self, homeserver: Homeserver, limiter: Limiter, clock: Clock) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._limiter = limiter
        self._clock = clock
        self._coming: dict[str, asyncio.Task[None]] = {}

    def begin(self, room_id: str) -> None:
        """Show the sign in a room, unless something is posted there first."""
        if room_id not in self._coming and not self._limiter.is_tight:
            self._coming[room_id] = asyncio.create_task(self._show(room_id), name="matrix typing")

    def end(self, room_id: str) -> None:
        """Take that something is posted in a room; an app then takes the sign away by itself."""
        coming = self._coming.pop(room_id, None)
        if coming is not None:
            coming.cancel()

    async def close(self) -> None:
        """Show nothing any more."""
        coming = list(self._coming.values())
        for room_id in list(self._coming):
            self.end(room_id)
        await asyncio.gather(*coming, return_exceptions=True)

    async def _show(self, room_id: str) -> None:
        try:
            await self._clock.sleep(AFTER_S)
            await self._homeserver.typing(room_id, LASTS_S)
        except PlatformError as error:
            _log.info("not acknowledged", room=room_id, error=for_log(error))
        finally:
            if self._coming.get(room_id) is asyncio.current_task():
                del self._coming[room_id]
