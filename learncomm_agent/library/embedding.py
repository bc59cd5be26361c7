"""Turning text into vectors, behind one small protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
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


class Embedder(Protocol):
    """Makes vectors. `embed` blocks, so it is called on a thread."""

    model: EmbeddingModel

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in the order given; an empty text gives a row of zeros.

        Raises:
            ModelUnavailableError: The model's files are missing, or its server can't be reached.
        """
        ...
