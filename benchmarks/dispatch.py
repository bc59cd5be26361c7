"""What a message costs that nobody asked about: CPU a message, beside discord.py's own dispatch.

    python benchmarks/dispatch.py

Chatter in a room that isn't read goes through `Agent.handle` with 1, 50 and 200 commands declared,
and through `Bot.process_commands` of discord.py with 50 commands. The messages are made beforehand,
no network takes part, and nothing is kept (that is `intake.py`).
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from learncomm_agent.agent import Agent
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Catalogue, Command, Reply
from learncomm_agent.settings import EmbeddingSettings, Settings

MESSAGES = 5_000
ROUNDS = 7
COUNTS = (1, 50, 200)
BAR_US = 20.0
TEXT = "did anybody finish the third chapter? I liked the part about the garden"


async def answer(context: Context, values: Mapping[str, Any]) -> Reply:
    """Never called here."""
    raise AssertionError


def catalogue(count: int) -> Catalogue:
    """Declare so many commands."""
    return Catalogue(tuple(Command(f"command{n}", answer) for n in range(count)))


def chatter(count: int) -> list[MessagePosted]:
    """Write messages in a room that isn't read."""
    room = Room(RoomRef(SpaceRef("bench", "space"), "room"), "corridor")
    author = Account(AccountRef("bench", "member"), "Member")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        MessagePosted(Message(MessageRef(room.ref, str(n)), author.ref, TEXT, now), author, room)
        for n in range(count)
    ]


async def spent(take: Callable[[Any], Awaitable[object]], messages: list[Any]) -> float:
    """Return the CPU microseconds a message, one after the other."""
    begun = time.process_time()
    for message in messages:
        await take(message)
    return 1e6 * (time.process_time() - begun) / len(messages)


async def median(take: Callable[[Any], Awaitable[object]], messages: list[Any]) -> float:
    """Return the median of the rounds."""
    return statistics.median([await spent(take, messages) for _ in range(ROUNDS)])


async def ours(count: int) -> float:
    """Measure an agent with so many commands."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), embedding=EmbeddingSettings(kind="off"))
        async with Agent(settings, catalogue=catalogue(count)) as agent:
            await agent.ready()
            return await median(agent.handle, chatter(MESSAGES))


async def theirs(count: int) -> float | None:
    """Measure discord.py with so many commands; None where it is not installed."""
    try:
        import discord
        from discord.ext import commands
    except ImportError:
        return None

    async def run(context: Any) -> None:
        """Never called here."""

    bot: Any = commands.Bot(command_prefix="!", intents=discord.Intents.default())
    for n in range(count):
        bot.add_command(commands.Command(run, name=f"command{n}"))
    # What its path for chatter touches of a message and of the bot's own account, and no more.
    bot._connection.user = SimpleNamespace(id=2)
    author = SimpleNamespace(bot=False, id=1)
    message = SimpleNamespace(content=TEXT, author=author, _state=None, guild=None)
    return await median(bot.process_commands, [message] * MESSAGES)


async def run() -> int:
    """Print all; 1 where the bar was missed."""
    figures = {count: await ours(count) for count in COUNTS}
    beside = await theirs(50)
    listed = ", ".join(f"{count} commands {figure:.2f} us" for count, figure in figures.items())
    print(
        f"chatter: {listed} (bar {BAR_US:.0f} us, flat: {COUNTS[-1]} to {COUNTS[0]} commands ",
        end="",
    )
    print(f"{figures[COUNTS[-1]] / figures[COUNTS[0]]:.2f} x)")
    if beside is None:
        print("discord.py: skipped, it is not installed (group `bench`)")
    else:
        print(f"discord.py, 50 commands: {beside:.2f} us, ours {figures[50] / beside:.2f} x of it")
    return 0 if max(figures.values()) <= BAR_US else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
