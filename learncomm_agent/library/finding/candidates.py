"""Which chunks may answer a query by its words: counted and chosen among those of its audience alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from learncomm_agent.library.finding.analysis import Asked, Term, similar, slips_in
from learncomm_agent.library.finding.ranking import Seen, rarity
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.shelves import Visible

MOST_SLIPS = 2
"""Words that nothing holds and for which others are looked for, of one query."""
FEW_CHUNKS = 300
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


def by_words(conn: Connection, asked: Asked, visible: Visible, limit: int) -> Found:
    """Return the chunks of an audience that hold the rarest words of a query.

    What it may not read is dropped before anything is counted.
    """
    holding: dict[str, Ids] = {}
    terms: list[Term] = []
    vocabulary = _Vocabulary(conn, visible, asked.common)
    slips = 0
    for term in asked.terms:
        ids = visible.of(lexical.holding(conn, term.forms))
        if not ids.size and visible.count and slips < MOST_SLIPS and term.may_slip:
            slips += 1
            if meant := list(_meant(conn, term, visible, vocabulary)):
                term = replace(term, forms=tuple(meant), is_slip=True)
                ids = visible.of(lexical.holding(conn, meant))
        terms.append(term)
        holding[term.word] = ids
    return Found(
        replace(asked, terms=tuple(terms)),
        visible,
        Seen(visible.count, {word: int(ids.size) for word, ids in holding.items()}),
        _best(list(holding.values()), visible, limit),
    )


def _best(holding: Sequence[Ids], visible: Visible, limit: int) -> Ids:
    """Return the chunks that hold most, rare words counting more; of equals the older ones."""
    scores = np.zeros(visible.mask.size, np.float32)
    for ids in holding:
        scores[ids] += rarity(ids.size, visible.count)
    found = np.flatnonzero(scores)
    if found.size <= limit:
        return found
    best = np.argpartition(-scores[found], limit - 1)
    least = scores[found[best[limit - 1]]]
    above = found[scores[found] > least]
    equal = found[scores[found] == least]
    return np.sort(np.concatenate((above, equal[: limit - above.size])))


class _Vocabulary:
    """The words that slips are compared with, each read once a query."""

    def __init__(self, conn: Connection, visible: Visible, common: frozenset[str]) -> None:
        self._conn = conn
        self._visible = visible
        self._common = common
        self._all: set[str] | None = None

    def near(self, forms: Sequence[str], slips: int) -> set[str]:
        """Return at least the words that some forms may be slips of; under no audience yet."""
        if self._visible.count > FEW_CHUNKS:
            return lexical.words_like(self._conn, forms, slips) - self._common
        if self._all is None:
            self._all = lexical.words_in(self._conn, self._visible.ids()) - self._common
        return self._all


def _meant(
    conn: Connection, term: Term, visible: Visible, vocabulary: _Vocabulary
) -> Iterator[str]:
    """Yield words that may have been meant; only what the audience may read is considered at all."""
    words = vocabulary.near(term.forms, max(map(slips_in, term.forms)))
    for form in term.forms:
        near = process.extract(
            form, words, scorer=OSA.distance, score_cutoff=slips_in(form), limit=None
        )
        counts = {word: visible.of(lexical.holding(conn, [word])).size for word, *_ in near}
        known = sorted((word for word in counts if counts[word]), key=lambda w: (-counts[w], w))
        if meant := similar(form, known, letters=len(term.word)):
            yield from meant
            return
