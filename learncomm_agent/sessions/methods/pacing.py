"""A humane reading plan: what a group reads in which week, and how far one reader is; pure.

Chapters are never cut. Their division into weeks is the classic linear partition: contiguous, the longest
week as short as it can be, and of all such plans the most even one (least sum of squares).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Any

from learncomm_agent.sessions.methods.numbers import NUMBER, number_of

HUMANE = 60
"""Pages a week that a reader with work and family manages: nine a day, a quarter of an hour."""
TYPICAL = 25
"""Pages of a chapter, where nothing is known of its length; used for the pace alone."""
MOST_PARTS, MOST_PAGES, MOST_WEEKS = 200, 20_000, 104

_ROUNDING = 1e-9


class Unit(StrEnum):
    """By what a portion is named."""

    PAGE = "page"
    CHAPTER = "chapter"
    """Numbered without a gap: `first` and `last` are the chapters' own numbers."""
    PART = "part"
    """Not numbered, or not throughout (a foreword): named by `first_label` and `last_label`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter, or whatever a book is made of."""

    label: str
    """As written, without its page: `Chapter 2: The river`."""
    size: float = 1
    """In pages; 1 in all parts where no length is known."""
    number: int | None = None
    """Its own number in the book."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What is read in one week."""

    n: int
    """Which week, from 1."""
    unit: Unit
    first: int
    """Page, chapter number, or place in the list from 1."""
    last: int
    first_label: str
    """Empty for pages."""
    last_label: str
    size: float
    """In pages; in chapters where no length is known."""
    is_steep: bool
    """Whether it is more than a reader manages in a week."""

    def record(self) -> dict[str, Any]:
        """Give what `of` reads again, for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Portion":
        """Read what `record` gave.

        Raises:
            KeyError, TypeError: Something is missing, or too much.
            ValueError: No such unit.
        """
        return cls(**{**record, "unit": Unit(record["unit"])})


def plan_reading(
    contents: Sequence[Part] | int, weeks: int | None = None, *, per_week: int = HUMANE
) -> tuple[Portion, ...]:
    """Return what is read in each week, in order; no week is empty.

    Args:
        contents: The chapters, or how many pages there are.
        weeks: How many weeks; where None, the fewest at the pace of `per_week`. Never more weeks than
            there are chapters or pages.
        per_week: Pages that a reader manages. Chapters of unknown length count as 25 pages each.

    Raises:
        ValueError: Nothing to read, more than 20,000 pages, 200 chapters or 104 weeks, or a length or
            a pace that is not above 0. A plan by the pace has at most 104 weeks, and is steep then.
    """
    if per_week < 1 or (weeks is not None and not 1 <= weeks <= MOST_WEEKS):
        raise ValueError(f"no plan of {weeks!r} weeks with {per_week!r} pages each")
    if isinstance(contents, int):
        return _by_pages(contents, weeks, per_week)
    sizes = [part.size for part in contents]
    if not 1 <= len(sizes) <= MOST_PARTS or not all(0 < size <= MOST_PAGES for size in sizes):
        raise ValueError(f"no plan for {len(sizes)} parts")
    pace = per_week if any(size != 1 for size in sizes) else max(1, per_week // TYPICAL)
    if weeks is None:
        weeks = min(MOST_WEEKS, _weeks_within(_ends(sizes), max(pace, *sizes)))
    bounds = _partition(sizes, min(weeks, len(sizes)))
    unit = _unit(contents)
    return tuple(
        _portion(n, contents[start:end], unit, start, pace)
        for n, (start, end) in enumerate(bounds, start=1)
    )


def place_of(text: str, unit: Unit, total: int) -> float | None:
    """Return how far somebody is, from 0 to 1, by their own words; None where these don't tell.

    Reads `chapter 4`, `p. 120`, `S. 120`, `45 %`, `4 of 12`, a bare number, `half`, `finished`; English
    and German. A chapter or page counts as read to its end, `the start of chapter 4` as not begun. Of
    several numbers the lowest counts, of a range its end. Another unit than the plan's tells nothing.

    Args:
        text: What they said; at most 200 characters are looked at.
        unit: What the plan counts in; chapters by their numbers from 1.
        total: The last page or chapter.
    """
    said = " ".join(text[:200].casefold().split())
    if total < 1 or not said:
        return None
    if percent := re.search(r"(?<![\d.,-])(\d{1,3})(?:[.,]\d+)?\s?(?:%|percent|prozent)", said):
        return int(percent[1]) / 100 if int(percent[1]) <= 100 else None
    mentions = list(_PLACES[unit].finditer(said)) or list(_BARE.finditer(said))
    if mentions:
        reached = min(_reached(said, mention) for mention in mentions)
        return reached / total if 0 <= reached <= total else None
    if _UNBEGUN.search(said):
        return 0.0
    if _NOT.search(said) or any(character.isdecimal() for character in said):
        return None
    if _HALF.search(said):
        return 0.5
    return 1.0 if _DONE.search(said) else None


def is_before(reader: float | None, there: float | None) -> bool:
    """Tell whether a reader has not come as far as a place, so that it would spoil something.

    A reader of whom nothing is known has read nothing; a place that is unknown spoils nothing.
    """
    return there is not None and (reader or 0.0) < there - _ROUNDING


_NUMBERS = rf"(?:{NUMBER}\s?(?:-|–|to|bis)\s?)?(?P<number>{NUMBER})(?!\w)"
_PLACES = {
    Unit.PAGE: re.compile(rf"(?<!\w)(?:pages?|pp?\.?|pg\.?|seiten?|s\.)\s?{_NUMBERS}"),
    Unit.CHAPTER: re.compile(
        rf"(?<!\w)(?:chapters?|chap\.?|chs?\.?|kapiteln?|kap\.?)\s?{_NUMBERS}"
    ),
    Unit.PART: re.compile(rf"(?<!\w)(?:parts?|pt\.?|teile?)\s?{_NUMBERS}"),
}
_BARE = re.compile(r"^#?(?P<number>\d{1,6})(?:\.|\s?(?:/|of|von)\s?\d{1,6})?$")
_INSIDE = re.compile(
    r"\b(?:start|starting|started|begin|beginning|began|middle|half|halfway|anfang|beginn|beginne"
    r"|angefangen|mitten|mitte|hälfte)\b(?:\s(?:in|of|on|with|through|the|mit|von|des))*\s?$"
)
"""Before a chapter: it is not read yet."""
_NOT = re.compile(r"\b(?:almost|nearly|not|yet|fast|beinahe|nicht|kaum)\b|\w+n['’]t\b")
_UNBEGUN = re.compile(
    r"(?:\b(?:not|nicht)|n['’]t)\b.*\b(?:start|started|begun|begonnen|angefangen)\b"
)
_HALF = re.compile(r"\b(?:half|halfway|hälfte|halb)\b")
_DONE = re.compile(r"\b(?:finished|done|read it all|fertig|durch|ausgelesen|zu ende)\b")


def _reached(said: str, mention: re.Match[str]) -> int:
    """Return the last chapter or page that is read, by one that is named."""
    before = said[: mention.start()]
    is_read = not _INSIDE.search(before) and not _NOT.search(said)
    return (number_of(mention["number"]) or 0) - (0 if is_read else 1)


def _by_pages(pages: int, weeks: int | None, per_week: int) -> tuple[Portion, ...]:
    if not 1 <= pages <= MOST_PAGES:
        raise ValueError(f"no plan for {pages!r} pages")
    weeks = min(weeks or math.ceil(pages / per_week), pages, MOST_WEEKS)
    each, more = divmod(pages, weeks)
    ends = list(accumulate(each + (n < more) for n in range(weeks)))
    return tuple(
        Portion(n, Unit.PAGE, start + 1, end, "", "", end - start, end - start > per_week)
        for n, (start, end) in enumerate(zip([0, *ends], ends, strict=False), start=1)
    )


def _unit(parts: Sequence[Part]) -> Unit:
    numbers = [part.number for part in parts]
    first = numbers[0] or 1
    return Unit.CHAPTER if numbers == list(range(first, first + len(parts))) else Unit.PART


def _portion(n: int, parts: Sequence[Part], unit: Unit, start: int, pace: float) -> Portion:
    first, last = start + 1, start + len(parts)
    if unit is Unit.CHAPTER:
        first, last = parts[0].number or first, parts[-1].number or last
    size = round(sum(part.size for part in parts), 2)
    return Portion(n, unit, first, last, parts[0].label, parts[-1].label, size, size > pace)


def _ends(sizes: Sequence[float]) -> list[float]:
    """Return where each part ends: one more than there are parts, from 0."""
    return [0.0, *accumulate(sizes)]


def _weeks_within(ends: Sequence[float], most: float) -> int:
    """Return the fewest weeks of which none is longer than `most`."""
    weeks, start = 1, 0
    for here in range(1, len(ends)):
        if ends[here] - ends[start] > most + _ROUNDING:
            weeks, start = weeks + 1, here - 1
    return weeks


def _partition(sizes: Sequence[float], weeks: int) -> list[tuple[int, int]]:
    """Return start and end of each week: the longest as short as can be, and then all most even."""
    ends = _ends(sizes)
    most = _shortest_longest(ends, weeks) + _ROUNDING
    count = len(sizes)
    least = [0.0] + [math.inf] * count  # of the parts up to here, in the weeks so far
    cuts: list[list[int]] = []
    for _ in range(weeks):
        best, cut = [math.inf] * (count + 1), [0] * (count + 1)
        for end in range(1, count + 1):
            start = end - 1
            while start >= 0 and ends[end] - ends[start] <= most:
                cost = least[start] + (ends[end] - ends[start]) ** 2
                if cost < best[end]:
                    best[end], cut[end] = cost, start
                start -= 1
        least = best
        cuts.append(cut)
    bounds, end = [], count
    for cut in reversed(cuts):
        bounds.append((cut[end], end))
        end = cut[end]
    return bounds[::-1]


def _shortest_longest(ends: Sequence[float], weeks: int) -> float:
    """Return how long the longest week must be at least: it is the length of some run of parts."""
    longest = max(after - before for before, after in pairwise(ends))
    lengths = sorted(
        {after - before for n, before in enumerate(ends) for after in ends[n + 1 :]} | {longest}
    )
    low, high = 0, len(lengths) - 1
    while low < high:
        middle = (low + high) // 2
        if lengths[middle] >= longest and _weeks_within(ends, lengths[middle]) <= weeks:
            high = middle
        else:
            low = middle + 1
    return lengths[low]
