"""The contract suite on the terminal: people type, and read what is printed."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from learncomm_agent.chat.events import Event, ReplyHandle
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.surroundings import Phrases, Surroundings
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.world import Doing, PlainWorld, Seen, World
from learncomm_agent.words import Words
from learncomm_terminal.adapter import TerminalAdapter

T = TypeVar("T")
HEAD = re.compile(r"── .+ (#|&|@)(\S+) ──")
MEMBER = re.compile(r" *(\d+) ([^:]+): (?:↳ (\d+) )?(.*?)( \(edited\))?")
AGENT = re.compile(r" *(\d+) learncomm(?: ↳ (\d+))?(?: \((?:only .*|edited)\))?")
NUMBER = re.compile(r"\[#(\d+)\]")
LEADER = "Ada"
"""The first who is there leads."""
SAVED = re.compile(r"(\S+) → \S+")


class Impatient(ManualClock):
    """A clock on which nobody waits in vain: here no answer ever comes."""

    async def idle(
        self, waiting: Awaitable[T], reason: str, *, timeout_s: float | None = None
    ) -> T:
        async with asyncio.timeout(None if timeout_s is None else 0):
            return await waiting


class TerminalWorld(PlainWorld):
    """Plays people by typing; sees nothing but the screen."""

    platform: TerminalAdapter

    def __init__(self, folder: Path, phrases: Phrases) -> None:
        self._out = io.StringIO()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_ready = asyncio.Event()
        self._rooms: dict[RoomRef, str] = {}
        self._where: dict[str, RoomRef] = {}
        self._clock = ManualClock()
        self._surroundings = Surroundings(folder, Impatient(), phrases, Catalogue(()))
        self.platform = self._adapter()

    def _adapter(self) -> TerminalAdapter:
        return TerminalAdapter(self._surroundings, self._typed(), self._out)

    @property
    def space(self) -> SpaceRef:
        return SpaceRef("terminal", "local")

    @property
    def clock(self) -> Clock:
        return self._clock

    async def renew(self) -> None:
        self._is_ready = asyncio.Event()
        self.platform = self._adapter()

    @asynccontextmanager
    async def away(self, stop: Doing, start: Doing) -> AsyncIterator[None]:
        """Let people type on, while what they do reaches nobody."""

        async def nobody(event: Event) -> None:
            return

        await stop()
        await self.renew()
        await self.platform.start(nobody)
        yield
        await self.platform.stop()
        await self.renew()
        await start()

    async def leader(self, name: str) -> AccountRef:
        await self._type(f"/as {LEADER}")
        return AccountRef("terminal", LEADER.casefold())

    async def member(self, name: str) -> AccountRef:
        await self._type(f"/as {name}")
        return AccountRef("terminal", name.casefold())

    async def room(self, *members: AccountRef) -> RoomRef:
        first, *others = members
        name = f"room{len(self._rooms)}"
        await self._type(f"/as {first.id}", f"/room {name} private")
        await self._type(*(f"/invite {other.id}" for other in others))
        direct = await self.platform.direct_room(first)
        ref = RoomRef(direct.space, f"private:{name}")
        self._rooms[ref] = name
        return ref

    async def says(
        self, member: AccountRef, room: RoomRef, text: str, reply_to: MessageRef | None = None
    ) -> MessageRef:
        await self._go(member, room)
        await self._type(text if reply_to is None else f"/reply {reply_to.id} {text}")
        numbers = [found[1] for found in map(MEMBER.fullmatch, self._printed()) if found]
        self._where[numbers[-1]] = room
        return MessageRef(room, numbers[-1])

    async def edits(self, member: AccountRef, message: MessageRef, text: str) -> None:
        await self._go(member, message.room)
        await self._type(f"/edit {message.id} {text}")

    async def deletes(self, member: AccountRef, message: MessageRef) -> None:
        await self._go(member, message.room)
        await self._type(f"/delete {message.id}")

    async def presses(self, member: AccountRef, choice: Choice, message: MessageRef) -> None:
        await self._go(member, message.room)
        found = re.findall(rf"\[(\d)\] {choice.label}", self._out.getvalue())
        await self._type(f"/pick {message.id} {found[-1]}")

    async def handle(self, member: AccountRef, room: RoomRef) -> ReplyHandle | None:
        return None

    async def seen_by(self, member: AccountRef, room: RoomRef) -> list[Seen]:
        await self._go(member, room)
        printed = self._printed()
        heads = [place for place, line in enumerate(printed) if HEAD.fullmatch(line)]
        name = self._rooms.get(room)
        is_there = printed[heads[-1]].endswith(f" &{name} ──" if name else "@learncomm ──")
        if not is_there or (name is None and room != await self.platform.direct_room(member)):
            return []
        return [self._linked(each) for each in read(printed[heads[-1] + 1 :], room)]

    def _linked(self, seen: Seen) -> Seen:
        """Find the room of each message that is named by its number, which it has alone."""
        links = (replace(each, room=self._where.get(each.id, each.room)) for each in seen.links)
        return _with(seen, links=tuple(links))

    async def _go(self, member: AccountRef, room: RoomRef) -> None:
        name = self._rooms.get(room)
        await self._type(
            f"/as {member.id}", "/room lobby", "/direct" if name is None else f"/room {name}"
        )

    def _printed(self) -> list[str]:
        return self._out.getvalue().splitlines()

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


def read(lines: list[str], room: RoomRef) -> list[Seen]:
    """Read a room off the screen, as a person does."""
    seen: list[Seen] = []
    for line in lines:
        last = seen[-1] if seen else None
        if found := AGENT.fullmatch(line):
            seen.append(Seen(MessageRef(room, found[1]), "", reply_to=_ref(room, found[2])))
        elif line.startswith("    │") and last is not None:
            row = line.removeprefix("    │").removeprefix(" ")
            saved = SAVED.fullmatch(row)
            if saved is not None:
                seen[-1] = _with(last, files=(*last.files, saved[1]))
            else:
                links = tuple(MessageRef(room, number) for number in NUMBER.findall(row))
                text = f"{last.text}\n{row}".strip("\n")
                seen[-1] = _with(last, text=text, links=(*last.links, *links))
        elif found := MEMBER.fullmatch(line):
            ref, reply_to = MessageRef(room, found[1]), _ref(room, found[3])
            seen.append(Seen(ref, found[4], reply_to=reply_to))
        elif line.startswith("    ") and last is not None:
            seen[-1] = _with(last, reactions=tuple(line.split()[::2]))
    return seen


def _with(seen: Seen, **changes: object) -> Seen:
    return replace(seen, **changes)  # type: ignore[arg-type]


def _ref(room: RoomRef, number: str | None) -> MessageRef | None:
    return MessageRef(room, number) if number else None


@pytest.fixture
def terminal_phrases(words: Words) -> Phrases:
    return words


class TestTerminal(PlatformContract):
    @pytest.fixture
    async def world(self, tmp_path: Path, terminal_phrases: Phrases) -> AsyncIterator[World]:
        world = TerminalWorld(tmp_path, terminal_phrases)
        yield world
        await world.platform.stop()
