"""The rules of the contract about the past of a room: by it, what was missed in a gap is found."""

from datetime import datetime, timedelta

from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.errors import PlatformError, RoomGoneError
from learncomm_agent.testing.scenes import Scene, open_scene, texts_of
from learncomm_agent.testing.world import World

DAY = timedelta(days=1)


class HistoryRules:
    """A part of `PlatformContract`."""

    async def test_history_is_what_came_after_oldest_first(self, world: World) -> None:
        """As it reads now, and without the message that it starts after."""
        scene = await open_scene(world)
        sent = [await world.says(scene.ann, scene.room, f"line {n}") for n in range(5)]
        is_edited = await scene.edits(scene.ann, sent[3], "line three")
        is_gone = await scene.deletes(scene.ann, sent[2])
        if not await scene.has_past(sent[0], sent[4]):
            return
        left = ["line 1", *([] if is_gone else ["line 2"])]
        left += ["line three" if is_edited else "line 3", "line 4"]
        assert texts_of(await scene.past(sent[0])) == left
        assert texts_of(await scene.past(sent[4])) == []
        assert texts_of(await scene.past()) == ["line 0", *left]

    async def test_history_can_be_read_twice(self, world: World) -> None:
        """To read it uses nothing up, and tells the sink nothing."""
        scene = await open_scene(world)
        await world.says(scene.ann, scene.room, "Hello")
        told = len(scene.events)
        if all([await scene.has_past() for _ in range(2)]):
            first, second = await scene.past(), await scene.past()
            assert texts_of(first) == texts_of(second) == ["Hello"]
        assert len(scene.events) == told

    async def test_a_message_has_the_same_id_in_the_history(self, world: World) -> None:
        """By it a repeat is known, however often and whichever way it comes."""
        scene = await open_scene(world)
        sent = [await world.says(scene.ann, scene.room, "Same words") for _ in range(2)]
        ids = [event.id for event in scene.told(MessagePosted)]
        assert len(set(ids)) == len(ids) == len(sent)
        if await scene.has_past(*sent):
            past = await scene.past()
            assert ids == [event.id for event in past if isinstance(event, MessagePosted)]

    async def test_history_since_a_moment_begins_there(self, world: World) -> None:
        """What was posted at that moment is there, and nothing of before."""
        scene = await open_scene(world)
        for number in range(3):
            await world.says(scene.ann, scene.room, f"line {number}")
        told = [event.message for event in scene.told(MessagePosted)]
        if not await scene.has_past(told[0].posted_at - DAY, *(each.posted_at for each in told)):
            return
        for begin in (told[0].posted_at - DAY, *(each.posted_at for each in told)):
            since = [each.text for each in told if each.posted_at >= begin]
            assert texts_of(await scene.past(begin)) == since
        assert await scene.past(told[-1].posted_at + DAY) == []

    async def test_history_tells_what_was_edited_and_when(self, world: World) -> None:
        """Else an edit that was missed could not be told from a message that is known."""
        scene = await open_scene(world)
        first = await world.says(scene.ann, scene.room, "Chapter two")
        await world.says(scene.ann, scene.room, "Or three")
        is_edited = await scene.edits(scene.ann, first, "Chapter four")
        if not await scene.has_past(first):
            return
        past = [each.message for each in await scene.past() if isinstance(each, MessagePosted)]
        now = "Chapter four" if is_edited else "Chapter two"
        assert [each.text for each in past] == [now, "Or three"]
        assert [each.edited_at is not None for each in past] == [is_edited, False]

    async def test_a_history_that_can_not_be_told_is_an_error(self, world: World) -> None:
        """An empty one says that all was deleted, so nothing else may look like it."""
        scene = await open_scene(world)
        sent = await world.says(scene.ann, scene.room, "Hello")
        nowhere = RoomRef(scene.room.space, "no such room")
        begin = scene.told(MessagePosted)[0].message.posted_at
        for after in (None, sent, begin):
            assert await _error_of(scene, nowhere, after) is RoomGoneError
        await scene.platform.stop()
        for after in (None, sent, begin):
            assert await _error_of(scene, scene.room, after) is not None


async def _error_of(
    scene: Scene, room: RoomRef, after: MessageRef | datetime | None
) -> type[PlatformError] | None:
    """Return as what error reading a history ends; None where it comes to its end."""
    try:
        async for _ in scene.platform.history(room, after):
            continue
    except PlatformError as error:
        return type(error)
    return None
