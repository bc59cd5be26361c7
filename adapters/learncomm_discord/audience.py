"""Who may read what: the rooms whose content a reader of a reply may see there already."""

import contextlib
from collections.abc import Iterator

import discord

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_discord.accounts import Accounts, number
from learncomm_discord.markup import PLATFORM
from learncomm_discord.rooms import Channel, Rooms, room_ref


class Readers:
    """Answers from roles and overwrites; a thread that is archived, or private to some, is left out."""

    def __init__(self, rooms: Rooms, accounts: Accounts) -> None:
        """Take what it needs."""
        self._rooms = rooms
        self._accounts = accounts

    async def readable(self, audience: Audience) -> frozenset[RoomRef]:
        """Return the rooms whose content all in the audience may read.

        For a room that is the room alone: who may read two rooms by the same rule is not made out.
        Nothing at all is an answer only where all is known: what is not yet known is an error.

        Raises:
            DisconnectedError: Discord does not tell now what they may read.
            RateLimitedError: There was too much to ask.
        """
        try:
            if audience.account is not None:
                return await self._of_account(audience.account)
            assert audience.room is not None
            await self._rooms.channel(audience.room)
        except (NotPermittedError, RoomGoneError):
            return frozenset()
        return frozenset({audience.room})

    async def _of_account(self, account: AccountRef) -> frozenset[RoomRef]:
        user_id = number(account.id)
        if account.platform != PLATFORM or user_id is None:
            return frozenset()
        found: set[RoomRef] = set()
        for member in await self._accounts.memberships(user_id):
            found.update(room_ref(member.guild.id, channel.id) for channel in _read_by(member))
        if found:
            with contextlib.suppress(NotPermittedError):
                found.add(await self._rooms.direct(account))
        return frozenset(found)


def _read_by(member: discord.Member) -> Iterator[Channel]:
    """Yield where a member may read what was written before."""
    for channel in (*member.guild.channels, *member.guild.threads):
        if isinstance(channel, Channel) and _may_read(member, channel):
            yield channel


def _may_read(member: discord.Member, channel: Channel) -> bool:
    may = channel.permissions_for(member)
    if isinstance(channel, discord.Thread) and channel.is_private() and not may.manage_threads:
        return False
    return may.view_channel and may.read_message_history
