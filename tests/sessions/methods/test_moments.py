"""What a leader says of time is read surely or not at all."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.meetings import Weekly
from learncomm_agent.sessions.methods.moments import read_moment, read_weekly

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 26, 17, tzinfo=UTC)
"""A Thursday, 18:00 in Berlin."""
HOSTILE = [
    "",
    " \n",
    "😀" * 5000,
    "x" * 5000,
    "‏غدا 18:00",
    "\0",
    "1" * 100,
    "1." * 50,
    "²⁰:³⁰ tomorrow",
]


def read(text: str, now: datetime = NOW, zone: str = BERLIN) -> str | None:
    found = read_moment(text, now=now, zone=zone)
    return found.astimezone(ZoneInfo(zone)).strftime("%a %d.%m.%y %H:%M") if found else None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        *(("next Tuesday 19:30", "Tue 01.12.26 19:30"), ("tomorrow 6pm", "Fri 27.11.26 18:00")),
        *(("2026-12-01 18:00", "Tue 01.12.26 18:00"), ("in 3 days", "Sun 29.11.26 18:00")),
        *(("am Donnerstag um 19 Uhr", "Thu 26.11.26 19:00"), ("1.12. 19:00", "Tue 01.12.26 19:00")),
        *(("Thursday 17:00", "Thu 03.12.26 17:00"), ("7pm on Friday", "Fri 27.11.26 19:00")),
        *(
            ("next Thursday 19:00", "Thu 03.12.26 19:00"),
            ("this Friday noon", "Fri 27.11.26 12:00"),
        ),
        *(("Freitag, 27. November, 19:30 Uhr", "Fri 27.11.26 19:30"),),
        *(
            ("December 1st at noon", "Tue 01.12.26 12:00"),
            ("1.12.26 19.30 Uhr", "Tue 01.12.26 19:30"),
        ),
        *(("Tue, Dec 1, 2026 7:30 p.m.", "Tue 01.12.26 19:30"),),
        *(("nächste Woche Dienstag 19:30", "Tue 01.12.26 19:30"),),
        *(("Dienstagabend um 7", "Tue 01.12.26 19:00"), ("tonight at 8", "Thu 26.11.26 20:00")),
        *(("morgen früh um 8", "Fri 27.11.26 08:00"), ("übermorgen 19h30", "Sat 28.11.26 19:30")),
        *(("in 90 min", "Thu 26.11.26 19:30"), ("in einer Woche um 19 Uhr", "Thu 03.12.26 19:00")),
        *(("24/12 18:00", "Thu 24.12.26 18:00"), ("12/24/2026 6 pm", "Thu 24.12.26 18:00")),
        *(("2026-12-01T18:00Z", "Tue 01.12.26 19:00"), ("Dec 1 18:00 UTC", "Tue 01.12.26 19:00")),
        *(("2026-12-01T18:00-05:00", "Wed 02.12.26 00:00"), ("19:30", "Thu 26.11.26 19:30")),
        *(("Dienstag 19.30", "Tue 01.12.26 19:30"), ("Di um 19.10", "Tue 01.12.26 19:10")),
        *(("12 am tomorrow", "Fri 27.11.26 00:00"), ("1.3. 18:00", "Mon 01.03.27 18:00")),
    ],
)
def test_a_moment_to_come(text: str, moment: str) -> None:
    assert read(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        # past
        *("17:00", "today 17:00", "2020-01-01 18:00", "26.11.2026 17:59", "this Monday 18:00"),
        # one of two
        *("next Friday 18:00", "5/4 18:00", "Tuesday at 7", "1.11. 18:00", "Wed, Dec 1 18:00"),
        *(
            "1.12. 2.12.",
            "Tuesday 19.10",
            "Tuesday noon in the evening",
            "abends um 12",
            "morgens 17 Uhr",
            "in at",
        ),
        *("tomorrow Tuesday 18:00", "Tuesday 18:00-19:30", "Tuesday 18:00 or 19:00"),
        # no time, or none that can be
        *(
            "Tuesday",
            "2026-12-01",
            "25:00 tomorrow",
            "13pm tomorrow",
            "31.2. 18:00",
            "18:61 tomorrow",
        ),
        *("2026-13-45 18:00", "29.2. 18:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"),
        # too far, or words that nobody knows
        *(
            "2029-12-01 18:00",
            "2029-12-01T18:00Z",
            "in 400 days",
            "9999-12-31 23:59",
            "Tuesday 19:30 or so",
            "soon",
        ),
        *HOSTILE,
    ],
)
def test_what_is_past_or_unsure_is_no_moment(text: str) -> None:
    assert read(text) is None


def test_a_day_alone_takes_the_time_that_is_usual() -> None:
    usual = {"now": NOW, "zone": BERLIN, "otherwise": time(23, 59)}
    assert read_moment("Friday", **usual) == datetime(2026, 11, 27, 22, 59, tzinfo=UTC)  # type: ignore[arg-type]
    assert read_moment("Friday 18:00", **usual) == datetime(2026, 11, 27, 17, tzinfo=UTC)  # type: ignore[arg-type]
    assert read_moment("whenever", **usual) is None  # type: ignore[arg-type]
    assert read_moment("1 de diciembre 18:00", now=NOW, zone=BERLIN, languages=("es",)) is not None


@pytest.mark.parametrize(
    ("zone", "now", "text", "moment"),
    [
        (BERLIN, "2026-03-28T12:00", "tomorrow 02:30", "Sun 29.03.26 03:00"),
        (BERLIN, "2026-03-28T17:00", "in 1 day", "Sun 29.03.26 18:00"),
        (BERLIN, "2026-03-28T17:00", "in 24 h 30", "Sun 29.03.26 19:30"),
        (BERLIN, "2026-10-24T16:00", "in 1 day", "Sun 25.10.26 18:00"),
        (BERLIN, "2026-03-28T23:30", "in 2 hours", "Sun 29.03.26 03:30"),
        ("America/New_York", "2026-11-01T03:00", "tomorrow 18:00", "Sun 01.11.26 18:00"),
        ("Australia/Sydney", "2026-10-03T02:00", "tomorrow 02:15", "Sun 04.10.26 03:00"),
        ("Asia/Kolkata", "2026-11-26T20:00", "today 18:00", "Fri 27.11.26 18:00"),
    ],
)
def test_the_wall_clock_of_whoever_says_it_counts(
    zone: str, now: str, text: str, moment: str
) -> None:
    assert read(text, datetime.fromisoformat(now).replace(tzinfo=UTC), zone) == moment


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="0123 .:-/ampintuesdyvorgh,‏😀", max_size=40))
def test_whatever_is_said_is_to_come_or_nothing(text: str) -> None:
    found = read_moment(text, now=NOW, zone=BERLIN)
    assert found is None or NOW < found <= NOW + timedelta(days=730)
    assert (read_duration(text) or timedelta(minutes=1)) >= timedelta(minutes=1)
    assert read_weekly(text, BERLIN) is None or text.strip()


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(
            ("90 min", 90),
            ("90min", 90),
            ("1 h 30", 90),
            ("1h30", 90),
            ("1h 30m", 90),
            ("1:30", 90),
        ),
        *(
            ("1.5 h", 90),
            ("1,5 Stunden", 90),
            ("an hour and a half", 90),
            ("anderthalb Stunden", 90),
        ),
        *(("1 Stunde und 30 Minuten", 90), ("ca. 90 Minuten", 90), ("one and a half hours", 90)),
        *(("eine Stunde", 60), ("half an hour", 30), ("eine halbe Stunde", 30), ("45", 45)),
        *(
            ("2 days", 2880),
            ("3 Tage", 4320),
            ("a week", 10080),
            ("2w", 20160),
            ("drei Wochen", 30240),
        ),
        *(
            ("a fortnight", 20160),
            ("1 week 2 days", 12960),
            ("a month", 43200),
            ("ein Monat", 43200),
        ),
    ],
)
def test_a_duration(text: str, minutes: int) -> None:
    assert read_duration(text, unit=timedelta(minutes=1)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "45",
            "0 min",
            "-5 min",
            "400 days",
            "999999 w",
            "2 h 3 h",
            "1 h 75",
            "30 s",
            "a",
            "1 h and",
        ),
        *("a few days", "am", "at", "1:75", *HOSTILE),
    ],
)
def test_what_is_no_duration(text: str) -> None:
    assert read_duration(text) is None


def test_a_duration_has_bounds() -> None:
    bounds = {"shortest": timedelta(hours=1), "longest": timedelta(days=7)}
    lengths = [read_duration(each, **bounds) for each in ("59 min", "1 h", "1 week", "8 days")]
    assert lengths == [None, timedelta(hours=1), timedelta(days=7), None]


@pytest.mark.parametrize(
    ("text", "weekday", "wall", "every"),
    [
        *(("Mondays 18:00", 0, "18:00", 1), ("every second Thursday 19:30", 3, "19:30", 2)),
        *(("montags um 18 Uhr", 0, "18:00", 1), ("weekly Tue 7pm", 1, "19:00", 1)),
        *(("alle zwei Wochen dienstags 19 Uhr", 1, "19:00", 2), ("Sat 10am", 5, "10:00", 1)),
        *(("alle 14 Tage mittwochs 20:00", 2, "20:00", 2), ("Montagabend 19:30", 0, "19:30", 1)),
        *(("jeden zweiten Donnerstag 19.30 Uhr", 3, "19:30", 2),),
        *(
            ("jeden 2. Donnerstag 19:30 Uhr", 3, "19:30", 2),
            ("fortnightly on Wed 6pm", 2, "18:00", 2),
        ),
        *(
            ("every other week on Monday 18:00", 0, "18:00", 2),
            ("every week Sunday at noon", 6, "12:00", 1),
        ),
        *(
            ("einmal pro Woche freitags 17 Uhr", 4, "17:00", 1),
            ("every 3 weeks, Fri 17:00", 4, "17:00", 3),
        ),
        *(("every Monday at 7 in the evening", 0, "19:00", 1), ("sonntags mittags", 6, "12:00", 1)),
    ],
)
def test_a_weekly_time(text: str, weekday: int, wall: str, every: int) -> None:
    assert read_weekly(text, BERLIN) == Weekly(weekday, time.fromisoformat(wall), BERLIN, every)


@pytest.mark.parametrize(
    "text",
    [
        *("Mondays", "every week 18:00", "Mondays and Thursdays 18:00", "every Monday at 7"),
        *(
            "first Monday of the month 18:00",
            "every second Monday of the month 18:00",
            "daily 18:00",
        ),
        *(
            "biweekly Monday 18:00",
            "every 9 weeks Monday 18:00",
            "every 0 weeks Monday 18:00",
            *HOSTILE,
        ),
    ],
)
def test_what_is_no_weekly_time(text: str) -> None:
    assert read_weekly(text, BERLIN) is None


def test_zones() -> None:
    assert read_weekly("Mondays 18:00 UTC", BERLIN) == Weekly(0, time(18), "UTC")
    with pytest.raises(ValueError, match="no time zone"):
        read_weekly("Mondays 18:00", "Europe/Atlantis")
    with pytest.raises(ValueError, match="no time zone"):
        read_moment("tomorrow 18:00", now=NOW, zone="Europe/Atlantis")
