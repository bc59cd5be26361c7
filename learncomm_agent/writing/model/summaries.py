"""Summaries that a language model writes, window by window."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.errors import PromptTooLongError
from learncomm_agent.writing.items import Method, Summary, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.language.dialogue import coverage
from learncomm_agent.writing.language.vocabulary import has_words, links
from learncomm_agent.writing.model.asking import MOST_HALVINGS, Asking, Task
from learncomm_agent.writing.model.forms import Part, SummaryDraft, joined, part_of
from learncomm_agent.writing.model.material import Entry, halved
from learncomm_agent.writing.writer import Brief

_TOKENS = 3000
_LINE_TOKENS = 90
"""For one line of a summary, with its quote."""


class ModelSummaries:
    """Has summaries written."""

    def __init__(self, asking: Asking, book: CueBook) -> None:
        """Take what it needs; deadlines are read by the cues of the book."""
        self._asking = asking
        self._book = book

    async def summary(self, transcript: Transcript, brief: Brief) -> Summary:
        """Write down what was said, decided and promised; reads every message that holds words.

        The windows of a long conversation are read one after another.

        Raises:
            ModelError: The model can't write it; half a summary would hide that it is one.
            WordsError: The prompt does not render.
        """
        tokens_out = self._asking.room_to_write(_TOKENS)
        inputs = {"most": tokens_out // _LINE_TOKENS}
        task = self._asking.task("summary", brief, tokens_out, inputs)
        said = (each for each in transcript.utterances if has_words(each.text))
        entries = [Entry(each.id, each.speaker, each.text) for each in said]
        found: list[Part] = []
        cut = await self._asking.windows(task, entries)
        for number, window in enumerate(cut, start=1):
            brief.progress(number, len(cut), len(entries))
            found += await self._parts(task, window, transcript)
        whole = joined(found)
        mentioned = (link for each in transcript.utterances for link in links(each.text))
        return Summary(
            title=transcript.title,
            method=Method.MODEL,
            coverage=coverage(transcript),
            items=whole.items,
            resources=tuple(dict.fromkeys(mentioned)),
            dropped=whole.dropped,
        )

    async def _parts(
        self, task: Task, window: Sequence[Entry], transcript: Transcript, halvings: int = 0
    ) -> list[Part]:
        """Have one window read; in halves where the server can't read it at once."""
        speakers = {"owner": [each.name for each in window]}
        try:
            draft = await self._asking.ask(SummaryDraft, replace(task, allowed=speakers), window)
        except PromptTooLongError:
            halves = halved(window)
            if halvings == MOST_HALVINGS or len(halves) < 2:
                raise
            parts: list[Part] = []
            for half in halves:
                parts += await self._parts(task, half, transcript, halvings + 1)
            return parts

        def convert() -> Part:
            cues = self._book.cues(task.brief.community.slug, transcript.language)
            return part_of(draft, window, transcript, due_reader(transcript, cues))

        return [await asyncio.to_thread(convert)]
