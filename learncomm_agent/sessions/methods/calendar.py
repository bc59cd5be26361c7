"""Meetings as a file for people's calendars (iCalendar, RFC 5545); pure.

Times stand in UTC, without a time zone component. Each entry is one moment that is already computed, so
there is no rule that a calendar would have to follow across a change of the clocks; every calendar
shows UTC in its reader's own zone; no hour that comes twice is in doubt; and no calendar has to know the
name of a zone (some know other names). A meeting that moves is sent again: same uid, higher sequence.

The file names no METHOD: it is for opening by hand, not an invitation that a server answers, which would
need an organiser's mail address (RFC 5546, 3.2.1).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE = "text/calendar"
"""To be sent with the file, in UTF-8."""

_MAKER = "-//learncomm//learncomm-agent//EN"
_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
"""What RFC 5545 forbids in texts, and halves of characters, which no encoding can hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting in a calendar."""

    uid: str
    """The same for one meeting for ever and everywhere, for example `17-3@learncomm`."""
    title: str
    begins_at: datetime
    ends_at: datetime
    description: str = ""
    place: str = ""
    """A room's name or an address."""
    sequence: int = 0
    """One more each time the meeting moves, changes or is cancelled."""
    is_cancelled: bool = False


def calendar_file(entries: Sequence[Entry], *, now: datetime) -> bytes:
    """Return the bytes of an .ics file: UTF-8, lines of at most 75 bytes that end in CRLF.

    Texts keep their line breaks (a title and a place are one line) and lose control characters.

    Args:
        entries: At least one; the standard knows no empty calendar.
        now: When the file is made.

    Raises:
        ValueError: No entry, one without a uid or twice the same, one that ends before it begins or
            has no zone, or a negative sequence.
    """
    from icalendar import Calendar

    if not entries or len({each.uid for each in entries}) < len(entries):
        raise ValueError(f"{len(entries)} entries, none at all or with the same uid")
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", _MAKER)
    file.add("calscale", "GREGORIAN")
    for each in entries:
        file.add_component(_event(each, now))
    return bytes(file.to_ical())


def _event(entry: Entry, now: datetime) -> "Event":
    from icalendar import Event

    uid = _line(entry.uid)
    if not uid or entry.sequence < 0:
        raise ValueError(f"an entry with the uid {entry.uid!r}, sequence {entry.sequence!r}")
    begins_at, ends_at, made_at = map(_utc, (entry.begins_at, entry.ends_at, now))
    if ends_at <= begins_at:
        raise ValueError(f"{entry.uid!r} ends at {ends_at!r}, not after {begins_at!r}")
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("dtstart", begins_at)
    event.add("dtend", ends_at)
    event.add("summary", _line(entry.title))
    for name, text in (
        ("description", _clean(entry.description)),
        ("location", _line(entry.place)),
    ):
        if text:
            event.add(name, text)
    return event


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no zone")
    return at.astimezone(UTC).replace(microsecond=0)


def _clean(text: str) -> str:
    return _CONTROL.sub("", _BREAK.sub("\n", text)).strip()


def _line(text: str) -> str:
    return " ".join(_clean(text).split())
