"""Reads dates by which something was promised, relative to the moment when it was said."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cues import Cues, Phrases
from learncomm_agent.writing.language.vocabulary import tokens

_ISO = re.compile(r"(?<![\d-])(\d{4}-\d{2}-\d{2})(?![\d-])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FAR = timedelta(days=200)


class DueReader(Protocol):
    """What the evidence check needs to compute a due date again."""

    def due(self, text: str, at: datetime | None) -> date | None:
        """Give the date that a text names as a deadline."""
        ...


class Deadlines:
    """Finds date expressions by cue phrases, and reads only those."""

    def __init__(
        self, says: Phrases, means: Mapping[str, str], *, language: str, timezone: str
    ) -> None:
        """Keep the phrases; the part of a phrase in brackets is the date expression.

        Args:
            says: The list `deadlines.says` of a cue file.
            means: What to read instead of an expression, in small letters.
            language: An ISO 639-1 code.
            timezone: An IANA name; an unknown one counts as UTC.
        """
        self._says = says
        self._means = means
        self._language = language
        self._zone = _zone(timezone)
        self._read = lru_cache(maxsize=512)(self._parsed)

    def due(self, text: str, at: datetime | None) -> date | None:
        """Give the date that a text names as a deadline; None where there is none or it is in doubt.

        Without `at` only a date with its year is read. A date before the day on which it was said,
        or without a year and more than 200 days later, is in doubt.
        """
        day = None if at is None else at.astimezone(self._zone).date()
        if iso := _ISO.search(text):
            found = _iso(iso.group(1))
            return found if found and (day is None or found >= day) else None
        match = self._says.find(text, tokens(text))
        if match is None or not match.groups():
            return None
        expression = " ".join(next((g for g in match.groups() if g), "").lower().split())
        if following := re.match(r",?\s+((?:19|20)\d\d)\b", text[match.end() :]):
            expression = f"{expression} {following.group(1)}"
        return self._read(expression, day) if expression else None

    def _parsed(self, expression: str, day: date | None) -> date | None:
        has_year = _YEAR.search(expression) is not None
        if day is None and not has_year:
            return None
        meant = self._means.get(expression, expression)
        found = _date_of(meant, self._language, day or date(2000, 1, 1))
        if found is None or (day is not None and found < day):
            return None
        return found if has_year or day is None or found - day <= _FAR else None


def due_reader(transcript: Transcript, cues: Cues) -> Deadlines:
    """Give what reads the deadlines of a transcript, for writing them down and for checking them."""
    says = cues.phrases.get("deadlines.says", Phrases())
    return Deadlines(says, cues.means, language=transcript.language, timezone=transcript.timezone)


def _date_of(expression: str, language: str, day: date) -> date | None:
    import dateparser

    base = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 (the library adds no zone)
    try:
        found = dateparser.parse(
            expression,
            languages=[language],
            settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"},
        )
    except ValueError:  # a language that the library does not know
        return None
    return found.date() if found else None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
