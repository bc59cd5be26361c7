"""Platforms that each break one rule about gaps, whole posts or what the agent promises to people.

That a community's own words are said no platform can break: there the agent is the broken one.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from learncomm_agent.agent import Agent
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import (
    Event,
    FormSent,
    GapEnded,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
)
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Listing,
    Mention,
    MessageLink,
    Outgoing,
    Paragraph,
    Receipt,
    Span,
    Text,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import RoomGoneError
from learncomm_agent.settings import CommunitySettings, Settings
from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.testing.playing import agent_on
from learncomm_agent.testing.world import World
from tests.contracts.broken import Tells


class ForgetsKeysWhenItEnds(FakePlatform):
    async def stop(self) -> None:
        self._receipts.clear()
        await super().stop()


class ForgetsItsPostsWhenItEnds(FakePlatform):
    async def stop(self) -> None:
        self._receipts.clear()
        await super().stop()

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        if all(message not in receipt.parts for receipt in self._receipts.values()):
            raise RoomGoneError("not mine")
        return await super().edit(message, outgoing)


class TellsOfNoGap(Tells):
    def told(self, event: Event) -> Event | None:
        return None if isinstance(event, GapEnded) else event


class TellsAgainAsAnother(Tells):
    """Tells what was said in a gap by ids of its own."""

    async def _tell(self, event: Event) -> None:
        if isinstance(event, GapEnded):
            for post in list(self.network.posts.values()):
                ref = replace(post.ref, id="again" + post.ref.id)
                told = self._posted(post)
                await super()._tell(replace(told, message=replace(told.message, ref=ref)))
        await super()._tell(event)


class AnswersTwice(FakePlatform):
    """Tells what was asked again when it starts, as if it were asked anew."""

    async def start(self, sink: Sink) -> None:
        await super().start(sink)
        for post in list(self.network.posts.values()):
            if post.message.is_addressed:
                again = self.network.add_post(
                    post.ref.room, post.message.author, post.text, self.now, is_addressed=True
                )
                await self._tell(self._posted(again))


class ForgetsDeletions(Tells):
    def told(self, event: Event) -> Event | None:
        return None if isinstance(event, MessageDeleted) else event


class ForgetsThatItWasEdited(Tells):
    def told(self, event: Event) -> Event | None:
        return None if isinstance(event, MessageEdited) else event


class LosesMessages(Tells):
    def told(self, event: Event) -> Event | None:
        is_lost = isinstance(event, MessagePosted) and "tea" in event.message.text
        return None if is_lost else event


class MixesUpPeople(Tells):
    """Takes everyone who does not lead for somebody new each time that they write."""

    def told(self, event: Event) -> Event | None:
        if not isinstance(event, MessagePosted) or event.author.is_leader:
            return event
        who = AccountRef(self.name, self.network.new_id("stranger"))
        author = replace(event.author, ref=who)
        self.network.accounts[who] = author
        return replace(event, author=author, message=replace(event.message, author=who))


class TakesAllForLeaders(Tells):
    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            return replace(event, author=replace(event.author, is_leader=True))
        return event


class TakesAllForItself(Tells):
    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            return replace(event, message=replace(event.message, is_addressed=True))
        return event


class ChangesForms(Tells):
    def told(self, event: Event) -> Event | None:
        return replace(event, values={}) if isinstance(event, FormSent) else event


class OpensDirectTalksToAll(FakePlatform):
    """Has one direct talk for everybody, which all read."""

    async def direct_room(self, account: AccountRef) -> RoomRef:
        room = next(iter(self._direct.values()), None) or await super().direct_room(account)
        self._direct[account] = room
        self.network._members[room] = None
        return room

    def _readers(self, outgoing: Outgoing) -> AccountRef | None:
        super()._readers(outgoing)
        return None


class ChangesBlocks(FakePlatform):
    """Shows other blocks than those that it was given."""

    def changed(self, block: Block) -> Iterator[Block]:
        yield block

    async def send(self, outgoing: Outgoing) -> Receipt:
        blocks = tuple(each for block in outgoing.blocks for each in self.changed(block))
        return await super().send(outgoing.with_blocks(blocks))


class DropsListings(ChangesBlocks):
    def changed(self, block: Block) -> Iterator[Block]:
        if not isinstance(block, Listing):
            yield block


class MistakesLinks(ChangesBlocks):
    """Leads to another message than the one that is meant."""

    def changed(self, block: Block) -> Iterator[Block]:
        yield _with_spans(
            block,
            lambda span: (
                replace(span, ref=replace(span.ref, id="0"))
                if isinstance(span, MessageLink)
                else span
            ),
        )


class CallsByWords(ChangesBlocks):
    """Takes an at sign in a text for a mention."""

    def changed(self, block: Block) -> Iterator[Block]:
        yield _with_spans(
            block,
            lambda span: (
                Mention(AccountRef(self.name, "everyone"), span.text)
                if isinstance(span, Text) and "@" in span.text
                else span
            ),
        )


def _with_spans(block: Block, change: Callable[[Span], Span]) -> Block:
    match block:
        case Paragraph(spans=spans):
            return replace(block, spans=tuple(map(change, spans)))
        case Listing(items=items):
            return replace(block, items=tuple(tuple(map(change, item)) for item in items))
        case _:
            return block


class ClaimsWithoutLimits(FakePlatform):
    async def capabilities(self, room: RoomRef) -> Capabilities:
        return replace(self.can, max_choices=0)


class LosesOwnWords(PlatformContract):
    """Judges with an agent that looks for its community's words in the wrong folder."""

    def agent(self, settings: Settings, world: World) -> Agent:
        spaces = settings.community.spaces
        wrong = CommunitySettings(slug="elsewhere", spaces=spaces)
        return agent_on(settings.model_copy(update={"community": wrong}), world)
