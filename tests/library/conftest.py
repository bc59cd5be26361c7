"""The services of an agent without a chat, on a real store, with a model that needs no files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.house import House
from learncomm_agent.settings import Settings, StorageSettings
from learncomm_agent.storage import communities
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.embedder import HashingEmbedder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", storage=StorageSettings(synchronous="normal"))


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def built(settings: Settings, clock: ManualClock, embedder: HashingEmbedder) -> House:
    return House(settings, {}, clock, lambda: embedder, None, None)


@pytest.fixture
async def house(built: House) -> AsyncIterator[House]:
    await built.open()
    yield built
    await built.close()


@pytest.fixture
async def community(house: House, clock: ManualClock) -> CommunityId:
    made = await house.database.write(
        lambda conn: communities.ensure(
            conn, "readers", name="Readers", language="en", timezone="UTC", now=clock.now()
        )
    )
    return made.id
