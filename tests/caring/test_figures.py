"""Figures: never from too few, only in coarse steps, and never so that somebody learns what another one said."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.figures import (
    FINE,
    FLOOR,
    MOST,
    USUAL,
    Figure,
    Way,
    figure,
    threshold,
    way,
)

COUNTS = st.lists(st.integers(0, 12), min_size=5, max_size=5)


@given(COUNTS, st.integers(-3, 60))
def test_no_figure_comes_from_fewer_than_needed(counts: list[int], least: int) -> None:
    found = figure(counts, least)
    assert (found is None) == (sum(counts) < max(least, FLOOR))


@given(COUNTS, st.integers(0, 10))
def test_a_figure_is_coarse_and_never_at_an_end(counts: list[int], least: int) -> None:
    if (found := figure(counts, least)) is not None:
        assert found.level in ({2.0, 2.5, 3.0, 3.5, 4.0} if sum(counts) >= FINE else {2, 3, 4})
        assert 0 < found.share < 1


def all_counts(answered: int) -> Iterator[tuple[int, ...]]:
    """Yield all ways in which so many people can answer."""
    for bars in combinations(range(answered + 4), 4):
        ends = (-1, *bars, answered + 4)
        yield tuple(b - a - 1 for a, b in pairwise(ends))


@pytest.mark.parametrize("answered", range(FLOOR, 16))
def test_who_knows_an_answer_of_their_own_learns_none_of_the_others(answered: int) -> None:
    told: dict[Figure, list[tuple[int, ...]]] = defaultdict(list)
    for counts in all_counts(answered):
        found = figure(counts, FLOOR)
        assert found is not None
        told[found].append(counts)
    for found, fits in told.items():
        for own in range(5):
            others = [
                tuple(count - (score == own) for score, count in enumerate(counts))
                for counts in fits
                if counts[own]
            ]
            if not others:
                continue  # nobody who said that can read this
            one = others[0]
            apart = max(sum(map(abs, map(int.__sub__, one, each))) // 2 for each in others)
            assert apart >= 2, (found, own, "what two others said is open")
            certain = [score for score in range(5) if all(each[score] for each in others)]
            assert not certain, (found, own, "of no answer it is certain that somebody gave it")


@given(st.integers(0, 4), st.integers(FLOOR + 1, 30))
def test_that_all_said_the_same_can_t_be_told(score: int, count: int) -> None:
    all_same = [count if each == score else 0 for each in range(5)]
    for beside in {max(score - 1, 0), min(score + 1, 4)} - {score}:
        others = [*all_same]
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
    fine = figure([0, 6, 4, 0, 0], 5)
    assert fine is not None and fine.level == 2.5
    assert way(low, fine) is Way.SAME, "three levels are no lower than five"


@pytest.mark.parametrize("counts", [[], [1, 2, 3, 4], [1, 1, 1, 1, -1]])
def test_what_is_no_count_is_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="no counts"):
        figure(counts, 5)
