"""The contract suite on Discord, as SimCord simulates it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.world import World
from learncomm_agent.words import Words
from tests.adapters.discord.discord_world import DiscordWorld


class TestDiscord(PlatformContract):
    @pytest.fixture
    async def world(self, tmp_path: Path, words: Words) -> AsyncIterator[World]:
        world = DiscordWorld(tmp_path, words)
        await world.open()
        yield world
        await world.close()
