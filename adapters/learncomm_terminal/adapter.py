"""The adapter: a community in one terminal, played by one person, behind the common protocol."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TextIO, TypeVar

from learncomm_agent.adapting.finishing import Finishing
from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    StorageError,
)
from learncomm_terminal import files, rooms
from learncomm_terminal.session import Session
from learncomm_terminal.transcript import Transcript

T = TypeVar("T")

_CAN = Capabilities(
    max_text=4000,
    max_parts=5,
    edits=Level.FULL,
    edits_per_minute=0,  # an edit is printed anew, so none is left for how far an answer is
    deletes=Level.FULL,
    private_replies=Level.FULL,
    direct_messages=Level.FULL,
    replies=Level.FULL,
    buttons=Level.FULL,
    max_choices=9,
    files=Level.FULL,
    max_file_bytes=files.MAX_BYTES,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    reactions=Level.FULL,
    acknowledges=Level.FULL,
)


class TerminalAdapter:
    """Implements `Platform` and, of the optional protocols, those that one screen has something for.

    Threads, lists to pick from, forms, polls, pins and a calendar are left to what the core has instead.
    """

    name = rooms.PLATFORM
    command_sign = "/"
    for_learncomm = "0"

    def __init__(
        self,
        surroundings: Surroundings,
        lines: AsyncIterator[str] | None = None,
        out: TextIO | None = None,
    ) -> None:
        """Make it; nothing is read or printed before the start.

        Args:
            surroundings: What it may know of the rest.
            lines: What is typed; the keyboard, or a script on the standard input, where None.
            out: Where to print; the standard output where None.
        """
        self._surroundings = surroundings
        self._lines = lines
        self._out = out
        self._session: Session | None = None
        self._ended: Session | None = None
        self._finishing = Finishing()

    # Platform.

    async def start(self, sink: Sink) -> None:
        """Read what was kept, greet, then take line after line; a second start is an error.

        Raises:
            PlatformError: It runs already, or what was kept can't be read.
        """
        if self._session is not None:
            raise PlatformError(f"{self.name!r} runs already")
        session = Session(self._surroundings, sink, self._lines, self._out)
        self._session = session
        try:
            await session.start()
        except StorageError as error:
            await self.stop()
            raise PlatformError(f"{self.name!r} has no history") from error

    async def stop(self) -> None:
        """End; what is being posted is finished first. Harmless when not started."""
        session, self._session = self._session, None
        if session is not None:
            self._ended = session
            await self._finishing.settle()
            await session.stop()

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return the same for every room.

        Raises:
            RoomGoneError: There is no such room.
        """
        self._transcript.place(room)
        return _CAN

    def length(self, blocks: Sequence[Block]) -> int:
        """Return how many characters the words of the blocks have."""
        return len(plain(blocks))

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; the same key posts once, also after a restart.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: It is for somebody who can't read that room.
            PlatformError: It could not be kept.
        """
        return await self._finishing.finish(self._running.posts.send(outgoing))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a post; who sees it stays as it is.

        Raises:
            RoomGoneError: It is not there any more.
            NotPermittedError: It is not ours, or for other readers.
            PlatformError: It could not be kept.
        """
        return await self._finishing.finish(self._running.posts.edit(message, outgoing))

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        """Yield what members said after a message or since a moment, as it stands now, oldest first."""
        transcript = self._transcript
        transcript.place(room)
        number = transcript.number(after) if isinstance(after, MessageRef) else 0
        for entry in transcript.said(room, number):
            if not isinstance(after, datetime) or entry.at >= after:
                yield transcript.event(entry)

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content everyone in the audience may read."""
        return frozenset(self._transcript.readable(audience))

    # The optional protocols.

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether every member may read a room, also who comes later."""
        return self._transcript.place(room).since is None

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Show below the typed line that an answer is being made."""
        if self._session is not None:
            self._session.answers.acknowledge()
            self._session.refresh()

    async def delete(self, message: MessageRef) -> None:
        """Take back a post; harmless when it is gone already."""
        await self._finishing.finish(self._running.posts.delete(message))

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return the talk with this account.

        Raises:
            NotPermittedError: There is no such member.
        """
        members = self._transcript.members
        if account.platform != self.name or account.id not in members:
            raise NotPermittedError(f"account {account.id!r} is not here")
        return rooms.direct_room(members[account.id]).ref

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes of a file that was shared by its path.

        Raises:
            RoomGoneError: It is not there any more.
            UnreadableResourceError: It may not be read, or is too large.
        """
        return await files.read(attachment)

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already.

        Raises:
            RoomGoneError: The message is not there any more.
        """
        await self._finishing.finish(self._running.posts.react(message, reaction))

    async def finished(self) -> None:
        """Come back when the person has left, or raise what has ended their session."""
        session = self._session or self._ended
        if session is not None:
            await session.finished()

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise DisconnectedError(f"{self.name!r} is not running")
        return self._session

    @property
    def _transcript(self) -> Transcript:
        return self._running.store.transcript
