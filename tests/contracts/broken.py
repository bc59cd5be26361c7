"""Platforms that each break one rule about posts, events, histories and readers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import (
    Chosen,
    Event,
    FormSent,
    MessageEdited,
    MessagePosted,
)
from learncomm_agent.chat.messages import MessageRef, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import PlatformError
from learncomm_agent.testing.platform import FakePlatform


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


class MixesUpMenus(Tells):
    def told(self, event: Event) -> Event | None:
        return replace(event, values=event.values[::-1]) if isinstance(event, Chosen) else event


class ForgetsWhatWasFilledIn(Tells):
    def told(self, event: Event) -> Event | None:
        return replace(event, values={}) if isinstance(event, FormSent) else event


class KnowsTheFuture(Tells):
    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            since = event.message.posted_at + timedelta(days=1)
            return replace(event, author=replace(event.author, since=since))
        return event


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
