"""Has a language model read a single segment of a conversation."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.errors import PromptTooLongError
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.model.asking import MOST_HALVINGS, Asking
from learncomm_agent.writing.model.forms import Drafted, part_of
from learncomm_agent.writing.model.joining import Part, joined
from learncomm_agent.writing.model.known import Filled, Known, KnownReadings
from learncomm_agent.writing.model.material import Entry, halved
from learncomm_agent.writing.model.planning import Errand, Plan, Planned
from learncomm_agent.writing.writer import Brief


class SegmentReader:
    """Has single segments read."""

    def __init__(
        self,
        asking: Asking,
        book: CueBook,
        known: KnownReadings | None,
        transcript: Transcript,
        brief: Brief,
    ) -> None:
        """Take what it needs; without `known`, nothing is kept."""
        self._asking = asking
        self._book = book
        self._known = known
        self._transcript = transcript
        self._brief = brief

    async def again(self, errand: Errand, segment: Planned) -> Part:
        """Return what was made of a segment before."""
        return await asyncio.to_thread(self._made, segment.known[errand.mark].filled, segment)

    async def read(self, errand: Errand, segment: Planned, plan: Plan) -> Part:
        """Have a segment read, and keep what was made of it.

        Raises:
            ModelError: The model can't read it.
            WordsError: The prompt or the cue file holds a mistake.
        """
        filled: list[Filled] = []
        for window in plan.windows(segment):
            filled += await self._filled(errand, window)
        part = await asyncio.to_thread(self._made, filled, segment)
        if self._known is not None and await asyncio.to_thread(_is_worth_keeping, part, segment):
            ids = tuple(each.id for each in segment.said)
            known = Known(errand.mark, ids, tuple(filled))
            await self._known.keep(self._transcript, self._brief.community.id, known)
        return part

    async def _filled(
        self, errand: Errand, window: Sequence[Entry], halvings: int = 0
    ) -> list[Filled]:
        """Have one window read; in halves where the server can't read it at once."""
        speakers = {"owner": [each.name for each in window]}
        task = replace(errand.task, allowed=speakers)
        try:
            draft: Drafted = await self._asking.ask(errand.form, task, window)
        except PromptTooLongError:
            halves = halved(window)
            if halvings == MOST_HALVINGS or len(halves) < 2:
                raise
            return [
                each for half in halves for each in await self._filled(errand, half, halvings + 1)
            ]
        return [Filled(tuple(window), draft)]

    def _made(self, filled: Sequence[Filled], segment: Planned) -> Part:
        cues = self._book.spoken(self._brief.community.slug, self._transcript)
        deadlines = due_reader(self._transcript, cues)
        parts = [
            replace(
                part_of(each.draft, each.window, self._transcript, deadlines),
                messages=len(each.window),
            )
            for each in filled
        ]
        return replace(joined(parts), messages=len(segment.said))


def _is_worth_keeping(part: Part, segment: Planned) -> bool:
    """Whether the model read at all: of one that made everything up, more may come the next time."""
    texts = {each.id: each.text for each in segment.said}
    items = [item for of_kind in part.items.values() for item in of_kind]
    if not items:
        return not part.dropped
    return any(item.evidence and locate(item.quote, texts[item.evidence[0]]) for item in items)
