"""What may be told of how members rate something: only from enough of them, and only in coarse steps.

One who knows what all others said must not learn from a figure what the last one said. So a figure is a
level in steps of a half that never reaches an end of the scale, and a word on how far apart people are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

LOWEST, HIGHEST = 1, 5
"""The ends of the scale on which members answer."""
FLOOR, USUAL, MOST = 3, 5, 50
"""How many must have answered before anything is told: at least, where leaders say nothing, at most."""
_STEP = 0.5
_CLOSE, _FAR = 0.9, 1.4
"""Standard deviations below which people are close together, and from which they are far apart.

Two of three may differ by one and still be close: that all said the same can't be told.
"""


class Spread(StrEnum):
    """How far apart people are."""

    CLOSE = "close"
    MIXED = "mixed"
    FAR = "far"


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
    """From 1.5 to 4.5, in steps of a half."""
    spread: Spread

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
    mean = sum(score * count for score, count in enumerate(counts, LOWEST)) / answered
    apart = sqrt(
        sum(count * (score - mean) ** 2 for score, count in enumerate(counts, LOWEST)) / answered
    )
    level = min(max(round(mean / _STEP) * _STEP, LOWEST + _STEP), HIGHEST - _STEP)
    spread = Spread.CLOSE if apart < _CLOSE else Spread.FAR if apart >= _FAR else Spread.MIXED
    return Figure(answered, level, spread)


def way(before: Figure, after: Figure) -> Way:
    """Return how something went beside the time before."""
    if after.level == before.level:
        return Way.SAME
    return Way.UP if after.level > before.level else Way.DOWN
