"""The part of the contract suite that holds a platform to what its capabilities claim."""

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Chosen
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices, File, Outgoing
from learncomm_agent.chat.verbs import Acknowledges, Deletes, Reactions
from learncomm_agent.testing.scenes import is_refused, open_scene
from learncomm_agent.testing.world import World, paragraph


class HonestyRules:
    """What a room claims works; what it does not claim is refused, or shown in words."""

    async def test_edits_are_as_claimed(self, world: World) -> None:
        """An edit shows in place; without the capability it is refused and changes nothing."""
        scene = await open_scene(world)
        message = await scene.post("Before")
        can = await scene.can()
        new = Outgoing(scene.room, paragraph("After"), "k")
        refused = await is_refused(scene.platform.edit(message, new))
        assert refused == (can.edits < Level.PARTIAL)
        assert await scene.texts(scene.bob) == ["Before" if refused else "After"]

    async def test_deletes_are_as_claimed(self, world: World) -> None:
        """A message that was taken back is gone, and to take it back again is harmless."""
        scene = await open_scene(world)
        message, platform = await scene.post("Hello"), scene.platform
        can = await scene.can()
        if can.deletes < Level.PARTIAL:
            assert not isinstance(platform, Deletes) or await is_refused(platform.delete(message))
            assert await scene.texts(scene.bob) == ["Hello"]
            return
        assert isinstance(platform, Deletes)
        await platform.delete(message)
        assert await scene.texts(scene.bob) == []
        assert not await is_refused(platform.delete(message))

    async def test_files_are_as_claimed(self, world: World) -> None:
        """A file hangs on the message; without the capability it is refused, or named."""
        scene = await open_scene(world)
        can = await scene.can()
        file = File("notes.md", "text/markdown", b"# Notes")
        post = Outgoing(scene.room, (*paragraph("Here"), file), "k")
        if can.files < Level.PARTIAL and await is_refused(scene.platform.send(post)):
            return
        shown = await scene.shown((await scene.platform.send(post)).parts[0])
        named = "notes.md" in shown.text
        assert "notes.md" in shown.files or (named and can.files < Level.PARTIAL)

    async def test_buttons_are_as_claimed(self, world: World) -> None:
        """To press one tells the agent its id; without buttons they are refused, or listed."""
        scene = await open_scene(world)
        can = await scene.can()
        yes, no = Choice("vote:1:yes", "Yes"), Choice("vote:1:no", "No")
        post = Outgoing(scene.room, (*paragraph("Well?"), Choices((yes, no))), "k")
        if can.buttons < Level.PARTIAL:
            if not await is_refused(scene.platform.send(post)):
                text = "".join(await scene.texts(scene.ann))
                assert "Yes" in text
                assert "No" in text
            return
        assert can.max_choices >= 2
        message = (await scene.platform.send(post)).parts[0]
        await world.presses(scene.bob, no, message)
        chosen = scene.told_once(Chosen)
        assert (chosen.choice, chosen.account.ref) == (no.id, scene.bob)
        assert chosen.room.ref == scene.room
        assert chosen.message in (None, message)

    async def test_reactions_are_as_claimed(self, world: World) -> None:
        """A reaction shows, once, however often it is put."""
        scene = await open_scene(world)
        message, platform = await world.says(scene.ann, scene.room, "Done!"), scene.platform
        if (await scene.can()).reactions < Level.PARTIAL:
            assert not isinstance(platform, Reactions) or await is_refused(
                platform.react(message, "👍")
            )
            assert (await scene.shown(message)).reactions == ()
            return
        assert isinstance(platform, Reactions)
        await platform.react(message, "👍")
        await platform.react(message, "👍")
        assert (await scene.shown(message)).reactions == ("👍",)

    async def test_to_acknowledge_is_never_an_error(self, world: World) -> None:
        """It is best effort, and posts nothing that stays."""
        scene = await open_scene(world)
        claims = (await scene.can()).acknowledges >= Level.PARTIAL
        assert not claims or isinstance(scene.platform, Acknowledges)
        if isinstance(scene.platform, Acknowledges):
            assert not await is_refused(scene.platform.acknowledge(scene.room, None))
        assert await scene.texts(scene.ann) == []
