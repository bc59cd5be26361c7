"""From ranked chunks to passages worth showing: neighbours become one, near-duplicates give way; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.library.finding.ranking import Ranked
from learncomm_agent.library.resources import ChunkId, ResourceId

SHINGLE = 3
"""Words in a row that are compared as one."""
ALIKE = 0.95
"""The share of the shingles of the one with more that the other holds, if they say nearly the same. Less
would hide stretches of one talk that overlap, of which each may hold the answer (measured)."""
BESIDE = 0.8
"""A neighbour belongs to a passage if its score reaches this share of the passage's own."""
MOST_TOGETHER = 3
"""Chunks that one passage is made of at most, so that it can still be read."""


@dataclass(frozen=True, slots=True)
class Together:
    """Neighbouring chunks of one resource that answer together."""

    best: Ranked
    """The one that ranks highest; its score is that of all."""
    chunks: tuple[ChunkId, ...]
    """All of them, in the order of the text."""
    alike: tuple[ResourceId, ...] = ()
    """Other resources that say nearly the same and were left out for this one."""


def is_near_duplicate(words_a: str, words_b: str) -> bool:
    """Say whether two texts are the same but for a few words.

    Args:
        words_a: As `Analyser.words` returns them.
        words_b: Those of the other one.
    """
    a, b = words_a.split(), words_b.split()
    if not a or not b or max(len(a), len(b)) > 2 * min(len(a), len(b)):
        return False
    first, second = _shingles(a), _shingles(b)
    return len(first & second) >= ALIKE * max(len(first), len(second))


def merged(ranked: Sequence[Ranked]) -> list[Together]:
    """Return one passage a resource, best first, with the neighbours that rank nearly as high.

    A neighbour joins where it stands directly beside what has joined already. What ranks high in a
    resource without being a neighbour is left out.

    Args:
        ranked: All candidates of a search, best first.
    """
    of_resource: dict[ResourceId, list[Ranked]] = {}
    for each in ranked:
        of_resource.setdefault(each.candidate.resource, []).append(each)
    return [_joined(each) for each in of_resource.values()]


def collapsed(passages: Sequence[Together], limit: int) -> list[Together]:
    """Return the first passages of which none says nearly the same as one before it.

    Args:
        passages: Best first; no more of them are compared than it takes to reach the limit.
        limit: How many to return at most.
    """
    kept: list[Together] = []
    for passage in passages:
        words = passage.best.candidate.words
        twin = next(
            (i for i, each in enumerate(kept) if _are_twins(each.best.candidate.words, words)), None
        )
        if twin is not None:
            alike = (*kept[twin].alike, passage.best.candidate.resource)
            kept[twin] = Together(kept[twin].best, kept[twin].chunks, alike)
        elif len(kept) < limit:
            kept.append(passage)
        else:
            break
    return kept


def _are_twins(first: str, second: str) -> bool:
    return first == second or is_near_duplicate(first, second)


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    size = min(SHINGLE, len(words))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def _joined(chunks: Sequence[Ranked]) -> Together:
    best = chunks[0]
    if len(chunks) == 1:
        return Together(best, (best.candidate.chunk,))
    near = {
        each.candidate.ordinal: each.candidate.chunk
        for each in chunks
        if each.score >= BESIDE * best.score
    }
    low = high = best.candidate.ordinal
    order = sorted(near, key=lambda ordinal: abs(ordinal - best.candidate.ordinal))
    for ordinal in order:
        if ordinal in (low - 1, high + 1) and high - low + 1 < MOST_TOGETHER:
            low, high = min(low, ordinal), max(high, ordinal)
    return Together(best, tuple(near[ordinal] for ordinal in range(low, high + 1)))
