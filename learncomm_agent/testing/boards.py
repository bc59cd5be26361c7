"""The part of the contract suite about pins, polls and calendars."""

from dataclasses import replace
from datetime import timedelta

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Interested, Voted
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.polls import Poll
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.chat.verbs import Pins, Polls, ScheduledEvents
from learncomm_agent.errors import PlatformError, RoomGoneError
from learncomm_agent.testing.scenes import is_refused, open_scene
from learncomm_agent.testing.world import World

YES, NO = Choice("poll:yes", "Yes"), Choice("poll:no", "No")
DAY = timedelta(days=1)


class BoardRules:
    """A part of `PlatformContract`: what is claimed is there, once, and people can use it."""

    async def test_pins_are_as_claimed(self, world: World) -> None:
        """A pinned message is seen to be; to pin twice, and to take off twice, is harmless."""
        scene = await open_scene(world)
        message, platform = await scene.post("Read me"), scene.platform
        if (await scene.can()).pins < Level.PARTIAL:
            assert not isinstance(platform, Pins) or await is_refused(platform.pin(message))
            assert not (await scene.shown(message)).is_pinned
            return
        assert isinstance(platform, Pins)
        for _ in range(2):
            await platform.pin(message)
            assert (await scene.shown(message)).is_pinned
        for _ in range(2):
            await platform.unpin(message)
            assert not (await scene.shown(message)).is_pinned
        await platform.unpin(replace(message, id="0"))
        assert await _error_of(platform, replace(message, id="0")) is RoomGoneError

    async def test_polls_are_as_claimed(self, world: World) -> None:
        """One is opened per key, tells who votes by the ids of its options, and counts."""
        scene = await open_scene(world)
        platform, room = scene.platform, scene.room
        poll = Poll("Shall we?", (YES, NO), world.now() + DAY)
        if (await scene.can()).polls < Level.PARTIAL:
            assert not isinstance(platform, Polls) or await is_refused(
                platform.open_poll(room, poll, key="p")
            )
            return
        assert isinstance(platform, Polls)
        message = await platform.open_poll(room, poll, key="p")
        assert message == await platform.open_poll(room, poll, key="p")
        assert message != await platform.open_poll(room, poll, key="q")
        await world.votes(scene.ann, YES, message)
        await world.votes(scene.bob, NO, message)
        await world.votes(scene.bob, NO, message, is_added=False)
        told = [(one.account.ref, one.option, one.is_added) for one in scene.told(Voted)]
        assert told == [
            (scene.ann, YES.id, True),
            (scene.bob, NO.id, True),
            (scene.bob, NO.id, False),
        ]
        assert {one.ref for one in scene.told(Voted)} == {message}
        votes = await platform.votes(message, poll)
        assert votes.by_option == {YES.id: frozenset({scene.ann}), NO.id: frozenset()}
        assert not votes.is_closed
        for _ in range(2):
            await platform.close_poll(message)
        assert (await platform.votes(message, poll)).is_closed

    async def test_a_poll_that_does_not_fit_is_refused(self, world: World) -> None:
        """It is refused whole: nothing of it is cut, and nobody sees it."""
        scene = await open_scene(world)
        can, platform = await scene.can(), scene.platform
        if not isinstance(platform, Polls):
            return
        many = tuple(Choice(f"p{n}", f"Option {n}") for n in range(can.max_poll_options + 1))
        for poll in (
            Poll("Shall we?", (YES, NO), world.now() - DAY),
            Poll("Shall we?", many, world.now() + DAY),
        ):
            assert await is_refused(platform.open_poll(scene.room, poll, key="p"))
        assert await scene.texts(scene.ann) == []

    async def test_scheduled_events_are_as_claimed(self, world: World) -> None:
        """One is made per key; it can be changed and taken away; none lies in the past."""
        scene = await open_scene(world)
        platform, room, begin = scene.platform, scene.room, world.now() + DAY
        event = ScheduledEvent("Chapter two", begin, begin + DAY / 24, where="Library")
        past = replace(event, begins_at=world.now() - DAY)
        if (await scene.can()).scheduled_events < Level.PARTIAL:
            assert not isinstance(platform, ScheduledEvents) or await is_refused(
                platform.schedule(room, event, key="e")
            )
            assert await world.calendar(scene.ann, room) == {}
            return
        assert isinstance(platform, ScheduledEvents)
        assert await is_refused(platform.schedule(room, past, key="p"))
        made = await platform.schedule(room, event, key="e")
        assert made == await platform.schedule(room, event, key="e")
        assert await world.calendar(scene.ann, room) == {made: "Chapter two"}
        await platform.reschedule(room, made, replace(event, title="Chapter three"))
        assert await world.calendar(scene.ann, room) == {made: "Chapter three"}
        for _ in range(2):
            await platform.cancel(room, made)
        assert await world.calendar(scene.ann, room) == {}
        assert await is_refused(platform.reschedule(room, made, event))

    async def test_who_will_come_is_told(self, world: World) -> None:
        """By the id of the entry and its space, with the name of who says so; the same when taken back."""
        scene = await open_scene(world)
        platform, room, begin = scene.platform, scene.room, world.now() + DAY
        if (await scene.can()).scheduled_events < Level.PARTIAL:
            assert await world.calendar(scene.ann, room) == {}
            return
        assert isinstance(platform, ScheduledEvents)
        event = ScheduledEvent("Chapter two", begin, begin + DAY / 24, where="Library")
        made = [await platform.schedule(room, event, key=key) for key in ("e", "f")]
        assert scene.told(Interested) == [], "that the agent made it says nothing of who comes"
        await world.takes_interest(scene.ann, made[0])
        await world.takes_interest(scene.bob, made[1])
        await world.takes_interest(scene.ann, made[0], is_added=False)
        told = scene.told(Interested)
        assert [(one.account.ref, one.account.name, one.entry, one.is_added) for one in told] == [
            (scene.ann, "Ann", made[0], True),
            (scene.bob, "Bob", made[1], True),
            (scene.ann, "Ann", made[0], False),
        ]
        assert {one.space for one in told} == {room.space}


async def _error_of(platform: Pins, message: MessageRef) -> type[PlatformError] | None:
    """Return as what error a pin ends."""
    try:
        await platform.pin(message)
    except PlatformError as error:
        return type(error)
    return None
