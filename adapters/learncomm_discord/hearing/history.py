"""Where reading a channel's history begins, and whether it may be read."""

from datetime import datetime

import discord

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.errors import NotPermittedError
from learncomm_discord.audience.rules import reads
from learncomm_discord.directory.accounts import check_available, number
from learncomm_discord.directory.rooms import Place


def position(after: MessageRef | datetime | None) -> discord.Object | None:
    """Return the id after which history begins; None for all of it.

    A moment counts itself, cut to the millisecond as ids are.
    """
    if isinstance(after, datetime):
        return discord.Object(max(0, discord.utils.time_snowflake(after) - 1))
    id = None if after is None else number(after.id)
    return None if id is None else discord.Object(id)


def check_history(channel: Place) -> None:
    """Make sure that an empty history says that nothing is there.

    Raises:
        NotPermittedError: The bot may not read it, or is in the server no more.
        DisconnectedError: Discord tells nothing of its server for now.
    """
    if isinstance(channel, discord.DMChannel):
        return
    check_available(channel.guild)
    if not reads(channel, channel.guild.me):
        raise NotPermittedError(f"the history of {channel.id} is closed to the bot")
