"""Everything between start and stop, put together around one account."""

import asyncio
from collections.abc import Sequence
from functools import partial

from learncomm_agent.adapting.asking import Words
from learncomm_agent.adapting.notes import Notes
from learncomm_agent.adapting.once import Once
from learncomm_agent.adapting.receipts import Receipts
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import Event, GapEnded, MessagePosted
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Connection, Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import PlatformError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.audience.inspecting import Inspecting
from learncomm_matrix.audience.readers import Readers
from learncomm_matrix.connection.answers import Sync, mapping, text
from learncomm_matrix.connection.following import Following
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.connection.limiter import Limiter
from learncomm_matrix.controls.controls import Controls
from learncomm_matrix.controls.forms import Forms
from learncomm_matrix.controls.naming import Naming
from learncomm_matrix.controls.offers import Offers
from learncomm_matrix.directory.direct import Direct
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.directory.places import Places
from learncomm_matrix.directory.talks import Talks
from learncomm_matrix.hearing.changes import Changes
from learncomm_matrix.hearing.history import History
from learncomm_matrix.hearing.inbound import Inbound
from learncomm_matrix.hearing.invitations import Invitations
from learncomm_matrix.hearing.posts import Posts
from learncomm_matrix.hearing.relations import REACTION
from learncomm_matrix.options import Options
from learncomm_matrix.posting.outbound import Outbound
from learncomm_matrix.posting.pins import Pins
from learncomm_matrix.posting.polls import Polls
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.reading import Reading
from learncomm_matrix.posting.threads import Threads
from learncomm_matrix.posting.typing import Typing

LANGUAGES = ("en", "de")
"""In all of these, people may say how a form goes on."""
_LAPSED_EVERY_S = 60.0
_log = logger(__name__)


class Session:
    """One run of the adapter."""

    def __init__(
        self,
        surroundings: Surroundings,
        homeserver: Homeserver,
        notes: Notes,
        me: str,
        sink: Sink,
        desk: Desk | None = None,
    ) -> None:
        """Make its parts; nothing is heard before `open`.

        Args:
            surroundings: What the adapter was given.
            homeserver: Opened already.
            notes: Loaded already.
            me: Id of our account.
            sink: Is told what happens.
            desk: Whom to ask for forms.
        """
        clock, options = surroundings.clock, surroundings.options or Options()
        say = partial(surroundings.phrases.phrase, language=surroundings.language)
        self._given = sink
        sink = self._sink
        self._clock = clock
        self.homeserver = homeserver
        self.notes = notes
        self.receipts = Receipts(surroundings.folder, clock)
        self.places = Places(notes, options, me, Direct(homeserver, me))
        self.talks = Talks(self.places, self.places.direct, options)
        self.readers = Readers(self.places, self.is_ready)
        self.inspecting = Inspecting(self.places, self.readers)
        self.offers = Offers(notes, say)
        self.limiter = Limiter(clock)
        once, queues = Once(self.receipts), Queues(self.limiter, clock)
        parts = (homeserver, self.places)
        self.typing = Typing(homeserver, self.limiter, clock)
        self.reading = Reading(*parts, self.limiter)
        self.outbound = Outbound(
            *parts, self.readers, self.offers, once, queues, self.limiter, self.typing
        )
        self.polls = Polls(*parts, self.outbound, queues, notes, clock)
        self.pins = Pins(*parts, queues)
        self.threads = Threads(*parts, self.readers, self.outbound, queues, once)
        naming, words = Naming(self.places), _steering(surroundings)
        self.forms = Forms(notes, clock, desk, naming, self._tell_alone, sink, say, words)
        asked = self._tell_alone, say, surroundings.catalogue, self._reactions
        controls = Controls(self.offers, self.forms, sink, *asked)
        posts = Posts(self.places, me, options.prefixes)
        self.history = History(homeserver, self.places, posts)
        self.invitations = Invitations(homeserver, self.places, options, notes, clock)
        changes = Changes(homeserver, self.places, self.invitations, sink)
        self.inbound = Inbound(
            homeserver, self.places, posts, sink, changes, controls, self.polls.known
        )
        self.following = Following(homeserver, notes, clock, self.take, self._missed)
        self._beside: list[asyncio.Task[None]] = []
        self.is_open = False
        """Whether all rooms are known, so that one that is not is gone."""

    async def open(self) -> None:
        """Read what was kept, catch up, and follow.

        Raises:
            PlatformError: The disk does not let us, or the homeserver.
        """
        await self.receipts.load()
        await self.following.start()
        self.is_open = True
        self._beside = [
            asyncio.create_task(self._lapse(), name="matrix forms"),
            asyncio.create_task(self.invitations.run(), name="matrix invitations"),
        ]

    async def close(self) -> None:
        """Hear nothing any more, and let go of files and connections."""
        self.is_open = False
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await self.following.stop()
        await self.typing.close()
        await self.reading.close()
        self.receipts.close()
        await self.notes.close()
        await self.homeserver.close()

    async def take(self, sync: Sync, is_context: bool) -> None:
        """Take what is new; once it returns, all of it is kept.

        Raises:
            LearncommError: It could not be kept; it comes again.
        """
        await self.inbound.take(sync, is_context)

    def is_ready(self) -> bool:
        """Whether all that happens is told now."""
        return self.following.report().state == "ready"

    def report(self) -> list[Connection]:
        """Return how the connection is."""
        told = self.following.report()
        unreadable = told.counts.get("unreadable", 0) + self.inbound.counts["unreadable"]
        counts = {**told.counts, "unreadable": unreadable}
        return [Connection(told.state, told.since, counts=counts, trouble=told.trouble)]

    async def _sink(self, event: Event) -> None:
        """Hand an event on; whoever wrote to the agent sees that it is kept."""
        await self._given(event)
        if isinstance(event, MessagePosted) and event.message.is_addressed:
            self.reading.show(event.message.ref)

    async def _missed(self) -> None:
        await self._sink(GapEnded(PLATFORM))

    async def _tell_alone(self, account: AccountRef, blocks: Sequence[Block], key: str) -> Receipt:
        talk = await self.talks.room(account)
        post = Outgoing(talk, tuple(blocks), key, private_to=account)
        return await self.outbound.send(post)

    async def _reactions(self, room: Room, message: str, account: AccountRef) -> list[str]:
        """Return what somebody has reacted to a message with, and not taken back."""
        where = self.places.where(room.ref)
        found = await self.homeserver.relations(where.room_id, message, REACTION, "m.reaction")
        related = (
            mapping(mapping(each.get("content")).get("m.relates_to"))
            for each in found
            if each.get("sender") == account.id
        )
        return [key for each in related if (key := text(each.get("key")))]

    async def _lapse(self) -> None:
        while True:
            await self._clock.sleep(_LAPSED_EVERY_S)
            try:
                await self.forms.lapse()
            except PlatformError as error:
                _log.warning("forms not lapsed", error=for_log(error))


def _steering(surroundings: Surroundings) -> Words:
    """Return what people may say to steer a form, in the community's language and all others."""
    languages = dict.fromkeys((surroundings.language, *LANGUAGES))
    return Words.of(partial(surroundings.phrases.phrase, language=each) for each in languages)
