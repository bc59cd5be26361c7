"""The adapter: communities on Discord servers, behind the common protocol."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import discord

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.events import Event
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.chat.platform import Connection, Finding, Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import (
    NotPermittedError,
    PlatformError,
)
from learncomm_agent.log import logger
from learncomm_discord import checking
from learncomm_discord.connection.bot import AnyBot, LearncommBot, ShardedBot
from learncomm_discord.connection.gateway import Gateway, log_in
from learncomm_discord.directory.rooms import space_ref
from learncomm_discord.faults import translated
from learncomm_discord.hearing.history import check_history, position
from learncomm_discord.options import Options as DiscordOptions
from learncomm_discord.posting import abilities, markup
from learncomm_discord.session import Session
from learncomm_discord.verbs import Verbs

T = TypeVar("T")
_log = logger(__name__)


class DiscordAdapter(Verbs):
    """Implements `Platform` and, of the optional protocols, all but those of the terminal."""

    name = markup.PLATFORM
    for_learncomm = "0"
    Options = DiscordOptions

    def __init__(
        self,
        surroundings: Surroundings,
        client: AnyBot | None = None,
        *,
        group: str | None = None,
    ) -> None:
        """Make it; nothing is connected before the start.

        Args:
            surroundings: What it may know of the rest.
            client: Somebody else's bot, which they connect and close; one of our own where None.
            group: The name under which all slash commands stand; each stands for itself where None.
        """
        super().__init__()
        self._surroundings = surroundings
        self._options = surroundings.options or DiscordOptions()
        self._client = client
        self._group = group
        self._gateway: Gateway | None = None
        self._desk: Desk | None = None

    @property
    def command_sign(self) -> str:
        """What people type before a command's name."""
        return "/" if self._group is None else f"/{self._group} "

    # Platform.

    async def start(self, sink: Sink) -> None:
        """Connect and wait for Discord; with somebody else's bot, only listen to it.

        Until a bot knows its servers, also while it connects anew, all that needs it is refused with
        `DisconnectedError`, so that it is tried again.

        Raises:
            PlatformError: It runs already, has no right token, or an intent is not allowed.
            DisconnectedError: Discord can't be reached.
        """
        if self._session is not None:
            raise PlatformError(f"{self.name!r} runs already")
        token = self._token() if self._client is None else ""
        client = self._client or self._own_bot()
        session = self._session = Session(self._surroundings, client, sink, self._desk)
        try:
            await session.open(self._group)
            if self._client is None:
                connections, clock = session.connections, self._surroundings.clock
                self._gateway = Gateway(client, token, connections, clock, random.Random())
                await self._gateway.start(session.publishing.everyones)
            session.publishing.begin()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Finish what is being posted, then disconnect; harmless when not started."""
        session, self._session = self._session, None
        gateway, self._gateway = self._gateway, None
        if session is not None:
            await self._finishing.settle()
            await session.close()
        if gateway is not None:
            await gateway.stop()

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return what a channel can show, by what the bot may do there.

        Raises:
            RoomGoneError: There is no such room.
        """
        try:
            return abilities.capabilities(await self._running.rooms.place(room))
        except NotPermittedError:
            return abilities.HIDDEN

    def length(self, blocks: Sequence[Block]) -> int:
        """Return how long the Markdown of the blocks is, in UTF-16 units."""
        return markup.length(blocks)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post one thing; the same key posts once, also after a restart.

        A private one that answers an interaction is seen by that person alone. An attempt that was cut
        off is looked for before it is repeated, but for what fills the first response, which stays one.
        It may come twice only where it can't be looked for: what one person alone sees and is no first
        response, or stands in a channel whose history the bot may not read.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The bot may not, or there is no private way left.
            RateLimitedError: Later.
            DisconnectedError: There is no connection.
        """
        session = self._running
        return await self._finishing.finish(session.outbound.send(session.signing.signed(outgoing)))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a post; one that only one person sees, for some minutes.

        Raises:
            RoomGoneError: It is not there any more.
            NotPermittedError: It is not ours, or for other readers.
        """
        session = self._running
        return await self._finishing.finish(
            session.outbound.edit(message, session.signing.signed(outgoing))
        )

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        """Yield what was written after a message or since a moment as it stands now, oldest first.

        In a forum that is nothing, as all is written in its posts.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The bot may not read its history. Discord would show an empty one.
            DisconnectedError: It can't be told now.
        """
        session = self._running
        place = await session.rooms.place(room)
        check_history(place)
        if isinstance(place, discord.ForumChannel):
            return
        channel = place
        with translated("history"):
            async for message in channel.history(
                limit=None, after=position(after), oldest_first=True
            ):
                where = await session.rooms.room(channel, message.author)
                if where is not None and (event := await session.inbound.posted(message, where)):
                    yield event
        check_history(channel)  # or what was read last may have been cut short

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content everyone in the audience may read.

        Raises:
            DisconnectedError: That is not known now, which never means that there are none.
        """
        return await self._running.readers.readable(audience)

    # The optional protocols.

    async def check(self) -> Sequence[Finding]:
        """Look at token, intents and permissions; nothing is changed, and nothing connected."""
        if self._options.token is None:
            return [Finding(False, "discord.no_token")]
        client = LearncommBot(self._options)
        try:
            await log_in(client, self._token())
            return [each async for each in checking.findings(client, self._options)]
        except PlatformError as error:
            return [Finding(False, error.advice.phrase, error.advice.values)]
        finally:
            await client.close()

    def consult(self, desk: Desk) -> None:
        """Take whom to ask while people type or open forms."""
        self._desk = desk

    async def leaders_chosen(self, space: SpaceRef, roles: frozenset[str]) -> None:
        """Show the leaders' commands of a server to all, where roles were chosen that Discord can't see.

        Raises:
            PlatformError: It could not be done.
        """
        await self._running.publishing.leaders_chosen(space, roles)

    async def inspect(self, space: SpaceRef) -> Sequence[Finding]:
        """Look at what the bot may do in a server; what is missing comes with the remedy."""
        if self._session is None:
            return [Finding(False, "discord.unreachable")]
        return checking.inspect(self._session.client, space)

    async def spaces(self) -> frozenset[SpaceRef]:
        """Return all servers that the bot is in, be they served or not, or silent for now.

        Raises:
            DisconnectedError: They are not known now.
        """
        return frozenset(map(space_ref, self._running.accounts.there()))

    async def roles(self, space: SpaceRef) -> Mapping[str, str]:
        """Return the roles of a server by their ids, but for the one that everyone has.

        Raises:
            DisconnectedError: They are not known now.
        """
        return self._running.accounts.roles(space)

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone on the server may read a channel, also who joins later."""
        return await self._running.readers.is_for_all(room)

    async def branches(self, room: RoomRef, since: datetime | None) -> Sequence[Room]:
        """Return the public threads of a channel or the posts of a forum, folded-away ones too.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The bot may not see them.
            DisconnectedError: They can't be told now.
        """
        return await self._running.rooms.branches(room, since)

    async def newest(self, room: RoomRef) -> str | None:
        """Return the id of the last message in a room; None where there is none that the bot can see.

        Raises:
            DisconnectedError: It is not known now.
        """
        return await self._running.rooms.newest(room)

    def report(self) -> Sequence[Connection]:
        """Return how the connections are; none where it was not started."""
        return [] if self._session is None else self._session.connections.report()

    def _own_bot(self) -> AnyBot:
        bot = LearncommBot if self._options.shards is None else ShardedBot
        return bot(self._options)

    def _token(self) -> str:
        if self._options.token is None:
            raise PlatformError("no token", phrase="discord.no_token")
        return self._options.token.get_secret_value()
