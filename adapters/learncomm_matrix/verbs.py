"""What the adapter does beside what all platforms can."""

from collections.abc import Sequence
from typing import Any

from learncomm_agent.adapting.finishing import Finishing
from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.errors import DisconnectedError, PlatformError, RoomGoneError
from learncomm_agent.log import logger
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.hearing.attachments import source
from learncomm_matrix.session import Session

MOST_BYTES = 64 * 1024 * 1024
"""No file is read that is larger, whatever it says of itself."""
_log = logger(__name__)


class Verbs:
    """Implements the protocols of `chat.verbs`; whatever changes something there comes to its end."""

    name = PLATFORM

    def __init__(self) -> None:
        """Make it; nothing runs yet."""
        self._session: Session | None = None
        self._finishing = Finishing()

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Show that something is being written."""
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
        """Return the direct talk with this account, made where there is none.

        Raises:
            NotPermittedError: They are in no space that is served.
        """
        return await self._finishing.finish(self._running.talks.room(account))

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes of a file, in clear.

        Raises:
            RoomGoneError: It is not there any more.
            PlatformError: It is too large, or its keys are missing.
        """
        found = source(attachment.id)
        if found is None:
            raise RoomGoneError("the address of the file is none")
        homeserver = self._running.homeserver
        if not found.keys:
            return await homeserver.download(found.mxc, MOST_BYTES)
        file: dict[str, Any] = {
            "url": found.mxc,
            "key": {"k": found.keys.get("key")},
            "iv": found.keys.get("iv"),
            "hashes": {"sha256": found.keys.get("hash")},
        }
        return await homeserver.download_of({"file": file}, MOST_BYTES)

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
        """Return a new thread in the room, or for some a new room of their own; the same key opens one.

        Raises:
            NotPermittedError: There can be none here, or somebody in it can't read the room.
        """
        threads = self._running.threads
        opening = threads.open(room, title, key, members, is_private=is_private)
        return await self._finishing.finish(opening)

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring more people in; harmless for those who are.

        Raises:
            NotPermittedError: Somebody can't read the room; the others are in.
        """
        await self._finishing.finish(self._running.threads.add(thread, members))

    async def pin(self, message: MessageRef) -> None:
        """Pin a message; harmless when it is pinned already.

        Raises:
            NotPermittedError: The agent may not pin here, or no more can be.
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
            PlatformError: It is more than apps show.
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

    @property
    def _running(self) -> Session:
        if self._session is None or not self._session.is_open:
            raise DisconnectedError(f"{self.name!r} is not running")
        return self._session
