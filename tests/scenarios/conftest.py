"""Ann, who leads, Ben and Chloé in a hall, a den and a lounge, with an agent that searches by words or meaning."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.embedder import HashingEmbedder
from learncomm_agent.testing.web import FakeWeb


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


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """Sites of the test's own."""
    async with FakeWeb() as web:
        yield web
