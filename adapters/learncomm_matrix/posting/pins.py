"""Messages that are kept in view."""

import contextlib

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_matrix.connection.answers import mapping, texts
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.relations import is_redacted
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.seams import Places, Where

PINNED = "m.room.pinned_events"
_MOST = 100
"""More than so many, apps don't show; the list is one event, which must not grow for ever."""


class Pins:
    """Pins messages and takes pins off: all of a room's stand in one list."""

    def __init__(self, homeserver: Homeserver, places: Places, queues: Queues) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._queues = queues

    async def pin(self, message: MessageRef) -> None:
        """Pin a message; see `verbs.Pins`."""
        where = self._checked(message)
        if is_redacted(await self._homeserver.event(where.room_id, message.id)):
            raise RoomGoneError(f"message {message.id!r} was taken back")
        async with self._queues.place(where.room_id):
            pinned = await self._pinned(where)
            if message.id in pinned:
                return
            if len(pinned) >= _MOST:
                raise NotPermittedError("no more can be pinned")
            await self._put(where, (*pinned, message.id))

    async def unpin(self, message: MessageRef) -> None:
        """Take a pin off; see `verbs.Pins`."""
        with contextlib.suppress(RoomGoneError):
            where = self._checked(message)
            async with self._queues.place(where.room_id):
                pinned = await self._pinned(where)
                if message.id in pinned:
                    await self._put(where, tuple(each for each in pinned if each != message.id))

    def _checked(self, message: MessageRef) -> Where:
        where = self._places.where(message.room)
        state, me = self._places.state(where.room_id), self._homeserver.user_id
        if state is None or state.power(me) < state.needed(PINNED, is_state=True):
            raise NotPermittedError(f"nothing can be pinned in room {where.room_id!r}")
        return where

    async def _pinned(self, where: Where) -> tuple[str, ...]:
        """Return what is pinned now: what was told of it may be older than our own last change."""
        for event in await self._homeserver.state(where.room_id):
            if event.get("type") == PINNED and event.get("state_key") == "":
                return texts(mapping(event.get("content")).get("pinned"))
        return ()

    async def _put(self, where: Where, pinned: tuple[str, ...]) -> None:
        await self._queues.paced(
            lambda: self._homeserver.put_state(where.room_id, PINNED, "", {"pinned": [*pinned]})
        )
