"""One community on Discord and in a terminal, in one process: what is shared, and what stays where it was said."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.settings import (
    CommunitySettings,
    EmbeddingSettings,
    Settings,
    StorageSettings,
)
from learncomm_agent.words import Words
from learncomm_terminal.adapter import TerminalAdapter
from tests.scenarios.stages import DiscordStage, TerminalStage

HERE = "The quince marmalade stands behind the atlas."
THERE = "The quince orchard lies behind the harbour."
CODE = re.compile(r"[A-Z2-9]{5}-[A-Z2-9]{5}")


class Both(DiscordStage):
    """A Discord server whose agent plays in a terminal as well."""

    terminal: TerminalStage

    async def __aenter__(self) -> "Both":
        await super().__aenter__()
        return self

    async def _begin(self) -> None:
        folder = self._played.folder
        self.terminal = TerminalStage(folder)
        place = folder / "terminal"
        await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
        around = Surroundings(place, SystemClock(), Words(), builtin.catalogue())
        adapter = TerminalAdapter(around, self.terminal._typed(), self.terminal._out)
        spaces = (f"discord:{self.world.guild.id}", "terminal:local")
        settings = Settings(
            data=folder,
            community=CommunitySettings(spaces=spaces),
            embedding=EmbeddingSettings(kind="off"),
            storage=StorageSettings(synchronous="normal"),
        )
        clock = self.clock()
        agent = Agent(settings, [self.world.platform, adapter], clock=clock)
        self._played.agent = await self._played.stack.enter_async_context(agent)
        self.terminal._played = self._played
        await self._played.settle()
        await self.world.publish()


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    async with Both(tmp_path) as stage:
        for name in ("Ben", "Chloé", "Ada"):
            await stage.terminal._type(f"/as {name}")
        await stage.terminal._type("/room hall")
        yield stage


async def test_a_library_for_all_rooms_for_their_readers_and_one_person_by_a_code(
    both: Both,
) -> None:
    terminal = both.terminal
    october = (Section("A quince is picked in October."),)
    await both.agent.add([Reading("notes:quinces", ResourceKind.TEXT, "Quinces", october)])
    said = await both.writes("Ben", HERE)
    await both.asks("Ben", "share", message=said.id)
    await terminal.calls("Ben", "share", THERE)
    for found, is_here in (
        (await both.calls("Ben", "search", "quince"), True),
        (await terminal.calls("Ben", "search", "quince"), False),
    ):
        assert "October" in found
        assert ("marmalade" in found, "orchard" in found) == (is_here, not is_here)

    (code,) = set(CODE.findall(await both.calls("Ben", "link")))
    assert "stop here" in await terminal.calls("Ben", "link", code)
    assert "Ben (discord) and Ben (terminal) are one person" in await terminal.calls(
        "Ben", "link", f"{code} yes"
    )
    assert "linked with one on terminal" in str(await both.shown("Ben"))
    for found in (
        await both.calls("Ben", "search", "quince"),
        await terminal.calls("Ben", "search", "quince"),
    ):
        assert "marmalade" in found and "orchard" in found
    assert "in hall on discord" in await terminal.calls("Ben", "search", "marmalade")
    for found in (
        await both.calls("Chloé", "search", "quince"),
        await terminal.mentions("Ben", "search quince"),
    ):
        assert ("marmalade" in found, "orchard" in found) in ((True, False), (False, True))
    assert "orchard" not in await both.calls("Chloé", "search", "quince orchard")
    assert "marmalade" not in await terminal.mentions("Ben", "search marmalade")
