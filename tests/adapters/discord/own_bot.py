"""The adapter's own bot against the double on this machine: quick to be ready, and aimed at it."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.words import Words
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection.bot import AnyBot, LearncommBot, ShardedBot
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback

QUICK_S = 0.1
"""discord.py waits for two seconds whether more servers come; the double sends all of them at once."""


class Quick(SystemClock):
    """Sleeps no longer than a test may."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.05)


class QuickBot(LearncommBot):
    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._connection.guild_ready_timeout = QUICK_S

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return  # it would wait five seconds before each new session


class QuickShardedBot(ShardedBot):
    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._connection.guild_ready_timeout = QUICK_S

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return


def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the adapter make quick bots; put back what its options set for the whole process."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(sys.modules[DiscordAdapter.__module__], "LearncommBot", QuickBot)
    monkeypatch.setattr(sys.modules[DiscordAdapter.__module__], "ShardedBot", QuickShardedBot)


def adapter(
    double: Loopback, folder: Path, clock: Clock, client: AnyBot | None = None, **options: Any
) -> DiscordAdapter:
    """Return an adapter that speaks to the double, not yet started."""
    given = {
        "token": SecretStr(double.token),
        "api_url": double.api_url,
        "gateway_url": double.gateway_url,
        **options,
    }
    surroundings = Surroundings(
        folder, clock, Words(), builtin.catalogue(), options=Options(**given)
    )
    return DiscordAdapter(surroundings, client)
