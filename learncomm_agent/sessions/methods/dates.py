"""Dates in what people say, and what is left of the words when they are taken out; pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

MOST_CHARS = 100
FARTHEST = timedelta(days=730)
"""A moment farther ahead is a slip of the pen."""
WITHOUT_YEAR = timedelta(days=200)
"""How far ahead a day without a year may be: `1 March`, said in April, is in doubt."""

_ISO = re.compile(r"(?<![\w.-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\w-])")
_FIGURES = re.compile(
    r"(?<!\bum )(?<!\bat )(?<![\w.:/-])(\d{1,2})([./])\s?(\d{1,2})(?:\2\s?(\d{4}|\d\d)?(?!\d))?"
    r"(?![\d:/-])(?!\s*(?:uhr|[ap]\.?m))"
)
_MONTH = re.compile(
    r"(?<![\w.:/-])(?P<day>(?:\d{1,2}(?:st|nd|rd|th|\.)?\s*(?:of\s+|de\s+)?[^\W\d_]{3,}"
    r"|[^\W\d_]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th|\.)?(?![\d:.])))\.?(?:[\s,]+(?P<year>20\d\d))?(?!\w)"
)
_COMPOUND = re.compile(r"(?<=tag|och)(abend|nachmittag|vormittag|morgen)s?\b")
_FILLERS = re.compile(r"\b(?:on|at|am|um|the|den|der|dem|by|bis)\b|[,;]")


class Said:
    """What is left of a text, in small letters, when parts of it are taken out."""

    def __init__(self, text: str) -> None:
        """Keep a text; of one that is too long, nothing."""
        said = " ".join(text.casefold().split()) if len(text) <= MOST_CHARS else ""
        said = _COMPOUND.sub(r" \1s", said).replace("tonight", "today evening")
        self.text = said.strip(" .!")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take out what a pattern finds first, if anything."""
        found = pattern.search(self.text)
        if found is not None:
            self.take_out(found)
        return found

    def take_out(self, found: re.Match[str]) -> None:
        """Take out a place that was found in `text`."""
        self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"

    @property
    def is_understood(self) -> bool:
        """Tell whether nothing is left but words that carry nothing."""
        return not _FILLERS.sub("", self.text).strip(" .")


def take_date(said: Said, today: date, languages: Sequence[str]) -> date | None:
    """Take out a date in figures or with the name of a month; what is none that can be meant stays.

    Without a year the next is meant, unless it is more than 200 days away; with one, any day from
    today on for two years. `5/4` is another day in another country, and so none.

    Args:
        said: What may hold a date.
        today: In the zone of whoever said it.
        languages: ISO 639-1, for the names of months. The first call loads them: a tenth of a second.
    """
    if found := _ISO.search(said.text):
        day = _coming(found[1], int(found[2]), int(found[3]), today)
        if day is not None:
            said.take_out(found)
        return day
    for found in _FIGURES.finditer(said.text):
        first, second = int(found[1]), int(found[3])
        if found[2] == "/" and first != second and first <= 12 and second <= 12:
            continue  # whose month it is depends on the country
        if found[2] == "/" and second > 12:
            first, second = second, first
        if day := _coming(found[4], second, first, today):
            said.take_out(found)
            return day
    for found in _MONTH.finditer(said.text):
        named = _month_and_day(found["day"], languages)
        if named and (day := _coming(found["year"], *named, today)):
            said.take_out(found)
            return day
    return None


def _month_and_day(text: str, languages: Sequence[str]) -> tuple[int, int] | None:
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": datetime(2028, 1, 1),  # noqa: DTZ001 (a leap year; the library adds no zone)
        "TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "REQUIRE_PARTS": ["day", "month"],
        "PARSERS": ["absolute-time"],
    }
    found = (
        DateDataParser(languages=list(languages), settings=settings).get_date_data(text).date_obj
    )
    return (found.month, found.day) if found else None


def _coming(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        found = _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return found if found and today <= found <= today + FARTHEST else None
    years = (today.year, today.year + 1)
    days = (found for each in years if (found := _day(each, month, day)) and found >= today)
    found = next(days, None)
    return found if found and found - today <= WITHOUT_YEAR else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
