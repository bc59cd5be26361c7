"""A calendar reads the file as it was meant: times, texts, and a meeting that moved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from learncomm_agent.sessions.methods.calendar import Entry, calendar_file

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BEGINS = datetime(2026, 11, 30, 18, tzinfo=ZoneInfo("Europe/Berlin"))
MEETING = Entry("17-3@learncomm", "Book club", BEGINS, BEGINS + timedelta(hours=1))


def read(*entries: Entry) -> list[Event]:
    return Calendar.from_ical(calendar_file(entries, now=NOW)).events


@pytest.mark.parametrize(
    ("zone", "summer", "winter"),
    [
        ("Europe/Berlin", "20260706T160000Z", "20261207T170000Z"),
        ("America/New_York", "20260706T220000Z", "20261207T230000Z"),
        ("Australia/Sydney", "20260706T080000Z", "20261207T070000Z"),
        ("Asia/Kolkata", "20260706T123000Z", "20261207T123000Z"),
    ],
)
def test_a_local_time_is_the_same_for_every_reader(zone: str, summer: str, winter: str) -> None:
    for month, day, moment in ((7, 6, summer), (12, 7, winter)):
        begins = datetime(2026, month, day, 18, tzinfo=ZoneInfo(zone))
        entry = replace(MEETING, begins_at=begins, ends_at=begins + timedelta(hours=1))
        assert f"DTSTART:{moment}\r\n".encode() in calendar_file([entry], now=NOW)
        (event,) = read(entry)
        assert event.start == begins
        assert event.end - event.start == timedelta(hours=1)


def test_the_file_is_what_the_standard_asks_for() -> None:
    text = "Bring tea, cake; and 👩🏽‍🚀 \\n C:\\new\nSecond line: “ü”\r\n" + "long 😀 text, " * 100
    entry = replace(
        MEETING, title="Über, alles; 📚", description=text, place="https://a.b/c?d=1;e,2"
    )
    file = calendar_file([entry, replace(MEETING, uid="17-4@learncomm")], now=NOW)
    lines = file.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"VERSION:2.0" in lines and b"DTSTAMP:20261126T120000Z" in lines
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    for line in lines:
        line.decode()  # no character is cut in two
    first, second = Calendar.from_ical(file).events
    assert first["summary"] == entry.title
    assert first["description"] == text.replace("\r\n", "\n").strip()
    assert first["location"] == entry.place
    assert second.uid == "17-4@learncomm" and "description" not in second


def test_a_meeting_that_moves_is_the_same_meeting() -> None:
    later = timedelta(days=1)
    moved = replace(MEETING, begins_at=BEGINS + later, ends_at=MEETING.ends_at + later, sequence=1)
    off = replace(moved, sequence=2, is_cancelled=True)
    found = [event for entry in (MEETING, moved, off) for event in read(entry)]
    assert [(each.uid, each.sequence, str(each["status"])) for each in found] == [
        ("17-3@learncomm", 0, "CONFIRMED"),
        ("17-3@learncomm", 1, "CONFIRMED"),
        ("17-3@learncomm", 2, "CANCELLED"),
    ]
    assert found[1].start - found[0].start == later


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200), st.text(max_size=300))
def test_no_text_breaks_the_file(title: str, description: str) -> None:
    (event,) = read(replace(MEETING, title=title, description=description, place=title))
    assert event.uid == MEETING.uid and event.start == BEGINS
    assert "\n" not in str(event["summary"])


@pytest.mark.parametrize(
    "text", ["X\r\nEND:VEVENT\r\nBEGIN:VALARM", "\0\x1b[2J\ud800", "‏مرحبا", "x" * 5000]
)
def test_hostile_texts_stay_texts(text: str) -> None:
    (event,) = read(replace(MEETING, title=text, description=text, place=text))
    assert not event.subcomponents
    kept = "".join(each for each in text if each == "\n" or category(each) not in {"Cc", "Cs"})
    assert event.get("description", "") == kept


@pytest.mark.parametrize(
    "change",
    [
        *({"uid": ""}, {"uid": "\0"}, {"sequence": -1}, {"ends_at": BEGINS}),
        {"begins_at": BEGINS.replace(tzinfo=None)},
    ],
)
def test_entries_that_can_not_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        calendar_file([replace(MEETING, **change)], now=NOW)  # type: ignore[arg-type]


def test_none_and_two_of_the_same_are_refused() -> None:
    for entries in ([], [MEETING, MEETING]):
        with pytest.raises(ValueError, match="entries"):
            calendar_file(entries, now=NOW)
