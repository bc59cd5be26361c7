"""The library's front door: find passages that an audience may read."""

import asyncio
import math
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import ModelError, StorageError, for_log
from learncomm_agent.library.embedding import EmbeddingModel, Vectors
from learncomm_agent.library.finding import candidates, collapsing, ranking
from learncomm_agent.library.finding.analysis import Analyser, Asked
from learncomm_agent.library.finding.excerpts import excerpt, instead
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.log import logger
from learncomm_agent.storage import newest, passages, vector_rows
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.passages import Pick
from learncomm_agent.storage.shelves import Shelves, Visible

BY_WORDS, BY_MEANING = 100, 60
"""How many chunks either side brings to the ranking; twice as many found nothing better."""
SMALL = 1_000
"""So few chunks are all compared."""
SPARE = 1.3
"""How many more neighbours are asked for than would do if each audience's chunks lay evenly."""

_EQUAL = 1e-6
"""Cosines that differ by less are equal but for rounding."""

_log = logger(__name__)
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and for whose eyes."""

    text: str
    community: CommunityId
    readable: Readable
    limit: int = 5
    dense_weight: float | None = None
    """How much meaning counts against words, 0 to 1; as the query itself suggests where None."""
    may_slip: bool = True
    """Whether other words may be looked for in place of words that nothing holds."""
    takes_far: bool = False
    """Whether what is nearest comes back though it has little to do with the query."""

    @property
    def by_words(self) -> int:
        """How many chunks the words bring to the ranking."""
        return max(BY_WORDS, 4 * self.limit)

    @property
    def by_meaning(self) -> int:
        """How many chunks meaning brings to the ranking."""
        return max(BY_MEANING, 2 * self.limit)


@dataclass(frozen=True, slots=True)
class _Near:
    """The query as a model sees it, and the chunks that are nearest to it."""

    model: EmbeddingModel
    generation: int
    vector: Vectors
    """One row, without its outer dimension."""
    ids: Ids = field(default_factory=lambda: np.zeros(0, np.int64))


class Search:
    """Finds by words and by meaning; what the audience may not read never takes part."""

    def __init__(
        self, database: Database, meaning: Meaning, analyser: Analyser, clock: Clock
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._meaning = meaning
        self.analyser = analyser
        """Takes texts and queries apart, by the rules by which they are compared."""
        self._clock = clock
        self._shelves = Shelves()

    async def find(self, query: Query) -> Found:
        """Return the passages that answer best, one a resource, best first; empty = nothing relevant.

        Words alone answer while the vectors load or lag, and where there is no embedding model. Who
        asks for nothing but what is new gets what was shared last.
        """
        asked = self.analyser.asked(query.text, may_slip=query.may_slip)
        if asked.is_for_newest:
            return await self._database.read(partial(self._newest, query))
        model = None if query.dense_weight == 0 else self._meaning.ready_model()
        if model is None:
            return await self._database.read(partial(self._alone, query, asked))
        (words, generation), vector = await asyncio.gather(
            self._database.read(partial(self._by_words, query, asked, model)),
            self._embedded(query),
        )
        near = None
        if generation is not None and vector is not None:
            near = await self._nearest(query, _Near(model, generation, vector), words.visible)
        return await self._database.read(partial(self._judged, query, words, near))

    def asks_for_newest(self, text: str) -> bool:
        """Say whether a query asks for what is new, whatever that is about."""
        return self.analyser.asked(text).is_for_newest

    def _newest(self, query: Query, conn: Connection) -> Found:
        """Return what was shared last, as good as any other."""
        now = self._clock.now()
        picks = [
            Pick((chunk,), parts={"recency": round(ranking.recency(at, now), 6)})
            for chunk, at in newest.newest(conn, query.community, query.readable, query.limit)
        ]
        shown = passages.passages(conn, query.community, picks, query.readable)
        return Found(tuple(shown), by_meaning=False)

    def _alone(self, query: Query, asked: Asked, conn: Connection) -> Found:
        """Answer by words, in one snapshot."""
        visible = self._shelves.visible(conn, query.community, query.readable)
        words = candidates.by_words(conn, asked, visible, query.by_words)
        return self._judged(query, words, None, conn)

    def _by_words(
        self, query: Query, asked: Asked, model: EmbeddingModel, conn: Connection
    ) -> tuple[candidates.Found, int | None]:
        """Return what the words found, and the collection to look into for meaning."""
        visible = self._shelves.visible(conn, query.community, query.readable)
        generation = vector_rows.current(conn, query.community, model)
        return candidates.by_words(conn, asked, visible, query.by_words), generation

    async def _embedded(self, query: Query) -> Vectors | None:
        try:
            return await self._meaning.embed_query(query.text)
        except ModelError as error:
            _log.warning("words answer alone", error=for_log(error))
            return None

    async def _nearest(self, query: Query, near: _Near, visible: Visible) -> _Near | None:
        """Return the nearest chunks that the audience may read; None where words answer alone."""
        if visible.count <= query.by_meaning:
            return replace(near, ids=visible.ids())
        ids = None
        if visible.count > SMALL:
            try:
                ids = await self._among_neighbours(query, near, visible)
            except StorageError as error:
                _log.warning("words answer alone", error=for_log(error))
                return None
        if ids is None:
            ids = await self._database.read(partial(_exact, near, visible, query.by_meaning))
        return replace(near, ids=ids)

    async def _among_neighbours(self, query: Query, near: _Near, visible: Visible) -> Ids | None:
        """Return the nearest by asking for more, until enough are for these eyes.

        What is for other eyes costs time alone: those that are left are as many as they would be
        without it. None where comparing all that may be read is as quick as asking on.
        """
        store = self._meaning.store(near.model)
        size = await store.count(query.community, near.generation)
        wanted = math.ceil(SPARE * query.by_meaning * max(1.0, size / visible.count))
        # One more neighbour takes about as long as comparing one more vector (measured).
        while wanted <= visible.count:
            hits = await store.query(query.community, near.generation, near.vector, wanted)
            ids = np.array([id for id, _ in hits], np.int64)
            cosines = np.array([cosine for _, cosine in hits], np.float32)
            mine = visible.holds(ids)
            enough = mine.sum() >= query.by_meaning
            # Among equals at the end of the hits, others as near may be missing.
            if enough and np.sort(cosines[mine])[-query.by_meaning] > cosines.min() + _EQUAL:
                return _nearest(ids[mine], cosines[mine], query.by_meaning)
            if len(hits) < wanted:
                return None
            wanted *= 2
        return None

    def _judged(
        self, query: Query, words: candidates.Found, near: _Near | None, conn: Connection
    ) -> Found:
        """Rank what both ways found, and return what is to be shown."""
        ids = words.ids if near is None else np.union1d(words.ids, near.ids)
        rows = passages.candidates(
            conn,
            query.community,
            ids,
            query.readable,
            model=None if near is None else near.model,
            vector=None if near is None else near.vector,
        )
        ranked = ranking.ranked(
            words.asked,
            rows,
            words.seen,
            now=self._clock.now(),
            dense_weight=query.dense_weight if near is not None else 0.0,
        )
        together = collapsing.merged(ranked)
        found: tuple[Passage, ...] = ()
        best = [each.best for each in together]
        if query.takes_far or ranking.is_relevant(words.asked, best, words.seen):
            picks = [_pick(each) for each in collapsing.collapsed(together, query.limit)]
            shown = passages.passages(conn, query.community, picks, query.readable)
            found = tuple(self._marked(passage, words.asked) for passage in shown)
        is_off = query.dense_weight == 0 or self._meaning.is_missing
        return Found(found, by_meaning=near is not None, is_early=near is None and not is_off)

    def _marked(self, passage: Passage, asked: Asked) -> Passage:
        """Return a passage with the lines of it that show why it was found."""
        spoken, analyser = passage.language, self.analyser
        lines, marks = excerpt(passage.text, asked, analyser=analyser, language=spoken)
        texts = (passage.text, *passage.place.headings, passage.title)
        swapped = instead(texts, asked, analyser=analyser, language=spoken)
        return replace(passage, excerpt=lines, marks=marks, instead=swapped)


def _exact(near: _Near, visible: Visible, limit: int, conn: Connection) -> Ids:
    """Compare all vectors that the audience may read."""
    ids, table = vector_rows.table(conn, visible.ids(), near.model)
    if ids.size <= limit:
        return ids
    cosines = table.astype(np.float32) @ near.vector
    return _nearest(ids, cosines, limit)


def _nearest(ids: Ids, cosines: Vectors, limit: int) -> Ids:
    """Return so many of the highest cosine; of equals the older ones."""
    nearest: Ids = ids[np.lexsort((ids, -cosines))[:limit]]
    return nearest


def _pick(together: collapsing.Together) -> Pick:
    best = together.best
    return Pick(together.chunks, round(best.score, 4), best.parts, len(together.alike))
