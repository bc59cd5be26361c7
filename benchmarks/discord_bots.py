"""The bots that `discord_start.py` and `discord_chatter.py` measure, each in a process of its own.

    python -m benchmarks.discord_bots bare|ours API GATEWAY FOLDER

*bare* is a bot of discord.py that asks for the same and does nothing. The token is in the environment.
Each prints the seconds until it was ready, then for each line that it reads the seconds of CPU that it
has used, and ends with its input.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.words import Words
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection.bot import intents
from learncomm_discord.options import Options
from tests.adapters.discord.loopback import Loopback

ROOT = Path(__file__).parent.parent
TOKEN = "LEARNCOMM_DISCORD_TOKEN"


class Child:
    """A bot in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Wait until it is ready."""
        self._process = process
        self.ready_s = self._told()

    @property
    def cpu_s(self) -> float:
        """The seconds of CPU that it has used so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._told()

    def _told(self) -> float:
        assert self._process.stdout is not None
        return float(self._process.stdout.readline())


@contextmanager
def running(kind: str, double: Loopback, folder: Path) -> Iterator[Child]:
    """Run a bot of this kind; it holds the folder while it runs."""
    module = [sys.executable, "-m", "benchmarks.discord_bots"]
    process = subprocess.Popen(
        [*module, kind, double.api_url, double.gateway_url, str(folder)],
        cwd=ROOT,
        env={**os.environ, TOKEN: double.token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Child(process)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()


def options(api: str, gateway: str) -> Options:
    """Return what both bots ask for: all members, too."""
    token = SecretStr(os.environ[TOKEN])
    return Options(token=token, api_url=api, gateway_url=gateway, members_intent=True)


async def bare(chosen: Options) -> None:
    """Run a bot that does nothing."""
    assert chosen.token is not None
    Route.BASE = chosen.api_url or Route.BASE
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(chosen.gateway_url or "")
    begun = time.perf_counter()
    bot = commands.Bot((), intents=intents(chosen), max_messages=None, help_command=None)
    async with bot:
        await bot.login(chosen.token.get_secret_value())
        going = asyncio.create_task(bot.connect())
        await bot.wait_until_ready()
        await answering(begun)
        await bot.close()
        await asyncio.wait([going])


async def ours(chosen: Options, folder: Path) -> None:
    """Run an agent that holds the folder."""
    begun = time.perf_counter()
    settings = Settings(data=folder, embedding=EmbeddingSettings(kind="off"))
    clock, catalogue = SystemClock(), builtin.catalogue()
    surroundings = Surroundings(folder / "discord", clock, Words(), catalogue, options=chosen)
    async with Agent(settings, [DiscordAdapter(surroundings)], clock=clock):
        await answering(begun)


async def answering(begun: float) -> None:
    """Say how long it took, then how much CPU was used whenever that is asked."""
    print(time.perf_counter() - begun, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(time.process_time(), flush=True)


def main(kind: str, api: str, gateway: str, folder: str) -> None:
    """Run one of them."""
    discord.utils.setup_logging(level=40, root=True)
    chosen = options(api, gateway)
    if hasattr(os, "sched_setaffinity"):  # all its threads share one core, where that can be had
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asyncio.run(bare(chosen) if kind == "bare" else ours(chosen, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
