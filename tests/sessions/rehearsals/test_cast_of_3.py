"""Every playbook that ships, played to its end by 3 members, whatever goes wrong; see `playing.SORTS`."""

import pytest

from tests.sessions.rehearsals.playing import NAMES, SEEDS, failures


@pytest.mark.rehearsal
@pytest.mark.parametrize("name", NAMES)
def test_it_ends_and_all_holds_at_every_step(name: str) -> None:
    found = list(failures(name, 3, range(SEEDS)))
    assert not found, "\n".join(found)
