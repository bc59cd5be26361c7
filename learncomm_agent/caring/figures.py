"""What may be told of how members rate something: only from enough of them, and only in coarse steps.

Whoever answered knows one answer, and reads the figure. From both they must not learn what anybody else
said: whatever is told, several sets of answers fit it, and no answer is in all of them. So a figure is
one of three levels below ten answers and one of five from there on, and says nothing of how far apart
people are. Who knows more than an answer of their own, as several who put theirs together, may learn more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LOWEST, HIGHEST = 1, 5
"""The ends of the scale on which members answer."""
FLOOR, USUAL, MOST = 3, 5, 50
"""How many must have answered before anything is told: at least, where leaders say nothing, at most."""
FINE = 10
"""From so many answers on there are steps of a half."""
_MIDDLE = (LOWEST + HIGHEST) // 2
_FAR, _FARTHER = 3, 7
"""So many tenths a mean lies from the middle for the next level, and for the one after it."""
_VERY_FEW = 5
"""Of fewer answers, one at the other end of the scale alone makes it the middle level."""


class Way(StrEnum):
    """How something went beside the time before."""

    UP = "up"
    SAME = "same"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Figure:
    """What may be told of some answers."""

    answered: int
    level: float
    """2, 3 or 4; also 2.5 or 3.5 where enough have answered."""

    @property
    def is_fine(self) -> bool:
        """Whether enough have answered for steps of a half."""
        return self.answered >= FINE

    @property
    def share(self) -> float:
        """The level on a chart, from 0 to 1."""
        return (self.level - LOWEST) / (HIGHEST - LOWEST)


def threshold(wanted: int | None) -> int:
    """Return how many must have answered, whatever somebody wants: never fewer than three."""
    return USUAL if wanted is None else min(max(wanted, FLOOR), MOST)


def figure(counts: Sequence[int], least: int) -> Figure | None:
    """Return what may be told of answers; None where too few have answered.

    Args:
        counts: How many gave each answer, from the lowest to the highest.
        least: How many must have answered; three where it is fewer.

    Raises:
        ValueError: These are no counts of this scale.
    """
    if len(counts) != HIGHEST - LOWEST + 1 or any(each < 0 for each in counts):
        raise ValueError(f"no counts of five answers: {counts!r}")
    answered = sum(counts)
    if answered < max(least, FLOOR):
        return None
    beyond = sum(count * (score - _MIDDLE) for score, count in enumerate(counts, LOWEST))
    steps = _steps(abs(beyond), answered)
    if answered < _VERY_FEW and counts[-1 if beyond < 0 else 0]:
        steps = 0.0
    return Figure(answered, _MIDDLE + (steps if beyond > 0 else -steps))


def _steps(beyond: int, answered: int) -> float:
    """Return how far from the middle a level lies.

    Args:
        beyond: How far all answers together lie from it.
        answered: How many these are.
    """
    if 10 * beyond < _FAR * answered:
        return 0.0
    return 0.5 if answered >= FINE and 10 * beyond < _FARTHER * answered else 1.0


def way(before: Figure, after: Figure) -> Way:
    """Return how something went beside the time before; by three levels where one has no more."""
    both = before.is_fine and after.is_fine
    first, second = (each.level if both else _rough(each.level) for each in (before, after))
    if second == first:
        return Way.SAME
    return Way.UP if second > first else Way.DOWN


def _rough(level: float) -> int:
    return (level > _MIDDLE) - (level < _MIDDLE)
