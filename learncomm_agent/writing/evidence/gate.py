"""The gate between whoever writes and whoever reads: nothing passes without its evidence."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from learncomm_agent.errors import BadCompletionError
from learncomm_agent.library.resources import Passage
from learncomm_agent.log import logger
from learncomm_agent.writing.evidence.checks import SupportOf, check_answer, check_questions
from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import (
    FEWEST_LINES,
    LONG,
    Answer,
    Method,
    QuestionSet,
    Summary,
    Transcript,
    Utterance,
)
from learncomm_agent.writing.language.cue_book import CueBook, Tables
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.merging import merged
from learncomm_agent.writing.openness import Openness, looked_over, read_openness
from learncomm_agent.writing.repetition import Asked
from learncomm_agent.writing.segments import settled
from learncomm_agent.writing.streaming import drafted
from learncomm_agent.writing.writer import Brief, Writer

_log = logger(__name__)
_MOST_PASSAGES = 64
"""So many passages of one answer are compared at once."""
_EVIDENCE = "evidence"
"""Why a question is left out whose words stand in no passage, or that says more than they do."""

_Written = TypeVar("_Written", Answer, QuestionSet, Summary)


def _no_table(slug: str, language: str) -> Mapping[str, Any]:
    return {}


class CheckedWriter:
    """Checks each line of what another writer has written; implements `Writer`.

    A model of whose lines none holds has said nothing of use, not that there is nothing: what it was
    to write is then written without it, and says so.
    """

    def __init__(
        self,
        writer: Writer,
        book: CueBook,
        otherwise: Writer | None = None,
        asking: Tables = _no_table,
    ) -> None:
        """Take what it needs.

        Args:
            writer: Writes.
            book: The cues by which lines are checked.
            otherwise: Writes where no line of a model holds; its lines are checked as well.
            asking: Gives the table of `knowledge/questions/<lang>.toml`, by which questions are looked
                over.
        """
        self._writer = writer
        self._book = book
        self._otherwise = otherwise
        self._asking = asking
        self._known: dict[tuple[str, str], tuple[Mapping[str, Any], Openness]] = {}

    async def answer(self, question: str, passages: Sequence[Passage], brief: Brief) -> Answer:
        """Return the answer with the claims that hold."""

        async def written(writer: Writer) -> Answer:
            draft = await drafted(
                lambda draft: self._answer(draft, passages, brief),
                lambda told: writer.answer(question, passages, told),
                brief,
            )
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
        is_nothing = _came_to_nothing(found, any(found.items.values()))
        if self._otherwise is None or not (is_nothing or _says_too_little(found)):
            return found
        plain = await written(self._otherwise)
        if not is_nothing and _lines(plain) <= _lines(found):
            return replace(found, why_short=plain.why_short)
        plain = _without_model(plain, found.dropped, "summary", brief)
        return replace(plain, spent=found.spent)

    def _answer(self, draft: Answer, passages: Sequence[Passage], brief: Brief) -> Answer:
        return check_answer(draft, passages, self._support(brief), brief.people)

    def _questions(
        self, draft: QuestionSet, passages: Sequence[Passage], brief: Brief, seen: frozenset[str]
    ) -> QuestionSet:
        support = self._support(brief) if draft.method is Method.MODEL else None
        held = check_questions(
            draft.questions, passages, frozenset(), support, brief.people, beside=brief.goal
        )
        slug = brief.community.slug
        cues = self._book.cues(slug, brief.language)
        openness = self._openness(slug, brief.language)
        asked = Asked(seen, cues.stopwords)
        kept, left_out = looked_over(held, openness, asked, cues.stopwords)
        left_out[_EVIDENCE] = len(draft.questions) - len(held)
        dropped = draft.dropped + len(draft.questions) - len(kept)
        why = Counter(draft.why_dropped) + left_out
        return replace(draft, questions=kept, dropped=dropped, why_dropped=dict(why))

    def _openness(self, slug: str, language: str) -> Openness:
        """Return by what questions are looked over, prepared anew only when its file has changed."""
        table, key = self._asking(slug, language), (slug, language)
        known = self._known.get(key)
        if known is None or known[0] != table:
            known = self._known[key] = (table, read_openness(table))
        return known[1]

    def _summary(self, draft: Summary, transcript: Transcript, brief: Brief) -> Summary:
        spoken = self._book.spoken(brief.community.slug, transcript)
        read = self._book.cues(brief.community.slug, brief.language)
        support = _compared(spoken, read, brief, transcript)
        checked = check_summary(draft, transcript, due_reader(transcript, spoken), support)
        return settled(merged(checked, read))

    def _support(self, brief: Brief) -> SupportOf:
        slug = brief.community.slug
        read = self._book.cues(slug, brief.language)

        @lru_cache(maxsize=_MOST_PASSAGES)
        def of(passage: Passage) -> Support:
            said = Transcript("", (Utterance("", "", passage.text),), language=brief.language)
            return _compared(self._book.spoken(slug, said), read, brief, said)

        return of


def _compared(spoken: Cues, read: Cues, brief: Brief, said: Transcript) -> Support:
    """Return what holds lines for a reader against what was said."""
    languages = [_base(each) for each in spoken.languages or (said.language,)]
    # Of two languages without word lists nobody can tell whether they are one.
    is_same = _base(brief.language) in languages or not (spoken.stopwords or read.stopwords)
    return Support(spoken, read, is_same=is_same)


def _base(tag: str) -> str:
    return tag.partition("-")[0]


def _came_to_nothing(written: _Written, has_lines: bool) -> bool:
    return written.method is Method.MODEL and not has_lines and written.dropped > 0


def _lines(summary: Summary) -> int:
    return sum(map(len, summary.items.values()))


def _says_too_little(summary: Summary) -> bool:
    """Tell whether a model left out what a long conversation surely holds."""
    is_long = summary.coverage.read >= LONG
    return summary.method is Method.MODEL and is_long and _lines(summary) < FEWEST_LINES


def _without_model(written: _Written, dropped: int, task: str, brief: Brief) -> _Written:
    """Say why something was written without the model."""
    community = brief.community.id
    _log.warning("no line of the model holds", task=task, community=community, dropped=dropped)
    dropped += written.dropped
    return replace(written, why_extracted=BadCompletionError.reason, dropped=dropped)
