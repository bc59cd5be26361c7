"""Ann, who leads, Ben and Chloé in their rooms, with sites of this machine behind the links they post."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.library.readers import walled
from learncomm_agent.library.readers.reader import Reader
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.web import FakeWeb


@pytest.fixture(autouse=True)
def feeds_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read our own few feeds in this process; `tests/library/web/test_feeds.py` reads all behind the wall."""
    beyond = walled.walled

    def here(kind: str, limits: walled.Limits = walled.LIMITS, **how: Any) -> Reader:
        return beyond(kind, limits, **({"is_light": bool} if kind == "feed" else how))

    monkeypatch.setattr(walled, "walled", here)


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def circle(data: Path, web: FakeWeb) -> AsyncIterator[Circle]:
    """A community whose agent searches by words alone."""
    async with Circle(data, web=web) as circle:
        yield circle
