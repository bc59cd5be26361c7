"""An embedding model behind any OpenAI-compatible `/v1/embeddings` address, hosted or local."""

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tenacity
from numpy.typing import NDArray

from learncomm_agent.errors import BadCompletionError, ModelError, ModelUnavailableError
from learncomm_agent.library.embedding import EmbeddingModel, Vectors

if TYPE_CHECKING:
    from openai import OpenAI

_BATCH_TEXTS = 128
_BATCH_CHARS = 100_000
"""A third of what the largest hosted model takes at once, at one token a character."""
_TRIES = 8
_LONGEST_WAIT_S = 20.0
_NO_KEY = "none"
"""The SDK refuses to start without a key; servers of one's own ask for none."""
_PROBE = "size"


class HostedEmbedder:
    """Embeds texts through a server; an `Embedder` for any number of threads.

    Texts leave this machine where the server is another one.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        dimensions: int | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        deadline_s: float = 120.0,
    ) -> None:
        """Keep how to reach it; without `dimensions`, asks the server for one vector and blocks.

        Args:
            base_url: Up to and with the `/v1`.
            model: Its id there.
            dimensions: Ask the server for vectors of this size, for models that offer several;
                the model's own size where None.
            api_key: Where the server wants one.
            timeout_s: How long the server may stay silent.
            deadline_s: A request is not repeated any more when so much time has gone by.

        Raises:
            ModelUnavailableError: It can't be reached, or refuses.
            BadCompletionError: It answered, but not with a vector.
        """
        self._base_url = base_url
        self._id = model
        self._dimensions = dimensions
        self._api_key = api_key or _NO_KEY
        self._timeout_s = timeout_s
        self._deadline_s = deadline_s
        self._opening = threading.Lock()
        self._opened: OpenAI | None = None
        self.model = EmbeddingModel(model, dimensions or self._learned_size())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in the order given; zeros for an empty text, which is not sent.

        Raises:
            ModelUnavailableError: It can't be reached, or refuses.
            BadCompletionError: It answered, but not with one sound vector a text of the model's
                size.
        """
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        vectors = np.zeros((len(texts), self.model.dimensions), np.float32)
        for batch in _batches(clean):
            rows = self._ask([clean[index] for index in batch])
            if rows.shape[1] != self.model.dimensions:
                raise BadCompletionError(
                    f"{self._id!r} made vectors of {rows.shape[1]}, not {self.model.dimensions}"
                )
            vectors[batch] = rows
        return vectors

    def embed_query(self, query: str) -> Vectors:
        """Return the one row of a question.

        Raises:
            ModelUnavailableError: It can't be reached, or refuses.
            BadCompletionError: It answered, but not with a sound vector of the model's size.
        """
        return self.embed([query])

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        with self._opening:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _learned_size(self) -> int:
        try:
            return int(self._ask([_PROBE]).shape[1])
        except ModelError:
            self.close()
            raise

    def _ask(self, texts: list[str]) -> Vectors:
        import httpx2
        import openai

        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_passes_by_itself),
            wait=_wait,
            stop=tenacity.stop_before_delay(self._deadline_s) | tenacity.stop_after_attempt(_TRIES),
            reraise=True,
        )
        try:
            answer = attempts(self._send, texts)
        except openai.APIStatusError as error:
            raise ModelUnavailableError(
                f"{self._base_url!r} refused {self._id!r}: status {error.status_code}"
            ) from error
        except (openai.OpenAIError, httpx2.InvalidURL) as error:
            raise ModelUnavailableError(
                f"{self._base_url!r} can't be reached: {type(error).__name__}"
            ) from error
        return _rows(answer, len(texts), self._id)

    def _send(self, texts: list[str]) -> object:
        size: dict[str, Any] = {} if self._dimensions is None else {"dimensions": self._dimensions}
        try:
            return self._client().embeddings.create(
                input=texts, model=self._id, encoding_format="float", **size
            )
        except ValueError as error:  # a body that is no JSON, or cut off
            raise BadCompletionError(f"{self._base_url!r} did not answer in JSON") from error

    def _client(self) -> "OpenAI":
        import openai

        with self._opening:
            if self._opened is None:
                self._opened = openai.OpenAI(
                    base_url=self._base_url,
                    api_key=self._api_key,
                    timeout=self._timeout_s,
                    max_retries=0,
                )
            return self._opened


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield indices of texts that fit into one request; empty texts are left out."""
    batch: list[int] = []
    chars = 0
    for index, text in enumerate(texts):
        if not text.strip():
            continue
        if batch and (len(batch) == _BATCH_TEXTS or chars + len(text) > _BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(index)
        chars += len(text)
    if batch:
        yield batch


def _passes_by_itself(error: BaseException) -> bool:
    import openai

    if isinstance(error, openai.RateLimitError):
        return error.code != "insufficient_quota"
    if isinstance(error, openai.APIStatusError):
        return error.status_code in (408, 409) or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError)


def _wait(state: tenacity.RetryCallState) -> float:
    """As long as the server asks for, else longer each time; the deadline bounds both."""
    error = state.outcome.exception() if state.outcome else None
    response = getattr(error, "response", None)
    asked = "" if response is None else response.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        return tenacity.wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT_S)(state)
    return seconds if seconds >= 0 else 0.0


def _rows(answer: object, count: int, name: str) -> Vectors:
    """Check what came back and bring it into order; the SDK checks nothing of it."""
    try:
        items = list(answer.data)  # type: ignore[attr-defined]
        data = {item.index: item.embedding for item in items}
        rows: NDArray[np.float64] = np.array([data[index] for index in range(count)], float)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BadCompletionError(f"{name!r} did not answer with one vector a text") from error
    if (
        len(items) != count
        or rows.ndim != 2
        or rows.shape[1] == 0
        or not (np.abs(rows) < 1e30).all()
    ):
        raise BadCompletionError(f"{name!r} did not answer with one sound vector a text")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(norms > 0, norms, 1)).astype(np.float32)
