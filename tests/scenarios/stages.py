"""Where a scene can be played: the same people, the same lines, on different chats."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import discord

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.words import Words
from learncomm_terminal.adapter import TerminalAdapter
from tests.adapters.discord.discord_world import DiscordWorld, SimulatedClock

_MARK = re.compile(r"<mark (\S+)>")
"""A bullet or number as the reader of Discord's Markdown names it."""
T = TypeVar("T")
LEADER = "Ada"
PATIENCE_S = 30.0
ROOM = "hall"


class Stage(Protocol):
    """A room with three people in it, Ada who leads, Ben and Chloé, and the agent."""

    async def says(self, who: str, text: str) -> None:
        """Write a message."""
        ...

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str:
        """Ask by command, and return what one is answered."""
        ...

    async def mentions(self, who: str, text: str) -> str:
        """Ask the agent by its name, and return what one is answered."""
        ...


@dataclass
class _Played:
    """An agent on a platform, and how to wait for it."""

    folder: Path
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    agent: Agent | None = None

    async def open(
        self,
        platform: Platform,
        space: str,
        clock: Clock,
        embedder: Callable[[], Embedder] | None = None,
    ) -> None:
        settings = Settings(
            data=self.folder,
            community=CommunitySettings(spaces=(space,)),
            embedding=EmbeddingSettings(kind="off"),
            storage=StorageSettings(synchronous="normal"),
        )
        self.agent = await self.stack.enter_async_context(
            Agent(settings, [platform], clock=clock, embedder=embedder)
        )
        await self.settle()

    async def settle(self) -> None:
        await SystemClock().idle(self._quiet(), "settling", timeout_s=PATIENCE_S)

    async def _quiet(self) -> None:
        assert self.agent is not None
        while await self.agent.house.is_busy():
            await SystemClock().sleep(0.002)


class TerminalStage:
    """Played by typing into `learncomm chat`."""

    def __init__(self, folder: Path) -> None:
        self._played = _Played(folder)
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_ready = asyncio.Event()
        self._out = io.StringIO()

    async def __aenter__(self) -> "TerminalStage":
        folder = self._played.folder / "terminal"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        surroundings = Surroundings(folder, SystemClock(), Words(), builtin.catalogue())
        adapter = TerminalAdapter(surroundings, self._typed(), self._out)
        await self._played.open(adapter, "terminal:local", SystemClock())
        for name in ("Ben", "Chloé", LEADER):
            await self._type(f"/as {name}")
        await self._type(f"/room {ROOM}")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._played.stack.aclose()

    async def says(self, who: str, text: str) -> None:
        await self._type(f"/as {who}", f"/room {ROOM}", text)

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str:
        line = f"/{command} {what}"
        if file is not None:
            path = self._played.folder / file.name
            await asyncio.to_thread(path.write_bytes, file.content)
            line = f"/{command} file={path}"
        return await self._asks(who, line)

    async def mentions(self, who: str, text: str) -> str:
        return await self._asks(who, f"@learncomm {text}")

    async def _asks(self, who: str, line: str) -> str:
        await self._type(f"/as {who}", f"/room {ROOM}")
        before = len(self._out.getvalue())
        await self._type(line.strip())
        await self._played.settle()
        rows = re.findall(r"^ {4}│ ?(.*)$", self._out.getvalue()[before:], re.MULTILINE)
        return "\n".join(rows)

    async def _type(self, *lines: str) -> None:
        for line in lines:
            await self._is_ready.wait()
            self._is_ready.clear()
            self._lines.put_nowait(line)
            await self._is_ready.wait()

    async def _typed(self) -> AsyncIterator[str]:
        while True:
            self._is_ready.set()
            yield await self._lines.get()


class _RealWaits(SimulatedClock):
    """The time of the simulated world, in which the agent's own waits pass for real."""

    async def sleep(self, seconds: float) -> None:
        await SystemClock().sleep(seconds)

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        return await SystemClock().idle(waiting, reason, timeout_s=timeout_s)


class DiscordStage:
    """Played on a simulated Discord server, with slash commands and messages."""

    def __init__(self, folder: Path, embedder: Callable[[], Embedder] | None = None) -> None:
        self._played = _Played(folder)
        self._embedder = embedder
        home = folder / "discord"
        home.mkdir(parents=True, exist_ok=True)
        self.world = DiscordWorld(home, Words(), group=None)
        self._people: dict[str, AccountRef] = {}

    async def __aenter__(self) -> "DiscordStage":
        world = self.world
        await world.open()
        leads = discord.Permissions(manage_guild=True)
        self._people[LEADER] = await world.member(LEADER, permissions=leads)
        for name in ("Ben", "Chloé"):
            self._people[name] = await world.member(name)
        self.room: RoomRef = await world.room(*self._people.values(), name=ROOM)
        clock = _RealWaits(world.env)
        space = f"discord:{world.guild.id}"
        await self._played.open(world.platform, space, clock, self._embedder)
        await world.publish()
        await self.calls(LEADER, "read", "on")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._played.stack.aclose()
        await self.world.close()

    async def says(self, who: str, text: str) -> None:
        await self.world.says(self._people[who], self.room, text)
        await self._played.settle()

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str:
        declared = builtin.catalogue().by_name[command]
        rest = declared.rest
        options: dict[str, object] = {rest.name: what} if what and rest is not None else {}
        if file is not None:
            options["file"] = (file.name, file.content)
        before = await self._shown(who)
        await self.world.calls(self._people[who], self.room, command, **options)
        return await self._new(who, before)

    async def mentions(self, who: str, text: str) -> str:
        before = await self._shown(who)
        me = self.world.bot.user
        assert me is not None
        await self.world.says(self._people[who], self.room, f"{me.mention} {text}")
        return await self._new(who, before)

    async def picture(self, who: str, path: Path, *, size: tuple[int, int]) -> None:
        """Draw what somebody sees now."""
        await self.world.picture(self._people[who], self.room, path, size=size)

    async def _new(self, who: str, before: dict[str, str]) -> str:
        await self._played.settle()
        await self.world.env.settle()
        after = await self._shown(who)
        return "\n".join(text for id, text in after.items() if id not in before)

    async def _shown(self, who: str) -> dict[str, str]:
        seen = await self.world.seen_by(self._people[who], self.room)
        return {each.ref.id: _MARK.sub(r"\1 ", each.text) for each in seen if each.text}
