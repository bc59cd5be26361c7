import json
from dataclasses import asdict, replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.sessions.facilitating.participation import (
    Evenness,
    Figures,
    Own,
    Participation,
    gini,
    measure,
)
from tests.sessions.facilitating.talking import ANA, BEN, CLEO, DAN, LEADER, remark

TALK = [
    remark(LEADER, 0, words=200, terms="mentor", is_host=True),
    remark(ANA, 1, words=60, terms="mentor pairs goals"),
    remark(BEN, 2, words=20, terms="goals", replies_to=ANA),
    remark(CLEO, 3, words=20, terms="lunch", replies_to=ANA),
    remark(LEADER, 4, words=90, terms="lunch", is_host=True, replies_to=CLEO),
    remark(0, 5, words=500, terms="pairs", is_agent=True, replies_to=BEN),
]


def spoken(*words: int) -> Participation:
    return measure([remark(n, n, words=count) for n, count in enumerate(words, 1)])


def test_who_contributed_what_is_counted_without_host_and_agent() -> None:
    measured = measure(TALK, present=(ANA, BEN, CLEO, DAN, LEADER))
    assert set(measured.parts) == {ANA, BEN, CLEO, DAN}
    ana, cleo = measured.parts[ANA], measured.parts[CLEO]
    assert (ana.words, ana.turns, ana.drawn) == (60, 1, 2)
    # `mentor` is the host's; Ben took up `goals`; that the agent said `pairs` is no taking up.
    assert (ana.ideas, ana.taken_up) == (2, 1)
    assert (cleo.drawn, cleo.ideas, cleo.taken_up) == (1, 1, 1)
    assert measured.parts[DAN].turns == 0


def test_the_order_of_remarks_is_that_of_their_times() -> None:
    assert measure(reversed(TALK)) == measure(TALK)


def test_a_member_is_shown_only_their_own() -> None:
    measured = measure(TALK)
    assert measured.own(ANA) == Own(words=60, turns=1, drawn=2, taken_up=1, share=0.6)
    assert measured.own(DAN) == Own(0, 0, 0, 0, 0.0)
    assert measure([]).own(ANA).share == 0


def test_leaders_are_shown_sums_without_members() -> None:
    shown = measure(TALK, present=(DAN,)).aggregate()
    assert (shown.present, shown.spoke, shown.turns) == (4, 3, 3)
    assert shown.top_third == pytest.approx(0.6)
    assert shown.gini == pytest.approx(4 / 15)
    assert shown.answered == pytest.approx(2 / 3)
    assert shown.uptake == pytest.approx(2 / 3)
    assert shown.trend == (shown.gini,)


@pytest.mark.parametrize("words", [(), (5,), (5, 90)])
def test_of_two_no_share_is_told(words: tuple[int, ...]) -> None:
    shown = spoken(*words).aggregate()
    assert (shown.top_third, shown.gini, shown.trend) == (None, None, ())


def test_of_empty_remarks_nothing_is_divided() -> None:
    shown = spoken(0, 0, 0).aggregate()
    assert (shown.top_third, shown.gini, shown.uptake) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    ("words", "past", "expected"),
    [
        ((10, 10, 10), (0.3, 0.3, 0.3), Evenness.MORE_EVEN),
        ((10, 20, 30), (0.2, 0.3, 0.2), Evenness.AS_USUAL),
        ((1, 1, 90), (0.3, 0.3, 0.3), Evenness.LESS_EVEN),
        ((10, 10, 10), (0.3, 0.3), Evenness.UNKNOWN),
        ((10, 10, 10), (0.3, 0.3, None), Evenness.UNKNOWN),
        ((10, 10), (0.3, 0.3, 0.3), Evenness.UNKNOWN),
    ],
)
def test_a_discussion_is_compared_with_the_groups_own_past(
    words: tuple[int, ...], past: tuple[float | None, ...], expected: Evenness
) -> None:
    before = [Figures(3, each, None) for each in past]
    assert spoken(*words).aggregate(before).evenness is expected


def test_the_usual_is_the_median() -> None:
    before = [Figures(3, each, None) for each in (0.1, 0.9, 0.3)]
    shown = spoken(1, 1, 1).aggregate(before)
    assert shown.usual_gini == 0.3
    assert shown.trend == (0.1, 0.9, 0.3, 0.0)


def test_everything_comes_back_from_json() -> None:
    measured = measure(TALK, present=(DAN,))
    assert Participation.of(json.loads(json.dumps(measured.record()))) == measured
    assert Figures.of(json.loads(json.dumps(measured.figures().record()))) == measured.figures()
    assert json.dumps(asdict(measured.aggregate()))


@given(st.lists(st.integers(0, 1000), max_size=12))
def test_the_coefficient_is_the_mean_difference_of_two(values: list[int]) -> None:
    whole, count = sum(values), len(values)
    differences = sum(abs(one - other) for one, other in combinations(values, 2))
    expected = differences / (count * whole) if whole else 0.0
    assert gini(values) == pytest.approx(expected, abs=1e-9)
    assert 0 <= gini(values) < 1


def test_more_of_the_same_changes_no_share() -> None:
    twice = [replace(each, message=f"{n} again") for n, each in enumerate(TALK)] + TALK
    assert measure(twice).gini == pytest.approx(measure(TALK).gini)
