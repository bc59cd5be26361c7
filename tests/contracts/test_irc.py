"""The contract suite on IRC: the adapter that the page builds, on a real server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.world import World
from learncomm_agent.words import Words
from tests.adapters.irc.page import program
from tests.adapters.irc.people import IrcWorld
from tests.adapters.irc.server import Running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def irc() -> Iterator[Running]:
    server = Running()
    yield server
    server.stop()


class TestIrc(PlatformContract):
    @pytest.fixture
    async def world(self, tmp_path: Path, words: Words, irc: Running) -> AsyncIterator[World]:
        world = IrcWorld(tmp_path / "irc", words, irc.port)
        await world.open()
        yield world
        await world.close()


def test_the_page_builds_it_in_fewer_than_200_lines() -> None:
    assert len([line for line in program().splitlines() if line.strip()]) < 200
