"""Figures: never from too few, never finer than in coarse steps, never so that one answer can be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.figures import FLOOR, MOST, USUAL, Way, figure, threshold, way

COUNTS = st.lists(st.integers(0, 12), min_size=5, max_size=5)


@given(COUNTS, st.integers(-3, 60))
def test_no_figure_comes_from_fewer_than_needed(counts: list[int], least: int) -> None:
    found = figure(counts, least)
    assert (found is None) == (sum(counts) < max(least, FLOOR))


@given(COUNTS, st.integers(0, 10))
def test_a_figure_is_coarse_and_never_at_an_end(counts: list[int], least: int) -> None:
    if (found := figure(counts, least)) is not None:
        assert found.level in {1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5}
        assert 0 < found.share < 1


@given(st.integers(0, 4), st.integers(FLOOR, 30))
def test_that_all_said_the_same_can_t_be_told(score: int, count: int) -> None:
    all_same = [count if each == score else 0 for each in range(5)]
    others = [*all_same]
    for beside in {max(score - 1, 0), min(score + 1, 4)} - {score}:
        others[score] -= 1
        others[beside] += 1
    assert figure(all_same, FLOOR) == figure(others, FLOOR)


@given(st.none() | st.integers(-100, 1000))
def test_leaders_may_ask_for_more_and_never_for_fewer_than_three(wanted: int | None) -> None:
    assert FLOOR <= threshold(wanted) <= MOST
    assert threshold(None) == USUAL == 5


def test_how_it_went_beside_the_time_before() -> None:
    low, high = figure([3, 2, 0, 0, 0], 5), figure([0, 0, 0, 2, 3], 5)
    assert low is not None and high is not None
    assert [way(low, high), way(low, low), way(high, low)] == [Way.UP, Way.SAME, Way.DOWN]


@pytest.mark.parametrize("counts", [[], [1, 2, 3, 4], [1, 1, 1, 1, -1]])
def test_what_is_no_count_is_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="no counts"):
        figure(counts, 5)
