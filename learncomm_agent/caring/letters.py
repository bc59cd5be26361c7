"""What a leader's letter tells: a week of learning beside the weeks before, and what might help. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Any, Self, TypeVar

from learncomm_agent.caring.measures import DAY, Said, Talk, usual_wait, voices, week_of

_T = TypeVar("_T")
PAST, SHOWN = 8, 8
"""So many weeks are compared with, and so many, the latest, stand on a chart."""
BEHIND = 4
"""What is rare, such as newcomers, is counted over so many weeks up to each."""
WEEKS = PAST + BEHIND
"""So many weeks are looked at."""
_COMPARED = 3
"""With fewer earlier weeks there is no past to compare with."""
_DIFFERENCE = 0.05
"""A smaller difference of shares is none."""
_LOW = 2.5
_FEW = 2


class Beside(StrEnum):
    """How a week stands beside the community's own past."""

    MORE_EVEN = "more_even"
    AS_USUAL = "as_usual"
    LESS_EVEN = "less_even"


@dataclass(frozen=True, slots=True)
class Week:
    """What may be told of one week; what rests on too few people is None."""

    begins: str
    """Its first day, as ISO 8601 has it."""
    spoke: int
    asked: int | None = None
    """Questions; None where few spoke, or where some asked and these were few."""
    answered: int | None = None
    waited: int | None = None
    """How long newcomers of four weeks waited for a first reply; -1 where most got none."""
    share: float | None = None
    """What the most talkative third wrote of all."""
    due: int | None = None
    """Promises of four weeks that were due."""
    kept: int | None = None
    held: int = 0
    """Sessions that ended."""
    levels: tuple[float, ...] = ()
    """How those were rated of which that may be told."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `asdict` made of it."""
        return cls(**{**record, "levels": tuple(record["levels"])})


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told of a week."""

    weeks: tuple[Week, ...]
    """The latest last."""
    usual: float | None = None
    """The share of the most talkative third in earlier weeks."""
    beside: Beside | None = None
    overdue: int | None = None
    """Promises of four weeks that are not kept yet."""

    @property
    def this(self) -> Week:
        """The week that it is about."""
        return self.weeks[-1]

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what `record` has written."""
        weeks = tuple(Week.of(each) for each in record["weeks"])
        beside = record["beside"]
        return cls(
            weeks, record["usual"], None if beside is None else Beside(beside), record["overdue"]
        )


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise, by whom it was made and when it was due."""

    owner: int
    due: int
    """As it is stored, as all moments here."""
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """When a session ended, and how it was rated, where that may be told."""

    at: int
    level: float | None


def letter(
    said: Sequence[Said],
    threads: Mapping[int, tuple[int, str]],
    firsts: Mapping[int, int],
    promised: Sequence[Promised],
    ended: Sequence[Ended],
    *,
    bounds: Sequence[int],
    days: Sequence[str],
    least: int,
) -> Letter:
    """Count what happened, week by week.

    Args:
        said: What people said, up to now.
        threads: Rooms that branch from a message.
        firsts: When newcomers wrote first, by member.
        promised: What was due.
        ended: The sessions.
        bounds: Where the weeks begin, and the last one ends.
        days: The first day of each week.
        least: So many people have to be behind a figure.
    """
    talk, count = Talk(said, threads), len(days)
    asked = _by_week([(each.at, each) for each in talk.questions()], bounds, count)
    new = _by_week([(each.at, each) for each in talk.first_words(firsts)], bounds, count)
    owed = _by_week([(each.due, each) for each in promised], bounds, count)
    held = _by_week([(each.at, each) for each in ended], bounds, count)
    written: list[dict[int, int]] = [defaultdict(int) for _ in days]
    for each in said:
        if not each.is_to_us and (number := week_of(each.at, bounds)) is not None:
            written[number][each.member] += each.chars
    told = []
    for number, day in enumerate(days):
        behind = slice(max(0, number - BEHIND + 1), number + 1)
        spoken = voices(written[number], least)
        week = Week(
            begins=day,
            spoke=spoken.speakers,
            waited=usual_wait([each for week in new[behind] for each in week], least),
            share=spoken.top_third,
            held=len(held[number]),
            levels=tuple(each.level for each in held[number] if each.level is not None),
        )
        due = [promise for week in owed[behind] for promise in week]
        if len({promise.owner for promise in due}) >= least:
            week = replace(week, due=len(due), kept=sum(promise.is_kept for promise in due))
        askers = {each.member for each in asked[number]}
        if spoken.speakers >= least and (not askers or len(askers) >= least):
            answered = sum(each.waited is not None for each in asked[number])
            week = replace(week, asked=len(asked[number]), answered=answered)
        told.append(week)
    return _compared(tuple(told))


def _by_week(found: Iterable[tuple[int, _T]], bounds: Sequence[int], count: int) -> list[list[_T]]:
    """Return what happened week by week, each given with its moment."""
    weeks: list[list[_T]] = [[] for _ in range(count)]
    for at, each in found:
        if (number := week_of(at, bounds)) is not None:
            weeks[number].append(each)
    return weeks


def _compared(weeks: tuple[Week, ...]) -> Letter:
    """Set the last week beside those before it."""
    this = weeks[-1]
    past = [each.share for each in weeks[-1 - PAST : -1] if each.share is not None]
    usual = median(past) if len(past) >= _COMPARED else None
    beside = None
    if usual is not None and this.share is not None:
        more = this.share - usual
        beside = Beside.AS_USUAL
        if abs(more) > _DIFFERENCE:
            beside = Beside.LESS_EVEN if more > 0 else Beside.MORE_EVEN
    overdue = None if this.due is None or this.kept is None else this.due - this.kept
    return Letter(weeks[-SHOWN:], usual, beside, overdue)


class Reason(StrEnum):
    """Why something is suggested."""

    UNANSWERED = "unanswered"
    NEWCOMERS = "newcomers"
    UNEVEN = "uneven"
    OVERDUE = "overdue"
    IN_VAIN = "in_vain"
    RATED_LOW = "rated_low"
    QUIET = "quiet"
    NO_SESSION = "no_session"
    ALWAYS = "always"


def reasons(told: Letter, *, is_looked_for: bool) -> frozenset[Reason]:
    """Return what there is to suggest something for.

    Args:
        told: The letter.
        is_looked_for: Whether something was looked for in vain.
    """
    this, recent = told.this, told.weeks[-BEHIND:]
    levels = [level for week in recent for level in week.levels]
    asked, answered = this.asked or 0, this.answered or 0
    given = {
        Reason.UNANSWERED: asked >= _FEW and 2 * answered < asked,
        Reason.NEWCOMERS: this.waited is not None and not 0 <= this.waited <= DAY,
        Reason.UNEVEN: told.beside is Beside.LESS_EVEN,
        Reason.OVERDUE: bool(this.due) and 2 * (this.kept or 0) < (this.due or 0),
        Reason.IN_VAIN: is_looked_for,
        Reason.RATED_LOW: bool(levels) and levels[-1] <= _LOW,
        Reason.QUIET: this.asked == 0 or (this.asked is None and this.share is None),
        Reason.NO_SESSION: not any(week.held for week in recent),
        Reason.ALWAYS: True,
    }
    return frozenset(reason for reason, is_given in given.items() if is_given)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to try, and where a guide tells how."""

    name: str
    when: Reason
    guide: str
    """The guide's file."""
    heading: str
    is_own: bool
    """Whether it is something of the leader's own to share, ask about or admit."""


def chosen(
    known: Sequence[Suggestion], given: Collection[Reason], before: Collection[str]
) -> tuple[Suggestion, ...]:
    """Choose one thing to do with the community, and one of the leader's own; what fits best comes first.

    Args:
        known: All of them; of one reason, the first is told first.
        given: Why something may be suggested.
        before: The names of what was suggested lately, which is left out.
    """
    order = list(Reason)
    fit = sorted(
        (each for each in known if each.when in given and each.name not in before),
        key=lambda each: order.index(each.when),
    )
    both = (next((each for each in fit if each.is_own is is_own), None) for is_own in (False, True))
    return tuple(each for each in both if each is not None)
