"""A whole agent on the platform of a world: where a rule about a promise to people is played."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.verbs import DirectMessages
from learncomm_agent.clock import SystemClock
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    LibrarySettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.testing.world import Seen, World
from learncomm_agent.words import Words

Make = Callable[[Settings, World], Agent]
"""Makes the agent on the platform that a world has now."""

PATIENCE_S = 60.0
_LOOK_S = 0.002
_QUIET = 2
"""So often in a row nothing is due, until all is said to be done: a post may bring about the next thing."""


def agent_on(settings: Settings, world: World) -> Agent:
    """Return an agent without a model, on the platform of a world."""
    return Agent(settings, [world.platform], clock=world.clock)


@dataclass(slots=True)
class Play:
    """An agent without a model among three people in one room; Ada leads."""

    world: World
    make: Make
    settings: Settings
    agent: Agent
    said: set[MessageRef] = field(default_factory=set)
    """What people wrote."""
    asked: MessageRef = field(init=False)
    """What was asked last."""
    ada: AccountRef = field(init=False)
    """She leads."""
    ben: AccountRef = field(init=False)
    eve: AccountRef = field(init=False)
    room: RoomRef = field(init=False)
    """Of all three."""
    can: Capabilities = field(init=False)
    """What that room is said to be able to."""

    async def open(self) -> None:
        """Let the agent begin, on the adapter that the world has now."""
        self.agent = self.make(self.settings, self.world)
        await self.agent.__aenter__()

    async def close(self) -> None:
        """Let the agent end, as it stands."""
        await self.agent.__aexit__(None, None, None)

    async def restart(self) -> None:
        """Let the process end and another one begin on what is kept."""
        await self.close()
        await self.world.renew()
        await self.open()

    def away(self) -> AbstractAsyncContextManager[None]:
        """Let the platform be out of reach for the agent meanwhile."""
        return self.world.away(self.close, self.open)

    async def settle(self) -> None:
        """Come back when nothing is due: all is kept, answered and posted."""
        await SystemClock().idle(self._quiet(), "settling", timeout_s=PATIENCE_S)

    async def _quiet(self) -> None:
        quiet = 0
        while quiet < _QUIET:
            quiet = 0 if await self.agent.house.is_busy() else quiet + 1
            await SystemClock().sleep(_LOOK_S)

    async def gather(self, *, is_read: bool = True) -> None:
        """Bring people into a room, which the agent reads where a leader can have it so."""
        self.ada = await self.world.leader("Ada")
        self.ben, self.eve = await self.world.member("Ben"), await self.world.member("Eve")
        self.room = await self.world.room(self.ada, self.ben, self.eve)
        self.can = await self.world.platform.capabilities(self.room)
        if is_read:
            await self.reads(self.room)

    @property
    def reaches_one(self) -> bool:
        """Whether an answer can reach somebody alone who has written in a room."""
        return self.can.private_replies == Level.FULL or self.can.direct_messages >= Level.PARTIAL

    async def reads(self, room: RoomRef) -> None:
        """Let Ada have the agent read a room."""
        await self.asks(self.ada, "read on", room)

    async def says(self, who: AccountRef, text: str, room: RoomRef | None = None) -> MessageRef:
        """Let somebody write a message, and wait until nothing follows from it any more."""
        message = await self.world.says(who, room or self.room, text)
        self.said.add(message)
        await self.settle()
        return message

    async def asks(self, who: AccountRef, text: str, room: RoomRef | None = None) -> list[Seen]:
        """Let somebody ask the agent, and return all that is new to them: the answer."""
        where = room or self.room
        before = {seen.ref for seen in await self.sees(who, where)}
        await self.writes_to_it(who, text, where)
        await self.settle()
        return [seen for seen in await self.sees(who, where) if seen.ref not in before]

    async def writes_to_it(
        self, who: AccountRef, text: str, room: RoomRef | None = None
    ) -> MessageRef:
        """Let somebody ask the agent, and come back as soon as it has taken that."""
        self.asked = await self.world.asks(who, room or self.room, text)
        self.said.add(self.asked)
        return self.asked

    async def edits(self, who: AccountRef, message: MessageRef, text: str) -> None:
        """Let somebody change a message, and wait until nothing follows from it any more."""
        await self.world.edits(who, message, text)
        await self.settle()

    async def deletes(self, who: AccountRef, message: MessageRef) -> None:
        """Let somebody take a message back, and wait until nothing follows from it any more."""
        await self.world.deletes(who, message)
        await self.settle()

    async def sees(self, who: AccountRef, room: RoomRef | None = None) -> list[Seen]:
        """Return what the agent has posted that somebody sees: in a room, then in the direct talk."""
        seen = await self.world.seen_by(who, room or self.room)
        if (direct := await self.direct(who)) is not None and direct != room:
            seen += await self.world.seen_by(who, direct)
        return [each for each in seen if each.ref not in self.said]

    async def direct(self, who: AccountRef) -> RoomRef | None:
        """Return the direct talk with somebody; None where there is no such thing."""
        platform = self.world.platform
        if self.can.direct_messages < Level.PARTIAL or not isinstance(platform, DirectMessages):
            return None
        return await platform.direct_room(who)

    async def publishes_summary(self) -> list[Seen]:
        """Let Ada ask for a summary and publish it; return what Eve then sees of it in the room."""
        before = {seen.ref for seen in await self.sees(self.eve)}
        await self.asks(self.ada, "summary")
        await self.asks(self.ada, "draft publish")
        seen = await self.world.seen_by(self.eve, self.room)
        return [each for each in seen if each.ref not in before | self.said]

    def is_refusal(self, answer: list[Seen]) -> bool:
        """Whether an answer says that what is for one alone can't reach them here, and no more."""
        refusals = {self.phrase("private.refused"), self.phrase("draft.nowhere", sign="")}
        return bool(answer) and {each.text for each in answer} <= refusals

    def phrase(self, key: str, **values: object) -> str:
        """Return a sentence as the agent says it."""
        return words().phrase(key, language="en", **values)


def text_of(seen: list[Seen]) -> str:
    """Return all that stands on some messages."""
    return "\n".join(each.text for each in seen)


@asynccontextmanager
async def play(
    world: World,
    folder: Path,
    make: Make = agent_on,
    *,
    is_read: bool = True,
    own_phrases: str = "",
) -> AsyncIterator[Play]:
    """Open an agent on a world's platform and bring people together; the agent is closed at the end.

    Args:
        world: The platform with its people.
        folder: Where the agent may keep what it keeps.
        make: Makes the agent, each time that it begins.
        is_read: Whether Ada has the room read at once.
        own_phrases: The community's own English phrases, as TOML.
    """
    data = folder / "data"
    await asyncio.to_thread(_prepare, await _seed(), data, own_phrases)
    settings = _settings(data, f"{world.space.platform}:{world.space.id}")
    played = Play(world, make, settings, make(settings, world))
    await played.agent.__aenter__()
    try:
        await played.gather(is_read=is_read)
        yield played
    finally:
        await played.close()


def _prepare(seed: Path, data: Path, own_phrases: str) -> None:
    shutil.copytree(seed, data, dirs_exist_ok=True)
    if own_phrases:
        file = data / CommunitySettings().slug / "phrases" / "en.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(own_phrases, "utf-8")


def _settings(data: Path, space: str) -> Settings:
    return Settings(
        data=data,
        community=CommunitySettings(spaces=(space,)),
        embedding=EmbeddingSettings(kind="off"),
        library=LibrarySettings(links=False),
        storage=StorageSettings(synchronous="normal"),
    )


@cache
def words() -> Words:
    """Return the shipped words, read once."""
    return Words()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="learncomm-")


async def _seed() -> Path:
    """Return a data folder with the starter library in it, made once a process: that takes a while."""
    folder = Path((await asyncio.to_thread(_folder)).name)
    ready, data = folder / "ready", folder / "data"
    if not await asyncio.to_thread(ready.exists):
        async with Agent(_settings(data, "seed:seed")) as agent:
            await agent.idle()
        await asyncio.to_thread(ready.touch)
    return data
