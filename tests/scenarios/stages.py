"""Where a scene can be played: the same people, the same lines, on different chats."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import discord
from simcord.results import InteractionResult

from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock, SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.library.web.fetching import Fetcher
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.testing.web import FakeWeb
from learncomm_agent.words import Words
from learncomm_terminal.adapter import TerminalAdapter
from tests.adapters.discord.discord_world import DiscordWorld, RealWaits, choice_of

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
class Played:
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
        model: LanguageModel | None = None,
        fetcher: Fetcher | None = None,
        language: str = "en",
    ) -> None:
        settings = Settings(
            data=self.folder,
            community=CommunitySettings(spaces=(space,), language=language),
            embedding=EmbeddingSettings(kind="off"),
            storage=StorageSettings(synchronous="normal"),
        )
        self.agent = await self.stack.enter_async_context(
            Agent(
                settings, [platform], clock=clock, embedder=embedder, model=model, fetcher=fetcher
            )
        )
        await self.settle()

    async def settle(self) -> None:
        await SystemClock().idle(self._quiet(), "settling", timeout_s=PATIENCE_S)

    async def _quiet(self) -> None:
        assert self.agent is not None
        is_busy = self.agent.house.is_busy
        # What follows from the last thing may have come while it was looked: so it is looked twice.
        while await is_busy() or await is_busy():
            await SystemClock().sleep(0.002)


class TerminalStage:
    """Played by typing into `learncomm chat`."""

    def __init__(self, folder: Path) -> None:
        self._played = Played(folder)
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


class DiscordStage:
    """Played on a simulated Discord server, with slash commands and messages."""

    def __init__(
        self,
        folder: Path,
        embedder: Callable[[], Embedder] | None = None,
        model: LanguageModel | None = None,
        web: FakeWeb | None = None,
        title: str = "",
        *,
        is_open: bool = False,
    ) -> None:
        self._title, self._is_open = title, is_open
        self._played = Played(folder)
        self._embedder, self._model, self._web = embedder, model, web
        self._entries = {
            Words().phrase(f"command.{each.name}.on_message", language="en"): each.name
            for each in builtin.catalogue().commands
            if each.on_message
        }
        self.used: set[str] = set()
        """The commands, controls, entries of menus, forms and suggestions that people used."""
        home = folder / "discord"
        home.mkdir(parents=True, exist_ok=True)
        self.world = DiscordWorld(home, Words(), group=None)
        self._people: dict[str, AccountRef] = {}

    async def __aenter__(self) -> "DiscordStage":
        world = self.world
        await world.open()
        if self._title:
            world.env.backend.edit_bot_profile(self._title)
        leads = discord.Permissions(manage_guild=True)
        self._people[LEADER] = await world.member(LEADER, permissions=leads)
        for name in ("Ben", "Chloé"):
            self._people[name] = await world.member(name)
        if self._is_open:
            self.room: RoomRef = await world.square(ROOM)
        else:
            self.room = await world.room(*self._people.values(), name=ROOM)
        await self._begin()
        await self.calls(LEADER, "read", "on")
        self.used.clear()
        return self

    async def _begin(self) -> None:
        world = self.world
        clock = self.clock()
        space = f"discord:{world.guild.id}"
        fetcher = None if self._web is None else self._web.fetcher(clock)
        await self._played.open(world.platform, space, clock, self._embedder, self._model, fetcher)
        await world.publish()

    def clock(self) -> Clock:
        """Return the time of the simulated server."""
        return RealWaits(self.world.env)

    async def restarts(self) -> None:
        """Let the process end and another one begin; what is on disk stays."""
        await self._played.stack.aclose()
        await self.world.renew()
        await self._begin()

    async def passes(self, span: timedelta) -> None:
        """Let time pass; what becomes due meanwhile is done when it is due."""
        work, end = self.agent.house.work, self.world.now() + span
        await self.settle()
        while True:
            due = await work.next_due()
            moment = end if due is None else min(due, end)
            await self.world.waits(max(0.0, (moment - self.world.now()).total_seconds()))
            if due is None or due > end:
                return
            work._wake()  # it waits in real time, and this one goes on in leaps
            await self.settle()

    async def __aexit__(self, *error: object) -> None:
        await self._played.stack.aclose()
        await self.world.close()

    async def says(self, who: str, text: str) -> None:
        await self.writes(who, text)

    async def writes(self, who: str, text: str) -> MessageRef:
        """Write a message, and return it."""
        message = await self.world.says(self._people[who], self.room, text)
        await self._played.settle()
        return message

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str:
        declared = builtin.catalogue().by_name[command]
        rest = declared.rest
        options: dict[str, object] = {rest.name: what} if what and rest is not None else {}
        if file is not None:
            options["file"] = (file.name, file.content)
        return await self.asks(who, command, **options)

    async def asks(self, who: str, command: str, /, **options: object) -> str:
        """Ask by command with what its options say, and return what one is answered."""
        self.used.add(command)
        before = await self.shown(who)
        await self.world.calls(self._people[who], self.room, command, **options)
        return await self._new(who, before)

    async def asks_on(self, who: str, entry: str, message: MessageRef) -> str:
        """Use an entry in the menu of a message, and return what one is answered."""
        self.used.add(f"menu:{self._entries[entry]}")
        before = await self.shown(who)
        assert (await self.world.asks_on(self._people[who], entry, message)).acknowledged
        return await self._new(who, before)

    async def presses(self, who: str, label: str) -> str:
        """Press the newest button of a name that somebody is shown, and return what one is answered."""
        before = await self.shown(who)
        choice = await self.world.pushes(self._people[who], self.room, label)
        self.used.add(f"control:{choice.partition(':')[0]}")
        return await self._new(who, before)

    async def newest(self, who: str, text: str) -> MessageRef:
        """Return the newest message that somebody sees which holds a text."""
        seen = await self.world.seen_by(self._people[who], self.room)
        return [each.ref for each in seen if text in each.text][-1]

    def menu(self, message: MessageRef) -> tuple[str, list[str]]:
        """Return the list below a message: its id, and what can be picked from it."""
        rows = self.world.message(message).components
        parts = [part for row in rows for part in getattr(row, "children", ())]
        (menu,) = (part for part in parts if isinstance(part, discord.SelectMenu))
        return choice_of(str(menu.custom_id)), [option.value for option in menu.options]

    async def picks(self, who: str, menu: str, message: MessageRef, *values: str) -> str:
        """Pick from a list below a message, and return what one is answered."""
        self.used.add(f"control:{menu.partition(':')[0]}")
        before = await self.shown(who)
        picked = await self.world.picks(self._people[who], menu, message, *values)
        assert picked.acknowledged
        return await self._new(who, before)

    async def selects(self, who: str, prompt: str, label: str) -> str:
        """Pick from the newest list of a prompt, and return what one is answered."""
        before = await self.shown(who)
        menu = await self.world.selects(self._people[who], self.room, prompt, label)
        self.used.add(f"control:{menu.partition(':')[0]}")
        return await self._new(who, before)

    async def fills_in_by(self, who: str, label: str, /, **values: object) -> str:
        """Press the newest button that opens a form, fill it in, and return what one is answered."""
        shown = await self.world.opens(self._people[who], self.room, label)
        before = await self.shown(who)
        assert (await self.world.fills_in(self._people[who], shown, **values)).acknowledged
        return await self._new(who, before)

    async def fills_in_on(
        self, who: str, choice: str, message: MessageRef, /, **values: object
    ) -> str:
        """Press what opens a form below a message, fill it in, and return what one is answered."""
        shown = await self.world.clicks(self._people[who], choice, message)
        before = await self.shown(who)
        assert (await self.world.fills_in(self._people[who], shown, **values)).acknowledged
        return await self._new(who, before)

    async def types(self, who: str, command: str, option: str, typed: str) -> list[str]:
        """Type into an option, and return the names of what is offered."""
        self.used.add(f"suggested:{command}.{option}")
        found = await self.world.types(self._people[who], self.room, command, option, typed)
        return [each["name"] for each in found]

    async def opens(self, who: str, command: str) -> InteractionResult:
        """Open the form of a command."""
        shown = await self.world.calls(self._people[who], self.room, command)
        assert shown.modal is not None
        return shown

    async def fills_in(self, who: str, command: str, /, **values: object) -> str:
        """Open the form of a command, fill it in, and return what one is answered."""
        self.used |= {command, f"form:{command}"}
        shown = await self.opens(who, command)
        before = await self.shown(who)
        assert (await self.world.fills_in(self._people[who], shown, **values)).acknowledged
        return await self._new(who, before)

    def member(self, who: str) -> AccountRef:
        """Return the account of somebody."""
        return self._people[who]

    def named(self, what: str) -> object:
        """Return what the app puts in for a person or a channel that somebody names."""
        if what in self._people:
            return self.world.actor(self._people[what])
        (found,) = (each for each in self.world.guild.channels.values() if each.name == what)
        return found

    async def opens_room(self, name: str, *who: str) -> RoomRef:
        """Make a channel for some people alone."""
        return await self.world.room(*map(self.member, who), name=name)

    async def welcomes(self, *names: str) -> None:
        """Let more people come to the server."""
        for name in names:
            self._people[name] = await self.world.member(name)

    async def settle(self) -> None:
        """Wait until the agent has nothing to do."""
        await self._played.settle()
        await self.world.env.settle()

    @property
    def web(self) -> FakeWeb:
        """The sites that links lead to."""
        assert self._web is not None
        return self._web

    @property
    def agent(self) -> Agent:
        assert self._played.agent is not None
        return self._played.agent

    async def mentions(self, who: str, text: str) -> str:
        before = await self.shown(who)
        me = self.world.bot.user
        assert me is not None
        await self.world.says(self._people[who], self.room, f"{me.mention} {text}")
        return await self._new(who, before)

    async def picture(
        self,
        who: str,
        path: Path,
        *,
        size: tuple[int, int],
        target: InteractionResult | None = None,
    ) -> None:
        """Draw what somebody sees now: the end of the room, or the form that they were shown."""
        await self.world.picture(self._people[who], self.room, path, size=size, target=target)

    async def picture_of(
        self, who: str, message: MessageRef, path: Path, *, size: tuple[int, int]
    ) -> None:
        """Draw one message as somebody sees it now."""
        target = self.world.message(message)
        await self.world.picture(
            self._people[who], message.room, path, size=size, target=target, is_alone=True
        )

    async def _new(self, who: str, before: dict[str, str]) -> str:
        await self._played.settle()
        await self.world.env.settle()
        after = await self.shown(who)
        return "\n".join(text for id, text in after.items() if id not in before)

    async def shown(self, who: str) -> dict[str, str]:
        seen = await self.world.seen_by(self._people[who], self.room)
        told = self.world.direct_messages(self._people[who])
        here = {each.ref.id: _MARK.sub(r"\1 ", each.text) for each in seen if each.text}
        return here | {f"direct {number}": text for number, text in enumerate(told)}
