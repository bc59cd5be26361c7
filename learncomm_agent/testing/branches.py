"""The part of the contract suite about threads: who reads them, and who is brought in."""

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.verbs import Threads
from learncomm_agent.testing.scenes import is_refused, open_scene
from learncomm_agent.testing.world import World, paragraph


class ThreadRules:
    """A part of `PlatformContract`."""

    async def test_threads_are_as_claimed(self, world: World) -> None:
        """A thread is a room for the same people, opened once per key."""
        scene = await open_scene(world)
        platform = scene.platform
        if (await scene.can()).threads < Level.PARTIAL:
            assert not isinstance(platform, Threads) or await is_refused(
                platform.open_thread(scene.room, "Group one", key="t")
            )
            return
        assert isinstance(platform, Threads)
        thread = await platform.open_thread(scene.room, "Group one", key="t")
        assert thread == await platform.open_thread(scene.room, "Group one", key="t")
        assert thread not in (scene.room, await platform.open_thread(scene.room, "Two", key="u"))
        await platform.send(Outgoing(thread, paragraph("Begin"), "k"))
        assert [seen.text for seen in await world.seen_by(scene.bob, thread)] == ["Begin"]
        there = await scene.texts(scene.bob)
        assert set(there) <= {"Group one", "Two"}  # where a thread begins with a message
        assert len(there) == len(set(there))
        said = await world.says(scene.bob, thread, "I begin")
        told = scene.told_once(MessagePosted)
        assert (told.message.ref, told.room.ref) == (said, thread)
        readable = await platform.readable(Audience.of_room(scene.room))
        assert thread in readable or (told.room.parent == scene.room and scene.room in readable)

    async def test_a_private_thread_is_read_by_those_who_are_in_it_alone(
        self, world: World
    ) -> None:
        """What is said there reaches nobody else, until they are brought in as well."""
        scene = await open_scene(world)
        platform, ann, bob = scene.platform, scene.ann, scene.bob
        if (await scene.can()).private_threads < Level.PARTIAL:
            assert not isinstance(platform, Threads) or await is_refused(
                platform.open_thread(scene.room, "Two", key="t", members=[ann], is_private=True)
            )
            return
        assert isinstance(platform, Threads)
        thread = await platform.open_thread(
            scene.room, "Two", key="t", members=[ann], is_private=True
        )
        await platform.send(Outgoing(thread, paragraph("Psst"), "k"))
        assert [seen.text for seen in await world.seen_by(ann, thread)] == ["Psst"]
        assert await world.seen_by(bob, thread) == []
        assert thread in await platform.readable(Audience.of_account(ann))
        for audience in (Audience.of_account(bob), Audience.of_room(scene.room)):
            assert thread not in await platform.readable(audience)
        for _ in range(2):
            await platform.add_to_thread(thread, [bob])
        assert [seen.text for seen in await world.seen_by(bob, thread)] == ["Psst"]
        assert thread in await platform.readable(Audience.of_account(bob))

    async def test_nobody_is_brought_in_who_can_not_read_the_room(self, world: World) -> None:
        """Or a thread would show a room to those whom it is closed to; all others are brought in."""
        scene = await open_scene(world)
        platform, can = scene.platform, await scene.can()
        if max(can.threads, can.private_threads) < Level.PARTIAL:
            return
        assert isinstance(platform, Threads)
        stranger, is_private = await world.member("Eve"), can.private_threads >= Level.PARTIAL
        members = [stranger, scene.bob]
        for each in (False, True)[: 1 + is_private]:
            assert await is_refused(
                platform.open_thread(
                    scene.room, "Group", key=f"t{each}", members=members, is_private=each
                )
            )
        thread = await platform.open_thread(scene.room, "Group", key="u", is_private=is_private)
        await platform.send(Outgoing(thread, paragraph("Hello"), "k"))
        assert await is_refused(platform.add_to_thread(thread, members))
        assert await world.seen_by(stranger, thread) == []
        assert [seen.text for seen in await world.seen_by(scene.bob, thread)] == ["Hello"]
