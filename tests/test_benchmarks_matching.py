"""That the matching of a large community is measured on one in which everybody finds somebody."""

import pytest

from benchmarks import matching


def test_a_small_community_is_matched_whole(capsys: pytest.CaptureFixture[str]) -> None:
    found = matching.run(40)
    for name, (seconds, made) in found.items():
        assert seconds > 0
        assert {id for each in made.groups for id in each.members} | set(made.unmatched) == set(
            range(1, 41)
        ), name
    assert matching.main(["--members", "40"]) == 0
    assert "buddies: " in capsys.readouterr().out


def test_the_same_people_come_each_time() -> None:
    assert matching.people(5) == matching.people(5)
    assert matching.bounds(5) == matching.bounds(5)
