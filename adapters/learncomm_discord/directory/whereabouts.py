"""Where somebody acted, and who they are there; and what is asked while they wait."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import discord

from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotFoundError
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms

T = TypeVar("T")
Interaction = discord.Interaction[Any]


class Whereabouts:
    """Tells of interactions where they are and whose."""

    def __init__(self, rooms: Rooms, accounts: Accounts) -> None:
        """Take what it needs."""
        self._rooms = rooms
        self._accounts = accounts

    async def of(self, interaction: Interaction) -> tuple[Room, Account]:
        """Return the room and the account of an interaction; of a direct talk, that has to be asked.

        Raises:
            NotFoundError: It is in no place that is served; its advice says so.
            PlatformError: It is a direct talk, and where it belongs could not be looked up.
        """
        user, channel = interaction.user, interaction.channel
        room: Room | None
        if interaction.guild is not None:
            if channel is None:  # of a kind that discord.py does not know
                raise NotFoundError("no channel is told", phrase="discord.nowhere")
            room = self._rooms.of_guild(channel, interaction.guild)
        else:
            room = await self._rooms.room(channel, user)
            user = await self._accounts.home(user.id) or user
        if room is None:
            raise NotFoundError("not served", phrase="discord.not_served")
        return room, self._accounts.account(user)


async def in_time(clock: Clock, asked: Coroutine[Any, Any, T], reason: str, limit_s: float) -> T:
    """Return what is answered within so many seconds.

    Raises:
        TimeoutError: Nothing was; who is asked was told to stop.
    """
    task = asyncio.create_task(asked)
    try:
        await clock.idle(asyncio.wait({task}), reason, timeout_s=limit_s)
        return task.result()
    finally:
        task.cancel()
