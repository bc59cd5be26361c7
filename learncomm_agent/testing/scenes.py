"""Two people in a room of a world, and what the agent is told: where a rule about an adapter is played."""

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.desk import Consults
from learncomm_agent.chat.events import Event, MessagePosted
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.errors import NotPermittedError, PlatformError
from learncomm_agent.testing.world import Lack, OneForm, Seen, World, paragraph

E = TypeVar("E", bound=Event)


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
    ann: AccountRef
    bob: AccountRef
    room: RoomRef
    events: list[Event]
    desk: OneForm
    starts: list[Platform] = field(default_factory=list)
    """The adapter each time that it was started again."""

    @property
    def platform(self) -> Platform:
        """The adapter that runs now."""
        return self.world.platform

    async def stop(self) -> None:
        """End the adapter."""
        await self.platform.stop()

    async def start(self) -> None:
        """Begin again, with the adapter that the world has now."""
        await _begin(self.world, self.desk, self.events)
        self.starts.append(self.platform)

    async def restart(self) -> None:
        """Let the process end and another one begin."""
        await self.stop()
        await self.world.renew()
        await self.start()

    def away(self) -> AbstractAsyncContextManager[None]:
        """Let the platform be out of reach meanwhile."""
        return self.world.away(self.stop, self.start)

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

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> bool:
        """Let somebody change a message; whether people can."""
        if Lack.EDITS in self.world.lacks:
            return False
        await self.world.edits(member, message, text)
        return True

    async def deletes(self, member: AccountRef, message: MessageRef) -> bool:
        """Let somebody take a message back; whether people can."""
        if Lack.DELETES in self.world.lacks:
            return False
        await self.world.deletes(member, message)
        return True

    async def has_past(self, *after: MessageRef | datetime) -> bool:
        """Whether what was said stays there; where not, all of it and what came after is refused.

        Anything else would say that it was deleted: an empty past as well as one that ends early.
        """
        if Lack.PAST not in self.world.lacks:
            return True
        for each in (None, *after):
            told: list[Event] = []
            is_refused = False
            try:
                async for event in self.platform.history(self.room, each):
                    told.append(event)
            except NotPermittedError:
                is_refused = True
            assert is_refused, "a past that is not there is refused"
            assert told == [], "a past that is not there has no beginning"
        return False

    async def past(self, after: MessageRef | datetime | None = None) -> list[Event]:
        """Return the history of the room, after a message or since a moment."""
        return [event async for event in self.platform.history(self.room, after)]


async def open_scene(world: World) -> Scene:
    """Start the platform and bring two people into a room."""
    events: list[Event] = []
    desk = OneForm()
    await _begin(world, desk, events)
    ann, bob = await world.member("Ann"), await world.member("Bob")
    room = await world.room(ann, bob)
    events.clear()
    return Scene(world, ann, bob, room, events, desk)


def texts_of(events: list[Event]) -> list[str]:
    """Return the texts of the messages among these events."""
    return [event.message.text for event in events if isinstance(event, MessagePosted)]


async def _begin(world: World, desk: OneForm, events: list[Event]) -> None:
    async def sink(event: Event) -> None:
        events.append(event)

    if isinstance(world.platform, Consults):
        world.platform.consult(desk)
    await world.platform.start(sink)
