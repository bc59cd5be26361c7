"""What changes around the messages: channels and threads, members, and the servers themselves.

Discord tells of members that come, go or change only where the bot has the intent for them; without it,
their names and roles are those that come with what they write.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import discord

from learncomm_agent.chat.events import Event, MemberChanged, RoomChanged, SpaceChanged
from learncomm_agent.chat.platform import Sink
from learncomm_discord.audience.rules import Shared, bits, may, place_of
from learncomm_discord.connection.bot import AnyBot
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms, space_ref
from learncomm_discord.hearing.inbound import tell

Listener = Callable[..., Coroutine[Any, Any, None]]
_BRANCHES = frozenset({discord.ChannelType.public_thread, discord.ChannelType.news_thread})


class Changes:
    """Listens to a client; what the bot can't see is not told of."""

    def __init__(self, client: AnyBot, rooms: Rooms, accounts: Accounts, sink: Sink) -> None:
        """Take what it needs; nothing is heard before its listeners are added."""
        self._client = client
        self._rooms = rooms
        self._accounts = accounts
        self._sink = sink
        self._names: dict[int, str] | None = None
        """The servers by their ids, and what they are called; None before the first of all is told."""
        if client.is_ready():
            self._names = {guild.id: guild.name for guild in client.guilds}

    def listeners(self) -> Mapping[str, Listener]:
        """Return who listens to which event of discord.py."""
        return {
            "on_guild_channel_create": self._came,
            "on_guild_channel_update": self._changed,
            "on_guild_channel_delete": self._went,
            "on_thread_create": self._came,
            "on_thread_join": self._came,
            "on_thread_update": self._renamed,
            "on_raw_thread_delete": self._cut,
            "on_guild_role_create": self._role_came,
            "on_guild_role_update": self._role_changed,
            "on_guild_role_delete": self._role_went,
            "on_member_join": self._joined,
            "on_member_update": self._updated,
            "on_user_update": self._called_otherwise,
            "on_raw_member_remove": self._left,
            "on_guild_available": self._available,
            "on_guild_join": self._invited,
            "on_guild_update": self._named,
            "on_guild_remove": self._thrown_out,
            "on_ready": self._ready,
        }

    # Rooms.

    async def _came(self, channel: discord.abc.GuildChannel | discord.Thread) -> None:
        if _is_seen(channel):
            await self._tell_room(channel)

    async def _changed(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        if not isinstance(after, Shared) or not (_is_seen(before) or _is_seen(after)):
            return
        is_same = isinstance(before, Shared) and place_of(before) == place_of(after)
        if not is_same or before.name != after.name:
            await self._tell_room(after)

    async def _went(self, channel: discord.abc.GuildChannel) -> None:
        await self._tell_room(channel, is_present=False)

    async def _renamed(self, before: discord.Thread, after: discord.Thread) -> None:
        if before.name != after.name and _is_seen(after):
            await self._tell_room(after)

    async def _cut(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Tell that a thread is gone, be it one that was folded away, of which there is but an id."""
        guild = self._client.get_guild(payload.guild_id)
        if guild is None:
            return
        if payload.thread is not None:
            await self._tell_room(payload.thread, is_present=False)
            return
        parent = payload.parent_id if payload.thread_type in _BRANCHES else None
        room = self._rooms.thread(payload.thread_id, guild, parent)
        if room is not None:
            await self._tell(RoomChanged(room, is_present=False))

    async def _role_came(self, role: discord.Role) -> None:
        if bits(role) & ~bits(role.guild.default_role):
            await self._tell_rooms(role.guild, None)

    async def _role_changed(self, before: discord.Role, after: discord.Role) -> None:
        if bits(before) != bits(after):
            await self._tell_rooms(after.guild, None)

    async def _role_went(self, role: discord.Role) -> None:
        is_everywhere = bits(role) & ~bits(role.guild.default_role)
        await self._tell_rooms(role.guild, None if is_everywhere else role)

    async def _tell_rooms(self, guild: discord.Guild, role: discord.Role | None) -> None:
        """Tell that others may read the channels now: those that speak of a role, or all of them."""
        for channel in guild.channels:
            if not isinstance(channel, Shared) or not _is_seen(channel):
                continue
            if role is None or role.id in place_of(channel).roles:
                await self._tell_room(channel)

    async def _see_anew(self, before: discord.Member, after: discord.Member) -> None:
        """Tell of the channels that the bot sees or saw, as its roles are others now."""
        for channel in after.guild.channels:
            if isinstance(channel, Shared) and any(
                may(channel, each).view_channel for each in (before, after)
            ):
                await self._tell_room(channel)

    async def _tell_room(
        self, channel: discord.abc.GuildChannel | discord.Thread, *, is_present: bool = True
    ) -> None:
        if isinstance(channel, Shared | discord.Thread):
            room = self._rooms.of_guild(channel, channel.guild)
            if room is not None:
                await self._tell(RoomChanged(room, is_present))

    # Members.

    async def _joined(self, member: discord.Member) -> None:
        await self._tell_member(member)

    async def _updated(self, before: discord.Member, after: discord.Member) -> None:
        if after.id == self._accounts.me and before.roles != after.roles:
            await self._see_anew(before, after)
        if before.display_name != after.display_name or before.roles != after.roles:
            await self._tell_member(after)

    async def _called_otherwise(self, before: discord.User, after: discord.User) -> None:
        """Tell of another name in each server that has no name of its own for this member."""
        if before.display_name == after.display_name:
            return
        for guild in self._client.guilds:
            member = guild.get_member(after.id)
            if member is not None and member.nick is None:
                await self._tell_member(member)

    async def _left(self, payload: discord.RawMemberRemoveEvent) -> None:
        user, id = payload.user, payload.guild_id
        self._accounts.left(user.id, id)
        guild = self._client.get_guild(id)
        if guild is not None and self._accounts.serves(guild) and user.id != self._accounts.me:
            account = self._accounts.account(user)
            await self._tell(MemberChanged(None, account, is_present=False, space=space_ref(id)))

    async def _tell_member(self, member: discord.Member) -> None:
        if self._accounts.serves(member.guild) and member.id != self._accounts.me:
            account = self._accounts.account(member)
            await self._tell(MemberChanged(None, account, space=space_ref(member.guild.id)))

    # Servers.

    async def _ready(self) -> None:
        """Tell what became of the servers while there was no connection."""
        there = self._client.guilds
        if self._names is None:
            self._names = {guild.id: guild.name for guild in there}
            return
        for id in self._names.keys() - {guild.id for guild in there}:
            await self._tell_space(id, self._names.pop(id), is_present=False)
        for guild in there:
            await self._named(guild, guild)

    async def _available(self, guild: discord.Guild) -> None:
        await self._named(guild, guild)

    async def _invited(self, guild: discord.Guild) -> None:
        if self._names is not None:
            self._names[guild.id] = guild.name
        await self._tell_space(guild.id, guild.name)

    async def _named(self, before: discord.Guild, after: discord.Guild) -> None:
        """Tell the name of a server where it is another one; in an outage it has none."""
        names = self._names
        if names is None or after.unavailable or names.get(after.id) == after.name:
            return
        names[after.id] = after.name
        await self._tell_space(after.id, after.name)

    async def _thrown_out(self, guild: discord.Guild) -> None:
        """Tell that the bot was taken out of a server; in an outage Discord says something else."""
        if self._names is not None:
            self._names.pop(guild.id, None)
        await self._tell_space(guild.id, guild.name, is_present=False)

    async def _tell_space(self, id: int, name: str, *, is_present: bool = True) -> None:
        """Tell it of servers that are served, and of all that the bot was taken out of."""
        if not is_present or self._accounts.is_wanted(id):
            await self._tell(SpaceChanged(space_ref(id), name, is_present))

    async def _tell(self, event: Event) -> None:
        await tell(self._sink, event)


def _is_seen(channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Whether the bot can see a channel; of what it can't, not even the name is kept."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return True
    if not isinstance(channel, Shared | discord.Thread):
        return False
    return may(channel, channel.guild.me).view_channel
