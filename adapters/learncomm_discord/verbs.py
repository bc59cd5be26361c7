"""What the adapter does beside what all platforms can."""

from collections.abc import Sequence
from typing import TypeVar

from learncomm_agent.adapting.finishing import Finishing
from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RoomGoneError,
)
from learncomm_agent.log import logger
from learncomm_discord.faults import translated
from learncomm_discord.posting import markup
from learncomm_discord.session import Session

T = TypeVar("T")
_log = logger(__name__)


class Verbs:
    """Implements the protocols of `chat.verbs`; whatever changes something there comes to its end."""

    name = markup.PLATFORM

    def __init__(self) -> None:
        """Make it; nothing runs yet."""
        self._session: Session | None = None
        self._finishing = Finishing()

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Show that something is being written; an interaction shows that by itself."""
        if reply is None:
            try:
                await self._running.outbound.acknowledge(room)
            except PlatformError as error:
                _log.debug("not acknowledged", room=room.id, reason=str(error))

    async def delete(self, message: MessageRef) -> None:
        """Take back a post; harmless when it is gone already.

        Raises:
            NotPermittedError: It is not ours.
        """
        await self._finishing.finish(self._running.outbound.delete(message))

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with this account.

        Raises:
            NotPermittedError: They are in no server that is served.
        """
        return await self._running.rooms.direct(account)

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes of a file; its address holds for about a day.

        Raises:
            RoomGoneError: It is not there any more.
        """
        try:
            with translated("attachment"):
                return await self._running.client.http.get_from_cdn(attachment.id)
        except NotPermittedError as error:
            raise RoomGoneError("the address of the file has expired") from error

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already.

        Raises:
            RoomGoneError: The message is not there any more.
        """
        await self._finishing.finish(self._running.outbound.react(message, reaction))

    async def open_thread(
        self,
        room: RoomRef,
        title: str,
        *,
        key: str,
        members: Sequence[AccountRef] = (),
        is_private: bool = False,
    ) -> RoomRef:
        """Return a new thread in the room, or a new post of a forum; the same key opens one.

        Raises:
            NotPermittedError: There can be none here, or somebody in it can't see the channel.
        """
        threads = self._running.threads
        return await self._finishing.finish(
            threads.open(room, title, key, members, is_private=is_private)
        )

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring more people in; harmless for those who are.

        Raises:
            NotPermittedError: Somebody can't see the channel; the others are in.
        """
        await self._finishing.finish(self._running.threads.add(thread, members))

    async def pin(self, message: MessageRef) -> None:
        """Pin a message; harmless when it is pinned already.

        Raises:
            NotPermittedError: The bot may not pin here, or no more can be.
            RoomGoneError: The message is not there any more.
        """
        await self._finishing.finish(self._running.pins.pin(message))

    async def unpin(self, message: MessageRef) -> None:
        """Take a pin off; harmless when there is none, or the message is gone."""
        await self._finishing.finish(self._running.pins.unpin(message))

    async def open_poll(self, room: RoomRef, poll: Poll, *, key: str) -> MessageRef:
        """Return the message that shows a new poll; the same key opens one.

        Raises:
            NotPermittedError: There can be none here.
            PlatformError: It is more than Discord takes.
        """
        return await self._finishing.finish(self._running.polls.open(room, poll, key))

    async def close_poll(self, message: MessageRef) -> None:
        """End a poll of ours before its time; harmless when it has ended."""
        await self._finishing.finish(self._running.polls.close(message))

    async def votes(self, message: MessageRef, poll: Poll) -> Votes:
        """Return how a poll of ours stands.

        Raises:
            RoomGoneError: It is not there any more.
        """
        return await self._running.polls.votes(message, poll)

    async def schedule(self, room: RoomRef, event: ScheduledEvent, *, key: str) -> str:
        """Return the id of a new entry in the server's calendar; the same key makes one.

        Raises:
            NotPermittedError: The bot may not.
            PlatformError: It is more than Discord takes, or in the past.
        """
        return await self._finishing.finish(self._running.calendar.schedule(room, event, key))

    async def reschedule(self, room: RoomRef, id: str, event: ScheduledEvent) -> None:
        """Put other content into an entry.

        Raises:
            RoomGoneError: It is not there any more.
        """
        await self._finishing.finish(self._running.calendar.reschedule(room, id, event))

    async def cancel(self, room: RoomRef, id: str) -> None:
        """Take an entry away; harmless when it is gone."""
        await self._finishing.finish(self._running.calendar.cancel(room, id))

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise DisconnectedError(f"{self.name!r} is not running")
        self._session.accounts.check_ready()
        return self._session
