"""Which chunks may answer a query by its words: counted and chosen among those of its audience alone."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from learncomm_agent.library.analysis import LONG_SLIP, MIN_SLIP, Asked, Term, similar
from learncomm_agent.library.ranking import Seen
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.shelves import Visible

MOST_SLIPS = 2
"""Words that nothing holds and for which others are looked for, of one query."""
FEW_CHUNKS = 1_000
"""The words of so few chunks are read from them; looking through those of the whole store takes longer."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """What the words of a query found."""

    asked: Asked
    """With the words that were looked for in place of slips."""
    visible: Visible
    seen: Seen
    ids: Ids
    """Of the chunks, in order."""
    instead: dict[str, str] = field(default_factory=dict)
    """What was looked for instead of a word that nothing holds."""


def by_words(conn: Connection, asked: Asked, visible: Visible, limit: int) -> Found:
    """Return the chunks of an audience that hold the rarest words of a query.

    What it may not read is dropped before anything is counted.
    """
    holding: dict[str, Ids] = {}
    terms: list[Term] = []
    instead: dict[str, str] = {}
    slips = 0
    for term in asked.terms:
        ids = visible.of(lexical.holding(conn, term.forms))
        if not ids.size and visible.count and slips < MOST_SLIPS and _may_slip(term):
            slips += 1
            if meant := list(_meant(conn, term, visible)):
                term = replace(term, forms=tuple(meant))
                ids = visible.of(lexical.holding(conn, meant))
                instead[term.word] = meant[0]
        terms.append(term)
        holding[term.word] = ids
    return Found(
        replace(asked, terms=tuple(terms)),
        visible,
        Seen(visible.count, {word: int(ids.size) for word, ids in holding.items()}),
        _best(list(holding.values()), visible, limit),
        instead,
    )


def _best(holding: Sequence[Ids], visible: Visible, limit: int) -> Ids:
    """Return the chunks that hold most, rare words counting more; of equals the older ones."""
    scores = np.zeros(visible.mask.size, np.float32)
    for ids in holding:
        scores[ids] += _rarity(ids.size, visible.count)
    found = np.flatnonzero(scores)
    if found.size <= limit:
        return found
    best = np.argpartition(-scores[found], limit - 1)
    least = scores[found[best[limit - 1]]]
    above = found[scores[found] > least]
    equal = found[scores[found] == least]
    return np.sort(np.concatenate((above, equal[: limit - above.size])))


def _rarity(count: int, total: int) -> float:
    """As BM25 weighs a word."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _may_slip(term: Term) -> bool:
    return len(term.word) >= MIN_SLIP and term.word.isalpha()


def _meant(conn: Connection, term: Term, visible: Visible) -> Iterator[str]:
    """Yield words that may have been meant; only what the audience may read is considered at all."""
    for form in term.forms:
        slips = 1 if len(form) < LONG_SLIP else 2
        if visible.count <= FEW_CHUNKS:
            words = lexical.words_in(conn, visible.ids())
        else:
            words = lexical.words_like(conn, form, slips)
        near = process.extract(form, words, scorer=OSA.distance, score_cutoff=slips, limit=None)
        counts = {word: visible.of(lexical.holding(conn, [word])).size for word, *_ in near}
        known = sorted((word for word in counts if counts[word]), key=lambda w: (-counts[w], w))
        if meant := similar(form, known):
            yield from meant
            return
