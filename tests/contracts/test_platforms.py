"""The contract suite on the platforms that need no server, and the proof that each rule can fail.

To add an adapter: write a `World` for it and one class that inherits `PlatformContract`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import Chosen, Event, MessageEdited, MessagePosted, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, File, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.testing.world import Seen, World

BARE = Capabilities()


class FakeWorld:
    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform

    async def member(self, name: str) -> AccountRef:
        return self.platform.add_account(name).ref

    async def room(self, *members: AccountRef) -> RoomRef:
        accounts = [self.platform.network.accounts[member] for member in members]
        return self.platform.add_room("room", accounts)

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        account = self.platform.network.accounts[member]
        return await self.platform.says(account, room, text, reply_to=reply_to)

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        await self.platform.edits(self.platform.network.accounts[member], message, text)

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        await self.platform.deletes(self.platform.network.accounts[member], message)

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        await self.platform.presses(self.platform.network.accounts[member], choice.id, message)

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        account = self.platform.network.accounts[member]
        return await self.platform.sends_form(account, room, "search")

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        return [
            Seen(
                post.ref,
                post.text,
                post.files,
                tuple(reaction for _, reaction in post.reactions),
                post.message.reply_to,
            )
            for post in self.platform.network.seen_by(member, room)
        ]


class TestFakePlatform(PlatformContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        world = FakeWorld(FakePlatform())
        yield world
        await world.platform.stop()


class TestBarePlatform(PlatformContract):
    """A platform that can post text and nothing else."""

    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        world = FakeWorld(FakePlatform("bare", capabilities=BARE))
        yield world
        await world.platform.stop()


# Each rule can fail: a platform that breaks it.


class ForgetsKeys(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        self._receipts.clear()
        return await super().send(outgoing)


class TurnsOrderRound(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        receipt = await super().send(outgoing)
        self.network.posts = dict(reversed(self.network.posts.items()))
        return receipt


class ChangesTexts(FakePlatform):
    """Shows something else than what was posted."""

    def shown(self, text: str) -> str:
        return text

    async def send(self, outgoing: Outgoing) -> Receipt:
        receipt = await super().send(outgoing)
        post = self.network.posts[receipt.parts[0]]
        changed = replace(post.message, text=self.shown(post.text))
        self.network.posts[post.ref] = replace(post, message=changed)
        return receipt


class RendersMarkup(ChangesTexts):
    def shown(self, text: str) -> str:
        return text.replace("**", "")


class CutsTexts(ChangesTexts):
    def shown(self, text: str) -> str:
        return text[:1000]


class MeasuresAtRandom(FakePlatform):
    def length(self, blocks: Sequence[Block]) -> int:
        size = super().length(blocks)
        return size if size % 7 else 0


class PostsAnywhere(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.room not in self.network.rooms:
            return Receipt(())
        return await super().send(outgoing)


class ForgetsWhatItAnswers(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        return await super().send(replace(outgoing, reply_to=None))


class StartsTwice(FakePlatform):
    async def start(self, sink: Sink) -> None:
        self._sink = sink


class StopsOnce(FakePlatform):
    async def stop(self) -> None:
        if self._sink is None:
            raise PlatformError("not started")
        await super().stop()


class Tells(FakePlatform):
    """Tells the agent something else than what happened."""

    def told(self, event: Event) -> Event | None:
        return event

    async def _tell(self, event: Event) -> None:
        if (changed := self.told(event)) is not None:
            await super()._tell(changed)


class MistakesTheAuthor(Tells):
    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            return replace(event, message=replace(event.message, author=self.agent.ref))
        return event


class ForgetsEdits(Tells):
    def told(self, event: Event) -> Event | None:
        return None if isinstance(event, MessageEdited) else event


class ForgetsAll(Tells):
    def told(self, event: Event) -> Event | None:
        return None


class ChangesIds(Tells):
    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            ref = replace(event.message.ref, id="live" + event.message.ref.id)
            return replace(event, message=replace(event.message, ref=ref))
        return event


class MixesUpChoices(Tells):
    def told(self, event: Event) -> Event | None:
        return replace(event, choice="yes") if isinstance(event, Chosen) else event


class HearsItself(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        receipt = await super().send(outgoing)
        event = self._posted(self.network.post(receipt.parts[0]))
        await self._tell(replace(event, author=replace(event.author, is_bot=False)))
        return receipt


class ForgetsWhereHistoryStarts(FakePlatform):
    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        async for event in super().history(room, None):
            yield event


class UsesHistoryUp(FakePlatform):
    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        async for event in super().history(room, after):
            yield event
        self.network.posts.clear()


class ForgetsWhenItWasEdited(FakePlatform):
    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        async for event in super().history(room, after):
            if isinstance(event, MessagePosted):
                yield replace(event, message=replace(event.message, edited_at=None))


class HidesThatItCanNotTell(FakePlatform):
    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        with suppress(PlatformError):
            async for event in super().history(room, after):
                yield event


class SpeaksUp(FakePlatform):
    """Posts in public what it can't post in private."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        return await super().send(replace(outgoing, private_to=None, reply=None))


class ShowsAll(FakePlatform):
    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        return frozenset(self.network.rooms)


class KnowsNothingWhenStopped(FakePlatform):
    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        return frozenset() if self._sink is None else await super().readable(audience)


class ShowsDirectTalks(FakePlatform):
    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        rooms = self.network.rooms.values()
        direct = {room.ref for room in rooms if room.kind is RoomKind.DIRECT}
        return await super().readable(audience) | direct


class ClaimsEdits(FakePlatform):
    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        return Receipt((message,))


class ClaimsDeletes(FakePlatform):
    async def delete(self, message: MessageRef) -> None:
        return None


class DropsFiles(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        blocks = tuple(block for block in outgoing.blocks if not isinstance(block, File))
        return await super().send(outgoing.with_blocks(blocks))


class ClaimsReactions(FakePlatform):
    async def react(self, message: MessageRef, reaction: str) -> None:
        return None


class OpensThreadsTwice(FakePlatform):
    async def open_thread(self, room: RoomRef, title: str, *, key: str) -> RoomRef:
        self._threads.clear()
        return await super().open_thread(room, title, key=key)


class FailsToAcknowledge(FakePlatform):
    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        raise PlatformError("too late")


BROKEN: dict[str, type[FakePlatform]] = {
    "test_a_post_appears_once_per_key": ForgetsKeys,
    "test_parts_arrive_in_order": TurnsOrderRound,
    "test_markup_in_a_text_is_shown_as_it_is_written": RendersMarkup,
    "test_a_text_as_long_as_the_limit_arrives_whole": CutsTexts,
    "test_length_grows_with_the_text": MeasuresAtRandom,
    "test_an_unknown_room_is_gone": PostsAnywhere,
    "test_a_reply_shows_what_it_answers": ForgetsWhatItAnswers,
    "test_a_second_start_is_an_error": StartsTwice,
    "test_stopping_twice_is_harmless": StopsOnce,
    "test_a_message_is_told_with_author_room_and_time": MistakesTheAuthor,
    "test_an_edit_is_told": ForgetsEdits,
    "test_a_deletion_is_told": ForgetsAll,
    "test_the_agent_does_not_hear_itself": HearsItself,
    "test_history_is_what_came_after_oldest_first": ForgetsWhereHistoryStarts,
    "test_history_can_be_read_twice": UsesHistoryUp,
    "test_history_since_a_moment_begins_there": ForgetsWhereHistoryStarts,
    "test_history_tells_what_was_edited_and_when": ForgetsWhenItWasEdited,
    "test_a_history_that_can_not_be_told_is_an_error": HidesThatItCanNotTell,
    "test_a_message_has_the_same_id_in_the_history": ChangesIds,
    "test_a_private_reply_is_seen_by_one_alone": SpeaksUp,
    "test_a_room_is_readable_where_all_can_read_it": ShowsAll,
    "test_what_is_unknown_is_readable_to_nobody": ShowsAll,
    "test_while_it_is_not_connected_nobody_is_said_to_read_nothing": KnowsNothingWhenStopped,
    "test_a_direct_talk_is_in_no_other_audience": ShowsDirectTalks,
    "test_edits_are_as_claimed": ClaimsEdits,
    "test_deletes_are_as_claimed": ClaimsDeletes,
    "test_files_are_as_claimed": DropsFiles,
    "test_buttons_are_as_claimed": MixesUpChoices,
    "test_reactions_are_as_claimed": ClaimsReactions,
    "test_threads_are_as_claimed": OpensThreadsTwice,
    "test_to_acknowledge_is_never_an_error": FailsToAcknowledge,
}
RULES = sorted(name for name in dir(PlatformContract) if name.startswith("test_"))


class SilentlyDropsButtons(FakePlatform):
    async def send(self, outgoing: Outgoing) -> Receipt:
        blocks = tuple(block for block in outgoing.blocks if not isinstance(block, Choices))
        return await super().send(outgoing.with_blocks(blocks))


class DoesMoreThanItSays(FakePlatform):
    """Can do everything and claims nothing, as seen from the outside."""

    async def capabilities(self, room: RoomRef) -> Capabilities:
        return BARE


BROKEN_BARE: dict[str, tuple[type[FakePlatform], Capabilities]] = {
    "test_a_private_reply_is_seen_by_one_alone": (SpeaksUp, BARE),
    "test_a_direct_talk_is_in_no_other_audience": (DoesMoreThanItSays, EVERYTHING),
    "test_edits_are_as_claimed": (ClaimsEdits, BARE),
    "test_deletes_are_as_claimed": (ClaimsDeletes, BARE),
    "test_files_are_as_claimed": (DropsFiles, BARE),
    "test_buttons_are_as_claimed": (SilentlyDropsButtons, BARE),
    "test_reactions_are_as_claimed": (ClaimsReactions, BARE),
    "test_threads_are_as_claimed": (DoesMoreThanItSays, EVERYTHING),
}


def test_every_rule_has_a_platform_that_breaks_it() -> None:
    assert sorted(BROKEN) == RULES
    assert set(BROKEN_BARE) <= set(RULES)


@pytest.mark.parametrize("rule", RULES)
async def test_a_broken_platform_fails_the_rule(rule: str) -> None:
    with pytest.raises(AssertionError):
        await getattr(PlatformContract(), rule)(FakeWorld(BROKEN[rule]()))


@pytest.mark.parametrize("rule", sorted(BROKEN_BARE))
async def test_a_platform_that_drops_what_it_lacks_fails_the_rule(rule: str) -> None:
    broken, capabilities = BROKEN_BARE[rule]
    platform = broken("bare", capabilities=capabilities)
    with pytest.raises(AssertionError):
        await getattr(PlatformContract(), rule)(FakeWorld(platform))
