"""Shows whoever wrote to the agent that it has what they wrote, once that is kept."""

import asyncio

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.errors import PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter
from learncomm_matrix.posting.seams import Places

_log = logger(__name__)


class Reading:
    """Puts receipts beside what goes on: nothing waits for one, and none is put where it is tight."""

    def __init__(self, homeserver: Homeserver, places: Places, limiter: Limiter) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._limiter = limiter
        self._coming: set[asyncio.Task[None]] = set()

    def show(self, message: MessageRef) -> None:
        """Show that a message was read, in a moment."""
        if not self._limiter.is_tight:
            task = asyncio.create_task(self._show(message), name="matrix receipt")
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def close(self) -> None:
        """Show nothing any more."""
        for task in self._coming:
            task.cancel()
        await asyncio.gather(*self._coming, return_exceptions=True)

    async def _show(self, message: MessageRef) -> None:
        try:
            where = self._places.where(message.room)
            await self._homeserver.read(where.room_id, message.id)
        except PlatformError as error:
            _log.info("not shown as read", room=message.room.id, error=for_log(error))
