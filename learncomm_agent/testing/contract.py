"""The rules that every adapter keeps, as one suite of tests that an adapter's own tests inherit.

    class TestMyAdapter(PlatformContract):
        @pytest.fixture
        async def world(self) -> AsyncIterator[World]:
            world = MyWorld()
            yield world
            await world.platform.stop()

`MyWorld` lets the suite act as people do on that platform and look at what they see; one whose
platform has no menus, forms, polls and calendars inherits `PlainWorld`. No rule is skipped: where a
room lacks a capability, using it must be refused, or show the same words. Where people lack something
(`World.lacks`), a rule holds what can still be held: a past that is not there is refused, never empty.

What is promised, and the rule that holds a platform with a whole agent on it to that:

    evidence opens              test_a_citation_opens_the_message_it_rests_on
    coverage is told            test_a_summary_says_how_much_it_has_read
    audience-safe               test_what_was_said_elsewhere_is_in_no_answer,
                                test_what_was_said_in_a_direct_talk_is_for_nobody_else
    silence first               test_chatter_draws_no_post
    works without a model       test_all_works_without_a_model
    forgetting is real          test_what_is_taken_back_is_forgotten, test_what_is_changed_is_not_shown_as_it_was
    nothing lost, nor twice     test_what_was_taken_is_answered_once_after_an_end,
                                test_a_repeat_after_a_restart_posts_nothing
    gaps are closed             test_what_happened_while_it_was_away_is_made_up_for,
                                test_what_happened_while_it_was_away_is_told_or_can_be_read
    words are not code          test_the_words_of_a_community_are_said
    consent                     test_who_has_opted_out_is_in_nothing
    private stays private       test_a_private_answer_reaches_one_alone_or_nobody
    forms, sessions             test_a_session_begins_as_it_was_filled_in
    no silent truncation        test_a_text_of_several_messages_arrives_whole
    degradation is planned      test_a_post_with_all_there_is_shows_or_says_all_of_it
    capabilities are data       test_what_is_claimed_has_its_verbs_and_its_limits
    markup calls nobody         test_nothing_that_was_typed_or_pasted_calls_anybody
    leaders                     test_who_leads_is_told
"""

from bisect import bisect_right
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
from learncomm_agent.testing.away import AwayRules
from learncomm_agent.testing.boards import BoardRules
from learncomm_agent.testing.branches import ThreadRules
from learncomm_agent.testing.controls import ControlRules
from learncomm_agent.testing.degrading import DegradingRules
from learncomm_agent.testing.histories import HistoryRules
from learncomm_agent.testing.honesty import HonestyRules
from learncomm_agent.testing.places import PlaceRules
from learncomm_agent.testing.promises import PromiseRules
from learncomm_agent.testing.promises_kept import KeepingRules
from learncomm_agent.testing.scenes import is_refused, open_scene
from learncomm_agent.testing.world import HOSTILE, Lack, World, paragraph


class PlatformContract(
    HonestyRules,
    DegradingRules,
    ControlRules,
    ThreadRules,
    BoardRules,
    PlaceRules,
    HistoryRules,
    AwayRules,
    PromiseRules,
    KeepingRules,
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
        whole = "word " * limit

        def text_of(length: int) -> str:
            return whole[:length] + "."

        def measured(length: int) -> int:
            return scene.platform.length(paragraph(text_of(length)))

        text = text_of(bisect_right(range(limit), limit, key=measured) - 1)
        assert 0 < scene.platform.length(paragraph(text)) <= limit
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
        answered = None if Lack.REPLIES in world.lacks else first
        await world.says(scene.bob, scene.room, "Good", reply_to=answered)
        told = scene.told(MessagePosted)
        assert len(told) == 2
        one, two = told
        assert (one.message.ref, one.message.text) == (first, line)
        assert (one.message.author, one.author.ref) == (scene.ann, scene.ann)
        assert one.room.ref == scene.room == one.message.ref.room
        assert one.message.posted_at.tzinfo is UTC
        assert one.message.posted_at <= two.message.posted_at
        assert two.message.reply_to == answered
        assert not one.author.is_bot

    async def test_an_edit_is_told(self, world: World) -> None:
        """With the whole new text, and its time in UTC; where there are none, what is said anew is new."""
        scene = await open_scene(world)
        message = await world.says(scene.ann, scene.room, "Chapter two")
        if not await scene.edits(scene.ann, message, "Chapter three"):
            anew = await world.says(scene.ann, scene.room, "Chapter three")
            assert [one.message.ref for one in scene.told(MessagePosted)] == [message, anew]
            assert scene.told(MessageEdited) == []
            return
        edit = scene.told_once(MessageEdited)
        assert (edit.ref, edit.text, edit.edited_at.tzinfo) == (message, "Chapter three", UTC)

    async def test_a_deletion_is_told(self, world: World) -> None:
        """Else the agent would quote what somebody took back, or forget what nobody did."""
        scene = await open_scene(world)
        message = await world.says(scene.ann, scene.room, "Oops")
        is_gone = await scene.deletes(scene.ann, message)
        assert [one.message.ref for one in scene.told(MessagePosted)] == [message]
        assert scene.told(MessageDeleted) == ([MessageDeleted(message)] if is_gone else [])

    async def test_the_agent_does_not_hear_itself(self, world: World) -> None:
        """Its own posts do not come back, or they are marked as a bot's."""
        scene = await open_scene(world)
        await scene.post("Hello")
        past = await scene.past() if await scene.has_past() else []
        told = [*scene.told(MessagePosted), *past]
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
