"""The writer that has a language model write, and writes without it where the model can't."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from learncomm_agent.errors import ModelError, WordsError, for_log
from learncomm_agent.library.resources import Passage
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.log import logger
from learncomm_agent.words import Words
from learncomm_agent.writing.items import Answer, QuestionSet, Summary, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.model.answers import answer
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.known import KnownReadings
from learncomm_agent.writing.model.questions import questions
from learncomm_agent.writing.model.summaries import ModelSummaries
from learncomm_agent.writing.writer import Brief, Writer

_log = logger(__name__)
_Written = TypeVar("_Written", Answer, QuestionSet, Summary)


class ModelWriter:
    """Has a language model write answers, questions and summaries; implements `Writer`.

    What the model can't or may not write is written by another writer, and says why. Long material
    goes to the model in windows, so that all of it is read.
    """

    def __init__(
        self,
        model: LanguageModel,
        words: Words,
        otherwise: Writer,
        book: CueBook,
        *,
        context_tokens: int,
        a_kind_a_call: bool = False,
        known: KnownReadings | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            model: Writes.
            words: Of all communities: the prompts.
            otherwise: Writes what the model can't.
            book: The cues by which deadlines are read.
            context_tokens: How much the model reads and writes at once.
            a_kind_a_call: Whether each call for a summary asks for one kind of line alone.
            known: Keeps what the model made of rooms, so that it is not asked again.
        """
        self._asking = Asking(model, words, context_tokens)
        self._summaries = ModelSummaries(
            self._asking, book, otherwise, a_kind_a_call=a_kind_a_call, known=known
        )
        self._otherwise = otherwise

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Answer from the passages alone; without claims where they don't hold the answer."""
        if passages:
            try:
                return await answer(self._asking, question, passages, brief)
            except (ModelError, WordsError) as error:
                written = await self._otherwise.answer(question, passages, brief)
                return _without_model(written, error, "answer", brief)
        return await self._otherwise.answer(question, passages, brief)

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Write open questions about the passages, from easy to far, none of them seen before."""
        if passages:
            try:
                return await questions(self._asking, passages, brief, count=count, seen=seen)
            except (ModelError, WordsError) as error:
                written = await self._otherwise.questions(passages, brief, count=count, seen=seen)
                return _without_model(written, error, "questions", brief)
        return await self._otherwise.questions(passages, brief, count=count, seen=seen)

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Write down what was said, decided and promised; reads every message that holds words.

        Of a conversation in several segments, those that the model can't read are read without it.
        """
        asking, counted = self._asking.counted()
        try:
            written = await self._summaries.summary(transcript, brief, asking)
        except (ModelError, WordsError) as error:
            written = await self._otherwise.summary(transcript, brief)
            written = _without_model(written, error, "summary", brief)
        asked = {"calls": counted.calls, "sent": counted.sent}
        back = {"cached": counted.cached, "received": counted.received}
        return replace(written, spent=replace(written.spent, **asked, **back))


def _without_model(
    written: _Written, error: ModelError | WordsError, task: str, brief: Brief
) -> _Written:
    """Say why something was written without the model."""
    told = {"task": task, "community": brief.community.id, "error": for_log(error)}
    _log.warning("written without the model", **told)
    reason = error.reason if isinstance(error, ModelError) else "words"
    return replace(written, why_extracted=reason)
