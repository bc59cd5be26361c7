"""The rules that every adapter keeps, as one suite of tests that an adapter's own tests inherit.

    class TestMyAdapter(PlatformContract):
        @pytest.fixture
        async def world(self) -> AsyncIterator[World]:
            world = MyWorld()
            yield world
            await world.platform.stop()

`MyWorld` lets the suite act as people do on that platform and look at what they see; one whose
platform has no menus, forms, polls and calendars inherits `PlainWorld`. No rule is skipped: where a
room lacks a capability, using it must be refused, or show the same words.
"""

from datetime import UTC

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import (
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
)
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.errors import PlatformError, RoomGoneError
from learncomm_agent.testing.boards import BoardRules
from learncomm_agent.testing.branches import ThreadRules
from learncomm_agent.testing.controls import ControlRules
from learncomm_agent.testing.histories import HistoryRules
from learncomm_agent.testing.honesty import HonestyRules
from learncomm_agent.testing.places import PlaceRules
from learncomm_agent.testing.world import (
    HOSTILE,
    World,
    is_refused,
    open_scene,
    paragraph,
)


class PlatformContract(
    HonestyRules, ControlRules, ThreadRules, BoardRules, PlaceRules, HistoryRules
):
    """Inherit it and add a fixture `world`; each test is one rule."""

    # Posting

    async def test_a_post_appears_once_per_key(self, world: World) -> None:
        """Sending again with the same key gives the same message."""
        scene = await open_scene(world)
        first, again = await scene.post("Hello", "k.0"), await scene.post("Hello", "k.0")
        other = await scene.post("Hello", "k.1")
        assert first == again != other
        assert await scene.texts(scene.ann) == ["Hello", "Hello"]

    async def test_parts_arrive_in_order(self, world: World) -> None:
        """What is sent first is read first."""
        scene = await open_scene(world)
        for number in range(5):
            await scene.post(f"part {number}", f"k.{number}")
        assert await scene.texts(scene.bob) == [f"part {number}" for number in range(5)]

    async def test_markup_in_a_text_is_shown_as_it_is_written(self, world: World) -> None:
        """A text calls nobody and looks like nothing but itself."""
        scene = await open_scene(world)
        await scene.post(HOSTILE)
        assert await scene.texts(scene.ann) == [HOSTILE]

    async def test_a_text_as_long_as_the_limit_arrives_whole(self, world: World) -> None:
        """What `length` measures as fitting does fit."""
        scene = await open_scene(world)
        limit = min((await scene.can()).max_text, 50_000)
        overhead = scene.platform.length(paragraph("x")) - 1
        text = ("word " * limit)[: limit - overhead - 1] + "."
        assert scene.platform.length(paragraph(text)) <= limit
        await scene.post(text)
        assert await scene.texts(scene.ann) == [text]

    async def test_length_grows_with_the_text(self, world: World) -> None:
        """The planner relies on it: with more text or another block, nothing gets shorter."""
        text = HOSTILE + " 我们 👩‍👩‍👧 " + HOSTILE
        lengths = [world.platform.length(paragraph(text[:end])) for end in range(len(text) + 1)]
        assert lengths == sorted(lengths)
        assert world.platform.length(paragraph(text) * 2) > lengths[-1]
        assert world.platform.length(paragraph("x" * 100)) >= 100

    async def test_an_unknown_room_is_gone(self, world: World) -> None:
        """A room that is not there any more is told by its own error."""
        scene = await open_scene(world)
        nowhere = RoomRef(scene.room.space, "no such room")
        try:
            await scene.platform.send(Outgoing(nowhere, paragraph("Hello"), "k"))
        except RoomGoneError:
            return
        raise AssertionError("posting into an unknown room is a RoomGoneError")

    async def test_a_reply_shows_what_it_answers(self, world: World) -> None:
        """With the capability it does; without, its text still arrives."""
        scene = await open_scene(world)
        asked = await world.says(scene.ann, scene.room, "When?")
        receipt = await scene.platform.send(
            Outgoing(scene.room, paragraph("At noon"), "k", reply_to=asked)
        )
        shown = await scene.shown(receipt.parts[0])
        can = await scene.can()
        assert shown.text == "At noon"
        assert can.replies < Level.PARTIAL or shown.reply_to == asked

    # Starting and stopping

    async def test_a_second_start_is_an_error(self, world: World) -> None:
        """Two loops over one connection would answer everything twice."""
        scene = await open_scene(world)

        async def other(event: Event) -> None:
            raise AssertionError("the second sink is never called")

        assert await is_refused(scene.platform.start(other))

    async def test_stopping_twice_is_harmless(self, world: World) -> None:
        """Also before the first start; and once stopped, nothing comes any more."""
        try:
            await world.platform.stop()
            scene = await open_scene(world)
            await scene.platform.stop()
            await scene.platform.stop()
        except PlatformError as error:
            raise AssertionError("stopping is never an error") from error
        assert await is_refused(scene.post("Hello"))
        assert scene.events == []

    async def test_while_it_is_not_connected_nobody_is_said_to_read_nothing(
        self, world: World
    ) -> None:
        """An answer would say that there is nothing, where it only can't be known yet."""
        scene = await open_scene(world)
        await scene.platform.stop()
        for audience in (Audience.of_room(scene.room), Audience.of_account(scene.ann)):
            assert await is_refused(scene.platform.readable(audience))

    # What the agent is told

    async def test_a_message_is_told_with_author_room_and_time(self, world: World) -> None:
        """The event says who wrote what where and when, in UTC."""
        scene = await open_scene(world)
        line = HOSTILE.splitlines()[0]
        first = await world.says(scene.ann, scene.room, line)
        await world.says(scene.bob, scene.room, "Good", reply_to=first)
        told = scene.told(MessagePosted)
        assert len(told) == 2
        one, two = told
        assert (one.message.ref, one.message.text) == (first, line)
        assert (one.message.author, one.author.ref) == (scene.ann, scene.ann)
        assert one.room.ref == scene.room == one.message.ref.room
        assert one.message.posted_at.tzinfo is UTC
        assert one.message.posted_at <= two.message.posted_at
        assert two.message.reply_to == first
        assert not one.author.is_bot

    async def test_an_edit_is_told(self, world: World) -> None:
        """With the whole new text, and its time in UTC."""
        scene = await open_scene(world)
        message = await world.says(scene.ann, scene.room, "Chapter two")
        await world.edits(scene.ann, message, "Chapter three")
        edit = scene.told_once(MessageEdited)
        assert (edit.ref, edit.text, edit.edited_at.tzinfo) == (message, "Chapter three", UTC)

    async def test_a_deletion_is_told(self, world: World) -> None:
        """Else the agent would quote what somebody took back."""
        scene = await open_scene(world)
        message = await world.says(scene.ann, scene.room, "Oops")
        await world.deletes(scene.ann, message)
        assert scene.told(MessageDeleted) == [MessageDeleted(message)]

    async def test_the_agent_does_not_hear_itself(self, world: World) -> None:
        """Its own posts do not come back, or they are marked as a bot's."""
        scene = await open_scene(world)
        await scene.post("Hello")
        told = [*scene.told(MessagePosted), *await scene.past()]
        assert all(isinstance(one, MessagePosted) and one.author.is_bot for one in told)

    # Who may read what

    async def test_a_private_reply_is_seen_by_one_alone(self, world: World) -> None:
        """Or it is refused, and then nobody sees anything."""
        scene = await open_scene(world)
        handle = await world.handle(scene.ann, scene.room)
        private = Outgoing(scene.room, paragraph("psst"), "k", private_to=scene.ann, reply=handle)
        can = await scene.can()
        refused = await is_refused(scene.platform.send(private))
        assert refused == (can.private_replies < Level.PARTIAL)
        assert "psst" not in await scene.texts(scene.bob)
        assert ("psst" in await scene.texts(scene.ann)) == (not refused)
        # Without a way to answer in private it must not become public.
        await is_refused(
            scene.platform.send(Outgoing(scene.room, paragraph("hush"), "k2", private_to=scene.ann))
        )
        assert "hush" not in await scene.texts(scene.bob)

    async def test_a_room_is_readable_where_all_can_read_it(self, world: World) -> None:
        """What Ann alone can read must not be shown where Bob reads too."""
        scene = await open_scene(world)
        alone = await world.room(scene.ann)
        here = await scene.platform.readable(Audience.of_room(scene.room))
        there = await scene.platform.readable(Audience.of_room(alone))
        assert scene.room in here
        assert alone not in here
        assert alone in there
        bobs = await scene.platform.readable(Audience.of_account(scene.bob))
        assert scene.room in bobs
        assert alone not in bobs
        space = scene.room.space
        asked = await scene.platform.readable(Audience.of_account(scene.bob, space))
        assert {scene.room} <= asked <= bobs
        elsewhere = Audience.of_account(scene.bob, SpaceRef(space.platform, "no such space"))
        assert await scene.platform.readable(elsewhere) == frozenset()

    async def test_what_is_unknown_is_readable_to_nobody(self, world: World) -> None:
        """An audience that the platform does not know may be anybody."""
        scene = await open_scene(world)
        space = scene.room.space
        for audience in (
            Audience.of_room(RoomRef(space, "no such room")),
            Audience.of_account(AccountRef(space.platform, "no such account")),
        ):
            assert await scene.platform.readable(audience) == frozenset()

    async def test_a_direct_talk_is_in_no_other_audience(self, world: World) -> None:
        """Direct messages reach that person alone and are never a source for others."""
        scene = await open_scene(world)
        platform, can = scene.platform, await scene.can()
        if can.direct_messages < Level.PARTIAL:
            assert not isinstance(platform, DirectMessages) or await is_refused(
                platform.direct_room(scene.ann)
            )
            return
        assert isinstance(platform, DirectMessages)
        direct = await platform.direct_room(scene.ann)
        assert direct == await platform.direct_room(scene.ann)
        await platform.send(Outgoing(direct, paragraph("For you"), "k", private_to=scene.ann))
        assert [seen.text for seen in await world.seen_by(scene.ann, direct)] == ["For you"]
        assert await world.seen_by(scene.bob, direct) == []
        for audience in (Audience.of_room(scene.room), Audience.of_account(scene.bob)):
            assert direct not in await platform.readable(audience)
