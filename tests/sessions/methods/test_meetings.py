"""A meeting stays at its time on the wall, everywhere and across every change of the clocks."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.meetings import (
    Weekly,
    begun,
    in_zones,
    is_quiet,
    meetings,
    moment_of,
    next_humane,
    next_meeting,
)

BERLIN, NEW_YORK, SYDNEY, KOLKATA = (
    *("Europe/Berlin", "America/New_York"),
    *("Australia/Sydney", "Asia/Kolkata"),
)
MOMENTS = st.integers(1_704_067_200, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))
"""From 2024 to 2040."""
ZONES = st.sampled_from(
    [BERLIN, NEW_YORK, SYDNEY, KOLKATA, "UTC", "Australia/Lord_Howe", "Pacific/Chatham"]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "offsets"),
    [
        *((BERLIN, "2026-03-18", [1, 2]), (BERLIN, "2026-10-15", [2, 1])),
        *((NEW_YORK, "2026-03-01", [-5, -4]), (NEW_YORK, "2026-10-25", [-4, -5])),
        *((SYDNEY, "2026-03-29", [11, 10]), (SYDNEY, "2026-09-27", [10, 11])),
        (KOLKATA, "2026-03-18", [5.5, 5.5]),
    ],
)
def test_monday_at_six_stays_monday_at_six(zone: str, after: str, offsets: list[float]) -> None:
    found = meetings(Weekly(0, time(18), zone), at(after), 8)
    local = [each.astimezone(ZoneInfo(zone)) for each in found]
    assert {(each.weekday(), each.time()) for each in local} == {(0, time(18))}
    assert all(b.date() - a.date() == timedelta(weeks=1) for a, b in pairwise(local))
    seen = [each.utcoffset() for each in local]
    assert [seen[0], seen[-1]] == [timedelta(hours=hours) for hours in offsets]
    assert all(each.tzinfo is UTC for each in found)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "moment"),
    [
        *(
            (BERLIN, "2026-03-29", "02:30", "2026-03-29T01:00"),
        ),  # missing: 03:00 is the next minute
        *((BERLIN, "2026-10-25", "02:30", "2026-10-25T00:30"),),  # twice: the first
        *((NEW_YORK, "2026-03-08", "02:00", "2026-03-08T07:00"),),
        *((NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30"),),
        *((SYDNEY, "2026-10-04", "02:59", "2026-10-03T16:00"),),
        *((SYDNEY, "2026-04-05", "02:00", "2026-04-04T15:00"),),
        *(("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),),  # half an hour
        *(("Pacific/Apia", "2011-12-30", "18:00", "2011-12-30T10:00"),),  # a day that never was
        *((KOLKATA, "2026-03-29", "02:30", "2026-03-28T21:00"),),
    ],
)
def test_missing_and_doubled_hours(zone: str, day: str, wall: str, moment: str) -> None:
    assert moment_of(date.fromisoformat(day), time.fromisoformat(wall), zone) == at(moment)


def test_a_weekly_time_in_a_missing_hour_is_moved_that_once() -> None:
    found = meetings(Weekly(6, time(2, 30), BERLIN), at("2026-03-17"), 3)
    local = [each.astimezone(ZoneInfo(BERLIN)).strftime("%d %H:%M") for each in found]
    assert local == ["22 02:30", "29 03:00", "05 02:30"]


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 6),
    st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    ZONES,
    st.integers(1, 8),
    MOMENTS,
)
def test_meetings_are_found_one_by_one_as_all_at_once(
    weekday: int, wall: time, zone: str, every: int, after: datetime
) -> None:
    weekly = begun(Weekly(weekday, wall, zone, every), after)
    found = meetings(weekly, after, 4)
    moment = after
    for each in found:
        moment = next_meeting(weekly, moment)
        local = moment.astimezone(ZoneInfo(zone))
        assert moment == each
        assert local.weekday() == weekday and local.time() >= wall
        assert local.time() == wall or moment_of(local.date(), wall, zone) == moment
    days = [each.astimezone(ZoneInfo(zone)).date() for each in found]
    assert {b - a for a, b in pairwise(days)} == {timedelta(weeks=every)}
    assert timedelta() < found[0] - after <= timedelta(weeks=1, hours=2)


def test_which_weeks_are_meant_is_kept() -> None:
    weekly = Weekly(3, time(19, 30), BERLIN, 2, since=date(2026, 11, 26))
    assert Weekly.of(json.loads(json.dumps(weekly.record()))) == weekly
    assert next_meeting(weekly, at("2026-11-26T18:29")) == at("2026-11-26T18:30")
    assert next_meeting(weekly, at("2026-11-26T18:30")) == at("2026-12-10T18:30")  # it has begun
    assert next_meeting(weekly, at("2026-12-01")) == at("2026-12-10T18:30")
    assert next_meeting(weekly, at("2026-11-01")) == at("2026-11-12T18:30")
    assert meetings(weekly, at("2026-12-01"), 0) == ()


@pytest.mark.parametrize(
    "zone", ["", "Europe/Atlantis", "../etc/passwd", "😀", "Europe", "x" * 5000]
)
def test_unknown_zones_are_named(zone: str) -> None:
    now = at("2026-11-26")
    with pytest.raises(ValueError, match="no time zone"):
        Weekly(0, time(18), zone)
    with pytest.raises(ValueError, match="no time zone"):
        is_quiet(now, zone)
    with pytest.raises(ValueError, match="no time zone"):
        in_zones(now, [zone])


@pytest.mark.parametrize(("weekday", "every"), [(7, 1), (-1, 1), (0, 0), (0, 9)])
def test_times_that_can_not_be_are_refused(weekday: int, every: int) -> None:
    with pytest.raises(ValueError, match="no weekly time"):
        Weekly(weekday, time(18), BERLIN, every)
    with pytest.raises(ValueError, match="another day"):
        Weekly(0, time(18), BERLIN, since=date(2026, 11, 26))


def test_a_post_shows_the_times_of_members_from_west_to_east() -> None:
    zones = [BERLIN, "Europe/Paris", BERLIN, NEW_YORK, KOLKATA, "Africa/Lagos"]
    shown = in_zones(at("2026-11-30T17:00"), zones)
    assert [(each.at.strftime("%a %H:%M"), each.zones, each.members) for each in shown] == [
        ("Mon 12:00", (NEW_YORK,), 1),
        ("Mon 18:00", (BERLIN, "Africa/Lagos", "Europe/Paris"), 4),
        ("Mon 22:30", (KOLKATA,), 1),
    ]
    summer = in_zones(at("2026-07-06T16:00"), zones)  # Lagos has no summer time
    assert [each.at.strftime("%H:%M") for each in summer] == ["12:00", "17:00", "18:00", "21:30"]
    few = in_zones(at("2026-11-30T17:00"), [*zones, KOLKATA], most=2)
    assert [each.zones[0] for each in few] == [BERLIN, KOLKATA]
    assert in_zones(at("2026-11-30T17:00"), []) == ()


@pytest.mark.parametrize(
    ("moment", "zone", "humane"),
    [
        *(("2026-11-26T07:00", BERLIN, "2026-11-26T07:00"),),  # 08:00 there
        *(("2026-11-26T06:59", BERLIN, "2026-11-26T07:00"),),
        *(("2026-11-26T19:59", BERLIN, "2026-11-26T19:59"),),
        *(("2026-11-26T20:00", BERLIN, "2026-11-27T07:00"),),
        *(("2026-03-28T22:00", BERLIN, "2026-03-29T06:00"),),  # the night that is an hour short
        *(("2026-11-26T22:00", NEW_YORK, "2026-11-26T22:00"),),
        *(("2026-11-26T20:00", SYDNEY, "2026-11-26T21:00"),),
    ],
)
def test_people_are_left_in_peace_at_night(moment: str, zone: str, humane: str) -> None:
    assert next_humane(at(moment), zone) == at(humane)
    assert is_quiet(at(moment), zone) == (moment != humane)
    assert not is_quiet(at(humane), zone)
