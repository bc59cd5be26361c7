"""Hours in which people are written to, over all zones and years, against clocks that are read minute by minute."""

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learncomm_agent.caring.hours import DAY_MINUTES, SHORTEST, WEEK, Hours, free, free_at

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
MOMENTS = st.integers(631152000, 2143000000).map(partial(datetime.fromtimestamp, tz=UTC))
MINUTE = timedelta(minutes=1)


@st.composite
def parts(draw: st.DrawFn) -> Hours:
    starts = draw(st.integers(0, DAY_MINUTES - 1))
    length = draw(st.integers(SHORTEST, DAY_MINUTES - 1))
    return Hours(draw(ZONES), starts, (starts + length) % DAY_MINUTES)


def minute_of(at: datetime, zone: str) -> int:
    local = at.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def is_in(at: datetime, hours: Hours) -> bool:
    return (minute_of(at, hours.zone) - hours.starts) % DAY_MINUTES < (
        hours.ends - hours.starts
    ) % DAY_MINUTES


@settings(max_examples=300, deadline=None)
@given(at=MOMENTS, hours=parts())
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), Hours("Europe/Berlin", 2 * 60, 3 * 60))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Hours("Europe/Berlin", 2 * 60, 3 * 60))
@example(datetime(2026, 4, 4, 14, 50, tzinfo=UTC), Hours("Australia/Lord_Howe", 90, 150))
@example(datetime(2011, 12, 30, 5, 0, tzinfo=UTC), Hours("Pacific/Apia"))
@example(datetime(1994, 12, 31, 9, 0, tzinfo=UTC), Hours("Pacific/Kiritimati"))
def test_the_next_moment_is_in_the_hours_and_none_before_it_is(at: datetime, hours: Hours) -> None:
    found = hours.next(at)
    assert found >= at and is_in(found, hours) and hours.hold(found)
    if is_in(at, hours):
        assert found == at
    else:
        # No whole quarter of an hour in between was one, nor was the minute before.
        between = [at + n * 15 * MINUTE for n in range(int((found - at) / (15 * MINUTE)) + 1)]
        assert not any(is_in(each, hours) for each in between if each < found)
        assert found - MINUTE < at or not is_in(found - MINUTE, hours)
    assert found - at <= timedelta(days=2, hours=2)


@settings(max_examples=100, deadline=None)
@given(at=MOMENTS, hours=parts())
def test_hours_end_within_a_day(at: datetime, hours: Hours) -> None:
    begun = hours.next(at)
    assert begun < hours.until(begun) + timedelta(hours=2)  # clocks may be put back in them
    assert hours.until(begun) - begun <= timedelta(hours=26)


@pytest.mark.parametrize(
    ("day", "offset"), [(28, 1), (29, 2), (30, 2)], ids=["before", "that day", "after"]
)
def test_nine_stays_nine_when_clocks_are_put_forward(day: int, offset: int) -> None:
    night = datetime(2026, 3, day, 0, 5, tzinfo=UTC)
    nine = datetime(2026, 3, day, 9 - offset, tzinfo=UTC)
    assert Hours("Europe/Berlin").next(night) == nine


@pytest.mark.parametrize(
    ("starts", "ends"), [(-1, 600), (540, 540), (540, 599), (1440, 60), (0, 1441), (1410, 20)]
)
def test_what_is_no_part_of_a_day_is_refused(starts: int, ends: int) -> None:
    with pytest.raises(ValueError):
        Hours("UTC", starts, ends)


def test_a_whole_day_is_one_part() -> None:
    assert Hours("UTC", 0, DAY_MINUTES).hold(datetime(2026, 1, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "x" * 5000, "Europe"])
def test_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError):
        Hours(zone)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 30 * 24 * 60), max_size=40),
    st.integers(1, 6),
)
def test_no_week_ever_holds_more_than_are_allowed(asked: list[int], most: int) -> None:
    """Whoever sends at the first free moment keeps to the bound in each seven days, and waits for a reason."""
    start, sent = datetime(2026, 3, 1, tzinfo=UTC), list[datetime]()
    for minute in sorted(asked):
        now = max([start + minute * MINUTE, *sent[-1:]])
        at = free_at(sent, most, now)
        assert (at == now) == (free(sent, most, now) > 0)
        if at > now:
            assert free(sent, most, at - MINUTE) == 0
        sent.append(at)
    assert all(b - a >= WEEK for a, b in zip(sent, sent[most:], strict=False))
