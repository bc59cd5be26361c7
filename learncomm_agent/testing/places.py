"""The part of the contract suite about what a platform knows of rooms, spaces and accounts."""

from dataclasses import replace
from datetime import UTC

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.platform import Newest, Roles, Spaces
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.testing.scenes import is_refused, open_scene
from learncomm_agent.testing.world import World, paragraph


class PlaceRules:
    """A part of `PlatformContract`; by it back-fill knows where to look, and what is over."""

    async def test_the_newest_message_is_known(self, world: World) -> None:
        """By its id, whoever posted it; none where nothing was posted. Else gaps would be missed."""
        scene = await open_scene(world)
        platform = scene.platform
        if not isinstance(platform, Newest):
            return
        assert await platform.newest(scene.room) is None
        said = await world.says(scene.ann, scene.room, "Hello")
        assert await platform.newest(scene.room) == said.id
        ours = await scene.post("Good day")
        assert await platform.newest(scene.room) == ours.id
        last = await world.says(scene.bob, scene.room, "Bye")
        assert await platform.newest(scene.room) == last.id
        await platform.stop()
        assert await is_refused(platform.newest(scene.room))

    async def test_the_spaces_are_known(self, world: World) -> None:
        """What is not among them counts as left, and is deleted some day; so unknown is an error."""
        scene = await open_scene(world)
        platform = scene.platform
        if not isinstance(platform, Spaces):
            return
        assert scene.room.space in await platform.spaces()
        await platform.stop()
        assert await is_refused(platform.spaces())

    async def test_who_leads_is_told(self, world: World) -> None:
        """By a right that the platform has; and of nobody else, or all could see what is for leaders."""
        scene = await open_scene(world)
        ada = await world.leader("Ada")
        room = await world.room(ada, scene.ann)
        for who in (ada, scene.ann):
            await world.says(who, room, "Hello")
        told = {event.author.ref: event.author.is_leader for event in scene.told(MessagePosted)}
        assert told == {ada: True, scene.ann: False}

    async def test_what_is_told_of_accounts_can_be(self, world: World) -> None:
        """They were there before they wrote, and hold roles that the space has."""
        scene = await open_scene(world)
        await world.says(scene.ann, scene.room, "Hello")
        told = scene.told_once(MessagePosted)
        since = told.author.since
        assert since is None or (since.tzinfo is UTC and since <= told.message.posted_at)
        if isinstance(scene.platform, Roles):
            assert told.author.roles <= set(await scene.platform.roles(scene.room.space))

    async def test_an_edit_keeps_what_is_private_private(self, world: World) -> None:
        """What is for one person is never put into the place of what all can read."""
        scene = await open_scene(world)
        platform, public = scene.platform, await scene.post("For all")
        private = Outgoing(scene.room, paragraph("psst"), "k.1", private_to=scene.ann)
        assert await is_refused(platform.edit(public, private))
        assert await scene.texts(scene.bob) == ["For all"]
        if isinstance(platform, DirectMessages) and not await is_refused(
            platform.direct_room(scene.bob)
        ):
            direct = await platform.direct_room(scene.bob)
            assert await is_refused(
                platform.edit(public, Outgoing(direct, paragraph("psst"), "k.2", scene.ann))
            )
            assert await scene.texts(scene.bob) == ["For all"]

    async def test_a_private_post_that_is_edited_stays_private(self, world: World) -> None:
        """So that what takes its place can be shown where it was said to wait."""
        scene = await open_scene(world)
        can, reply = await scene.can(), await world.handle(scene.ann, scene.room)
        if min(can.private_replies, can.edits) < Level.PARTIAL:
            return
        first = Outgoing(scene.room, paragraph("psst"), "k.1", scene.ann, reply=reply)
        (message,) = (await scene.platform.send(first)).parts
        others = replace(first, private_to=scene.bob)
        assert await is_refused(scene.platform.edit(message, others))
        await scene.platform.edit(message, first.with_blocks(paragraph("hush")))
        assert await scene.texts(scene.bob) == []
        assert await scene.texts(scene.ann) == ["hush"]
