"""The adapter: communities on Discord servers, behind the common protocol."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from discord.ext import commands

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Outgoing, Receipt
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Finding, Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RoomGoneError,
)
from learncomm_agent.log import logger
from learncomm_discord import abilities, checking, markup
from learncomm_discord.bot import LearncommBot
from learncomm_discord.faults import translated
from learncomm_discord.gateway import Gateway
from learncomm_discord.history import check_history, place_of
from learncomm_discord.options import Options as DiscordOptions
from learncomm_discord.session import Session
from learncomm_discord.slash import publish

T = TypeVar("T")
_log = logger(__name__)


class DiscordAdapter:
    """Implements `Platform` and, of the optional protocols, all but forms' and those of the terminal."""

    name = markup.PLATFORM
    for_learncomm = "0"
    Options = DiscordOptions

    def __init__(
        self,
        surroundings: Surroundings,
        client: commands.Bot | None = None,
        *,
        group: str | None = None,
    ) -> None:
        """Make it; nothing is connected before the start.

        Args:
            surroundings: What it may know of the rest.
            client: Somebody else's bot, which they connect and close; one of our own where None.
            group: The name under which all slash commands stand; each stands for itself where None.
        """
        self._surroundings = surroundings
        self._options = surroundings.options or DiscordOptions()
        self._client = client
        self._group = group
        self._session: Session | None = None
        self._gateway: Gateway | None = None
        self._posting: set[asyncio.Task[Any]] = set()

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
        client = self._client or LearncommBot(self._options)
        session = self._session = Session(self._surroundings, client, sink)
        try:
            await session.receipts.load()
            session.open(self._group)
            if self._client is None:
                self._gateway = Gateway(client, token, self._surroundings.clock)
                await self._gateway.start(lambda: self._publish(client, session))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Finish what is being posted, then disconnect; harmless when not started."""
        session, self._session = self._session, None
        gateway, self._gateway = self._gateway, None
        if session is not None:
            await asyncio.gather(*self._posting, return_exceptions=True)
            session.close()
        if gateway is not None:
            await gateway.stop()

    async def capabilities(self, room: RoomRef) -> Capabilities:
        """Return what a channel can show, by what the bot may do there.

        Raises:
            RoomGoneError: There is no such room.
        """
        try:
            return abilities.capabilities(await self._running.rooms.channel(room))
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
        return await self._finish(self._running.outbound.send(outgoing))

    async def edit(self, message: MessageRef, outgoing: Outgoing) -> Receipt:
        """Put other content in place of a post; one that only one person sees, for some minutes.

        Raises:
            RoomGoneError: It is not there any more.
            NotPermittedError: It is not ours, or for other readers.
        """
        return await self._finish(self._running.outbound.edit(message, outgoing))

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        """Yield what was written after a message or since a moment as it stands now, oldest first.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The bot may not read its history. Discord would show an empty one.
            DisconnectedError: It can't be told now.
        """
        session = self._running
        channel = await session.rooms.channel(room)
        check_history(channel)
        with translated("history"):
            async for message in channel.history(
                limit=None, after=place_of(after), oldest_first=True
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

    async def acknowledge(self, room: RoomRef, reply: ReplyHandle | None) -> None:
        """Show that something is being written; an interaction shows that by itself."""
        if reply is None:
            try:
                await self._running.outbound.acknowledge(room)
            except PlatformError as error:
                _log.debug("not acknowledged", room=room.id, reason=str(error))

    async def delete(self, message: MessageRef) -> None:
        """Take back a post; harmless when it is gone already.

        Raises:
            NotPermittedError: It is not ours.
        """
        await self._finish(self._running.outbound.delete(message))

    async def direct_room(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with this account.

        Raises:
            NotPermittedError: They are in no server that is served.
        """
        return await self._running.rooms.direct(account)

    async def read_attachment(self, attachment: Attachment) -> bytes:
        """Return the bytes of a file; its address holds for about a day.

        Raises:
            RoomGoneError: It is not there any more.
        """
        try:
            with translated("attachment"):
                return await self._running.client.http.get_from_cdn(attachment.id)
        except NotPermittedError as error:
            raise RoomGoneError("the address of the file has expired") from error

    async def react(self, message: MessageRef, reaction: str) -> None:
        """Put a reaction on a message; harmless when it is there already.

        Raises:
            RoomGoneError: The message is not there any more.
        """
        await self._finish(self._running.outbound.react(message, reaction))

    async def open_thread(
        self,
        room: RoomRef,
        title: str,
        *,
        key: str,
        members: Sequence[AccountRef] = (),
        is_private: bool = False,
    ) -> RoomRef:
        """Return a new thread in the room; the same key opens one thread.

        Raises:
            NotPermittedError: There can be none here.
        """
        return await self._finish(self._running.outbound.open_thread(room, title, key))

    async def add_to_thread(self, thread: RoomRef, members: Sequence[AccountRef]) -> None:
        """Bring more people in."""
        raise NotPermittedError("nobody can be brought in")

    async def check(self) -> Sequence[Finding]:
        """Look at token, intents and permissions; nothing is changed, and nothing connected."""
        if self._options.token is None:
            return [Finding(False, "discord.no_token")]
        client = LearncommBot(self._options)
        gateway = Gateway(client, self._options.token.get_secret_value(), self._surroundings.clock)
        try:
            await gateway.login()
            return [each async for each in checking.findings(client, self._options)]
        except PlatformError as error:
            return [Finding(False, error.advice.phrase, error.advice.values)]
        finally:
            await gateway.stop()

    def _token(self) -> str:
        if self._options.token is None:
            raise PlatformError("no token", phrase="discord.no_token")
        return self._options.token.get_secret_value()

    async def _publish(self, client: commands.Bot, session: Session) -> None:
        await client.tree.set_translator(session.slash.translator())
        await publish(client.tree, self._surroundings.folder)

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise DisconnectedError(f"{self.name!r} is not running")
        self._session.accounts.check_ready()
        return self._session

    async def _finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Let a post come to its end, though its asker be cancelled: a repeat must find its key."""
        task = asyncio.create_task(work)
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        return await asyncio.shield(task)
