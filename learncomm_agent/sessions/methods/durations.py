"""How long something takes, as a leader says it in English or German; pure."""

import re
from datetime import timedelta

from learncomm_agent.sessions.methods.numbers import NUMBER, number_of

MOST_CHARS = 60
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=366)

_UNITS = {
    timedelta(days=30): "months?|monat(?:en?)?",
    timedelta(days=14): "fortnights?",
    timedelta(weeks=1): "w|wks?|weeks?|wochen?",
    timedelta(days=1): "d|days?|t|tag(?:en?)?",
    timedelta(hours=1): r"h|hrs?|hours?|std\.?|stunden?",
    timedelta(minutes=1): r"m|mins?\.?|minutes?|minuten?",
}
_HOUR = timedelta(hours=1)
_HALVES = {
    **dict.fromkeys(("half", "half a", "half an", "a half", "halbe", "halben", "halber"), 0.5),
    **dict.fromkeys(("eine halbe", "einer halben", "einen halben", "ein halber"), 0.5),
    **dict.fromkeys(("one and a half", "anderthalb", "eineinhalb"), 1.5),
    **dict.fromkeys(("two and a half", "zweieinhalb"), 2.5),
}
_ONE = frozenset({"a", "an"})
_AMOUNT = "|".join(
    (
        *(r"\d{1,6}[.,]\d{1,2}", *sorted(_HALVES, key=len, reverse=True)),
        *(NUMBER, *sorted(_ONE, reverse=True)),
    )
)
_UNIT = "|".join(f"(?P<u{n}>{names})" for n, names in enumerate(_UNITS.values()))
_PIECE = re.compile(
    rf"(?:,|and\b|und\b)?\s*(?P<amount>{_AMOUNT})(?:(?<=\d)\s*|\s+)(?:{_UNIT})(?![^\W\d_])(?P<more>\s+and a half)?\s*"
)
_HOURS = re.compile(r"(\d{1,2}):([0-5]\d)\s*(?:h|hours?|std\.?|stunden?)?")
_ABOUT = re.compile(r"(?:for|about|around|roughly|ca\.|ca|circa|etwa|für|rund|~)\s*")


def read_duration(
    text: str,
    *,
    unit: timedelta | None = None,
    shortest: timedelta = SHORTEST,
    longest: timedelta = LONGEST,
) -> timedelta | None:
    """Return how long words or figures say, or None where they don't, or it is out of bounds.

    Reads `90 min`, `1 h 30`, `1:30`, `2w`, `a week`, `an hour and a half`, `3 Tage`, `eine Stunde`,
    `anderthalb Stunden`. A day has 24 hours, a month 30 days.

    Args:
        text: Nothing but the duration.
        unit: What a bare number counts; where None, it says nothing.
        shortest: The least that is allowed.
        longest: The most that is allowed.
    """
    said = " ".join(text.casefold().split()) if len(text) <= MOST_CHARS else ""
    found = _read(said[about.end() :] if (about := _ABOUT.match(said)) else said, unit)
    return found if found is not None and shortest <= found <= longest else None


def _read(said: str, unit: timedelta | None) -> timedelta | None:
    if clock := _HOURS.fullmatch(said):
        return timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    if said.isdecimal():
        number = number_of(said)
        return None if unit is None or number is None else number * unit
    total, last = timedelta(), timedelta.max
    while piece := _PIECE.match(said):
        counted = _unit(piece)
        if counted >= last:  # `2 h 3 h` is a slip
            return None
        total += (_amount(piece["amount"]) + (0.5 if piece["more"] else 0)) * counted
        said, last = said[piece.end() :], counted
    if last == _HOUR and said.isdecimal() and len(said) <= 2 and int(said) < 60:
        return total + timedelta(minutes=int(said))
    return None if said or not total else total


def _unit(piece: re.Match[str]) -> timedelta:
    return next(unit for n, unit in enumerate(_UNITS) if piece[f"u{n}"])


def _amount(text: str) -> float:
    if text in _ONE:
        return 1
    if text in _HALVES:
        return _HALVES[text]
    number = number_of(text)
    return float(text.replace(",", ".")) if number is None else number
