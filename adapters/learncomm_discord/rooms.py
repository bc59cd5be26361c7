"""Channels, threads and direct messages as rooms.

The space of a room is its server. A direct talk belongs to no server, so it is put into the oldest
served one that both bot and member are in. Where the bot joins an older one later, the talk moves.

A public thread is read by the rule of the channel that it branches from, so it names that as its parent.
A private thread has readers of its own and names none: what holds for its channel, also whether it is
read, does not hold for it, and a leader has to choose for itself.
"""

import discord

from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.accounts import Accounts, check_available, number
from learncomm_discord.faults import translated
from learncomm_discord.markup import PLATFORM

Channel = (
    discord.TextChannel
    | discord.Thread
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.DMChannel
)
"""Where messages can stand."""
_MOST = 1000


def room_ref(guild_id: int, channel_id: int) -> RoomRef:
    """Return the reference of a channel."""
    return RoomRef(SpaceRef(PLATFORM, str(guild_id)), str(channel_id))


class Rooms:
    """Finds channels by their rooms, and rooms by their channels."""

    def __init__(self, client: discord.Client, accounts: Accounts) -> None:
        """Take what it needs."""
        self._client = client
        self._accounts = accounts
        self._direct: dict[int, tuple[discord.DMChannel, int]] = {}

    async def channel(self, ref: RoomRef) -> Channel:
        """Return the channel of a room.

        Raises:
            RoomGoneError: There is none, or its server is not served.
            NotPermittedError: It is hidden from the bot.
            DisconnectedError: Discord tells nothing of its server for now.
        """
        channel_id, space_id = number(ref.id), number(ref.space.id)
        if ref.platform != PLATFORM or channel_id is None or space_id is None:
            raise RoomGoneError(f"there is no room {ref.id!r}")
        known = self._direct.get(channel_id)
        found = known[0] if known else self._client.get_channel(channel_id)
        if found is None:
            with translated("channel"):
                found = await self._client.fetch_channel(channel_id)
        if not isinstance(found, Channel) or await self._space(found) != space_id:
            raise RoomGoneError(f"there is no room {ref.id!r}")
        if not isinstance(found, discord.DMChannel):
            check_available(found.guild)
        return found

    async def room(self, channel: object, user: discord.User | discord.Member) -> Room | None:
        """Return the room in which somebody wrote or acted; None where it is not served.

        Raises:
            PlatformError: It is a direct talk, and where it belongs could not be looked up.
        """
        if isinstance(channel, discord.DMChannel):
            member = await self._accounts.home(user.id)
            if member is None:
                return None
            self._remember(channel, member.guild.id)
            ref = room_ref(member.guild.id, channel.id)
            return Room(ref, user.display_name, RoomKind.DIRECT)
        guild: discord.Guild | None = getattr(channel, "guild", None)
        return None if guild is None else self.of_guild(channel, guild)

    def of_guild(self, channel: object, guild: discord.Guild) -> Room | None:
        """Return the room of a channel in a server; None where that is not served."""
        if not self._accounts.serves(guild) or not hasattr(channel, "id"):
            return None
        ref = room_ref(guild.id, channel.id)
        name = getattr(channel, "name", None) or str(channel.id)
        if isinstance(channel, discord.Thread) and channel.is_private():
            return Room(ref, name, RoomKind.THREAD)
        if isinstance(channel, discord.Thread):
            return Room(ref, name, RoomKind.THREAD, parent=room_ref(guild.id, channel.parent_id))
        return Room(ref, name)

    def known(self, channel_id: int, guild_id: int | None) -> RoomRef | None:
        """Return the room with this id where it is served; of direct talks, those that were met."""
        if guild_id is None:
            met = self._direct.get(channel_id)
            return None if met is None else room_ref(met[1], channel_id)
        guild = self._client.get_guild(guild_id)
        if guild is None or not self._accounts.serves(guild):
            return None
        return room_ref(guild_id, channel_id)

    async def direct(self, account: AccountRef) -> RoomRef:
        """Return the direct talk with an account.

        Raises:
            NotPermittedError: They are in no server that is served.
        """
        user_id = number(account.id)
        if account.platform != PLATFORM or user_id is None:
            raise NotPermittedError(f"account {account.id!r} is not here")
        member = await self._accounts.home(user_id)
        if member is None:
            raise NotPermittedError(f"account {account.id!r} is not here")
        with translated("direct talk"):
            channel = await member.create_dm()
        self._remember(channel, member.guild.id)
        return room_ref(member.guild.id, channel.id)

    async def _space(self, channel: Channel) -> int | None:
        """Return the id of the server that a channel is counted to."""
        if not isinstance(channel, discord.DMChannel):
            return channel.guild.id if self._accounts.serves(channel.guild) else None
        if channel.id not in self._direct and channel.recipient is not None:
            member = await self._accounts.home(channel.recipient.id)
            if member is not None:
                self._remember(channel, member.guild.id)
        met = self._direct.get(channel.id)
        return None if met is None else met[1]

    def _remember(self, channel: discord.DMChannel, guild_id: int) -> None:
        while len(self._direct) >= _MOST and channel.id not in self._direct:
            del self._direct[next(iter(self._direct))]
        self._direct[channel.id] = (channel, guild_id)
