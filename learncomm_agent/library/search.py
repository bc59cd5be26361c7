"""The library's front door: find passages that an audience may read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import ModelError, StorageError
from learncomm_agent.library import fusion
from learncomm_agent.library.embedding import EmbeddingModel
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import ChunkId, Found, Passage
from learncomm_agent.log import logger
from learncomm_agent.storage import lexical, resources, vector_rows
from learncomm_agent.storage.database import Connection, Database

CANDIDATES = 100
"""How many chunks each side brings to the fusion."""
OVERFETCH = 300
"""How many neighbours are asked for, since some may be for other eyes."""
RELEVANT = 0.65
"""Nearness (cosine) and coverage (0 to 1) of what was found reach this together, or nothing is
relevant. Chosen on judged and on foreign questions, see `docs/benchmarks.md`."""
COVERED = 0.35
"""What coverage must reach where words answer alone."""
FEW_WORDS = 2
"""A query of so few words is covered by one of them where words answer alone."""

_log = logger(__name__)
Scores = list[tuple[ChunkId, float]]


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and for whose eyes."""

    text: str
    community: CommunityId
    readable: Readable
    limit: int = 5
    dense_weight: float = 0.6
    """How much meaning counts against words, 0 to 1."""


class Search:
    """Finds by words and by meaning; what the audience may not read never takes part."""

    def __init__(
        self, database: Database, meaning: Meaning, stopwords: Collection[str] = frozenset()
    ) -> None:
        """Take what it needs; the stop words are left out of a search by words."""
        self._database = database
        self._meaning = meaning
        self._stopwords = stopwords

    async def find(self, query: Query) -> Found:
        """Return the passages that answer best, one a resource, best first; empty = nothing relevant.

        Words alone answer while the vectors load or lag, and where there is no embedding model.
        """
        terms = fusion.terms(query.text, self._stopwords)
        asked = (query.community, terms, query.readable)
        by_words, counts = await self._database.read(
            lambda conn: (
                lexical.search(conn, *asked, limit=CANDIDATES),
                lexical.frequencies(conn, *asked, limit=CANDIDATES),
            )
        )
        near = await self._by_meaning(query)
        dense_weight = query.dense_weight if near is not None else 0.0
        scores = fusion.fused(by_words, near or (), dense_weight=dense_weight)
        passages = await self._passages(query, scores)
        if not is_relevant(passages, fusion.telling(counts), near[0][1] if near else None):
            passages = []
        return Found(tuple(passages[: query.limit]), by_meaning=near is not None)

    async def _passages(self, query: Query, scores: dict[ChunkId, float]) -> list[Passage]:
        """Return the best passage of each resource, enough for the limit and the check."""

        def read(conn: Connection) -> list[Passage]:
            owners = vector_rows.visible_of(conn, query.community, list(scores), query.readable)
            seen = {chunk: score for chunk, score in scores.items() if chunk in owners}
            best = fusion.best_of_each(seen, owners)[: max(query.limit, 5)]
            wanted = {chunk: scores[chunk] for chunk in best}
            return resources.passages(conn, query.community, wanted, query.readable)

        return [
            replace(passage, score=round(passage.score, 4))
            for passage in await self._database.read(read)
        ]

    async def _by_meaning(self, query: Query) -> Scores | None:
        """Return the nearest chunks that the audience may read; None where words answer alone."""
        model = self._meaning.model
        if model is None or not self._meaning.is_ready or query.dense_weight == 0:
            return None
        generation = await self._database.read(
            lambda conn: vector_rows.current(conn, query.community, model)
        )
        if generation is None:
            return None
        try:
            vector = (await self._meaning.embed([query.text]))[0]
            near = await self._meaning.store(model).query(
                query.community, generation, vector, OVERFETCH
            )
        except (ModelError, StorageError) as error:
            _log.warning("words answer alone", reason=str(error))
            return None
        return await self._visible(query, model, vector, near)

    async def _visible(
        self,
        query: Query,
        model: EmbeddingModel,
        vector: NDArray[np.float32],
        near: Sequence[tuple[int, float]],
    ) -> Scores:
        """Keep what the audience may read; where that leaves few, compare all that it may read."""
        ids = [id for id, _ in near]
        seen = await self._database.read(
            lambda conn: vector_rows.visible_of(conn, query.community, ids, query.readable)
        )
        kept = [(ChunkId(id), score) for id, score in near if id in seen]
        if len(kept) >= min(CANDIDATES, len(near)) or len(near) < OVERFETCH:
            return kept[:CANDIDATES]
        allowed, table = await self._database.read(
            lambda conn: vector_rows.visible_vectors(conn, query.community, query.readable, model)
        )
        similar = table @ vector
        order = np.argsort(-similar, kind="stable")[:CANDIDATES]
        return [(allowed[i], float(similar[i])) for i in order]


def is_relevant(
    passages: Sequence[Passage], weights: Mapping[str, float], nearest: float | None
) -> bool:
    """Say whether what was found has to do with the query at all.

    Args:
        passages: What was found, best first.
        weights: How much each word of the query tells.
        nearest: The cosine of the nearest passage; None where words answered alone.
    """
    covered = best_coverage(passages, weights)
    if nearest is not None:
        return nearest + covered >= RELEVANT
    return covered >= COVERED or (len(weights) <= FEW_WORDS and covered > 0)


def best_coverage(passages: Sequence[Passage], weights: Mapping[str, float]) -> float:
    """Return how much of a query's words the best of the first five passages holds, 0 to 1."""
    texts = (f"{passage.title} {passage.place} {passage.text}" for passage in passages[:5])
    return max((fusion.coverage(weights, text) for text in texts), default=0.0)
