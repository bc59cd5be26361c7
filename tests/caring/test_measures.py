"""Sums over who said what: right on small talks, and never telling of too few people, whatever was said."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.letters import (
    BEHIND,
    SHOWN,
    WEEKS,
    Beside,
    Ended,
    Letter,
    Promised,
    Reason,
    Suggestion,
    chosen,
    letter,
    reasons,
)
from learncomm_agent.caring.measures import (
    DAY,
    HOUR,
    WITHIN,
    Asked,
    Said,
    Talk,
    asks,
    usual_wait,
    voices,
    week_of,
)

ANN, BEN, CHLOE = 1, 2, 3
HALL, THREAD = 1, 2
WEEK = 7 * DAY
BOUNDS = [number * WEEK for number in range(WEEKS + 1)]
DAYS = [f"2026-01-{number + 1:02}" for number in range(WEEKS)]
QUESTION = "How do we welcome newcomers?"


def said(
    member: int,
    text: str,
    at: int,
    place: str = "",
    *,
    reply_to: str | None = None,
    room: int = HALL,
    is_to_us: bool = False,
) -> Said:
    return Said(member, room, place or f"{at}", at, len(text), text, reply_to, is_to_us)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("How do we welcome newcomers?", True),
        ("Where do we meet?! I am lost.", True),
        ("„Wo treffen wir uns?“", True),
        ("**Where is it now?**", True),
        ("新しい人をどう迎えますか？", True),
        ("كيف نرحب بالجدد؟", True),
        ("Really?", False),
        ("See https://a.example/?how=do&we=meet? or so", False),
        ("`a = b ? c : d` is what I wrote", False),
        ("> How do we meet?\nIn the hall.", False),
        ("> In the hall.\nAnd where is that?", True),
        ("I wonder how we meet.", False),
        ("? ? ?", False),
        ("", False),
    ],
)
def test_a_question_is_a_sentence_with_its_sign(text: str, is_one: bool) -> None:
    assert asks(text) is is_one


@pytest.mark.parametrize(
    ("others", "waited"),
    [
        ([], None),
        ([said(BEN, "By name.", HOUR, reply_to="q")], HOUR),
        ([said(ANN, "By name!", HOUR, reply_to="q")], None),
        ([said(BEN, "By name.", WITHIN + 1, reply_to="q")], None),
        ([said(BEN, "By name.", 2 * HOUR, room=THREAD)], 2 * HOUR),
        ([said(BEN, "We welcome them by name.", HOUR)], HOUR),
        ([said(BEN, "It rains.", HOUR)], None),
        ([said(BEN, "We welcome them.", 2 * DAY)], None),
        ([said(BEN, "Welcome, Ben!", HOUR, reply_to="other")], None),
        ([said(BEN, "Who welcomes them?", HOUR, is_to_us=True)], None),
        ([said(BEN, f"Line {n}", n) for n in range(1, 4)] + [said(CHLOE, "Welcome!", 9)], None),
    ],
)
def test_a_question_is_taken_up_by_somebody_else_soon(
    others: list[Said], waited: int | None
) -> None:
    talk = Talk([said(ANN, QUESTION, 0, "q"), *others], {THREAD: (HALL, "q")})
    first = talk.questions()[0]
    assert (first.member, first.waited) == (ANN, waited)


@pytest.mark.parametrize(
    ("others", "waited"),
    [
        ([], None),
        ([said(BEN, "Hello!", HOUR)], HOUR),
        ([said(BEN, "Hello!", 2 * HOUR), said(CHLOE, "Hi!", HOUR, reply_to="q")], HOUR),
        ([said(BEN, "So I thought, too.", HOUR, reply_to="other")], None),
        ([said(BEN, "Hello!", 2 * DAY, reply_to="q")], 2 * DAY),
    ],
)
def test_a_newcomer_is_answered_by_whoever_speaks_next(
    others: list[Said], waited: int | None
) -> None:
    talk = Talk([said(ANN, "I am Ann.", 0, "q"), *others], {})
    assert [each.waited for each in talk.first_words({ANN: 0, 99: 5})] == [waited]


def test_waiting_counts_those_who_got_nothing_and_needs_people() -> None:
    asked = [Asked(0, n, n * HOUR) for n in range(1, 4)] + [Asked(0, n, None) for n in (4, 5)]
    assert usual_wait(asked, 5) == 3 * HOUR
    assert usual_wait([*asked, Asked(0, 6, None), Asked(0, 7, None)], 5) == -1
    assert usual_wait(asked[:4], 5) is None
    assert usual_wait([Asked(0, 1, 1)] * 9, 5) is None
    assert usual_wait([], 0) is None


def test_a_share_is_that_of_a_third() -> None:
    assert voices(dict.fromkeys(range(6), 10), 5).top_third == pytest.approx(1 / 3)
    assert voices({1: 90, 2: 5, 3: 5}, 3).top_third == pytest.approx(0.9)
    assert voices({1: 90, 2: 5, 3: 0}, 3).top_third is None


def told(talk: list[Said], least: int = 5, promised: list[Promised] | None = None) -> Letter:
    firsts: dict[int, int] = {}
    for each in talk:
        firsts[each.member] = min(each.at, firsts.get(each.member, each.at))
    return letter(talk, {}, firsts, promised or [], [], bounds=BOUNDS, days=DAYS, least=least)


MESSAGES = st.lists(
    st.builds(
        said,
        st.integers(1, 9),
        st.sampled_from([QUESTION, "We welcome them.", "", "x" * 50]),
        st.integers(-WEEK, (WEEKS + 1) * WEEK),
    ),
    max_size=60,
)
PROMISES = st.lists(
    st.builds(Promised, st.integers(1, 7), st.integers(0, WEEKS * WEEK), st.booleans()), max_size=30
)


@given(MESSAGES, PROMISES, st.integers(3, 8))
def test_no_figure_rests_on_too_few_people(
    talk: list[Said], promised: list[Promised], least: int
) -> None:
    found = told(talk, least, promised)
    assert len(found.weeks) == SHOWN and Letter.of(found.record()) == found
    for number, week in enumerate(found.weeks, WEEKS - SHOWN):
        there = [each for each in talk if week_of(each.at, BOUNDS) == number and each.chars]
        people = {each.member for each in there}
        owners = {
            each.owner
            for each in promised
            if number - BEHIND < (week_of(each.due, BOUNDS) or 0) <= number
        }
        assert week.spoke == len(people)
        assert (week.share is None) == (len(people) < least)
        askers = {each.member for each in there if each.is_question}
        assert (week.asked is None) == (len(people) < least or 0 < len(askers) < least)
        assert (week.due is None) == (len(owners) < least)
        if week.asked is not None:
            assert 0 <= (week.answered or 0) <= week.asked
        if week.share is not None:
            assert 1 / 3 <= week.share <= 1
    reasons(found, is_looked_for=False)


@given(MESSAGES, st.permutations(range(9)))
def test_who_is_who_makes_no_difference(talk: list[Said], others: list[int]) -> None:
    renamed = [each._replace(member=others[each.member - 1] + 1) for each in talk]
    assert told(renamed) == told(talk)


@given(MESSAGES, st.randoms(use_true_random=False))
def test_the_order_in_which_it_comes_makes_no_difference(talk: list[Said], lot: object) -> None:
    talk = [each._replace(place=str(n)) for n, each in enumerate(talk)]
    shuffled = list(talk)
    lot.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(shuffled) == told(talk)


def test_voices_stand_beside_the_community_s_own_past() -> None:
    def week(number: int, loud: int) -> list[Said]:
        at = number * WEEK
        quiet = [said(member, "x" * 10, at + member) for member in range(2, 7)]
        return [said(1, "x" * loud, at), *quiet]

    past = [each for number in range(WEEKS - 1) for each in week(number, 40)]
    for loud, beside in ((42, Beside.AS_USUAL), (200, Beside.LESS_EVEN), (10, Beside.MORE_EVEN)):
        found = told([*past, *week(WEEKS - 1, loud)])
        assert found.beside is beside and found.usual == pytest.approx(50 / 90)
    assert told(week(WEEKS - 1, 20)).beside is None


def test_reasons_and_what_is_chosen_for_them() -> None:
    week = told([]).this
    assert reasons(told([]), is_looked_for=True) == {
        Reason.IN_VAIN,
        Reason.QUIET,
        Reason.NO_SESSION,
        Reason.ALWAYS,
    }
    assert week.spoke == 0
    known = [
        Suggestion("a", Reason.ALWAYS, "g", "h", False),
        Suggestion("b", Reason.QUIET, "g", "h", False),
        Suggestion("c", Reason.ALWAYS, "g", "h", True),
        Suggestion("d", Reason.OVERDUE, "g", "h", True),
    ]
    given_now = {Reason.QUIET, Reason.ALWAYS}
    assert [each.name for each in chosen(known, given_now, ())] == ["b", "c"]
    assert [each.name for each in chosen(known, given_now, {"b", "c"})] == ["a"]
    assert chosen(known, (), ()) == ()


def test_sessions_stand_in_their_week() -> None:
    ended = [Ended(BOUNDS[-1] - 1, 4.0), Ended(BOUNDS[-2] - 1, None), Ended(BOUNDS[-1], 2.0)]
    found = letter([], {}, {}, [], ended, bounds=BOUNDS, days=DAYS, least=5)
    assert [astuple(each)[-2:] for each in found.weeks[-2:]] == [(1, ()), (1, (4.0,))]
