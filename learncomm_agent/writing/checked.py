"""The gate between whoever writes and whoever reads: nothing passes without its evidence."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.cue_book import CueBook
from learncomm_agent.writing.evidence import check_answer, check_questions, check_summary
from learncomm_agent.writing.extractive_summary import due_reader
from learncomm_agent.writing.items import Answer, QuestionSet, Summary, Transcript
from learncomm_agent.writing.support import Support
from learncomm_agent.writing.writer import Brief, Writer


class CheckedWriter:
    """Checks each line of what another writer has written; implements `Writer`."""

    def __init__(self, writer: Writer, book: CueBook) -> None:
        """Take what writes, and the cues by which deadlines are computed again."""
        self._writer = writer
        self._book = book

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Return the answer with the claims that hold."""
        draft = await self._writer.answer(question, passages, brief)

        def check() -> Answer:
            cues = self._book.cues(brief.community.slug, brief.language)
            return check_answer(draft, passages, Support(cues, cues, is_same=True))

        return await asyncio.to_thread(check)

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        """Return the questions that hold, at most `count`."""
        draft = await self._writer.questions(passages, brief, count=count, seen=seen)
        kept = await asyncio.to_thread(
            check_questions, draft.questions, passages, seen, draft.method
        )
        dropped = draft.dropped + len(draft.questions) - len(kept)
        return replace(draft, questions=kept[:count], dropped=dropped)

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Return the summary with the lines that hold."""
        draft = await self._writer.summary(transcript, brief)

        def check() -> Summary:
            spoken = self._book.cues(brief.community.slug, transcript.language)
            read = self._book.cues(brief.community.slug, brief.language)
            is_same = transcript.language == brief.language
            support = Support(spoken, read, is_same=is_same)
            return check_summary(draft, transcript, due_reader(transcript, spoken), support)

        return await asyncio.to_thread(check)
