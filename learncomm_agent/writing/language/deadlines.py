"""Reads dates by which something was promised, relative to the moment when it was said."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cues import Cues, Phrases
from learncomm_agent.writing.language.vocabulary import tokens

_DATED = re.compile(
    r",?\s+(?:(?:the|den|dem|der|el)\s+)?"
    r"(\d{1,2}(?:st|nd|rd|th|\.)?\s+(?:(?:of|de)\s+)?[^\W\d_]{3,}|[^\W\d_]{3,}\s+\d{1,2}(?:st|nd|rd|th)?)(?!\w)"
)
"""What may follow a weekday: `Friday, 17 May`."""
_ISO = re.compile(r"(?<![\d-])(\d{4}-\d{2}-\d{2})(?![\d-])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FAR = timedelta(days=200)
_WEEK = 7
_AROUND = 40
"""Characters before and after a day in which a longer phrase with it is looked for."""


class DueReader(Protocol):
    """What the evidence check needs to compute a due date again."""

    def due(self, text: str, at: datetime | None, zone: str | None = None) -> date | None:
        """Give the date that a text names as a deadline.

        Args:
            text: What was said.
            at: When it was said.
            zone: The time zone of whoever said it, where it is known.
        """
        ...


class Deadlines:
    """Finds date expressions by cue phrases, and reads only those."""

    def __init__(
        self,
        says: Phrases,
        means: Mapping[str, str],
        *,
        languages: Sequence[str],
        timezone: str,
        unsure: Phrases | None = None,
        doubts: Phrases | None = None,
        order: str = "DMY",
    ) -> None:
        """Keep the phrases; the part of a phrase in brackets is the date expression.

        Args:
            says: The list `deadlines.says` of a cue file.
            means: What to read instead of an expression, in small letters.
            languages: ISO 639-1 codes.
            timezone: An IANA name; an unknown one counts as UTC.
            unsure: Words by which people mean the coming day or the one a week later: `next Friday`.
            doubts: What makes another day of the words in it, or none: `Friday week`, `every Friday`.
            order: How a date in figures is written.
        """
        self._says = says
        self._means = means
        self._languages = [each.partition("-")[0] for each in languages]
        self._zone = _zone(timezone)
        self._unsure = unsure or Phrases()
        self._doubts = doubts or Phrases()
        self._order = order
        self._read = lru_cache(maxsize=512)(self._parsed)

    def due(self, text: str, at: datetime | None, zone: str | None = None) -> date | None:
        """Give the date that a text names as a deadline; None where there is none or it is in doubt.

        Without `at` only a date with its year is read. A date before the day on which it was said,
        or without a year and more than 200 days later, is in doubt; so is the next Friday, said on a
        Monday. The day is that of whoever said it, by their own zone where it is known.
        """
        day = None
        if at is not None:
            day = at.astimezone(_zone(zone, self._zone) if zone else self._zone).date()
        if iso := _ISO.search(text):
            found = _iso(iso.group(1))
            return found if found and (day is None or found >= day) else None
        match = self._says.find(text, tokens(text))
        if match is None or not match.groups():
            return None
        if self._is_part_of_more(text, match):
            return None
        expression = " ".join(next((g for g in match.groups() if g), "").lower().split())
        if dated := _DATED.match(text, match.end()):
            expression = self._dated(dated.group(1).lower(), day) or expression
            match = dated if expression == dated.group(1).lower() else match
        if following := re.match(r",?\s+((?:19|20)\d\d)\b", text[match.end() :]):
            expression = f"{expression} {following.group(1)}"
        found = self._read(expression, day) if expression else None
        return None if self._is_unsure(match.group(), found, day) else found

    def _dated(self, expression: str, day: date | None) -> str:
        """Return what follows a weekday where it is a day of a month; else nothing."""
        found = self._date_of(expression, day or date(2000, 1, 1), parts=("day", "month"))
        return "" if found is None else expression

    def _is_part_of_more(self, text: str, match: re.Match[str]) -> bool:
        """Tell whether the words that name a day are part of a longer phrase that doesn't mean it."""
        start, end = match.span(next((n for n, g in enumerate(match.groups(), 1) if g), 0))
        first = max(0, start - _AROUND)
        longer = self._doubts.find(text[first : end + _AROUND])
        return longer is not None and longer.start() <= start - first < end - first <= longer.end()

    def _is_unsure(self, phrase: str, found: date | None, day: date | None) -> bool:
        """Tell whether a day of this week was called the next one: some mean the one a week later."""
        if found is None or day is None or not 0 < (found - day).days < _WEEK:
            return False
        is_this_week = found.isocalendar()[:2] == day.isocalendar()[:2]
        return is_this_week and self._unsure.find(phrase) is not None

    def _parsed(self, expression: str, day: date | None) -> date | None:
        has_year = _YEAR.search(expression) is not None
        if day is None and not has_year:
            return None
        meant = self._means.get(expression, expression)
        found = self._date_of(meant, day or date(2000, 1, 1))
        if found is None or (day is not None and found < day):
            return None
        return found if has_year or day is None or found - day <= _FAR else None

    def _date_of(self, expression: str, day: date, *, parts: Sequence[str] = ()) -> date | None:
        import dateparser

        base = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 (the library adds no zone)
        settings: dict[str, object] = {
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": self._order,
        }
        if parts:
            settings["REQUIRE_PARTS"] = list(parts)
        try:
            found = dateparser.parse(expression, languages=self._languages, settings=settings)
        except ValueError:  # a language that the library does not know
            return None
        return found.date() if found else None


def due_reader(transcript: Transcript, cues: Cues) -> Deadlines:
    """Give what reads the deadlines of a transcript, for writing them down and for checking them."""
    return Deadlines(
        cues.phrases.get("deadlines.says", Phrases()),
        cues.means,
        languages=cues.languages or (transcript.language,),
        timezone=transcript.timezone,
        unsure=cues.phrases.get("days.next"),
        doubts=cues.phrases.get("deadlines.doubts"),
        order=cues.date_order,
    )


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(name: str, otherwise: tzinfo | None = None) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise or ZoneInfo("UTC")
