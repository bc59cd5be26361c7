"""Search by meaning: the embedding model and its vectors, loaded together and only when needed.

While they load, lag or are missing, words alone answer.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from learncomm_agent.errors import (
    ModelError,
    ModelUnavailableError,
    StorageError,
    VectorsUnreachableError,
    for_log,
)
from learncomm_agent.library.embedding import Embedder, EmbeddingModel, Vectors
from learncomm_agent.log import logger
from learncomm_agent.storage.vectors import Vectors as VectorStore

PATIENCE = 10
"""How much the back-fill's threads stand behind all others for the processor (a Unix nice value)."""

LOOK_AGAIN_S = 10.0
"""How long words answer alone before a server is looked for again."""

_log = logger(__name__)


class Meaning:
    """An embedder, and the store of its vectors.

    A question has a thread of its own, so it never waits behind texts that are being embedded.
    """

    def __init__(
        self,
        load: Callable[[], Embedder] | None,
        store: Callable[[EmbeddingModel], VectorStore] | None = None,
    ) -> None:
        """Keep how to make them; nothing is loaded yet.

        Args:
            load: Makes the embedder; may block, and is called once, on a thread. None = words alone.
            store: Makes the store of one model's vectors; None where there is no model to load.
        """
        self._load = load
        self._make_store = store
        self._embedder: Embedder | None = None
        self._stores: dict[EmbeddingModel, VectorStore] = {}
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="learncomm-ask")
        self._filling = ThreadPoolExecutor(
            1, thread_name_prefix="learncomm-embed", initializer=_stand_back
        )
        self._loading = asyncio.Lock()
        self._looking: asyncio.Task[EmbeddingModel | None] | None = None
        self._look_again = 0.0

    @property
    def model(self) -> EmbeddingModel | None:
        """The model that is at hand now; None while it loads, or where there is none."""
        return None if self._embedder is None else self._embedder.model

    @property
    def is_missing(self) -> bool:
        """Whether there is no model, and none to come."""
        is_loading = self._loading.locked()
        return self._embedder is None and self._load is None and not is_loading

    def ready_model(self) -> EmbeddingModel | None:
        """Return the model by which a query would be answered at once; None where words answer alone.

        A server of vectors that was lost is looked for again meanwhile.
        """
        if self.is_ready:
            return self.model
        now = asyncio.get_running_loop().time()
        if self.model is not None and now >= self._look_again and not self._loading.locked():
            self._look_again = now + LOOK_AGAIN_S
            self._looking = asyncio.create_task(self.load())
        return None

    @property
    def is_ready(self) -> bool:
        """Whether a query would be answered by meaning, and at once."""
        return self.model is not None and self.store(self.model).is_ready

    async def load(self) -> EmbeddingModel | None:
        """Load the model and open its vectors; None where there is no model, said once in the log."""
        async with self._loading:
            if self._embedder is None and self._load is not None:
                load, self._load = self._load, None
                try:
                    self._embedder = await _on(self._asking, load)
                except ModelError as error:
                    _log.warning("search by words alone", reason=str(error))
            if self._embedder is None:
                return None
            store = self.store(self._embedder.model)
            try:
                await store.start()
            except VectorsUnreachableError as error:
                _log.warning("search by words alone", error=for_log(error))
            except StorageError as error:  # broken files; SQL has all that was in them
                _log.warning("vectors start anew", reason=str(error))
                await store.reset()
            return self._embedder.model

    def store(self, model: EmbeddingModel) -> VectorStore:
        """Return the store of a model's vectors, made if need be."""
        if model not in self._stores:
            if self._make_store is None:
                raise ModelUnavailableError("no store of vectors without a model")
            self._stores[model] = self._make_store(model)
        return self._stores[model]

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in the order given; whoever asks a question goes first.

        Raises:
            ModelUnavailableError: There is no model, or its server can't be reached.
        """
        vectors: Vectors = await _on(self._filling, self._present().embed, texts)
        return vectors

    async def embed_query(self, query: str) -> Vectors:
        """Return the vector of a question, of shape `(dimensions,)`.

        Raises:
            ModelUnavailableError: There is no model, or its server can't be reached.
        """
        rows: Vectors = await _on(self._asking, self._present().embed_query, query)
        row: Vectors = rows[0]
        return row

    async def close(self) -> None:
        """Let go of the vectors and the threads."""
        if self._looking is not None:
            self._looking.cancel()
        for store in self._stores.values():
            await store.close()
        for threads in (self._asking, self._filling):
            await asyncio.to_thread(threads.shutdown)

    def _present(self) -> Embedder:
        if self._embedder is None:
            raise ModelUnavailableError("no embedding model is loaded")
        return self._embedder


async def _on(threads: ThreadPoolExecutor, fn: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(threads, fn, *args)


def _stand_back() -> None:
    """Let other threads go first, and those that this one starts; where the system can (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PATIENCE)
