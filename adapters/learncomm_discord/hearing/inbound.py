"""What happens on Discord, told to the agent in the order in which it came."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import discord

from learncomm_agent.chat.events import (
    Event,
    GapEnded,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Reacted,
    Voted,
)
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import LearncommError, for_log
from learncomm_agent.log import logger
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms, space_ref
from learncomm_discord.hearing.messages import attachments, is_spoken, message_of, said
from learncomm_discord.hearing.patience import Patience, Turns
from learncomm_discord.posting.markup import PLATFORM

Listener = Callable[..., Coroutine[Any, Any, None]]
_log = logger(__name__)


class Inbound:
    """Listens to a client.

    The events of one message are told one after the other: what is done to a message that is still
    being taken waits for it, else an edit could come before what it changes.
    """

    def __init__(
        self,
        client: AnyBot,
        rooms: Rooms,
        accounts: Accounts,
        sink: Sink,
        is_ours: Callable[[int], bool],
        option_of: Callable[[str, int], str | None],
        patience: Patience,
    ) -> None:
        """Take what it needs; nothing is heard before its listeners are added.

        Args:
            client: To listen to.
            rooms: Knows where things happen.
            accounts: Knows who does them.
            sink: Is told.
            is_ours: Whether a message is one that we posted, which nobody needs to be told is gone.
            option_of: Our id of a poll's option, by its message and Discord's id of the answer.
            patience: Looks up what can't be placed, if need be once more.
        """
        self._client = client
        self._rooms = rooms
        self._accounts = accounts
        self._sink = sink
        self._is_ours = is_ours
        self._option_of = option_of
        self._patience = patience
        self._turns = Turns()
        self._has_been_ready = client.is_ready()
        self._out = {guild.id for guild in client.guilds if guild.unavailable}

    def listeners(self) -> Mapping[str, Listener]:
        """Return who listens to which event of discord.py."""
        return {
            "on_ready": self._ready,
            "on_shard_ready": self._shard_ready,
            "on_guild_available": self._available,
            "on_guild_unavailable": self._unavailable,
            "on_message": self._posted,
            "on_raw_message_edit": self._edited,
            "on_raw_message_delete": self._deleted,
            "on_raw_bulk_message_delete": self._swept,
            "on_raw_reaction_add": self._reacted,
            "on_raw_reaction_remove": self._reacted,
            "on_raw_poll_vote_add": self._added_vote,
            "on_raw_poll_vote_remove": self._removed_vote,
        }

    async def _ready(self) -> None:
        """Tell that there was a gap, where this is not the first connection; one resumed has none."""
        self._out = {guild.id for guild in self._client.guilds if guild.unavailable}
        if self._has_been_ready:
            await self._tell(GapEnded(PLATFORM))
        self._has_been_ready = True

    async def _shard_ready(self, shard: int) -> None:
        """Tell that there was a gap where one of several connections began anew: `ready` is for all."""
        if self._has_been_ready and self._client.is_ready():
            its = [each for each in self._client.guilds if each.shard_id == shard]
            self._out |= {guild.id for guild in its if guild.unavailable}
            for guild in its:
                if self._accounts.serves(guild) and not guild.unavailable:
                    await self._tell(GapEnded(PLATFORM, space_ref(guild.id)))

    async def _unavailable(self, guild: discord.Guild) -> None:
        self._out.add(guild.id)

    async def _available(self, guild: discord.Guild) -> None:
        """Tell that an outage of a server has ended; while all begins anew, that is told for all."""
        if guild.id in self._out:
            self._out.discard(guild.id)
            if self._accounts.serves(guild):
                await self._tell(GapEnded(PLATFORM, space_ref(guild.id)))

    async def posted(self, message: discord.Message, room: Room) -> MessagePosted | None:
        """Return the event of a message; None for our own, and for what nobody wrote."""
        me = self._client.user
        if me is None or message.author.id == me.id or not is_spoken(message):
            return None
        author: discord.User | discord.Member = message.author
        if room.kind is RoomKind.DIRECT:
            author = await self._accounts.home(author.id) or author
        elif message.guild is not None and _is_told_alone(message):
            author = await self._accounts.member(message.guild, author.id) or author
        what = said(message, me)
        told = message_of(message, room.ref, what, is_direct=room.kind is RoomKind.DIRECT)
        return MessagePosted(told, self._accounts.account(author), room)

    async def _posted(self, message: discord.Message) -> None:
        await self._turns.take([message.id], lambda: self._post(message))

    async def _post(self, message: discord.Message) -> None:
        if self._client.user is None or message.author.id == self._client.user.id:
            return
        event = await self._patience.asked(lambda: self._placed(message), "message", message.id)
        if event is not None:
            await self._tell(event)

    async def _placed(self, message: discord.Message) -> MessagePosted | None:
        room = await self._rooms.room(message.channel, message.author)
        return None if room is None else await self.posted(message, room)

    async def _room(self, channel: int, guild: int | None, message: int) -> RoomRef | None:
        """Return the room of what was done to a message; None where it is not served."""
        known = self._rooms.known(channel, guild)
        if known is not None or guild is not None:
            return known
        return await self._patience.asked(lambda: self._rooms.talk(channel), "message", message)

    async def _edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self._turns.take([payload.message_id], lambda: self._edit(payload))

    async def _edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message, me = payload.message, self._client.user
        # Without a time it is no edit: a preview was added, a thread opened, a flag set.
        if me is None or message.edited_at is None or message.author.id == me.id:
            return
        room = await self._room(payload.channel_id, payload.guild_id, message.id)
        if room is None:
            return
        ref = MessageRef(room, str(message.id))
        text, files = said(message, me).text, attachments(message.attachments)
        await self._tell(MessageEdited(ref, text, message.edited_at, files))

    async def _deleted(self, payload: discord.RawMessageDeleteEvent) -> None:
        ids = [payload.message_id]
        await self._turns.take(ids, lambda: self._delete(payload, ids))

    async def _swept(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        ids = sorted(payload.message_ids)
        await self._turns.take(ids, lambda: self._delete(payload, ids))

    async def _delete(
        self,
        payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent,
        ids: Sequence[int],
    ) -> None:
        others = [each for each in ids if not self._is_ours(each)]
        if not others:
            return
        room = await self._room(payload.channel_id, payload.guild_id, others[0])
        if room is not None:
            for id in others:
                await self._tell(MessageDeleted(MessageRef(room, str(id))))

    async def _reacted(self, payload: discord.RawReactionActionEvent) -> None:
        await self._turns.take([payload.message_id], lambda: self._react(payload))

    async def _react(self, payload: discord.RawReactionActionEvent) -> None:
        if self._client.user is None or payload.user_id == self._client.user.id:
            return
        room = await self._room(payload.channel_id, payload.guild_id, payload.message_id)
        if room is None:
            return
        if payload.member is not None:
            account = self._accounts.account(payload.member)
        else:
            account = self._accounts.known(payload.user_id, payload.guild_id)
        is_added = payload.event_type == "REACTION_ADD"
        await self._tell(
            Reacted(
                MessageRef(room, str(payload.message_id)), account, str(payload.emoji), is_added
            )
        )

    async def _added_vote(self, payload: discord.RawPollVoteActionEvent) -> None:
        await self._turns.take([payload.message_id], lambda: self._vote(payload, is_added=True))

    async def _removed_vote(self, payload: discord.RawPollVoteActionEvent) -> None:
        await self._turns.take([payload.message_id], lambda: self._vote(payload, is_added=False))

    async def _vote(self, payload: discord.RawPollVoteActionEvent, *, is_added: bool) -> None:
        """Tell of a vote in a poll of ours; other people's polls are their own affair."""
        room = self._rooms.known(payload.channel_id, payload.guild_id)
        option = self._option_of(str(payload.message_id), payload.answer_id)
        if room is not None and option is not None:
            account = self._accounts.known(payload.user_id, payload.guild_id)
            ref = MessageRef(room, str(payload.message_id))
            await self._tell(Voted(ref, account, option, is_added))

    async def _tell(self, event: Event) -> None:
        await tell(self._sink, event)


async def tell(sink: Sink, event: Event) -> None:
    """Tell of one event; where it can't be kept, that is in the log, and the next is told all the same."""
    try:
        await sink(event)
    except LearncommError as error:
        _log.error("event not kept", kind=type(event).__name__, error=for_log(error))


def _is_told_alone(message: discord.Message) -> bool:
    """Whether a person wrote this whose membership was not told with it, as in a history."""
    return message.webhook_id is None and not isinstance(message.author, discord.Member)
