"""Platforms where nothing stays that was said: one that says so, and those that each break a rule about it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.events import Event, MessageDeleted, MessageEdited, MessagePosted
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.errors import NotPermittedError
from learncomm_agent.testing.platform import FakePlatform
from tests.contracts.broken import Tells

NOTHING: tuple[Event, ...] = ()


class Pastless(FakePlatform):
    """Refuses its past, after the errors that every history has."""

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        self._check_connected()
        self._here(room)
        for event in NOTHING:  # makes it a generator
            yield event
        raise NotPermittedError("there is no past")


class HasAnEmptyPast(Pastless):
    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        for event in NOTHING:
            yield event


class HasHalfAPast(Pastless):
    """Tells what it remembers, and then that it can't."""

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        for post in self.network.past(room, after)[:1]:
            yield self._posted(self.network.post(post.ref))
        async for event in super().history(room, after):
            yield event


class RefusesItsPastOnce(Pastless):
    """And then tells of none."""

    is_refused = False

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        if not self.is_refused:
            self.is_refused = True
            async for event in super().history(room, after):
                yield event


class HasAPastSinceAMoment(Pastless):
    """Refuses all but what came after a moment, of which it tells nothing."""

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        if not isinstance(after, datetime):
            async for event in super().history(room, after):
                yield event


class TakesRepeatsForEdits(Tells, Pastless):
    """Guesses that somebody who goes on has changed what they wrote before."""

    _last: MessageRef | None = None

    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            last, self._last = self._last, event.message.ref
            if last is not None:
                return MessageEdited(last, event.message.text, event.message.posted_at)
        return event


class TakesAllForDeleted(Tells, Pastless):
    """Tells of each message that it is gone, as it is nowhere any more."""

    async def _tell(self, event: Event) -> None:
        await super()._tell(event)
        if isinstance(event, MessagePosted):
            await super()._tell(MessageDeleted(event.message.ref))


class GuessesWhatIsAnswered(Tells, Pastless):
    """Takes what stood before a message for what it answers."""

    _last: MessageRef | None = None

    def told(self, event: Event) -> Event | None:
        if isinstance(event, MessagePosted):
            last, self._last = self._last, event.message.ref
            return replace(event, message=replace(event.message, reply_to=last))
        return event
