"""Channels, threads and direct messages as rooms.

The space of a room is its server. A direct talk belongs to no server, so it is put into the oldest
served one that both bot and member are in. Where the bot joins an older one later, the talk moves.

A public thread, such as a post of a forum, is read by the rule of the channel that it branches from, so
it names that as its parent; what a leader chose for a forum holds for its posts.
A private thread has readers of its own and names none: what holds for its channel, also whether it is
read, does not hold for it, and a leader has to choose for itself.
"""

from datetime import datetime

import discord

from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.errors import DisconnectedError, NotPermittedError, RoomGoneError
from learncomm_discord.directory.accounts import Accounts, check_available, number
from learncomm_discord.faults import translated
from learncomm_discord.posting.markup import PLATFORM

Channel = (
    discord.TextChannel
    | discord.Thread
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.DMChannel
)
"""Where messages can stand."""
Place = Channel | discord.ForumChannel
"""What can be named as a room; in a forum nothing stands but its posts, which are threads."""
_MOST = 1000


def room_ref(guild_id: int, channel_id: int) -> RoomRef:
    """Return the reference of a channel."""
    return RoomRef(space_ref(guild_id), str(channel_id))


def space_ref(guild_id: int) -> SpaceRef:
    """Return the reference of a server."""
    return SpaceRef(PLATFORM, str(guild_id))


class Rooms:
    """Finds channels by their rooms, and rooms by their channels."""

    def __init__(self, client: discord.Client, accounts: Accounts) -> None:
        """Take what it needs."""
        self._client = client
        self._accounts = accounts
        self._direct: dict[int, tuple[discord.DMChannel, int, int]] = {}
        """The talks that were met by their ids, with their servers and whose they are."""

    async def channel(self, ref: RoomRef) -> Channel:
        """Return the channel of a room in which messages can stand.

        Raises:
            RoomGoneError: There is none, or its server is not served.
            NotPermittedError: It is hidden from the bot, or a forum.
            DisconnectedError: Discord tells nothing of its server for now.
        """
        found = await self.place(ref)
        if isinstance(found, discord.ForumChannel):
            raise NotPermittedError(f"room {ref.id!r} is a forum")
        return found

    async def place(self, ref: RoomRef) -> Place:
        """Return the channel of a room, be it a forum.

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
        if not isinstance(found, Place) or await self._space(found) != space_id:
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
            if user.id == self._accounts.me:  # whose talk it is, the other one tells
                return None
            member = await self._accounts.home(user.id)
            if member is None:
                return None
            self._remember(channel, member)
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

    async def talk(self, channel_id: int) -> RoomRef | None:
        """Return the direct talk with this id, looked up where it was not met; None where it is not served.

        Raises:
            DisconnectedError: It can't be told now.
            RateLimitedError: There was too much to ask.
        """
        if channel_id not in self._direct:
            try:
                with translated("channel"):
                    found = await self._client.fetch_channel(channel_id)
            except (NotPermittedError, RoomGoneError):
                return None
            if not isinstance(found, discord.DMChannel) or await self._space(found) is None:
                return None
        return self.known(channel_id, None)

    def met(self, user_id: int, guild_id: int) -> frozenset[RoomRef]:
        """Return the direct talk with somebody where it belongs to a server and was met already."""
        found = self._direct.values()
        return frozenset(
            room_ref(guild_id, each.id) for each, *of in found if of == [guild_id, user_id]
        )

    async def newest(self, ref: RoomRef) -> str | None:
        """Return the id of the last message in a room; None where there is none that the bot can see.

        Discord tells it along with the channels, and with each message; of a thread that is folded
        away it is asked.

        Raises:
            DisconnectedError: It is not known now.
            RateLimitedError: There was too much to ask.
        """
        try:
            found = await self.channel(ref)
        except (RoomGoneError, NotPermittedError):
            return None
        if isinstance(found, discord.DMChannel):
            raise DisconnectedError("of direct talks Discord tells no last message")
        last = found.last_message_id
        return None if last is None else str(last)

    async def branches(self, ref: RoomRef, since: datetime | None) -> list[Room]:
        """Return the public threads of a channel, or the posts of a forum: first those that are open.

        Of those that were folded away before a moment, Discord is not asked.

        Raises:
            RoomGoneError: There is no such room.
            NotPermittedError: The bot may not see them.
            DisconnectedError: They can't be told now.
        """
        place = await self.place(ref)
        if not isinstance(place, discord.TextChannel | discord.ForumChannel):
            return []
        found = {thread.id: thread for thread in place.threads if not thread.is_private()}
        with translated("threads"):
            async for thread in place.archived_threads(
                limit=None
            ):  # the last one folded comes first
                if since is not None and thread.archive_timestamp < since:
                    break
                found.setdefault(thread.id, thread)
        rooms = (self.of_guild(thread, place.guild) for thread in found.values())
        return [room for room in rooms if room is not None]

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
        self._remember(channel, member)
        return room_ref(member.guild.id, channel.id)

    def thread(self, thread_id: int, guild: discord.Guild, parent_id: int | None) -> Room | None:
        """Return the room of a thread of which there is but an id, or no parent to name, too."""
        if not self._accounts.serves(guild):
            return None
        ref = room_ref(guild.id, thread_id)
        parent = None if parent_id is None else room_ref(guild.id, parent_id)
        return Room(ref, ref.id, RoomKind.THREAD, parent)

    async def _space(self, channel: Place) -> int | None:
        """Return the id of the server that a channel is counted to."""
        if not isinstance(channel, discord.DMChannel):
            return channel.guild.id if self._accounts.serves(channel.guild) else None
        if channel.id not in self._direct and channel.recipient is not None:
            member = await self._accounts.home(channel.recipient.id)
            if member is not None:
                self._remember(channel, member)
        met = self._direct.get(channel.id)
        return None if met is None else met[1]

    def _remember(self, channel: discord.DMChannel, member: discord.Member) -> None:
        while len(self._direct) >= _MOST and channel.id not in self._direct:
            del self._direct[next(iter(self._direct))]
        self._direct[channel.id] = (channel, member.guild.id, member.id)
