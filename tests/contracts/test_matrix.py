"""The contract suite on Matrix, with a real homeserver."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.world import World
from learncomm_agent.words import Words
from tests.adapters.matrix.matrix_world import MatrixWorld
from tests.adapters.matrix.synapse import Synapse

pytestmark = pytest.mark.slow


class TestMatrix(PlatformContract):
    @pytest.fixture
    async def world(self, tmp_path: Path, words: Words, synapse: Synapse) -> AsyncIterator[World]:
        world = MatrixWorld(synapse, tmp_path, words)
        await world.open()
        yield world
        await world.close()
