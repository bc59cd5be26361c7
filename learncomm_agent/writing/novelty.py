"""Tells questions that mean what was asked before, where an embedding model is at hand."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np

from learncomm_agent.errors import ModelError, for_log
from learncomm_agent.library.embedding import Vectors
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.log import logger
from learncomm_agent.writing.items import Question
from learncomm_agent.writing.language.vocabulary import tokens
from learncomm_agent.writing.repetition import quotes

SAME = 0.78
"""Cosine from which on two questions mean the same."""
MOST_COMPARED = 300
"""Earlier questions, those that share most words first."""
_MOST_KEPT = 2_000
"""Vectors of texts that are kept in memory, so that none is embedded twice in a row."""

_log = logger(__name__)


class Novelty:
    """Compares questions by their meaning; without a model all of them pass."""

    def __init__(self, meaning: Meaning | None) -> None:
        """Take the embedder; None compares nothing."""
        self._meaning = meaning
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    async def new(
        self, questions: Iterable[Question], seen: frozenset[str]
    ) -> tuple[Question, ...]:
        """Return the questions that mean none of those seen, nor one before them.

        Two that each quote a text are told apart by their words: what they quote makes them near to
        each other, whatever they ask of it.
        """
        written = tuple(questions)
        if not written or self._meaning is None or self._meaning.model is None:
            return written
        texts = [each.text for each in written]
        before = _nearest(seen, texts)
        try:
            vectors = await self._vectors([*texts, *before])
        except ModelError as error:
            _log.warning("questions are compared by words alone", error=for_log(error))
            return written
        kept: list[Question] = []
        others = list(before)
        for question in written:
            if not any(_means(question.text, other, vectors) for other in others):
                kept.append(question)
                others.append(question.text)
        return tuple(kept)

    async def _vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        assert self._meaning is not None
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            rows = await self._meaning.embed(missing)
            self._known.update(zip(missing, rows, strict=True))
        found = {text: self._known[text] for text in texts}
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return found


def _means(one: str, other: str, vectors: dict[str, Vectors]) -> bool:
    if quotes(one) and quotes(other):
        return False
    size = np.linalg.norm(vectors[one]) * np.linalg.norm(vectors[other])
    return bool(size) and float(vectors[one] @ vectors[other]) / float(size) >= SAME


def _nearest(seen: frozenset[str], texts: Sequence[str]) -> list[str]:
    """Return the earlier questions with which the new ones are compared."""
    words = {word for text in texts for word in tokens(text) if len(word) > 3}
    by_words = sorted(seen, key=lambda text: (-len(words.intersection(tokens(text))), text))
    return by_words[:MOST_COMPARED]
