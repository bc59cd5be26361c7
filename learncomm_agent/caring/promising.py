"""When somebody is reminded of what they took on, and what a line that says so says; pure."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from learncomm_agent.sessions.methods.meetings import moment_of, zone_of

AT = time(9)
"""When, on the clock of whoever is reminded."""
_DAY = timedelta(days=1)
FIRST, SECOND = 2, 9
"""So many days after the day it is asked about."""
_APART = timedelta(hours=15)
"""Two reminders that are not so far apart would be one too many."""
_WEEK = 7
_HEAD_CHARS = 100
_CUE = re.compile(
    r"\s*(?:action(?: item)?s?|to[ -]?dos?|next steps?|aufgaben?|zu tun|nächste[rs]? schritte?)\s*:\s*(?=\S)",
    re.IGNORECASE,
)
"""By which people say that something is to be done; where it stands as an item, that is clear."""


class Moment(StrEnum):
    """Where something that was promised stands, on its owner's clock."""

    AHEAD = "ahead"
    TOMORROW = "tomorrow"
    TODAY = "today"
    OVERDUE = "overdue"


def noon(day: date) -> datetime:
    """Return what is kept of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def day_of(due: datetime, zone: str, *, is_day: bool) -> date:
    """Return the day by which something is to be done, on somebody's clock."""
    return due.astimezone(UTC).date() if is_day else due.astimezone(zone_of(zone)).date()


def standing(due: datetime, zone: str, now: datetime, *, is_day: bool) -> Moment:
    """Return where it stands now."""
    left = (day_of(due, zone, is_day=is_day) - now.astimezone(zone_of(zone)).date()).days
    if left < 0:
        return Moment.OVERDUE
    return {0: Moment.TODAY, 1: Moment.TOMORROW}.get(left, Moment.AHEAD)


def first_word(due: datetime | None, zone: str, now: datetime, *, is_day: bool) -> datetime | None:
    """Return when somebody is reminded first who has just taken it on; None where nothing was said of when.

    It is the morning of the day before, or of the day itself; of what is late, two days after.
    """
    if due is None:
        return None
    day = day_of(due, zone, is_day=is_day)
    mornings = (_morning(day, days, zone) for days in (-1, 0, FIRST, SECOND))
    return next((each for each in mornings if each > now), None)


def next_word(due: datetime | None, zone: str, now: datetime, *, is_day: bool) -> datetime | None:
    """Return when somebody is reminded, or asked, once more, who has been now; None for never again."""
    if due is None:
        return None
    day = day_of(due, zone, is_day=is_day)
    second, stands = _morning(day, SECOND, zone), standing(due, zone, now, is_day=is_day)
    if stands is Moment.AHEAD:
        return first_word(due, zone, now, is_day=is_day)
    if stands is Moment.OVERDUE:
        today = now.astimezone(zone_of(zone)).date()
        return max(second, _morning(today, _WEEK, zone)) if now < second else None
    mornings = (_morning(day, days, zone) for days in (0, FIRST))
    return next((each for each in mornings if each > now + _APART), None)


def _morning(day: date, days: int, zone: str) -> datetime:
    return moment_of(day + days * _DAY, AT, zone)


def head_of(text: str) -> tuple[str, str]:
    """Return what stands before the colon of `Ben, by Friday: the cake`, and the rest; nothing where there is none."""
    head, colon, rest = text.partition(":")
    if not colon or not rest.strip() or len(head) > _HEAD_CHARS or "/" in head:
        return "", text
    return head.strip(), rest.strip()


def named_in(head: str) -> str:
    """Return the name at the head of a line that a leader wrote."""
    return head.partition(",")[0].strip().lstrip("@").strip()


def words_of(content: Mapping[str, Any], names: Collection[str] = ()) -> str:
    """Return what is to be done, without who does it, where the line says that at its head.

    Args:
        content: Of the line, with what leaders made of it.
        names: What its owner may be called.
    """
    text = str(content["text"])
    if content.get("is_edited") or content.get("is_added"):
        head, rest = head_of(text)
        called = {each.casefold() for each in (*names, content.get("owner") or "") if each}
        text = rest if head and named_in(head).casefold() in called else text
    return _CUE.sub("", text, count=1) if _CUE.match(text) else text


def is_named_in(name: str, text: str) -> bool:
    """Whether a name stands in a text, as a whole word."""
    return (
        bool(name)
        and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
    )
