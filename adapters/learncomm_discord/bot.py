"""The bot of our own: it asks Discord for no more than is used, and keeps no messages in memory."""

from typing import Any

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from learncomm_agent.log import logger
from learncomm_discord.options import Options

_log = logger(__name__)
_LONGEST_WAIT_S = 60.0
"""A rate limit that lasts longer is told to the outbox, which has other rooms to see to."""


def intents(options: Options) -> discord.Intents:
    """Return what Discord is asked to tell of."""
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        message_content=True,
        guild_reactions=True,
        dm_reactions=True,
        members=options.members_intent,
    )


class LearncommBot(commands.Bot):
    """A bot that does nothing by itself: whoever wants to hear something listens."""

    def __init__(self, options: Options) -> None:
        """Make it; nothing is connected."""
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=intents(options),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_WAIT_S,
        )
        _redirect(options)

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave out text commands of discord.py's own."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log a mistake of ours without what was being handled: it holds members' words."""
        _log.exception("listener failed", listener=event_method)


def _redirect(options: Options) -> None:
    """Speak to other addresses; discord.py has one pair for the whole process."""
    if options.api_url is not None:
        Route.BASE = options.api_url.rstrip("/")
    if options.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(options.gateway_url)
