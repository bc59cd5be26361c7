"""What people say of reminders: stop or start, which kind, between which hours, in which zone."""

import asyncio
import re
from difflib import get_close_matches

from learncomm_agent.caring.hours import DAY_MINUTES, Hours, zone_or_utc
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.setup_wishes import zone_named
from learncomm_agent.errors import UsageError

STOP, START = "stop", "start"
FOR_LEADERS = frozenset({"decisions", "drafts", "feedback", "letter", "pulse", "retention"})
"""Kinds of which members who don't lead are told nothing."""
_HOURS = re.compile(
    r"\s*(\d{1,2})(?:[:.h](\d\d))?\s*(?:uhr|h)?\s*(?:-|–|—|to|bis)\s*(\d{1,2})(?:[:.h](\d\d))?\s*(?:uhr|h)?\s*",
    re.IGNORECASE,
)


def kinds_for(context: Context) -> tuple[str, ...]:
    """Return the kinds of which whoever asks may be told."""
    kinds = context.services.nudges.kinds
    if context.member.is_leader:
        return kinds
    return tuple(each for each in kinds if each not in FOR_LEADERS)


def kind_named(context: Context, said: str) -> str:
    """Return the kind that is meant, in whichever language.

    Raises:
        UsageError: There is none such; it names the nearest, or all.
    """
    kinds = context.services.nudges.kinds
    called = {kind: kind for kind in kinds}
    for language in context.words.languages():
        for kind in kinds:
            called[context.words.phrase(f"reminders.word_{kind}", language=language)] = kind
    word = " ".join(said.split())[:100].casefold()
    if word in called:
        return called[word]
    near = get_close_matches(word, called, n=1, cutoff=0.7)
    mine = [context.label(f"reminders.word_{kind}") for kind in kinds_for(context)]
    raise UsageError(
        "no such kind", phrase="reminders.no_kind", words=mine, near=near[0] if near else ""
    )


def hours_named(said: str) -> tuple[int, int]:
    """Return the minutes of the day that somebody names.

    Raises:
        UsageError: They are none, or leave too little.
    """
    match = _HOURS.fullmatch(said[:100])
    if match is None:
        raise UsageError("no hours", phrase="reminders.no_hours")
    first, minute, last, last_minute = (int(each or 0) for each in match.groups())
    starts, ends = first * 60 + minute, last * 60 + last_minute
    if minute >= 60 or last_minute >= 60 or ends > DAY_MINUTES:
        raise UsageError("no hours of a day", phrase="reminders.no_hours")
    try:
        Hours("UTC", starts, ends)
    except ValueError as error:
        raise UsageError("no hours to write in", phrase="reminders.no_hours") from error
    return starts, ends


async def zone_told(said: str) -> str | None:
    """Return the time zone of a name.

    Raises:
        UsageError: There is none; it names the nearest.
    """
    mistakes: list[UsageError] = []

    def find() -> str | None:
        zone = zone_named(said, mistakes)
        return None if zone is None else zone_or_utc(zone)  # reads its file now, and no more

    zone = await asyncio.to_thread(find)
    if mistakes:
        raise mistakes[0]
    return zone


def clock(minute: int) -> str:
    """Return what the clock shows at a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"
