"""When one more thank-you between two people says no more: a rule that never blames, and always ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.caring.thanking import MOST, MOST_RETURNS, WEEK, Past, Reason, waits

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def past(*hours_ago: float, words: str = "") -> list[Past]:
    """Thanks so many hours ago; those of the other below zero."""
    return [Past(each > 0, NOW - abs(each) * HOUR, words) for each in hours_ago]


@pytest.mark.parametrize(
    ("before", "why", "reason"),
    [
        ([], "", None),
        (past(48, 24), "for the soup", None),
        (past(72, 48, 24), "for the soup", Reason.ENOUGH),
        (past(24 * 8, 48, 24), "", None),
        (past(24, words="For the soup!"), "for the soup", Reason.SAME_WORDS),
        (past(-24, words="for the soup"), "for the soup", None),
        (past(24, words="?!"), "…", None),
        (past(-24), "", None),
        (past(-72, 48), "", None),
        (past(-72, 48, -24), "", None),
        (past(-96, 72, -48, 24), "", None),
        (past(96, -72, 48, -24), "", Reason.BACK_AND_FORTH),
        (past(-24 * 9, 72, -48, 24, -12), "", Reason.BACK_AND_FORTH),
        (past(72, -48, 24), "", None),
        (past(-24 * 9, 48, -24), "", None),
        ([Past(True, NOW + HOUR, "x")], "x", None),
    ],
)
def test_what_waits(before: list[Past], why: str, reason: Reason | None) -> None:
    later = waits(before, why, NOW)
    assert (None if later is None else later.reason) == reason


THANKS = st.builds(
    Past,
    st.booleans(),
    st.integers(0, 14 * 24).map(lambda hours: NOW - hours * HOUR),
    st.sampled_from(["", "a", "b", "A!", "c"]),
)


@given(st.lists(THANKS, max_size=12), st.sampled_from(["", "a", "zz"]))
def test_what_waits_can_be_said_at_last(before: list[Past], why: str) -> None:
    later = waits(before, why, NOW)
    if later is not None:
        assert NOW < later.until <= NOW + WEEK
        assert waits(before, why, later.until) is None or later.until < NOW + WEEK
    assert waits(before, why, NOW + WEEK) is None


@given(st.lists(st.booleans(), min_size=30, max_size=60))
def test_two_who_go_on_and_on_are_bounded(turns: list[bool]) -> None:
    said: list[Past] = []
    for number, is_one in enumerate(turns):
        now = NOW + number * HOUR
        seen = [Past(each.is_mine is is_one, each.at, each.why) for each in said]
        if waits(seen, "", now) is None:
            said.append(Past(is_one, now, ""))
    assert sum(each.is_mine for each in said) <= MOST
    assert len(said) <= 2 * MOST
    changes = sum(a.is_mine != b.is_mine for a, b in pairwise(said))
    assert changes <= MOST_RETURNS
