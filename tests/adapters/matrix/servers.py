"""Fixtures: the homeserver of the tests, one for all of them, with new people and rooms for each."""

from collections.abc import Iterator

import pytest

from tests.adapters.matrix.synapse import REQUIRED, Synapse, is_there


def _check() -> None:
    if not is_there():
        assert not REQUIRED, "Synapse is not installed, and must be here"
        pytest.skip("Synapse is not installed: pip install --group homeserver")


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver without limits, which no test may stop."""
    _check()
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver of one test, which it may stop and start."""
    _check()
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture
def strict_synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver with the limits for messages that one has when nobody has changed them."""
    _check()
    limits = {"rc_message": {"per_second": 0.2, "burst_count": 10}}
    server = Synapse(tmp_path_factory.mktemp("synapse"), **limits)
    server.start()
    yield server
    server.stop(kill=True)
