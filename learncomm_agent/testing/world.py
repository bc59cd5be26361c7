"""People on a platform, as the contract suite needs them: an adapter's tests bring a `World`."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.desk import Consults
from learncomm_agent.chat.events import Event, MessagePosted, ReplyHandle
from learncomm_agent.chat.forms import Choice, Form
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Paragraph, Text
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.errors import PlatformError

E = TypeVar("E", bound=Event)

HOSTILE = (
    "@everyone **x** `y` _z_ <@1> [a](https://e.org) ||s|| \\* # no\n> quote\n- item\n1. one\n```"
)
"""Text that is full of what platforms take for markup."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a person reads it, without markup that the platform has turned into looks."""

    ref: MessageRef
    text: str
    files: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    reply_to: MessageRef | None = None
    is_pinned: bool = False


class World(Protocol):
    """A platform with people on it. Each verb returns once the agent has taken what it causes."""

    @property
    def platform(self) -> Platform:
        """The adapter under test, not started yet."""
        ...

    async def member(self, name: str) -> AccountRef:
        """Return a new person's account."""
        ...

    async def room(self, *members: AccountRef) -> RoomRef:
        """Return a new room that just these, and the agent, can read."""
        ...

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        """Write a message."""
        ...

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        """Change a message of one's own."""
        ...

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        """Take back a message of one's own."""
        ...

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        """Choose something on a message of the agent."""
        ...

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        """Pick options from a list on a message of the agent, all by their ids."""
        ...

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        """Press what opens a form on a message of the agent, fill it in by its fields' names and send it."""
        ...

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote in a poll of the agent's, or take the vote back."""
        ...

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        """Return what somebody sees in the calendar of a room's space: titles by ids."""
        ...

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        """Say in the calendar that one will come to an entry of the agent's, or take that back."""
        ...

    def now(self) -> datetime:
        """Return what time it is there."""
        ...

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        """Act so that the agent may answer in private, and return its way to do so, if it needs one."""
        ...

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        """Return what this person sees in a room now, oldest first."""
        ...


class PlainWorld:
    """For a world whose platform claims no menus, forms, polls and calendars: nobody can use them."""

    async def picks(
        self, member: AccountRef, menu: str, message: MessageRef, *values: str
    ) -> object:
        """Pick from a list."""
        raise AssertionError("there are no menus")

    async def fills(
        self, member: AccountRef, choice: Choice, message: MessageRef, values: Mapping[str, str]
    ) -> None:
        """Fill in a form."""
        raise AssertionError("there are no forms")

    async def votes(
        self, member: AccountRef, option: Choice, message: MessageRef, *, is_added: bool = True
    ) -> None:
        """Vote."""
        raise AssertionError("there are no polls")

    async def calendar(self, member: AccountRef, room: RoomRef) -> Mapping[str, str]:
        """Return what stands in a calendar that is not there."""
        return {}

    async def takes_interest(
        self, member: AccountRef, entry: str, *, is_added: bool = True
    ) -> None:
        """Say that one will come."""
        raise AssertionError("there is no calendar")

    def now(self) -> datetime:
        """Return what time it is; nothing depends on it here."""
        return datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)
class OneForm:
    """A desk for the suite: it opens one form, suggests nothing, and nobody leads by a role."""

    form_: Form | None = None
    asked: list[tuple[AccountRef, str]] = field(default_factory=list)
    """Who wanted to open what."""

    async def suggest(
        self,
        room: Room,
        account: Account,
        command: str,
        option: str,
        typed: str,
        given: Mapping[str, str] = {},
    ) -> Sequence[Choice]:
        """Suggest nothing."""
        return []

    async def form(self, room: Room, account: Account, opening: str) -> Form | None:
        """Return the form."""
        self.asked.append((account.ref, opening))
        return self.form_

    async def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        """Return none."""
        return frozenset()


def paragraph(text: str) -> tuple[Block, ...]:
    """Return a post of one plain paragraph."""
    return (Paragraph((Text(text),)),)


async def is_refused(doing: Awaitable[object]) -> bool:
    """Whether something ends in an error of the platform."""
    try:
        await doing
    except PlatformError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Scene:
    """A started platform with two people in a room, and what the agent was told."""

    world: World
    platform: Platform
    ann: AccountRef
    bob: AccountRef
    room: RoomRef
    events: list[Event]
    desk: OneForm

    async def can(self) -> Capabilities:
        """Return what the room is said to be able to."""
        return await self.platform.capabilities(self.room)

    async def post(self, text: str, key: str = "k") -> MessageRef:
        """Let the agent post one paragraph."""
        receipt = await self.platform.send(Outgoing(self.room, paragraph(text), key))
        assert len(receipt.parts) == 1, "one part that fits is one message"
        return receipt.parts[0]

    async def texts(self, member: AccountRef) -> list[str]:
        """Return what somebody reads in the room."""
        return [seen.text for seen in await self.world.seen_by(member, self.room)]

    async def shown(self, message: MessageRef) -> Seen:
        """Return a message as Ann reads it."""
        here = await self.world.seen_by(self.ann, message.room)
        found = [seen for seen in here if seen.ref == message]
        assert len(found) == 1, "a message that was reported as posted is seen once"
        return found[0]

    def told(self, kind: type[E]) -> list[E]:
        """Return what the agent was told of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def told_once(self, kind: type[E]) -> E:
        """Return the only thing of one kind that the agent was told."""
        told = self.told(kind)
        assert len(told) == 1, f"told {len(told)} times instead of once"
        return told[0]

    async def past(self, after: MessageRef | datetime | None = None) -> list[Event]:
        """Return the history of the room, after a message or since a moment."""
        return [event async for event in self.platform.history(self.room, after)]


async def open_scene(world: World) -> Scene:
    """Start the platform and bring two people into a room."""
    events: list[Event] = []

    async def sink(event: Event) -> None:
        events.append(event)

    desk = OneForm()
    if isinstance(world.platform, Consults):
        world.platform.consult(desk)
    await world.platform.start(sink)
    ann, bob = await world.member("Ann"), await world.member("Bob")
    room = await world.room(ann, bob)
    events.clear()
    return Scene(world, world.platform, ann, bob, room, events, desk)


def texts_of(events: list[Event]) -> list[str]:
    """Return the texts of the messages among these events."""
    return [event.message.text for event in events if isinstance(event, MessagePosted)]
