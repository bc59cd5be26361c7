"""The local embedding model: MiniLM on the CPU, offline."""

import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedders.models import ModelFiles
from learncomm_agent.library.embedding import EmbeddingModel, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    _Loaded = tuple[Tokenizer, InferenceSession]

MAX_TOKENS = 256
"""What the model was made for; it does not see the rest of a longer text."""
_DIMENSIONS = 384
_BARE = 2
"""Tokens of a text without a word: its begin and end marks."""
_BATCH_TOKENS = 512
"""Larger batches fall out of the processor's cache: fewer tokens a CPU-second (measured)."""
_WINDOW = 2_048
"""Texts sorted together by length; bounds the memory that their tokens take."""
_MAX_CHARS = 20_000
"""More than 256 tokens ever take of a text in words, and bounds the tokenizer's time."""


class MiniLM:
    """Embeds texts with all-MiniLM-L6-v2; an `Embedder` for any number of threads.

    Mean of the token vectors, length 1, as the model's authors define it. Texts of like length
    share a batch that is padded to its longest, so no work goes into padding.
    """

    def __init__(self, files: ModelFiles, threads: int | None = None) -> None:
        """Keep where the files are; they are loaded with the first text, or by `load`.

        Args:
            files: The model and its tokenizer.
            threads: How many to compute with; one a core where None.
        """
        self.model = EmbeddingModel(files.name, _DIMENSIONS)
        self._files = files
        self._threads = threads
        self._loading = threading.Lock()
        self._asking: _Loaded | None = None
        self._filling: _Loaded | None = None

    def load(self) -> None:
        """Load the files now, in under a second, so that the first question need not wait.

        Raises:
            ModelUnavailableError: The files are missing, broken, or of another kind of model.
        """
        self._to_ask()

    def embed_query(self, query: str) -> Vectors:
        """Return the one row of a question; many texts that are embedded meanwhile hardly slow it.

        Raises:
            ModelUnavailableError: The files are missing, broken, or of another kind of model.
        """
        tokenizer, session = self._to_ask()
        ids = tokenizer.encode(_clean(query)).ids
        if len(ids) <= _BARE:
            return np.zeros((1, _DIMENSIONS), np.float32)
        return _pooled(session, [ids])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 a text, in the order given; zeros for a text without a word.

        Raises:
            ModelUnavailableError: The files are missing, broken, or of another kind of model.
        """
        vectors = np.zeros((len(texts), _DIMENSIONS), np.float32)
        if not texts:
            return vectors
        tokenizer, session = self._to_fill()
        for start in range(0, len(texts), _WINDOW):
            window = [_clean(text) for text in texts[start : start + _WINDOW]]
            tokens = [encoded.ids for encoded in tokenizer.encode_batch_fast(window)]
            for batch in _batches(tokens):
                rows = [start + index for index in batch]
                vectors[rows] = _pooled(session, [tokens[index] for index in batch])
        return vectors

    def _to_ask(self) -> "_Loaded":
        if self._asking is not None:  # a question never waits for what is to fill
            return self._asking
        with self._loading:
            if self._asking is None:
                self._asking = _load(self._files, 1)
            return self._asking

    def _to_fill(self) -> "_Loaded":
        """Return a session of its own, whose threads are as patient as the one that asks first."""
        with self._loading:
            if self._filling is None:
                self._filling = _load(self._files, self._threads)
            return self._filling


def _load(files: ModelFiles, threads: int | None) -> "_Loaded":
    # From its import on, onnxruntime reports to its maker and leaves an id in the home folder.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()
        tokenizer = Tokenizer.from_file(str(files.tokenizer))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads or 0
        # Threads that spin while they wait take the cores from everything else on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(
            str(files.model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # both libraries raise bare Exception for a broken file
        raise _unusable(files) from error
    if session.get_outputs()[0].shape[-1] != _DIMENSIONS:
        raise _unusable(files)
    return tokenizer, session


def _unusable(files: ModelFiles) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"the embedding model {files.name!r} in {str(files.model.parent)!r} can't be used",
        phrase="error.model_files_chosen",
        folder=str(files.model.parent),
    )


def _clean(text: str) -> str:
    """A lone surrogate can't reach the tokenizer, which wants UTF-8."""
    return text[:_MAX_CHARS].encode("utf-8", "replace").decode()


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield indices of texts of like length, shortest first; texts without a word are left out."""
    batch: list[int] = []
    for index in sorted(range(len(tokens)), key=lambda index: len(tokens[index])):
        length = len(tokens[index])
        if length <= _BARE:
            continue
        if batch and (len(batch) + 1) * length > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _pooled(session: "InferenceSession", tokens: Sequence[Sequence[int]]) -> Vectors:
    """Return the mean token vector of each text, length 1; zeros where it is no number."""
    lengths = np.array([len(ids) for ids in tokens])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids: NDArray[np.int64] = np.zeros(mask.shape, np.int64)
    ids[mask] = np.concatenate([np.asarray(row, np.int64) for row in tokens])
    sent = {
        "input_ids": ids,
        "attention_mask": mask.astype(np.int64),
        "token_type_ids": np.zeros_like(ids),
    }
    hidden = session.run(None, sent)[0]
    summed = np.matmul(mask[:, None, :].astype(np.float32), hidden)[:, 0]
    norms = np.linalg.norm(summed, axis=1, keepdims=True)
    sound = np.isfinite(norms) & (norms > 0)
    unit: Vectors = np.divide(summed, norms, out=np.zeros_like(summed), where=sound)
    return unit
