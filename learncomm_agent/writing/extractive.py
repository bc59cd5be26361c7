"""The writer that needs no language model: everything it writes is somebody's own words."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.cues import read_cues
from learncomm_agent.writing.extractive_answer import answer
from learncomm_agent.writing.extractive_questions import questions
from learncomm_agent.writing.extractive_summary import summarise
from learncomm_agent.writing.items import Answer, Question, Summary, Transcript
from learncomm_agent.writing.patterns import read_patterns


class ExtractiveWriter:
    """Writes answers, questions and summaries by rules and word lists; implements `Writer`.

    The work is done on a thread, so that it never holds up the event loop.
    """

    def __init__(
        self,
        cues: Callable[[str], Mapping[str, Any]],
        patterns: Callable[[str], Mapping[str, Any]],
    ) -> None:
        """Keep where word lists come from; they are asked again for each piece of writing.

        Args:
            cues: Gives the table of `knowledge/cues/<lang>.toml` for a language, an empty one where
                there is no such file.
            patterns: The same for `knowledge/questions/<lang>.toml`.
        """
        self._cues = cues
        self._patterns = patterns

    async def answer(self, question: str, passages: Sequence[Passage], *, language: str) -> Answer:
        """Answer with one to three sentences of the passages, none where nothing overlaps well.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """
        cues = read_cues(self._cues(language))
        return await asyncio.to_thread(answer, question, passages, cues)

    async def questions(
        self, passages: Sequence[Passage], *, count: int, language: str, seen: frozenset[str]
    ) -> tuple[Question, ...]:
        """Fill the question patterns of a language with what the passages turn on.

        A language without patterns gives no questions.

        Raises:
            WordsError: The language's cue or question file holds a mistake.
        """
        cues = read_cues(self._cues(language))
        patterns = read_patterns(self._patterns(language))
        return await asyncio.to_thread(questions, passages, patterns, cues, count=count, seen=seen)

    async def summary(self, transcript: Transcript, *, language: str) -> Summary:
        """Choose the sentences that carry a conversation, and what was decided and promised.

        The cues are those of the language that was spoken, `transcript.language`; the lines stay in it,
        whatever `language` the reader has.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """
        cues = read_cues(self._cues(transcript.language))
        return await asyncio.to_thread(summarise, transcript, cues)
