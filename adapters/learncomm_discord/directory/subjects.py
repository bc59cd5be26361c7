"""What somebody spoke of when they used a command or a form: rooms and people, beyond their ids."""

from typing import Any

import discord
from discord.app_commands.namespace import Namespace

from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account
from learncomm_discord.audience.rules import Shared, may
from learncomm_discord.directory.accounts import Accounts
from learncomm_discord.directory.rooms import Rooms


class Subjects:
    """Tells what Discord tells along with what was picked."""

    def __init__(self, rooms: Rooms, accounts: Accounts) -> None:
        """Take what it needs."""
        self._rooms = rooms
        self._accounts = accounts

    def of(
        self, interaction: discord.Interaction[Any]
    ) -> tuple[tuple[Room, ...], tuple[Account, ...]]:
        """Return the rooms that were picked and that the bot sees, and the people, authors among them."""
        data: Any = interaction.data or {}
        guild = interaction.guild
        if guild is None or not data.get("resolved"):
            return (), ()
        # As discord.py itself does it for the options of a command; forms bear the same data.
        found = Namespace._get_resolved_items(interaction, data["resolved"]).values()
        channels = [guild.get_channel_or_thread(id) for id in map(int, _channels(data))]
        rooms = [
            self._rooms.of_guild(channel, guild)
            for channel in channels
            if isinstance(channel, Shared | discord.Thread) and may(channel, guild.me).view_channel
        ]
        users = [each.author if isinstance(each, discord.Message) else each for each in found]
        people = [
            self._accounts.account(guild.get_member(user.id) or user)
            for user in users
            if isinstance(user, discord.User | discord.Member) and user.id != self._accounts.me
        ]
        return tuple(room for room in rooms if room is not None), tuple(people)


def _channels(data: Any) -> list[str]:
    return list(data["resolved"].get("channels") or {})
