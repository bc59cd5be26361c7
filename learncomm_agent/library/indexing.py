"""Giving chunks their vectors, as due work: SQL first, then the vector store.

A vector is kept in SQL as float16, so the vector store can be rebuilt without embedding again. A
collection is of one model and size; a change of either builds the next generation, then switches.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import StorageError, VectorsUnreachableError
from learncomm_agent.library.embedding import EmbeddingModel
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import ChunkId
from learncomm_agent.log import logger
from learncomm_agent.storage import vector_rows
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Commit, Work

BATCH = 128
"""Chunks that are embedded and written at once: a crash repeats no more than these."""

_log = logger(__name__)


class Indexing:
    """Keeps the vectors in step with the chunks; without a model the chunks wait."""

    def __init__(self, database: Database, work: Work, meaning: Meaning) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._meaning = meaning
        work.handle("index", self._index)
        work.handle("unindex", self._unindex)

    def add(self, conn: Connection, community: CommunityId) -> None:
        """Have the chunks of a community indexed that are not yet, in the transaction of the chunks."""
        lane = f"index:{community}"
        if not is_waiting(conn, "index", lane):
            self._work.add(conn, "index", {"community": community}, lane=lane)

    def remove(self, conn: Connection, community: CommunityId, gone: Sequence[ChunkId]) -> None:
        """Have the vectors of chunks taken out that are gone, in the transaction that drops them."""
        if gone:
            args = {"community": community, "chunks": list(gone)}
            self._work.add(conn, "unindex", args, lane=f"index:{community}")

    async def catch_up(self, communities: Sequence[CommunityId]) -> None:
        """Have indexed what an earlier run left: no model then, or another one.

        Also fills a collection again whose files are gone, from the vectors that SQL keeps.
        """
        model = await self._meaning.load()
        if model is None:
            return
        for community in communities:
            await self._check(community, model)
            await self._database.write(
                partial(self._add_if_lacking, community=community, model=model)
            )

    async def _check(self, community: CommunityId, model: EmbeddingModel) -> None:
        """Compare what SQL says is stored with what is: fill in what is lost, take out what is gone.

        A chunk stands in SQL before its vector is stored, and no id is given twice. So what SQL knew
        before must be in the store, and what it does not know afterwards must not, whatever is
        added and forgotten meanwhile.
        """
        store = self._meaning.store(model)
        generation = await self._database.read(
            lambda conn: vector_rows.current(conn, community, model)
        )
        if generation is None:
            return
        stored = await self._database.read(
            lambda conn: vector_rows.ids(conn, community, is_stored=True)
        )
        try:
            held = await store.ids(community, generation)
            known = await self._database.read(lambda conn: vector_rows.ids(conn, community))
            gone = np.setdiff1d(held, known, assume_unique=True)
            await store.remove(community, generation, gone.tolist())
        except VectorsUnreachableError:  # said already; filling waits for the server
            return
        except StorageError as error:
            _log.warning("vectors start anew", community=community, reason=str(error))
            await store.reset()
            held = np.zeros(0, np.int64)
        lost = np.setdiff1d(stored, held, assume_unique=True)
        if lost.size:
            await self._database.write(lambda conn: vector_rows.unstore_some(conn, lost))

    def _add_if_lacking(
        self, conn: Connection, *, community: CommunityId, model: EmbeddingModel
    ) -> None:
        total, stored = vector_rows.counts(conn, community)
        if total > stored or vector_rows.current(conn, community, model) is None:
            self.add(conn, community)

    async def _index(self, job: Job) -> Commit | None:
        """Embed what has no vector of this model, and store what is not in the collection."""
        community = CommunityId(job.args["community"])
        model = await self._meaning.load()
        if model is None:
            return None
        generation = await self._database.write(
            lambda conn: vector_rows.building(conn, community, model)
        )
        after = ChunkId(0)
        while batch := await self._database.read(
            partial(_pending, community=community, generation=generation, after=after)
        ):
            await self._embed(model, batch)
            await self._store(community, generation, model, [row.id for row in batch])
            after = batch[-1].id
        keep = await self._database.write(
            lambda conn: vector_rows.switch(conn, community, generation)
        )
        await self._meaning.store(model).prune(keep)
        return None

    async def _embed(self, model: EmbeddingModel, batch: list[vector_rows.Pending]) -> None:
        missing = [row for row in batch if not _is_of(row, model)]
        if not missing:
            return
        texts = [f"{row.context}\n{row.text}" for row in missing]
        vectors = (await self._meaning.embed(texts)).astype(np.float16)
        rows = [(row.id, vector.tobytes()) for row, vector in zip(missing, vectors, strict=True)]
        await self._database.write(lambda conn: vector_rows.keep(conn, model.name, rows))

    async def _store(
        self, community: CommunityId, generation: int, model: EmbeddingModel, ids: list[ChunkId]
    ) -> None:
        kept = await self._database.read(
            lambda conn: vector_rows.vectors(conn, ids, model.dimensions)
        )
        if not kept:
            return
        vectors = np.stack(list(kept.values())).astype(np.float32)
        await self._meaning.store(model).upsert(community, generation, list(kept), vectors)
        await self._database.write(lambda conn: vector_rows.stored(conn, list(kept), generation))

    async def _unindex(self, job: Job) -> None:
        """Take vectors out whose chunks are gone, from every collection that may hold them."""
        community = CommunityId(job.args["community"])
        collections = await self._database.read(
            lambda conn: vector_rows.collections_of(conn, community)
        )
        for generation, model in collections:
            await self._meaning.store(model).remove(community, generation, job.args["chunks"])


def _is_of(row: vector_rows.Pending, model: EmbeddingModel) -> bool:
    """Whether a chunk has a vector of this model and size."""
    is_whole = row.vector is not None and len(row.vector) == 2 * model.dimensions
    return is_whole and row.model == model.name


def _pending(
    conn: Connection, *, community: CommunityId, generation: int, after: ChunkId
) -> list[vector_rows.Pending]:
    return vector_rows.pending(conn, community, generation, after=after, limit=BATCH)
