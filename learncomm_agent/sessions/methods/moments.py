"""What a leader says of time, in English and German: a moment to come, or a time every week; pure.

A text is taken apart until nothing is left of it. A word that is not understood makes the whole
unreadable (None): then it is asked again, never guessed. So does a moment that is past, or may be one of
two (`next Tuesday`, said on a Monday). Names of months are read by dateparser, in other languages too;
it is asked for no more than that, because it passes over what it doesn't know.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from learncomm_agent.sessions.methods.dates import FARTHEST, MOST_CHARS, Said, take_date
from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.meetings import MOST_EVERY, Weekly, moment_of, zone_of
from learncomm_agent.sessions.methods.numbers import NUMBER, number_of

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_DAYS = (
    *("mon?(?:day)?|mo(?:ntag)?", "tue?s?(?:day)?|di(?:enstag)?", "wed(?:s|nesday)?|mi(?:ttwoch)?"),
    *("thu(?:rs?)?(?:day)?|do(?:nnerstag)?", "fri(?:day)?|fr(?:eitag)?"),
    *("sat(?:urday)?|sa(?:mstag)?|sonnabend", "sun(?:day)?|so(?:nntag)?"),
)
_WEEKDAY = "(?:" + "|".join(f"(?P<d{n}>{names})" for n, names in enumerate(_DAYS)) + ")"
_ONE_DAY = re.compile(
    r"\b(?:(?:(?P<next>next|nächste[nr]?)|(?P<this>this|diese[nr]?)|(?P<soon>coming|kommende[nr]?))\s+)?"
    rf"{_WEEKDAY}(?!\w)\.?"
)
_EACH_DAY = re.compile(rf"\b{_WEEKDAY}s?(?!\w)\.?")
_NEXT_WEEK = re.compile(r"\b(?:next week|(?:nächster?|kommender?) woche)\b")
_NEAR = {
    re.compile(r"\b(?:day after tomorrow|übermorgen)\b"): 2,
    re.compile(r"\b(?:tomorrow|morgen)\b"): 1,
    re.compile(r"\b(?:today|heute)\b"): 0,
}
_PART = re.compile(
    r"\b(?:(?:in the|am) )?(?:(?P<evening>evening|abends?)|(?P<afternoon>afternoon|nachmittags?)"
    r"|morning|vormittags?|morgens|früh)\b"
)
_NOON = re.compile(r"\b(?:noon|mittags?)\b")
_CLOCK = re.compile(
    r"(?:\b(?P<at>at|um|@)\s*)?(?<![\w.:/-])(?P<h>\d{1,2})(?:(?P<by>[:.h])(?P<m>[0-5]\d))?(?![\d:/.-])"
    r"\s*(?:(?P<half>[ap])\.?\s?m\b\.?|(?P<oclock>uhr|o['’]?clock|h)\b)?(?:\s*(?P<utc>utc|gmt)\b)?"
)
_IN = re.compile(r"^in (?P<ahead>.+?)(?:\s+(?P<at>(?:at|um|@)\s.*))?$")
_ORDINALS = {
    **{"other": 2, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4},
    **{"zweite": 2, "2.": 2, "dritte": 3, "3.": 3, "vierte": 4, "4.": 4},
}
_EVERY = re.compile(
    rf"\b(?:(?:every|alle) (?:(?P<n>{NUMBER}) )?(?:weeks?|wochen)|alle (?P<days>14|vierzehn) tage"
    r"|(?P<two>fortnightly|every fortnight|zweiwöchentlich|14-täglich|vierzehntäglich)"
    r"|(?:every|each|jede[nrs]?)(?: (?P<nth>other|second|2nd|third|3rd|fourth|4th|(?:zweite|dritte"
    r"|vierte)(?=[nrs]?\b)|[234]\.)[nrs]?)?(?: week| woche)?"
    r"|weekly|wöchentlich|once a week|einmal (?:die|pro|in der) woche)(?!\w)"
)


def read_moment(
    text: str,
    *,
    now: datetime,
    zone: str,
    otherwise: time | None = None,
    languages: Sequence[str] = ("en", "de"),
) -> datetime | None:
    """Return the moment to come, in UTC, that a text names; None where it names none, or not surely.

    Reads `next Tuesday 19:30`, `tomorrow 6pm`, `2026-12-01 18:00`, `am Donnerstag um 19 Uhr`,
    `in 3 days`, `1.12. 19:00`, `December 1st at noon`. A weekday is the next one to come; a day with a
    colon or `Uhr` has 24 hours; `at 7` is unsure; so is `5/4`. At most two years ahead. The first
    call loads the words for months, which takes a tenth of a second.

    Args:
        text: Nothing but the moment; at most 100 characters.
        now: The present moment.
        zone: IANA name: whose clock is meant, unless the text says UTC or an offset.
        otherwise: The time of a day that is named without one; where None, that is no moment.
        languages: ISO 639-1, for the names of months.

    Raises:
        ValueError: No zone of that name.
    """
    local = now.astimezone(zone_of(zone))
    found = _exact(text) or _ahead(Said(text).text, local, zone)
    if found is None:
        found = _on_day(Said(text), local, zone, otherwise, languages)
    return found if found is not None and now < found <= now + FARTHEST else None


def read_weekly(text: str, zone: str) -> Weekly | None:
    """Return the time of every week, or every few, that a text names; None where it names none surely.

    Reads `Mondays 18:00`, `every second Thursday 19:30`, `weekly Tue 7pm`, `montags um 18 Uhr`, `alle
    zwei Wochen dienstags 19 Uhr`. `since` is open: see `meetings.begun`.

    Args:
        text: Nothing but the time; at most 100 characters.
        zone: IANA name: whose clock is meant, unless the text says UTC.

    Raises:
        ValueError: No zone of that name.
    """
    zone_of(zone)
    said = Said(text)
    every = 1
    if rhythm := said.take(_EVERY):
        every = 2 if rhythm["two"] or rhythm["days"] else _ORDINALS.get(rhythm["nth"] or "", 1)
        every = number_of(rhythm["n"]) or 0 if rhythm["n"] else every
    day, clock = said.take(_EACH_DAY), _clock(said)
    if day is None or clock is None or not said.is_understood or not 1 <= every <= MOST_EVERY:
        return None
    at, is_utc = clock
    return Weekly(_weekday(day), at, "UTC" if is_utc else zone, every)


def _exact(text: str) -> datetime | None:
    """Read a moment in ISO 8601 with its offset."""
    try:
        found = datetime.fromisoformat(text.strip()) if ":" in text[:MOST_CHARS] else None
        return found.astimezone(UTC) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _ahead(said: str, local: datetime, zone: str) -> datetime | None:
    """Read `in 3 days`: whole days by the clock on the wall, hours and minutes as they pass."""
    found = _IN.match(said)
    ahead = read_duration(found["ahead"]) if found else None
    if found is None or ahead is None:
        return None
    if ahead % _DAY:
        return None if found["at"] else local.astimezone(UTC) + ahead
    at = local.time()
    if found["at"]:
        rest = Said(found["at"])
        clock = _clock(rest)
        if clock is None or not rest.is_understood:
            return None
        at, zone = clock[0], "UTC" if clock[1] else zone
    return moment_of(local.date() + ahead, at, zone)


def _on_day(
    said: Said, local: datetime, zone: str, otherwise: time | None, languages: Sequence[str]
) -> datetime | None:
    """Read a day with a time, or the time alone, which is today's."""
    today = local.date()
    day = take_date(said, today, languages)
    is_near = False
    for pattern, days in _NEAR.items():
        if day is None and said.take(pattern):
            day, is_near = today + days * _DAY, True
    is_next_week = said.take(_NEXT_WEEK) is not None
    named = said.take(_ONE_DAY)
    if (is_next_week and (day or not named)) or (is_near and named):
        return None
    is_weekday_alone = named is not None and day is None
    if named is not None:
        if day is not None and day.weekday() != _weekday(named):
            return None
        day = day or _day_of_week(named, today, is_next_week=is_next_week)
        if day is None:
            return None
    at, is_utc = _clock(said) or (otherwise if day else None, False)
    if at is None or not said.is_understood:
        return None
    zone = "UTC" if is_utc else zone
    found = moment_of(day or today, at, zone)
    if found <= local and day == today and is_weekday_alone:
        found = moment_of(today + _WEEK, at, zone)
    return found


def _clock(said: Said) -> tuple[time, bool] | None:
    """Take out a time of the day; tells also whether it is UTC. None where it is unsure."""
    part = said.take(_PART)
    if said.take(_NOON):
        return None if part else (time(12), False)
    for found in _CLOCK.finditer(said.text):
        hour, minute = int(found["h"]), int(found["m"] or 0)
        is_date = found["by"] == "." and 1 <= minute <= 12 and not found["at"]
        is_sure = (found["m"] and not is_date) or found["half"] or found["oclock"] or part
        if not is_sure and not (found["at"] and hour > 12):
            continue
        if found["half"]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if found["half"] == "p" else 0)
        elif part and (part["evening"] or part["afternoon"]) and hour < 12:
            hour += 12
        if hour > 23 or (part and not _fits(part, hour)):
            return None
        said.take_out(found)
        return time(hour, minute), found["utc"] is not None
    return None


def _fits(part: re.Match[str], hour: int) -> bool:
    """Tell whether an hour, of 24, is in a part of the day as people use the word."""
    if part["evening"]:
        return hour >= 16
    return 12 <= hour < 20 if part["afternoon"] else hour <= 12


def _weekday(found: re.Match[str]) -> int:
    return next(n for n in range(7) if found[f"d{n}"])


def _day_of_week(found: re.Match[str], today: date, *, is_next_week: bool) -> date | None:
    """Return the day that a weekday means; None where it may be one of two."""
    weekday = _weekday(found)
    monday = today - today.weekday() * _DAY
    if is_next_week:
        return monday + _WEEK + weekday * _DAY
    ahead = (weekday - today.weekday()) % 7
    is_this_week = weekday >= today.weekday()
    if found["this"]:
        return today + ahead * _DAY if is_this_week else None
    if found["next"] and is_this_week and ahead:
        return None
    return today + ((ahead or 7) if found["next"] or found["soon"] else ahead) * _DAY
