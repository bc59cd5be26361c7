"""Turning text into vectors, behind one small protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape `(texts, dimensions)`, float32, each row of length 1."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Names the vectors that a model makes; those of two models never mix."""

    name: str
    dimensions: int
    unrelated: float = field(default=0.0, compare=False)
    """The cosine of texts that have nothing to do with each other, less than 1."""

    def nearness(self, cosine: float) -> float:
        """Return a cosine on the scale where 0 is unrelated and 1 the same, whichever the model."""
        return (cosine - self.unrelated) / (1 - self.unrelated)


class Embedder(Protocol):
    """Makes vectors. Both verbs block, so they are called on threads, also at the same time."""

    model: EmbeddingModel

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in the order given; an empty text gives a row of zeros.

        Raises:
            ModelUnavailableError: The model's files are missing, or its server can't be reached.
        """
        ...

    def embed_query(self, query: str) -> Vectors:
        """Return the one row of a question: somebody waits for it.

        Raises:
            ModelUnavailableError: The model's files are missing, or its server can't be reached.
        """
        ...
