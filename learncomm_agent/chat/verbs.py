"""What a platform may be able to do beside what all can; an adapter implements those that it has.

A verb that a room lacks is also said by its capabilities, so that nobody has to try.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.chat.scheduled_events import ScheduledEvent


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

    async def open_thread(
        self,
        room: RoomRef,
        title: str,
        *,
        key: str,
        members: Sequence[AccountRef] = (),
        is_private: bool = False,
    ) -> RoomRef:
        """Return a new thread in the room; the same key opens one thread.

        Args:
            room: A room, or one whose branches are its posts, as in a forum.
            title: What it is called.
            key: The same on every attempt.
            members: Who is brought in.
            is_private: Whether only they can read it, and those who may read all threads here.

        Raises:
            NotPermittedError: There can be none here, or none of this kind.
        """
        ...

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring more people in; harmless for those who are.

        Raises:
            NotPermittedError: Somebody can't be brought in; the others are.
        """
        ...


@runtime_checkable
class Pins(Protocol):
    """A platform where a message can be kept in view."""

    async def pin(self, message: MessageRef) -> None:
        """Pin a message; harmless when it is pinned already.

        Raises:
            NotPermittedError: The agent may not pin here, or no more can be.
            RoomGoneError: The message is not there any more.
        """
        ...

    async def unpin(self, message: MessageRef) -> None:
        """Take a pin off; harmless when there is none, or the message is gone."""
        ...


@runtime_checkable
class Polls(Protocol):
    """A platform with polls of its own. Who votes comes as `Voted`, for as long as the agent is there."""

    async def open_poll(self, room: RoomRef, poll: Poll, *, key: str) -> MessageRef:
        """Return the message that shows a new poll; the same key opens one.

        Raises:
            NotPermittedError: There can be none here.
            PlatformError: It does not fit what the platform allows.
        """
        ...

    async def close_poll(self, message: MessageRef) -> None:
        """End a poll of ours before its time; harmless when it has ended."""
        ...

    async def votes(self, message: MessageRef, poll: Poll) -> Votes:
        """Return how a poll of ours stands.

        Raises:
            RoomGoneError: It is not there any more.
        """
        ...


@runtime_checkable
class ScheduledEvents(Protocol):
    """A platform with a calendar that people see."""

    async def schedule(self, room: RoomRef, event: ScheduledEvent, *, key: str) -> str:
        """Return the id of a new entry in the calendar of the room's space; the same key makes one.

        Raises:
            NotPermittedError: The agent may not.
            PlatformError: It does not fit what the platform allows, such as a time that is over.
        """
        ...

    async def reschedule(self, room: RoomRef, id: str, event: ScheduledEvent) -> None:
        """Put other content into an entry.

        Raises:
            RoomGoneError: It is not there any more.
        """
        ...

    async def cancel(self, room: RoomRef, id: str) -> None:
        """Take an entry away; harmless when it is gone."""
        ...
