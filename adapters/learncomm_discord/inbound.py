"""What happens on Discord, told to the agent in the order in which it came."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import discord
from discord.ext import commands

from learncomm_agent.chat.events import (
    Event,
    GapEnded,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
)
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Sink
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    PlatformError,
    RateLimitedError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_discord.accounts import Accounts, account_ref
from learncomm_discord.markup import PLATFORM
from learncomm_discord.messages import attachments, is_spoken, message_of, said
from learncomm_discord.rooms import Rooms

Listener = Callable[..., Coroutine[Any, Any, None]]
_WAITS_S = (1.0, 5.0, 15.0, 60.0)
"""How long to wait before each further look-up for a message that can't be placed."""
_log = logger(__name__)


class Inbound:
    """Listens to a client.

    The events of one message are told one after the other: what is done to a message that is still
    being taken waits for it, else an edit could come before what it changes.
    """

    def __init__(
        self,
        client: commands.Bot,
        rooms: Rooms,
        accounts: Accounts,
        sink: Sink,
        is_ours: Callable[[int], bool],
        clock: Clock,
    ) -> None:
        """Take what it needs; nothing is heard before its listeners are added.

        Args:
            client: To listen to.
            rooms: Knows where things happen.
            accounts: Knows who does them.
            sink: Is told.
            is_ours: Whether a message is one that we posted, which nobody needs to be told is gone.
            clock: Waits before something is looked up once more.
        """
        self._client = client
        self._rooms = rooms
        self._accounts = accounts
        self._sink = sink
        self._is_ours = is_ours
        self._clock = clock
        self._closed = asyncio.Event()
        self._has_been_ready = client.is_ready()
        self._taking: dict[int, asyncio.Task[Any]] = {}

    def close(self) -> None:
        """Wait for no look-up any more."""
        self._closed.set()

    def listeners(self) -> Mapping[str, Listener]:
        """Return who listens to which event of discord.py."""
        return {
            "on_ready": self._ready,
            "on_guild_available": self._available,
            "on_message": self._posted,
            "on_raw_message_edit": self._edited,
            "on_raw_message_delete": self._deleted,
            "on_raw_bulk_message_delete": self._swept,
            "on_raw_reaction_add": self._reacted,
            "on_raw_reaction_remove": self._reacted,
        }

    async def _ready(self) -> None:
        """Tell that there was a gap, where this is not the first connection; one resumed has none."""
        if self._has_been_ready:
            await self._tell(GapEnded(PLATFORM))
        self._has_been_ready = True

    async def _available(self, guild: discord.Guild) -> None:
        """Tell that an outage of a server has ended."""
        if self._has_been_ready:
            await self._tell(GapEnded(PLATFORM))

    async def posted(self, message: discord.Message, room: Room) -> MessagePosted | None:
        """Return the event of a message; None for our own, and for what nobody wrote."""
        me = self._client.user
        if me is None or message.author.id == me.id or not is_spoken(message):
            return None
        author: discord.User | discord.Member = message.author
        if room.kind is RoomKind.DIRECT:
            author = await self._accounts.home(author.id) or author
        what = said(message, me)
        told = message_of(message, room.ref, what, is_direct=room.kind is RoomKind.DIRECT)
        return MessagePosted(told, self._accounts.account(author), room)

    async def _posted(self, message: discord.Message) -> None:
        await self._in_turn([message.id], lambda: self._post(message))

    async def _post(self, message: discord.Message) -> None:
        if self._client.user is None or message.author.id == self._client.user.id:
            return
        event = await self._placed(message)
        if event is not None:
            await self._tell(event)

    async def _placed(self, message: discord.Message) -> MessagePosted | None:
        """Return the event of a message; where a direct talk belongs has to be asked, if need be again."""
        for wait in (*_WAITS_S, None):
            try:
                room = await self._rooms.room(message.channel, message.author)
                return None if room is None else await self.posted(message, room)
            except PlatformError as error:
                if wait is None or not await self._waited(wait, error):
                    _log.error("message not kept", message=message.id, error=for_log(error))
                    return None
        return None

    async def _waited(self, seconds: float, error: PlatformError) -> bool:
        """Wait before a further attempt, if one may help."""
        if isinstance(error, RateLimitedError):
            seconds = min(max(seconds, error.retry_after_s), _WAITS_S[-1])
        elif not isinstance(error, DisconnectedError):
            return False
        try:
            await self._clock.idle(self._closed.wait(), "a look-up", timeout_s=seconds)
        except TimeoutError:
            return True
        return False

    async def _edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self._in_turn([payload.message_id], lambda: self._edit(payload))

    async def _edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message, me = payload.message, self._client.user
        room = self._rooms.known(payload.channel_id, payload.guild_id)
        # Without a time it is no edit: a preview was added, a thread opened, a flag set.
        if room is None or me is None or message.edited_at is None or message.author.id == me.id:
            return
        ref = MessageRef(room, str(message.id))
        text, files = said(message, me).text, attachments(message.attachments)
        await self._tell(MessageEdited(ref, text, message.edited_at, files))

    async def _deleted(self, payload: discord.RawMessageDeleteEvent) -> None:
        ids = [payload.message_id]
        await self._in_turn(ids, lambda: self._delete(payload, ids))

    async def _swept(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        ids = sorted(payload.message_ids)
        await self._in_turn(ids, lambda: self._delete(payload, ids))

    async def _delete(
        self,
        payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent,
        ids: Sequence[int],
    ) -> None:
        room = self._rooms.known(payload.channel_id, payload.guild_id)
        if room is not None:
            for id in (each for each in ids if not self._is_ours(each)):
                await self._tell(MessageDeleted(MessageRef(room, str(id))))

    async def _reacted(self, payload: discord.RawReactionActionEvent) -> None:
        await self._in_turn([payload.message_id], lambda: self._react(payload))

    async def _react(self, payload: discord.RawReactionActionEvent) -> None:
        room = self._rooms.known(payload.channel_id, payload.guild_id)
        if room is None or self._client.user is None or payload.user_id == self._client.user.id:
            return
        user = payload.member or self._client.get_user(payload.user_id)
        ref = account_ref(payload.user_id)
        account = Account(ref, ref.id) if user is None else self._accounts.account(user)
        is_added = payload.event_type == "REACTION_ADD"
        await self._tell(
            Reacted(
                MessageRef(room, str(payload.message_id)), account, str(payload.emoji), is_added
            )
        )

    async def _in_turn(
        self, messages: Sequence[int], work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """Do something to messages once what was begun with them before has ended."""
        me = asyncio.current_task()
        assert me is not None
        before = {self._taking[id] for id in messages if id in self._taking} - {me}
        self._taking.update(dict.fromkeys(messages, me))
        try:
            if before:
                await asyncio.wait(before)
            await work()
        finally:
            for id in messages:
                if self._taking.get(id) is me:
                    del self._taking[id]

    async def _tell(self, event: Event) -> None:
        try:
            await self._sink(event)
        except LearncommError as error:
            _log.error("event not kept", kind=type(event).__name__, error=for_log(error))
