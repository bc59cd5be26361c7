"""What an adapter implements. Values go in and out, so a new field never breaks an adapter."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef

Sink = Callable[[Event], Awaitable[None]]
"""Takes one event; once it returns, the event is kept and a crash loses nothing of it."""


@runtime_checkable
class Platform(Protocol):
    """A chat network, as the core sees it.

    The core plans what fits (`chat.rendering`); an adapter transliterates one part at a time and
    reports what it posted. All calls may be repeated with the same `Outgoing.key`.
    """

    name: str
    """Lower case, without spaces; the `platform` of every reference from here."""

    async def start(self, sink: Sink) -> None:
        """Connect, then call the sink with every event; a second start is an error.

        Raises:
            PlatformError: It can't be started.
        """
        ...

    async def stop(self) -> None:
        """Disconnect and end every task of this adapter; harmless when not started."""
        ...

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return what this room can show, and its limits."""
        ...

    def length(self, blocks: Sequence[Block]) -> int:
        """Return how long the text of these blocks is as this platform writes it.

        Pure and quick: the planner calls it often. The unit is that of `Capabilities.max_text`.
        """
        ...

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing that fits; the same key posts once.

        A private one goes to that account alone, or is refused with an error.

        Raises:
            RateLimitedError: Try again later.
            PlatformError: It was not posted.
        """
        ...

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a message of ours.

        Raises:
            RoomGoneError: The message is not there any more.
            PlatformError: It was not changed.
        """
        ...

    def history(self, room: RoomRef, after: MessageRef | datetime | None) -> AsyncIterator[Event]:
        """Yield what was posted in a room after a message or since a moment, as it reads now.

        Oldest first, nothing left out; all of it where None. A message that was edited since bears
        `edited_at`.

        Raises:
            DisconnectedError: It can't be told now; some may have been yielded.
            RoomGoneError: The room is not there any more, or closed to the agent.
        """
        ...

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content everyone in the audience may read; unknown is left out.

        Raises:
            DisconnectedError: It can't be told now; nothing is not the same as unknown.
        """
        ...


@runtime_checkable
class Acknowledges(Protocol):
    """A platform that can show at once that an answer is being made."""

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Show it; best effort, never an error."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """A platform where the agent can take back its own messages."""

    async def delete(self, message: MessageRef) -> None:
        """Take back a message of ours; harmless when it is gone already."""
        ...


@runtime_checkable
class DirectMessages(Protocol):
    """A platform where the agent can write to one member alone."""

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with this account, opened if need be.

        Raises:
            NotPermittedError: The account does not take direct messages.
        """
        ...


@runtime_checkable
class Files(Protocol):
    """A platform that hands out the bytes of attachments."""

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes; `Attachment.id` says where they are.

        Raises:
            RoomGoneError: The file is not there any more.
        """
        ...


@runtime_checkable
class Reactions(Protocol):
    """A platform where the agent can react to a message."""

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already."""
        ...


@runtime_checkable
class Threads(Protocol):
    """A platform with branches in rooms."""

    async def open_thread(self, room: RoomRef, title: str, *, key: str) -> RoomRef:
        """Return a new thread in the room; the same key opens one thread."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an adapter looked at while it was not running."""

    is_ok: bool
    phrase: str
    """The sentence that says it, with the remedy where it is not well."""
    values: Mapping[str, object] = field(default_factory=dict)


@runtime_checkable
class Checks(Protocol):
    """A platform whose set-up can be looked at before it is started."""

    async def check(self) -> Sequence[Finding]:
        """Look at token, rights and whatever else may be wrong; never an error, nothing is changed."""
        ...


@runtime_checkable
class Signs(Protocol):
    """A platform where commands are typed with something before their name."""

    @property
    def command_sign(self) -> str:
        """Such as `/`, or `/learn ` where all of them stand in a group."""
        ...


@runtime_checkable
class Interactive(Protocol):
    """A platform that people leave, such as a terminal; the process ends when it does."""

    async def finished(self) -> None:
        """Come back when its people have left."""
        ...
