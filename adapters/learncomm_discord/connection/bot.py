"""The bot of our own: it asks Discord for no more than is used, and keeps no messages in memory."""

from typing import Any

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from learncomm_agent.log import logger
from learncomm_discord.connection.parsing import Parse, Parsers
from learncomm_discord.options import Options

AnyBot = commands.Bot | commands.AutoShardedBot
"""A bot with one connection, or with several."""
_log = logger(__name__)
_LONGEST_WAIT_S = 60.0
"""A rate limit that lasts longer is told to the outbox, which has other rooms to see to."""


def intents(options: Options) -> discord.Intents:
    """Return what Discord is asked to tell of."""
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        guild_polls=True,
        guild_scheduled_events=True,
        dm_messages=True,
        message_content=True,
        guild_reactions=True,
        dm_reactions=True,
        members=options.members_intent,
    )


class _Own:
    """What our own bots have in common."""

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave out text commands of discord.py's own."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log a mistake of ours without what was being handled: it holds members' words."""
        _log.exception("listener failed", listener=event_method)


class LearncommBot(_Own, commands.Bot):
    """A bot that does nothing by itself: whoever wants to hear something listens."""

    def __init__(self, options: Options) -> None:
        """Make it; nothing is connected."""
        super().__init__(**_modest(options))
        _prepare(self, options)


class ShardedBot(_Own, commands.AutoShardedBot):
    """The same, for so many servers that several connections share them."""

    def __init__(self, options: Options) -> None:
        """Make it; nothing is connected."""
        self._wanted = options.shards if isinstance(options.shards, int) else None
        self._gateway = None if options.gateway_url is None else yarl.URL(options.gateway_url)
        super().__init__(**_modest(options), shard_count=self._wanted)
        _prepare(self, options)
        parsers = self._connection.parsers
        parsers["READY"] = self._begun(parsers["READY"])

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Begin a connection; Discord's advice names its own gateway, which may not be ours."""
        await super().launch_shard(self._gateway or gateway, shard_id, initial=initial)

    def _begun(self, parse: Parse) -> Parse:
        """Take out servers that were lost while their connection was away; discord.py keeps them."""

        def parsed(data: Any) -> None:
            parse(data)
            there = {int(each["id"]) for each in data["guilds"]}
            for guild in self.guilds:
                if guild.shard_id == data["shard"][0] and guild.id not in there:
                    self._connection.parse_guild_delete({"id": guild.id})

        return parsed

    def clear(self) -> None:
        """Forget all, so that it may begin anew; discord.py leaves here what is half begun."""
        super().clear()
        self.shard_count = self._wanted  # type: ignore[assignment] # None asks Discord again
        self._connection._ready_tasks.clear()
        self._connection._ready_states.clear()


def _modest(options: Options) -> dict[str, Any]:
    return {
        "command_prefix": (),
        "help_command": None,
        "intents": intents(options),
        "allowed_mentions": discord.AllowedMentions.none(),
        "max_messages": None,
        "max_ratelimit_timeout": _LONGEST_WAIT_S,
    }


def _prepare(bot: AnyBot, options: Options) -> None:
    """Guard a bot from what it can't read, and let it speak to other addresses."""
    bot._connection.parsers = Parsers(bot._connection.parsers)
    # discord.py has one pair of addresses for the whole process.
    if options.api_url is not None:
        Route.BASE = options.api_url.rstrip("/")
    if options.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(options.gateway_url)
