"""The vectors of chunks, in Chroma: row ids and numbers, no text. All of it can be rebuilt from SQL.

A folder of Chroma's is for one process alone, or vectors get lost; a server's place is for many.
"""

import hashlib
import re
import warnings
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.errors import (
    EmbeddingMismatchError,
    StorageError,
    StorageFullError,
    VectorsUnreachableError,
)
from learncomm_agent.library import embedding
from learncomm_agent.storage.chroma import ChromaFolder, ChromaServer, unreachable
from learncomm_agent.storage.worker import Worker

if TYPE_CHECKING:
    import chromadb
    from chromadb.api.client import Client

T = TypeVar("T")

_STEP = 20
"""Rows a job: a query that comes in between waits for 12 ms of new ones (50: 18, 200: 40 ms,
measured). Rows in the place of others take five times as long: Chroma rebuilds their links."""
_SEARCHED = 1_000
"""How far a query looks round. With Chroma's 100, much is missed among texts that are nearly alike (measured)."""
_PAGE = 10_000
"""Ids that are listed at once: a query that comes in between waits for 50 ms of it (measured)."""
_LONGEST = 1.01
"""Rows have length 1 or 0; float16 in SQL costs less than this leaves."""


class Vectors:
    """Keeps and compares the vectors of one embedding model.

    A collection is named by community, model, size and generation, so that nothing of two of them
    ever meets. One thread does all the work; queries go before everything else. Every verb raises
    `StorageError` where Chroma or the disk fails (then `reset` and fill again from SQL), or where
    the store is closed.
    """

    def __init__(self, place: ChromaFolder | ChromaServer, model: embedding.EmbeddingModel) -> None:
        """Keep where and for what; the place is opened by `start`, or by the first verb.

        Args:
            place: Where Chroma keeps them.
            model: Who makes the vectors.
        """
        self._place = place
        self._model = model
        self._worker = Worker("vectors")
        self._client: Client | None = None
        self._collections: dict[str, chromadb.Collection] = {}
        self._counts: dict[str, int] = {}
        self._closed = False

    @property
    def is_ready(self) -> bool:
        """Whether a query would be answered at once; False while Chroma is still to be loaded."""
        return self._client is not None and not self._closed

    async def start(self) -> None:
        """Load Chroma and open the folder, about a second."""
        await self._run("open", self._open)

    async def upsert(
        self, community: int, generation: int, ids: Sequence[int], vectors: embedding.Vectors
    ) -> None:
        """Put vectors in, or in the place of those with the same ids.

        Written in steps: where it fails or is cancelled, some may be in. Doing it again is safe.

        Args:
            community: Whose chunks these are.
            generation: Which building of the collection.
            ids: Row ids of the chunks, each once.
            vectors: Shape `(ids, dimensions)`, each row of length 1, or all zeros.

        Raises:
            EmbeddingMismatchError: The shape is another one than the model's.
            StorageError: A number is not finite, a row too long, or an id is there twice.
        """
        rows = self._checked(vectors, len(ids))
        if len(set(ids)) != len(ids):
            raise StorageError("the same chunk occurs twice in one upsert")
        name = self._name(community, generation)
        for start in range(0, len(ids), _STEP):
            step = slice(start, start + _STEP)
            await self._run("upsert", partial(self._upsert, name, ids[step], rows[step]))

    async def remove(self, community: int, generation: int, ids: Sequence[int]) -> None:
        """Take vectors out; ids that are not there are fine."""
        name = self._name(community, generation)
        for start in range(0, len(ids), _STEP):
            await self._run("remove", partial(self._remove, name, ids[start : start + _STEP]))

    async def query(
        self, community: int, generation: int, vector: embedding.Vectors, limit: int
    ) -> list[tuple[int, float]]:
        """Return the nearest chunks as (row id, cosine similarity from -1 to 1), best first.

        Args:
            community: Whose chunks to look at.
            generation: Which building of the collection.
            vector: Shape `(dimensions,)` or `(1, dimensions)`; one of zeros is near to nothing.
            limit: At most so many.

        Raises:
            EmbeddingMismatchError: The shape is another one than the model's.
        """
        row = self._checked(np.atleast_2d(vector), 1)
        if limit < 1 or not row.any():
            return []
        name = self._name(community, generation)
        return await self._run("query", partial(self._query, name, row, limit), urgent=True)

    async def count(self, community: int, generation: int) -> int:
        """Return how many vectors are in."""
        name = self._name(community, generation)
        return await self._run("count", partial(self._count, name), urgent=True)

    async def ids(self, community: int, generation: int) -> NDArray[np.int64]:
        """Return the ids of all vectors, in order; of what comes or goes meanwhile any may be missed."""
        name = self._name(community, generation)
        found: list[int] = []
        while page := await self._run("list", partial(self._ids, name, len(found))):
            found += page
        return np.unique(np.array(found, np.int64))

    async def generations(self, community: int) -> tuple[int, ...]:
        """Return which generations of this model there are, oldest first."""
        prefix = self._name(community, "")
        names = await self._run("list", self._names, urgent=True)
        found = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
        return tuple(sorted(int(number) for number in found if number.isdecimal()))

    async def drop(self, community: int, generation: int) -> None:
        """Delete a collection and its space on the disk; one that is not there is fine."""
        await self._run("drop", partial(self._drop, self._name(community, generation)))

    async def prune(self, keep: Collection[tuple[int, int]]) -> int:
        """Delete all collections but these (community, generation) of this model.

        Returns:
            How many were deleted; those made with other models are among them.
        """
        kept = {self._name(community, generation) for community, generation in keep}
        doomed = [name for name in await self._run("list", self._names) if name not in kept]
        for name in doomed:
            await self._run("drop", partial(self._drop, name))
        return len(doomed)

    async def reset(self) -> None:
        """Delete all that is ours there, and start anew: a folder whole, broken or not.

        Another store over the same folder sees nothing of the new one.
        """
        await self._run("reset", self._reset)

    async def close(self) -> None:
        """Finish what was asked before, then let go of the folder; may be called twice."""
        if self._closed:
            return
        self._closed = True
        await self._worker.run(self._shut)
        self._worker.stop()

    async def _run(self, doing: str, job: Callable[[], T], *, urgent: bool = False) -> T:
        if self._closed:
            raise StorageError("the vectors are closed")
        return await self._worker.run(partial(self._done, doing, job), urgent=urgent)

    def _done(self, doing: str, job: Callable[[], T]) -> T:
        try:
            return job()
        except VectorsUnreachableError:
            raise
        except BaseException as error:  # a panic in Chroma's core is no Exception
            if re.search(r"disk is full|no space left", str(error), re.IGNORECASE):
                raise StorageFullError(f"vectors: no room to {doing}") from error
            if self._place.is_remote:
                self._shut()  # not ready, until it is reached again
                raise unreachable(doing, error) from error
            raise StorageError(f"vectors: could not {doing}", phrase="error.vectors") from error

    def _name(self, community: int, generation: int | str) -> str:
        slug = re.sub(r"[^A-Za-z0-9._-]", "-", self._model.name)[:100]
        if slug != self._model.name:
            slug += f"-{hashlib.sha256(self._model.name.encode()).hexdigest()[:8]}"
        return f"{self._place.prefix}c{community}-{slug}-{self._model.dimensions}-g{generation}"

    def _checked(self, vectors: embedding.Vectors, count: int) -> embedding.Vectors:
        if vectors.shape != (count, self._model.dimensions):
            raise EmbeddingMismatchError(
                f"vectors of shape {vectors.shape} for {count} texts and {self._model!r}"
            )
        sound = (np.abs(vectors) <= _LONGEST).all()  # not so for NaN
        if not sound or (np.linalg.norm(vectors, axis=1) > _LONGEST).any():
            raise StorageError("a vector is not of length 1")
        return vectors.astype(np.float32)

    def _open(self) -> "Client":
        if self._client is None:
            self._client = self._place.open()
        return self._client

    def _existing(self, name: str) -> "chromadb.Collection | None":
        client = self._open()
        from chromadb.errors import NotFoundError

        if name not in self._collections:
            try:
                found = client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
            graph = found.configuration_json.get("hnsw")
            if graph and graph.get("ef_search") != _SEARCHED:  # an older learncomm made it
                with warnings.catch_warnings():  # Chroma wants an embedding function; we need none
                    warnings.simplefilter("ignore", DeprecationWarning)
                    found.modify(configuration={"hnsw": {"ef_search": _SEARCHED}})
            self._collections[name] = found
        return self._collections[name]

    def _upsert(self, name: str, ids: Sequence[int], rows: embedding.Vectors) -> None:
        collection = self._existing(name)
        if collection is None:
            collection = self._open().create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCHED}},
            )
            self._collections[name] = collection
        self._counts.pop(name, None)
        collection.upsert([str(id_) for id_ in ids], embeddings=rows)

    def _remove(self, name: str, ids: Sequence[int]) -> None:
        self._counts.pop(name, None)
        if (collection := self._existing(name)) is not None:
            collection.delete([str(id_) for id_ in ids])

    def _query(self, name: str, row: embedding.Vectors, limit: int) -> list[tuple[int, float]]:
        if (collection := self._existing(name)) is None:
            return []
        result = collection.query(query_embeddings=row, n_results=limit, include=["distances"])
        distances = (result["distances"] or [[]])[0]
        return [
            (int(id_), min(1.0, max(-1.0, 1.0 - distance)))
            for id_, distance in zip(result["ids"][0], distances, strict=True)
        ]

    def _ids(self, name: str, begin: int) -> list[int]:
        if (collection := self._existing(name)) is None:
            return []
        return list(map(int, collection.get(limit=_PAGE, offset=begin, include=[])["ids"]))

    def _count(self, name: str) -> int:
        if (collection := self._existing(name)) is None:
            return 0
        if name not in self._counts:  # counting takes as long as a query
            self._counts[name] = collection.count()
        return self._counts[name]

    def _names(self) -> list[str]:
        """Return the names of our own collections, of all models."""
        names = [collection.name for collection in self._open().list_collections()]
        return [name for name in names if name.startswith(f"{self._place.prefix}c")]

    def _drop(self, name: str) -> None:
        self._counts.pop(name, None)
        if self._existing(name) is not None:
            self._open().delete_collection(name)
            del self._collections[name]

    def _reset(self) -> None:
        if self._place.is_remote:
            for name in self._names():
                self._drop(name)
        self._shut()
        self._place.clear()
        self._open()

    def _shut(self) -> None:
        self._collections.clear()
        self._counts.clear()
        client, self._client = self._client, None
        if client is not None:
            self._place.close(client)
