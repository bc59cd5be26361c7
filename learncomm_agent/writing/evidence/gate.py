"""The gate between whoever writes and whoever reads: nothing passes without its evidence."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from learncomm_agent.errors import BadCompletionError
from learncomm_agent.library.resources import Passage
from learncomm_agent.log import logger
from learncomm_agent.writing.evidence.checks import check_answer, check_questions
from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import Answer, Method, QuestionSet, Summary, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.writer import Brief, Writer

_log = logger(__name__)

_Written = TypeVar("_Written", Answer, QuestionSet, Summary)


class CheckedWriter:
    """Checks each line of what another writer has written; implements `Writer`.

    A model of whose lines none holds has said nothing of use, not that there is nothing: what it was
    to write is then written without it, and says so.
    """

    def __init__(self, writer: Writer, book: CueBook, otherwise: Writer | None = None) -> None:
        """Take what it needs.

        Args:
            writer: Writes.
            book: The cues by which lines are checked.
            otherwise: Writes where no line of a model holds; its lines are checked as well.
        """
        self._writer = writer
        self._book = book
        self._otherwise = otherwise

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Return the answer with the claims that hold."""

        async def written(writer: Writer) -> Answer:
            draft = await writer.answer(question, passages, brief)
            return await asyncio.to_thread(self._answer, draft, passages, brief)

        found = await written(self._writer)
        if self._otherwise is None or not _came_to_nothing(found, bool(found.claims)):
            return found
        return _without_model(await written(self._otherwise), found.dropped, "answer", brief)

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Return the questions that hold, at most `count`."""

        async def written(writer: Writer) -> QuestionSet:
            draft = await writer.questions(passages, brief, count=count, seen=seen)
            checked = await asyncio.to_thread(self._questions, draft, passages, brief, seen)
            return replace(checked, questions=checked.questions[:count])

        found = await written(self._writer)
        if self._otherwise is None or not _came_to_nothing(found, bool(found.questions)):
            return found
        return _without_model(await written(self._otherwise), found.dropped, "questions", brief)

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Return the summary with the lines that hold."""

        async def written(writer: Writer) -> Summary:
            draft = await writer.summary(transcript, brief)
            return await asyncio.to_thread(self._summary, draft, transcript, brief)

        found = await written(self._writer)
        if self._otherwise is None or not _came_to_nothing(found, any(found.items.values())):
            return found
        return _without_model(await written(self._otherwise), found.dropped, "summary", brief)

    def _answer(self, draft: Answer, passages: Sequence[Passage], brief: Brief) -> Answer:
        return check_answer(draft, passages, self._support(brief), brief.people)

    def _questions(
        self, draft: QuestionSet, passages: Sequence[Passage], brief: Brief, seen: frozenset[str]
    ) -> QuestionSet:
        support = self._support(brief) if draft.method is Method.MODEL else None
        kept = check_questions(draft.questions, passages, seen, support, brief.people)
        dropped = draft.dropped + len(draft.questions) - len(kept)
        return replace(draft, questions=kept, dropped=dropped)

    def _summary(self, draft: Summary, transcript: Transcript, brief: Brief) -> Summary:
        spoken = self._book.cues(brief.community.slug, transcript.language)
        read = self._book.cues(brief.community.slug, brief.language)
        support = Support(spoken, read, is_same=transcript.language == brief.language)
        return check_summary(draft, transcript, due_reader(transcript, spoken), support)

    def _support(self, brief: Brief) -> Support:
        cues = self._book.cues(brief.community.slug, brief.language)
        return Support(cues, cues, is_same=True)


def _came_to_nothing(written: _Written, has_lines: bool) -> bool:
    return written.method is Method.MODEL and not has_lines and written.dropped > 0


def _without_model(written: _Written, dropped: int, task: str, brief: Brief) -> _Written:
    """Say why something was written without the model."""
    community = brief.community.id
    _log.warning("no line of the model holds", task=task, community=community, dropped=dropped)
    dropped += written.dropped
    return replace(written, why_extracted=BadCompletionError.reason, dropped=dropped)
