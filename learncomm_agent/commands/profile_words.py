"""What people say about themselves in words: when they are free, and which languages they speak; and back."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from learncomm_agent.errors import UsageError
from learncomm_agent.templates import locale

PARTS = ("morning", "afternoon", "evening")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SAID = 60
_DAYS: Mapping[str, int] = {
    name: day
    for day, names in enumerate(
        (
            "mo mon monday mondays montag montags",
            "tu tue tues tuesday tuesdays di dienstag dienstags",
            "we wed wednesday wednesdays mi mittwoch mittwochs",
            "th thu thur thurs thursday thursdays do donnerstag donnerstags",
            "fr fri friday fridays freitag freitags",
            "sa sat saturday saturdays samstag samstags sonnabend sonnabends",
            "su sun sunday sundays so sonntag sonntags",
        )
    )
    for name in names.split()
}
_SPANS: Mapping[str, Sequence[int]] = {
    **dict.fromkeys(("weekday", "weekdays", "werktags", "wochentags", "unter der woche"), range(5)),
    **dict.fromkeys(("weekend", "weekends", "wochenende", "wochenenden"), (5, 6)),
    **dict.fromkeys(("daily", "every day", "täglich", "jeden tag"), range(7)),
}
_PARTS: Mapping[str, Sequence[int]] = {
    **dict.fromkeys(
        ("morning", "mornings", "vormittag", "vormittags", "morgens", "früh", "am vormittag"), (0,)
    ),
    **dict.fromkeys(
        ("afternoon", "afternoons", "nachmittag", "nachmittags", "am nachmittag"), (1,)
    ),
    **dict.fromkeys(("evening", "evenings", "abend", "abends", "am abend"), (2,)),
    **dict.fromkeys(
        ("any time", "anytime", "always", "immer", "jederzeit", "all day", "ganztags"), range(3)
    ),
}
_WORDS: Mapping[str, tuple[Sequence[int], Sequence[int]]] = {
    **{word: ((day,), ()) for word, day in _DAYS.items()},
    **{word: (days, ()) for word, days in _SPANS.items()},
    **{word: ((), parts) for word, parts in _PARTS.items()},
    **{
        f"{day}{end}": ((n,), (part,))
        for day, n in _DAYS.items()
        if day.endswith("tag") or day == "mittwoch"
        for part, ends in enumerate(
            (("vormittag", "vormittags"), ("nachmittag", "nachmittags"), ("abend", "abends"))
        )
        for end in ends
    },
}
_FILLERS = re.compile(r"\b(?:on|in the|at the|am|an|in|the|den|dem)\b")
_RANGE = re.compile(r"(\w+)\s*(?:-|–|to|till|until|bis)\s*(\w+)")
_WORD = re.compile(
    "|".join(rf"\b{re.escape(each)}\b" for each in sorted(_WORDS, key=len, reverse=True))
)


def hours_in(text: str) -> tuple[int, ...]:
    """Return the parts of a week that a text names: `Mon and Wed evenings, weekends`.

    A day without a part of the day takes the next one that is named; with none, all of the day is meant.

    Raises:
        UsageError: Some of it is not understood; nothing is guessed.
    """
    found: set[int] = set()
    waiting: set[int] = set()
    for clause in re.split(r"[,;\n]", text[:2000].casefold()):
        lately: set[int] = set()
        for said in re.split(r"[+&]|\b(?:and|und)\b", clause):
            days, parts = _of_one(said)
            waiting |= days
            if parts:
                lately = waiting or lately or set(range(7))
                found |= {day * len(PARTS) + part for day in lately for part in parts}
                waiting = set()
    found |= {day * len(PARTS) + part for day in waiting for part in range(len(PARTS))}
    return tuple(sorted(found))


def _of_one(said: str) -> tuple[set[int], set[int]]:
    """Return the days and the parts of a day that one piece names.

    Raises:
        UsageError: There is something else in it.
    """
    days: set[int] = set()
    parts: set[int] = set()

    def span(match: re.Match[str]) -> str:
        first, last = _DAYS.get(match[1]), _DAYS.get(match[2])
        if first is None or last is None:
            return match[0]
        days.update((first + n) % 7 for n in range((last - first) % 7 + 1))
        return " "

    def word(match: re.Match[str]) -> str:
        some, times = _WORDS[match[0]]
        days.update(some)
        parts.update(times)
        return " "

    rest = _WORD.sub(word, _RANGE.sub(span, said.replace(".", " ")))
    rest = _FILLERS.sub(" ", rest).strip()
    if rest:
        raise UsageError("no hours", phrase="profile.no_hours", said=rest[:_SAID])
    return days, parts


def hours_told(slots: Iterable[int], label: Callable[[str], str]) -> list[dict[str, object]]:
    """Return parts of a week as a sentence needs them: days that have the same parts stand together.

    Args:
        slots: The parts.
        label: Gives the words of a phrase.
    """
    by_day: dict[int, tuple[int, ...]] = {}
    for slot in sorted(set(slots)):
        day, part = divmod(slot, len(PARTS))
        by_day[day] = (*by_day.get(day, ()), part)
    alike: dict[tuple[int, ...], list[int]] = {}
    for day, parts in by_day.items():
        alike.setdefault(parts, []).append(day)
    every, whole = label("profile.day.every"), label("profile.time.all")
    return [
        {
            "days": [every]
            if len(days) == len(DAYS)
            else [label(f"profile.day.{DAYS[day]}") for day in days],
            "parts": [whole]
            if len(parts) == len(PARTS)
            else [label(f"profile.time.{PARTS[part]}") for part in parts],
        }
        for parts, days in alike.items()
    ]


def languages_in(text: str) -> tuple[str, ...]:
    """Return the codes of the languages that a text names, in English, German or their own words. Blocks.

    Raises:
        UsageError: One of them is not known.
    """
    found: dict[str, None] = {}
    for said in re.split(r"[,;\n/+&]|\b(?:and|und)\b", text[:500].casefold()):
        name = said.strip(" .")
        if not name:
            continue
        code = name if name in _codes() else _names().get(name)
        if code is None:
            raise UsageError("no language", phrase="profile.no_language", said=name[:_SAID])
        found[code] = None
    return tuple(found)


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for each in locale("en").languages if len(code := str(each)) in (2, 3))


@cache
def _names() -> Mapping[str, str]:
    """Return the codes by names: as English and German call them, and the larger ones as they call themselves."""
    own = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "uk", "ru", "ar", "sv", "da", "cs")
    found: dict[str, str] = {}
    for spoken in ("de", "en"):
        for code, name in locale(spoken).languages.items():
            if code in _codes():
                found[str(name).casefold()] = code
    for code in own:
        found[str(locale(code).languages[code]).casefold()] = code
    return found
