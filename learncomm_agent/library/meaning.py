"""Search by meaning: the embedding model and its vectors, loaded together and only when needed.

While they load, lag or are missing, words alone answer.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from learncomm_agent.errors import ModelError, ModelUnavailableError, StorageError
from learncomm_agent.library.embedding import Embedder, EmbeddingModel, Vectors
from learncomm_agent.log import logger
from learncomm_agent.storage.vectors import Vectors as VectorStore

_log = logger(__name__)


class Meaning:
    """An embedder on a thread of its own, and the store of its vectors."""

    def __init__(
        self,
        load: Callable[[], Embedder] | None,
        store: Callable[[EmbeddingModel], VectorStore],
    ) -> None:
        """Keep how to make them; nothing is loaded yet.

        Args:
            load: Makes the embedder; may block, and is called once, on a thread. None = words alone.
            store: Makes the store of one model's vectors.
        """
        self._load = load
        self._make_store = store
        self._embedder: Embedder | None = None
        self._stores: dict[EmbeddingModel, VectorStore] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="learncomm-embed")
        self._loading = asyncio.Lock()

    @property
    def model(self) -> EmbeddingModel | None:
        """The model that is at hand now; None while it loads, or where there is none."""
        return None if self._embedder is None else self._embedder.model

    @property
    def is_missing(self) -> bool:
        """Whether there is no model, and none to come."""
        return self._embedder is None and self._load is None

    @property
    def is_ready(self) -> bool:
        """Whether a query would be answered at once."""
        return self.model is not None and self.store(self.model).is_ready

    async def load(self) -> EmbeddingModel | None:
        """Load the model and open its vectors; None where there is no model, said once in the log."""
        async with self._loading:
            if self._embedder is None and self._load is not None:
                load, self._load = self._load, None
                try:
                    self._embedder = await self._on_thread(load)
                except ModelError as error:
                    _log.warning("search by words alone", reason=str(error))
            if self._embedder is None:
                return None
            store = self.store(self._embedder.model)
            try:
                await store.start()
            except StorageError as error:  # broken files; SQL has all that was in them
                _log.warning("vectors start anew", reason=str(error))
                await store.reset()
            return self._embedder.model

    def store(self, model: EmbeddingModel) -> VectorStore:
        """Return the store of a model's vectors, made if need be."""
        if model not in self._stores:
            self._stores[model] = self._make_store(model)
        return self._stores[model]

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in the order given.

        Raises:
            ModelUnavailableError: There is no model, or its server can't be reached.
        """
        if self._embedder is None:
            raise ModelUnavailableError("no embedding model is loaded")
        vectors: Vectors = await self._on_thread(self._embedder.embed, texts)
        return vectors

    async def close(self) -> None:
        """Let go of the vectors and the thread."""
        for store in self._stores.values():
            await store.close()
        await asyncio.to_thread(self._thread.shutdown)

    async def _on_thread(self, fn: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, *args)
