"""The part of the contract suite about restarts, and about what happened while nobody listened."""

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import GapEnded, MessageDeleted, MessageEdited, MessagePosted
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.testing.scenes import is_refused, open_scene, texts_of
from learncomm_agent.testing.world import World, paragraph


class AwayRules:
    """A part of `PlatformContract`; by it nothing is lost, and nothing is said twice."""

    async def test_a_repeat_after_a_restart_posts_nothing(self, world: World) -> None:
        """The process may have ended between a post and the note that it is there."""
        scene = await open_scene(world)
        posted = [await scene.post("Hello", "k.0"), await scene.post("Again", "k.1")]
        await scene.restart()
        assert [await scene.post("Hello", "k.0"), await scene.post("Again", "k.1")] == posted
        await scene.post("New", "k.2")
        assert await scene.texts(scene.ann) == ["Hello", "Again", "New"]

    async def test_a_post_is_changed_after_a_restart_as_before_it(self, world: World) -> None:
        """What rested on words that are gone is mended, however long ago it was posted."""
        scene = await open_scene(world)
        message = await scene.post("Before")
        await scene.restart()
        new = Outgoing(scene.room, paragraph("After"), "k")
        refused = await is_refused(scene.platform.edit(message, new))
        assert refused == ((await scene.can()).edits < Level.PARTIAL)
        assert await scene.texts(scene.bob) == ["Before" if refused else "After"]

    async def test_what_happened_while_it_was_away_is_told_or_can_be_read(
        self, world: World
    ) -> None:
        """What is not told is in the history, and the agent is told that it should look there."""
        scene = await open_scene(world)
        first = await world.says(scene.ann, scene.room, "Chapter two")
        taken_back = await world.says(scene.bob, scene.room, "Oops")
        async with scene.away():
            missed = await world.says(scene.bob, scene.room, "While you were away")
            is_edited = await scene.edits(scene.ann, first, "Chapter three")
            is_gone = await scene.deletes(scene.bob, taken_back)
        after = await world.says(scene.ann, scene.room, "Back again")
        if await scene.has_past(taken_back):
            new = ["While you were away", "Back again"]
            old = ["Chapter three" if is_edited else "Chapter two", *([] if is_gone else ["Oops"])]
            assert texts_of(await scene.past()) == old + new
            assert texts_of(await scene.past(taken_back)) == new
        posted = {event.message.ref for event in scene.told(MessagePosted)}
        assert after in posted, "it listens again"
        is_told = (
            missed in posted
            and (not is_edited or first in {event.ref for event in scene.told(MessageEdited)})
            and (not is_gone or MessageDeleted(taken_back) in scene.events)
        )
        is_warned = bool(scene.told(GapEnded)) or bool(scene.starts)
        assert is_told or is_warned, "a gap that nobody is told of is never closed"

    async def test_a_message_keeps_its_id_over_a_gap(self, world: World) -> None:
        """By it the agent knows what it has had already: told again is fine, told as another is not."""
        scene = await open_scene(world)
        said = [await world.says(scene.ann, scene.room, "Before the gap")]
        async with scene.away():
            said.append(await world.says(scene.bob, scene.room, "In the gap"))
        said.append(await world.says(scene.ann, scene.room, "After the gap"))
        if await scene.has_past(*said):
            past = [
                event.message.ref
                for event in await scene.past()
                if isinstance(event, MessagePosted)
            ]
            assert past == said
        told = {event.message.ref for event in scene.told(MessagePosted)}
        assert {said[0], said[-1]} <= told <= set(said)
