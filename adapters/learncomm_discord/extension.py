"""learncomm in somebody else's bot: `await bot.load_extension("learncomm_discord")`.

It reads its settings as `learncomm run` does: from `learncomm.toml` in the data folder and from the
environment; the bot's token is the host's own affair. All commands stand in one group, `/learn` or what
the setting `group` says; as with any extension, the host publishes them with `await bot.tree.sync()`.
Discord knows permissions of whole groups only, so that everyone sees the leaders' commands there; who
may use them is checked when they do. The host needs the intent `message_content` for learncomm to read
the rooms that leaders open to it.
"""

import asyncio
import os

from discord.ext import commands

from learncomm_agent import platforms
from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.settings import Settings
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection.bot import AnyBot


class Learncomm(commands.Cog):
    """Runs an agent for as long as the bot has this cog."""

    def __init__(self, bot: AnyBot) -> None:
        """Keep the bot; nothing is opened before the cog is loaded."""
        self._bot = bot
        self._agent: Agent | None = None

    async def cog_load(self) -> None:
        """Open the agent.

        Raises:
            LearncommError: The settings hold mistakes, or the data folder can't be used.
        """
        clock = SystemClock()
        settings, surroundings = await asyncio.to_thread(_surroundings, clock)
        adapter = DiscordAdapter(surroundings, self._bot, group=surroundings.options.group)
        agent = Agent(settings, [adapter], clock=clock)
        self._agent = await agent.__aenter__()

    async def cog_unload(self) -> None:
        """Close the agent; what is not done is taken up next time."""
        agent, self._agent = self._agent, None
        if agent is not None:
            await agent.__aexit__(None, None, None)


async def setup(bot: AnyBot) -> None:
    """Bring learncomm into a bot; called by discord.py.

    Raises:
        LearncommError: It can't be opened.
    """
    await bot.add_cog(Learncomm(bot))


def _surroundings(clock: SystemClock) -> tuple[Settings, Surroundings]:
    settings = Settings.load(None, os.environ)
    name = DiscordAdapter.name
    return settings, platforms.surroundings(settings, name, DiscordAdapter, clock)
