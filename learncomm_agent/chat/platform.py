"""What an adapter implements. Values go in and out, so a new field never breaks an adapter.

What a platform can do beside that stands in `chat.verbs`, what an adapter may ask in `chat.desk`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import Event
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import SpaceRef

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


@runtime_checkable
class Inspects(Protocol):
    """A running platform that can say what the agent may not do in one space."""

    async def inspect(self, space: SpaceRef) -> Sequence[Finding]:
        """Look at the agent's rights there; what is missing comes with the remedy, never an error."""
        ...


@runtime_checkable
class Spaces(Protocol):
    """A platform with several spaces, which the agent may be taken out of."""

    async def spaces(self) -> frozenset[SpaceRef]:
        """Return all spaces that the agent is in, also those that tell nothing for now.

        Raises:
            DisconnectedError: They are not known now.
        """
        ...


@runtime_checkable
class OpenRooms(Protocol):
    """A platform that can say of a room that all in its space may read it."""

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone in the space may read it, also who comes later.

        Raises:
            RoomGoneError: The room is not there any more, or closed to the agent.
            DisconnectedError: It is not known now.
        """
        ...


@runtime_checkable
class Branches(Protocol):
    """A platform whose rooms have threads, some of them folded away where no event tells of them."""

    async def branches(self, room: RoomRef, since: datetime | None) -> Sequence[Room]:
        """Return the threads of a room that are read by its rule, as the posts of a forum are.

        Left out may be those in which nothing was written since a moment; none where that is None.

        Raises:
            RoomGoneError: The room is not there any more, or closed to the agent.
            DisconnectedError: They are not known now.
        """
        ...


@runtime_checkable
class Newest(Protocol):
    """A platform that knows without asking what was posted last in a room."""

    async def newest(self, room: RoomRef) -> str | None:
        """Return the id of the last message that was posted, which may be gone; None where there is none.

        Raises:
            DisconnectedError: It is not known now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """How one connection to a platform is, for `doctor` and for whoever counts."""

    state: str
    """`connecting`, `ready`, `resuming`, `waiting` (until the next attempt) or `stopped`."""
    since: datetime
    name: str = ""
    """Tells it from others of the same platform, such as a shard's number."""
    delay_ms: int | None = None
    """How long the platform takes to answer a sign of life."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of what happened since the start: `restarts`, `resumed`, `unreadable` events and the like."""
    trouble: str = ""
    """The phrase that says why it waits, where that is known."""


@runtime_checkable
class Reports(Protocol):
    """A platform that can say how its connections are."""

    def report(self) -> Sequence[Connection]:
        """Return how they are now; quick, never an error."""
        ...


@runtime_checkable
class ShowsLeaders(Protocol):
    """A platform that shows some commands to leaders alone."""

    async def leaders_chosen(self, space: SpaceRef, roles: frozenset[str]) -> None:
        """Show them to these roles, too; none means those who lead by a right of the platform's own.

        Raises:
            PlatformError: It could not be done.
        """
        ...


@runtime_checkable
class Roles(Protocol):
    """A platform whose spaces have roles that their people hold."""

    async def roles(self, space: SpaceRef) -> Mapping[str, str]:
        """Return the roles of a space: their names by their ids.

        Raises:
            DisconnectedError: They are not known now.
        """
        ...
