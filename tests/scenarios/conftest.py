"""Ann, who leads, Ben and Chloé in a hall, a den and a lounge, with an agent that searches by words or meaning."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.testing.embedder import HashingEmbedder


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the starter library in it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("seed") / "data"

    async def fill() -> None:
        async with Gathering(folder, embedder=HashingEmbedder):
            return

    asyncio.run(fill())
    return folder


@pytest.fixture
def data(seed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seed, tmp_path / "data"))


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    """A community whose agent searches by words alone."""
    async with Circle(data) as circle:
        yield circle


@pytest.fixture
async def knowing(data: Path) -> AsyncIterator[Circle]:
    """A community whose agent has an embedding model."""
    async with Circle(data, embedder=HashingEmbedder) as circle:
        yield circle


@pytest.fixture(params=[None, HashingEmbedder], ids=["by words", "by meaning"])
async def either(data: Path, request: pytest.FixtureRequest) -> AsyncIterator[Circle]:
    """Both, one after the other."""
    async with Circle(data, embedder=request.param) as circle:
        yield circle
