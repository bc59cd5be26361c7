"""The writer that needs no language model: everything it writes is somebody's own words."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing import extractive_answer, extractive_questions, extractive_summary
from learncomm_agent.writing.cues import Cues, read_cues
from learncomm_agent.writing.items import Answer, Question, Summary, Transcript
from learncomm_agent.writing.patterns import read_patterns


class ExtractiveWriter:
    """Writes answers, questions and summaries by rules and word lists; implements `Writer`.

    All work, the reading of word lists too, is done on a thread, so that it never holds up the event
    loop.
    """

    def __init__(
        self,
        cues: Callable[[str], Mapping[str, Any]],
        patterns: Callable[[str], Mapping[str, Any]],
    ) -> None:
        """Keep where word lists come from; they are asked again for each piece of writing.

        Args:
            cues: Gives the table of `knowledge/cues/<lang>.toml` for a language, an empty one where
                there is no such file. Is called on a thread.
            patterns: The same for `knowledge/questions/<lang>.toml`.
        """
        self._tables = cues
        self._patterns = patterns
        self._read: dict[str, tuple[Mapping[str, Any], Cues]] = {}

    async def answer(self, question: str, passages: Sequence[Passage], *, language: str) -> Answer:
        """Answer with one to three sentences of the passages, none where nothing overlaps well.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """

        def write() -> Answer:
            return extractive_answer.answer(question, passages, self._cues(language))

        return await asyncio.to_thread(write)

    async def questions(
        self, passages: Sequence[Passage], *, count: int, language: str, seen: frozenset[str]
    ) -> tuple[Question, ...]:
        """Fill the question patterns of a language with what the passages turn on.

        A language without patterns gives no questions.

        Raises:
            WordsError: The language's cue or question file holds a mistake.
        """

        def write() -> tuple[Question, ...]:
            patterns = read_patterns(self._patterns(language))
            return extractive_questions.questions(
                passages, patterns, self._cues(language), count=count, seen=seen
            )

        return await asyncio.to_thread(write)

    async def summary(self, transcript: Transcript, *, language: str) -> Summary:
        """Choose the sentences that carry a conversation, and what was decided and promised.

        The cues are those of the language that was spoken, `transcript.language`; the lines stay in it,
        whatever `language` the reader has.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """

        def write() -> Summary:
            return extractive_summary.summarise(transcript, self._cues(transcript.language))

        return await asyncio.to_thread(write)

    def _cues(self, language: str) -> Cues:
        """Give the cues of a language, prepared anew only when their file has changed."""
        table = self._tables(language)
        known = self._read.get(language)
        if known is None or known[0] != table:
            known = self._read[language] = (table, read_cues(table))
        return known[1]
