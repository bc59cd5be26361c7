"""What several groups say, laid side by side: where they agree, where they differ, what none of them named. Pure.

Careful rather than complete: two lines say the same only where most of what the shorter one is about
stands in the other as well, and neither turns it round.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import content, tokens

_FEWEST = 2
"""Words of content that two lines share which are about the same."""
_SHARE, _MOST_SHARE = 0.5, 0.6
"""Of the words of the shorter line, so many stand in the other that is about the same; that says the same."""
_NOT = "not_"
_OPPOSITES = "opposites."
_NEGATES = "negations.says"


@dataclass(frozen=True, slots=True)
class Point:
    """One line of one group."""

    id: int
    group: int
    text: str


@dataclass(frozen=True, slots=True)
class Views:
    """Points of groups, side by side."""

    agree: tuple[tuple[Point, ...], ...]
    """What at least two groups say, most groups first; the first point of each is its wording."""
    differ: tuple[tuple[Point, Point], ...]
    """What one group says the other way round than another."""
    missed: tuple[int, ...]
    """The places of the questions that no group said anything about."""


@dataclass(frozen=True, slots=True)
class _Said:
    point: Point
    about: frozenset[str]
    sides: frozenset[str]
    """Of which pairs of opposites it names one alone."""
    negates: bool
    figures: frozenset[str]


def laid_out(points: Sequence[Point], questions: Sequence[str], cues: Cues) -> Views:
    """Lay the points of groups side by side.

    Args:
        points: Of all groups, each group's in its order.
        questions: What all groups were to talk about.
        cues: Of their language, with its claims and forms; without word lists all words count.
    """
    said = [_read(each, cues) for each in points]
    together = [some for some in _together(said) if len(some) > 1]
    together.sort(key=lambda some: -len(some))
    about = frozenset[str]().union(*(each.about for each in said))
    missed = [
        place
        for place, text in enumerate(questions)
        if (asked := _about(text, cues)) and asked.isdisjoint(about)
    ]
    return Views(
        tuple(tuple(each.point for each in some) for some in together),
        tuple(_apart(said)),
        tuple(missed) if points else (),
    )


def checked(
    agree: Sequence[Sequence[int]],
    differ: Sequence[Sequence[int]],
    missed: Sequence[int],
    points: Sequence[Point],
    questions: Sequence[str],
    cues: Cues,
) -> Views:
    """Return what holds of a comparison that somebody else made.

    Lines put together are of different groups, have a word of content in common, and none turns another
    round; lines put against each other are of two groups and about the same; and what all are said to
    have missed stands in no line.

    Args:
        agree: Places of points, counted from 1, that are said to say the same.
        differ: Pairs of them that are said to differ.
        missed: Places of questions, counted from 1.
        points: Of all groups.
        questions: What all groups were to talk about.
        cues: Of their language.
    """
    said = {place: _read(each, cues) for place, each in enumerate(points, 1)}
    about = frozenset[str]().union(*(each.about for each in said.values()))
    together: list[list[_Said]] = []
    taken: set[int] = set()
    for places in agree:
        some: list[_Said] = []
        for each in (said[place] for place in places if place in said and place not in taken):
            is_new = all(each.point.group != other.point.group for other in some)
            if is_new and all(_may_agree(other, each) for other in some):
                some.append(each)
        if len(some) > 1:
            together.append(some)
            taken |= set(places)
    apart = [
        (said[pair[0]], said[pair[1]])
        for pair in differ
        if len(pair) == 2 and pair[0] in said and pair[1] in said
    ]
    asked = {place: _about(text, cues) for place, text in enumerate(questions, 1)}
    return Views(
        tuple(tuple(each.point for each in some) for some in together),
        tuple(
            (one.point, other.point)
            for one, other in dict.fromkeys(apart)
            if _may_differ(one, other)
        ),
        tuple(
            place - 1
            for place in dict.fromkeys(missed)
            if asked.get(place) and asked[place].isdisjoint(about)
        ),
    )


def _may_agree(one: _Said, other: _Said) -> bool:
    return not one.about.isdisjoint(other.about) and not _contrast(one, other)


def _may_differ(one: _Said, other: _Said) -> bool:
    return one.point.group != other.point.group and not one.about.isdisjoint(other.about)


def _together(said: Sequence[_Said]) -> list[list[_Said]]:
    """Put each point to the first one of another group that says the same."""
    found: list[list[_Said]] = []
    for each in said:
        for some in found:
            is_new = all(each.point.group != other.point.group for other in some)
            if is_new and _is_same(some[0], each):
                some.append(each)
                break
        else:
            found.append([each])
    return found


def _apart(said: Sequence[_Said]) -> list[tuple[Point, Point]]:
    """Return pairs of points that turn each other round, each point in one pair at most."""
    found: list[tuple[Point, Point]] = []
    taken: set[int] = set()
    for place, one in enumerate(said):
        for other in said[place + 1 :]:
            ids = {one.point.id, other.point.id}
            is_free = one.point.group != other.point.group and taken.isdisjoint(ids)
            if is_free and _shares(one, other, _SHARE) and _contrast(one, other):
                found.append((one.point, other.point))
                taken |= ids
    return found


def _is_same(one: _Said, other: _Said) -> bool:
    return _shares(one, other, _MOST_SHARE) and not _contrast(one, other)


def _shares(one: _Said, other: _Said, least: float) -> bool:
    shared = len(one.about & other.about)
    fewer = min(len(one.about), len(other.about))
    return shared >= _FEWEST and shared >= least * fewer


def _contrast(one: _Said, other: _Said) -> bool:
    """Tell whether one line negates what the other says, names its opposite, or another figure."""
    if one.negates != other.negates:
        return True
    if one.figures and other.figures and one.figures.isdisjoint(other.figures):
        return True
    turned = set(map(_other, one.sides))
    return not turned.isdisjoint(other.sides)


def _read(point: Point, cues: Cues) -> _Said:
    text = point.text.replace("’", "'")
    words = tokens(text)
    sides = {
        key.removeprefix(_OPPOSITES)
        for key in cues.phrases
        if key.startswith(_OPPOSITES) and cues.find(key, text, words)
    }
    # Who names both sides weighs them up.
    alone = {each for each in sides if _other(each) not in sides}
    figures = frozenset(word for word in words if any(map(str.isdigit, word)))
    is_negated = cues.find(_NEGATES, text, words)
    return _Said(point, _about(text, cues), frozenset(alone), is_negated, figures)


def _other(side: str) -> str:
    return side.removeprefix(_NOT) if side.startswith(_NOT) else _NOT + side


def _about(text: str, cues: Cues) -> frozenset[str]:
    """Return what a text is about: its words of content, one spelling for all forms of each."""
    stems = content(tokens(text), cues.stopwords)
    return frozenset(min(cues.forms.get(each, (each,))) for each in stems)
