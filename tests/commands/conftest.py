"""Ann, who leads, Ben and Chloé in their rooms, with sites of this machine behind the links they post."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.testing.web import FakeWeb


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the starter library in it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("filled") / "data"

    async def fill() -> None:
        async with Gathering(folder):
            return

    asyncio.run(fill())
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data"))


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def circle(data: Path, web: FakeWeb) -> AsyncIterator[Circle]:
    """A community whose agent searches by words alone."""
    async with Circle(data, web=web) as circle:
        yield circle
