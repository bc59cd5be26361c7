"""Who may read what: the rooms whose content a reader of a reply may see there already.

What is readable in a room follows from the rules of its server (`permissions`). They are believed while
the connection on which their changes come is there, and asked for as they are once it is there again. A public thread, archived
or not, and a post of a forum are read by the rule of their channel; those that are folded away are not
listed here, but known by that channel, their parent. All who are in a private thread can read its channel
too, so what is readable there is readable in the thread; the thread itself is so nowhere else.

What stands in a room may be spoken of there, though somebody may see the room and not look back: else where
nobody may look back, nothing could be answered at all. It is all that is shown there then.

What is for adults alone is shown in rooms that are so, too. To one person alone it is not, as there is no
room by which Discord would have asked for their age.
"""

import asyncio
import contextlib
from collections.abc import Callable, Container, Coroutine, Mapping
from typing import Any

import discord

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, NotPermittedError, RoomGoneError
from learncomm_discord.audience.permissions import Rules
from learncomm_discord.audience.rules import Shared, may, reads, rules_of
from learncomm_discord.connection.connections import Connections
from learncomm_discord.directory.accounts import Accounts, check_available, number
from learncomm_discord.directory.guests import Guests
from learncomm_discord.directory.rooms import Rooms, room_ref
from learncomm_discord.posting.markup import PLATFORM

Listener = Callable[..., Coroutine[Any, Any, None]]
_CHANGES = (
    "on_guild_available",
    "on_guild_channel_create",
    "on_guild_channel_delete",
    "on_guild_channel_update",
    "on_guild_join",
    "on_guild_remove",
    "on_guild_role_create",
    "on_guild_role_delete",
    "on_guild_role_update",
    "on_guild_unavailable",
    "on_guild_update",
)
"""After these, other rules may hold."""
_GAPS = ("on_disconnect", "on_shard_disconnect")
"""From these on, much may change that is told later or not at all."""
_BRANCHES = ("on_thread_create", "on_thread_join", "on_thread_remove", "on_thread_update")
"""After these, there may be other threads."""
_AT_ONCE = 10


class Readers:
    """Answers from roles and overwrites; what is not known is left out."""

    def __init__(
        self, rooms: Rooms, accounts: Accounts, connections: Connections, clock: Clock
    ) -> None:
        """Take what it needs."""
        self._rooms = rooms
        self._accounts = accounts
        self._connections = connections
        self._guests = Guests(clock)
        self._kept: dict[int, _Server] = {}

    def listeners(self) -> Mapping[str, Listener]:
        """Return who forgets at which event of discord.py; before others hear of that event."""
        return {
            **dict.fromkeys(_CHANGES, self._changed),
            **dict.fromkeys(_BRANCHES, self._branched),
            **dict.fromkeys(_GAPS, self._missed),
            "on_raw_thread_delete": self._cut,
            "on_thread_member_join": self._moved,
            "on_raw_thread_member_remove": self._moved,
        }

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content all in the audience may read.

        Nothing at all is an answer only where all is known: what is not known now is an error.

        Raises:
            DisconnectedError: Discord does not tell now what they may read.
            RateLimitedError: There was too much to ask.
        """
        try:
            if audience.account is not None:
                return await self._of_account(audience.account, audience.space)
            assert audience.room is not None
            return await self._of_room(audience.room)
        except (NotPermittedError, RoomGoneError):
            return frozenset()

    async def _of_room(self, room: RoomRef) -> frozenset[RoomRef]:
        place = await self._rooms.place(room)
        if isinstance(place, discord.DMChannel):
            return frozenset({room})
        channel = place.parent if isinstance(place, discord.Thread) else place
        self._check(place.guild)
        if channel is None:
            return frozenset({room})
        return self._server(place.guild).readable(channel.id) | {room}

    async def is_for_all(self, room: RoomRef) -> bool:
        """Whether everyone on the server may read a channel, also who joins later; see `OpenRooms`."""
        place = await self._rooms.place(room)
        if isinstance(place, discord.DMChannel):
            return False
        self._check(place.guild)
        is_thread = isinstance(place, discord.Thread)
        channel = place.parent if isinstance(place, discord.Thread) else place
        if channel is None or (is_thread and place.type is discord.ChannelType.private_thread):
            return False
        rights = channel.permissions_for(place.guild.default_role)
        return rights.view_channel and rights.read_message_history

    def _check(self, guild: discord.Guild) -> None:
        """Believe nothing of a server while its changes are not told.

        Raises:
            DisconnectedError: They are not; discord.py calls itself ready all the same.
        """
        if not self._connections.is_ready(guild):
            raise DisconnectedError(f"no connection for server {guild.id}")

    def _server(self, guild: discord.Guild) -> "_Server":
        kept, me = self._kept.get(guild.id), self._accounts.me
        # After a new beginning Discord's servers are other objects.
        if kept is None or kept.guild is not guild:
            kept = self._kept[guild.id] = _Server(guild, rules_of(guild, me))
        return kept

    async def _of_account(self, account: AccountRef, space: SpaceRef | None) -> frozenset[RoomRef]:
        user_id = number(account.id)
        if account.platform != PLATFORM or user_id is None:
            return frozenset()
        if space is not None:
            return await self._of_account_in(user_id, space)
        found: set[RoomRef] = set()
        for guild in self._accounts.guilds():
            self._check(guild)
        for member in await self._accounts.memberships(user_id):
            found |= await self._of_member(member)
        if found:
            with contextlib.suppress(NotPermittedError):
                found.add(await self._rooms.direct(account))
        return frozenset(found)

    async def _of_account_in(self, user_id: int, space: SpaceRef) -> frozenset[RoomRef]:
        """Return what somebody reads in one server; with it their direct talk, where that was met."""
        guild = self._accounts.guild(space)
        if guild is None:
            return frozenset()
        self._check(guild)
        check_available(guild)  # before anybody waits for an answer that helps nothing
        member = await self._accounts.member(guild, user_id)
        if member is None:
            return frozenset()
        return frozenset(await self._of_member(member)) | self._rooms.met(user_id, guild.id)

    async def _of_member(self, member: discord.Member) -> set[RoomRef]:
        """Return where a member may read what was written before; guests of a call may read nothing."""
        guild = member.guild
        if member.flags.guest:
            return set()
        channels = {
            channel.id
            for channel in guild.channels
            if isinstance(channel, Shared) and not channel.is_nsfw() and reads(channel, member)
        }
        found = channels | _branches(guild, channels)
        asides = [
            each for each in guild.threads if each.is_private() and each.parent_id in channels
        ]
        for start in range(0, len(asides), _AT_ONCE):
            some = asides[start : start + _AT_ONCE]
            answers = await asyncio.gather(*(self._is_guest(member, each) for each in some))
            found |= {each.id for each, is_in in zip(some, answers, strict=True) if is_in}
        return {room_ref(guild.id, id) for id in found}

    async def _is_guest(self, member: discord.Member, thread: discord.Thread) -> bool:
        if may(thread, member).manage_threads:
            return True
        return await self._guests.is_in(thread, member.id)

    async def _changed(self, before: Any, after: Any = None) -> None:
        """Forget the rules of a server; what is told is that, a channel of it, or a role."""
        guild = before if isinstance(before, discord.Guild) else before.guild
        self._kept.pop(guild.id, None)

    async def _missed(self, shard: int | None = None) -> None:
        """Forget all rules."""
        self._kept.clear()

    async def _branched(self, before: discord.Thread, after: discord.Thread | None = None) -> None:
        self._forget_threads(before.guild.id)

    async def _cut(self, payload: discord.RawThreadDeleteEvent) -> None:
        self._forget_threads(payload.guild_id)

    async def _moved(self, what: discord.ThreadMember | discord.RawThreadMembersUpdate) -> None:
        self._guests.forget(what.thread_id)

    def _forget_threads(self, guild_id: int) -> None:
        if (kept := self._kept.get(guild_id)) is not None:
            kept.found.clear()


class _Server:
    """What is known of a server until something changes there."""

    def __init__(self, guild: discord.Guild, rules: Rules) -> None:
        self.guild = guild
        self.rules = rules
        self.found: dict[int, frozenset[RoomRef]] = {}

    def readable(self, channel: int) -> frozenset[RoomRef]:
        """Return the rooms that all who can read a channel can read."""
        if channel not in self.found:
            channels = self.rules.readable(channel)
            ids = channels | _branches(self.guild, channels)
            self.found[channel] = frozenset(room_ref(self.guild.id, id) for id in ids)
        return self.found[channel]


def _branches(guild: discord.Guild, channels: Container[int]) -> set[int]:
    """Return the public threads of channels that are not folded away."""
    return {
        thread.id
        for thread in guild.threads
        if thread.parent_id in channels and not thread.is_private()
    }
