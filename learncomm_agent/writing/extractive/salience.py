"""How much a line says about its stretch of a conversation; linear in its length.

Weights are tf-idf over stretches, a linear stand-in for the centrality of LexRank (Erkan and Radev
2004): a line counts for what the messages around it share with it. Topics shift where neighbouring
windows share few words (TextTiling, Hearst 1997). Redundancy is removed as in MMR (Carbonell and
Goldstein 1998).
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

_WINDOW = 12
"""Messages on each side that are compared to find a shift of topic."""
_PAUSE = timedelta(minutes=30)
_SHORTEST = 8
"""Messages of a stretch."""


def stretches(
    bags: Sequence[frozenset[str]], times: Sequence[datetime | None], most: int
) -> list[range]:
    """Cut a conversation where it pauses or its topic shifts, into at most `most` stretches.

    Args:
        bags: Of each message, the stems of its content words.
        times: Of each message, when it was said.
        most: How many stretches there may be.
    """
    scores = shifts(bags)
    for i in range(1, len(bags)):
        before, after = times[i - 1], times[i]
        if before is not None and after is not None and after - before >= _PAUSE:
            scores[i] += 2.0
    cuts: list[int] = []
    for i in sorted(range(1, len(bags)), key=lambda each: (-scores[each], each)):
        if len(cuts) >= most - 1 or scores[i] <= 0:
            break
        if all(abs(i - cut) >= _SHORTEST for cut in (0, len(bags), *cuts)):
            cuts.append(i)
    edges = [0, *sorted(cuts), len(bags)]
    return [range(a, b) for a, b in pairwise(edges) if b > a]


class Salience:
    """Weights of stems in each stretch of a conversation."""

    def __init__(self, bags: Sequence[frozenset[str]], parts: Sequence[range]) -> None:
        """Count the stems of the messages.

        Args:
            bags: Of each message, the stems of its content words.
            parts: The stretches, which together cover all messages.
        """
        self._spread = Counter(stem for bag in bags for stem in bag)
        self._messages = max(1, len(bags))
        self._parts = [Counter(stem for i in part for stem in bags[i]) for part in parts]

    def score(self, bag: frozenset[str], part: int | None = None) -> float:
        """Tell how central a line is to a stretch, or to all; long lines gain less by each word."""
        counts = self._spread if part is None else self._parts[part]
        total = sum(
            math.log(counts[stem]) * math.log(1 + self._messages / self._spread[stem])
            for stem in bag
            if counts[stem] > 1
        )
        return float((total + 0.1 * len(bag)) / (len(bag) + 5) ** 0.8)


def unlike(bag: frozenset[str], chosen: Iterable[frozenset[str]]) -> float:
    """Give the share of a line that is not said by one of the chosen lines, 0 to 1."""
    if not bag:
        return 0.0
    return 1.0 - max((len(bag & other) / len(bag) for other in chosen), default=0.0)


def shifts(bags: Sequence[frozenset[str]]) -> list[float]:
    """Score each gap before a message by how little its two sides share."""
    scores = [0.0] * len(bags)
    left: Counter[str] = Counter()
    right: Counter[str] = Counter(stem for bag in bags[:_WINDOW] for stem in bag)
    for i in range(1, len(bags)):
        _move(left, bags[i - 1], 1)
        _move(right, bags[i - 1], -1)
        if i + _WINDOW - 1 < len(bags):
            _move(right, bags[i + _WINDOW - 1], 1)
        if i - 1 - _WINDOW >= 0:
            _move(left, bags[i - 1 - _WINDOW], -1)
        scores[i] = 1.0 - _cosine(left, right)
    return scores


def _move(counts: Counter[str], bag: frozenset[str], by: int) -> None:
    for stem in bag:
        counts[stem] += by
        if not counts[stem]:
            del counts[stem]


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    if not left or not right:
        return 0.0
    shared = sum(count * right[stem] for stem, count in left.items() if stem in right)
    norm = math.sqrt(sum(c * c for c in left.values()) * sum(c * c for c in right.values()))
    return shared / norm
