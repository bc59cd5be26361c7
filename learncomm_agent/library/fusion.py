"""Joining what was found by words with what was found by meaning; pure.

A convex sum of scores (Bruch, Gai and Ingber 2023, "An analysis of fusion functions for hybrid
retrieval"): it keeps how far apart they are, which rank fusion throws away. Cosines are shifted, not
stretched: where nothing is much nearer than the rest, as for names and nicknames in chat, meaning has
little to say, and stretched it would say it as loudly as ever.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence

from learncomm_agent.library.resources import ChunkId

_WORD = re.compile(r"\w+", re.UNICODE)
MAX_TERMS = 64
"""More words than this of one query are not looked up; the first ones count."""


def terms(query: str, stopwords: Collection[str]) -> tuple[str, ...]:
    """Return the words of a query to look for, each once; all of them where none carries meaning."""
    words = tuple(dict.fromkeys(_WORD.findall(query.casefold())))
    telling = tuple(word for word in words if word not in stopwords)
    return (telling or words)[:MAX_TERMS]


def fused(
    by_words: Sequence[tuple[ChunkId, float]],
    by_meaning: Sequence[tuple[ChunkId, float]],
    *,
    dense_weight: float,
) -> dict[ChunkId, float]:
    """Return one score a chunk, 0 to 1; a chunk that one side did not find has 0 there.

    Args:
        by_words: BM25 scores, greater is better, none below 0; the best counts 1.
        by_meaning: Cosine similarities; the lowest counts 0, since whatever was not found is no nearer.
        dense_weight: How much meaning counts, 0 to 1.
    """
    best = max((score for _, score in by_words), default=0.0)
    lowest = max(0.0, min((cosine for _, cosine in by_meaning), default=0.0))
    words = {chunk: score / best if best > 0 else 1.0 for chunk, score in by_words}
    meaning = {chunk: max(0.0, cosine - lowest) for chunk, cosine in by_meaning}
    return {
        chunk: (1 - dense_weight) * words.get(chunk, 0.0) + dense_weight * meaning.get(chunk, 0.0)
        for chunk in words.keys() | meaning.keys()
    }


def telling(frequencies: Mapping[str, int]) -> dict[str, float]:
    """Return how much each word tells: 1 where no chunk holds it, 0.15 where a hundred do."""
    return {word: 1 / math.log2(2 + count) for word, count in frequencies.items()}


def coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of the query's words, by their weights, that a text holds; 0 to 1.

    The first five letters stand for a word, so that `welcoming` covers `welcome`.
    """
    if not weights:
        return 0.0
    stems = {word[:5] for word in _WORD.findall(text.casefold())}
    held = sum(weight for word, weight in weights.items() if word[:5] in stems)
    return held / sum(weights.values())


def best_of_each(
    scores: Mapping[ChunkId, float], resource_of: Mapping[ChunkId, int]
) -> list[ChunkId]:
    """Return the best chunk of each resource, best first; ties in the order of their ids."""
    best: dict[int, ChunkId] = {}
    for chunk in sorted(scores, key=lambda chunk: (-scores[chunk], chunk)):
        best.setdefault(resource_of[chunk], chunk)
    return list(best.values())
