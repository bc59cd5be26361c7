"""The writer that needs no language model: everything it writes is somebody's own words."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive.answer import answer
from learncomm_agent.writing.extractive.patterns import Patterns, read_patterns
from learncomm_agent.writing.extractive.questions import questions
from learncomm_agent.writing.extractive.summary import summarise
from learncomm_agent.writing.items import Answer, QuestionSet, Summary, Transcript
from learncomm_agent.writing.language.cue_book import CueBook, Tables
from learncomm_agent.writing.writer import Brief


class ExtractiveWriter:
    """Writes answers, questions and summaries by rules and word lists; implements `Writer`.

    All work, the reading of word lists too, is done on a thread, so that it never holds up the event
    loop.
    """

    def __init__(self, book: CueBook, patterns: Tables) -> None:
        """Keep where word lists come from.

        Args:
            book: The cues.
            patterns: Gives the table of `knowledge/questions/<lang>.toml` for a community and a
                language, an empty one where there is no such file. Is called on a thread.
        """
        self._book = book
        self._tables = patterns
        self._read: dict[tuple[str, str], tuple[Mapping[str, Any], Patterns]] = {}

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Answer with one to three sentences of the passages, none where nothing overlaps well.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """

        def write() -> Answer:
            cues = self._book.cues(brief.community.slug, brief.language)
            return answer(question, passages, cues, brief.beside)

        brief.progress(1, 1, len(passages))
        return await asyncio.to_thread(write)

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Fill the question patterns of a language with what the passages turn on.

        A language without patterns gives no questions.

        Raises:
            WordsError: The language's cue or question file holds a mistake.
        """

        def write() -> QuestionSet:
            slug, language = brief.community.slug, brief.language
            patterns = self._patterns(slug, language)
            cues = self._book.cues(slug, language)
            written = questions(
                passages,
                patterns,
                cues,
                count=count,
                seen=seen,
                left_open=brief.left_open,
                goal=brief.goal,
            )
            return QuestionSet(written)

        brief.progress(1, 1, len(passages))
        return await asyncio.to_thread(write)

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Choose the sentences that carry a conversation, and what was decided and promised.

        The cues are those of the languages that were spoken; the lines stay in them, whatever language
        the reader has.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """

        def write() -> Summary:
            cues = self._book.spoken(brief.community.slug, transcript)
            return summarise(transcript, cues)

        brief.progress(1, 1, len(transcript.utterances))
        return await asyncio.to_thread(write)

    def _patterns(self, slug: str, language: str) -> Patterns:
        """Return the question patterns of a language, read anew only when their file changed."""
        table, key = self._tables(slug, language), (slug, language)
        known = self._read.get(key)
        if known is None or known[0] != table:
            known = self._read[key] = (table, read_patterns(table))
        return known[1]
