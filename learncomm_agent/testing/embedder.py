"""An embedding model that needs no files: the same words make the same vector, on every machine."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from learncomm_agent.library.embedding import EmbeddingModel, Vectors

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """A bag of hashed words, each by its first letters, so that `welcoming` is near to `welcome`.

    It knows no meaning: texts are near to each other as far as they share words. That is enough to
    test what stands around a model, and it can be counted on to the last digit.
    """

    def __init__(self, dimensions: int = 64, *, name: str = "hashing") -> None:
        """Name the model; another name or size stands for another model."""
        self.model = EmbeddingModel(name, dimensions)
        self.texts = 0
        """How many texts were embedded so far."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in the order given; a text without words gives a row of zeros."""
        self.texts += len(texts)
        return self._rows(texts)

    def embed_query(self, query: str) -> Vectors:
        """Return the row of a question: the same as of a text, and not counted."""
        return self._rows([query])

    def _rows(self, texts: Sequence[str]) -> Vectors:
        size = self.model.dimensions
        rows = np.zeros((len(texts), size), np.float32)
        for row, text in zip(rows, texts, strict=True):
            starts = (
                word[:6].encode("utf-8", "replace") for word in _WORD.findall(text.casefold())
            )
            row += np.bincount([crc32(start) % size for start in starts], minlength=size)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        vectors: Vectors = rows / np.maximum(lengths, 1.0)
        return vectors
