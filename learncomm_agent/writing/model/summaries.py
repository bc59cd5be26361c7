"""Summaries that a language model writes, segment by segment."""

from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.errors import LearncommError, ModelError, for_log
from learncomm_agent.log import logger
from learncomm_agent.writing.items import (
    Coverage,
    Method,
    Outcome,
    Segment,
    Skipped,
    Spent,
    Summary,
    Transcript,
)
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.dialogue import coverage
from learncomm_agent.writing.language.vocabulary import links
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.joining import Part, joined
from learncomm_agent.writing.model.known import KnownReadings
from learncomm_agent.writing.model.ledger import Ledger
from learncomm_agent.writing.model.planning import Plan, Planning
from learncomm_agent.writing.model.segment_reader import SegmentReader
from learncomm_agent.writing.writer import Brief, Writer, untold

_log = logger(__name__)


class ModelSummaries:
    """Has summaries written; what the model can't read of one is read without it."""

    def __init__(
        self,
        asking: Asking,
        book: CueBook,
        plain: Writer,
        *,
        a_kind_a_call: bool = False,
        known: KnownReadings | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            asking: Renders the prompts.
            book: The cues by which deadlines are read.
            plain: Reads what the model can't.
            a_kind_a_call: Whether each call asks for one kind of line alone.
            known: Keeps what the model made of rooms.
        """
        self._book = book
        self._plain = plain
        self._known = known
        self._planning = Planning(asking, book, a_kind_a_call=a_kind_a_call, known=known)

    async def summary(self, transcript: Transcript, brief: Brief, asking: Asking) -> Summary:
        """Write down what was said, decided and promised; reads every message that holds words.

        The segments of a long conversation are read one after another.

        Args:
            transcript: What was said.
            brief: For whom.
            asking: Has the forms filled in.

        Raises:
            ModelError: The model can't read any of it.
            WordsError: The prompt does not render.
        """
        plan = await self._planning.plan(transcript, brief)
        reader = SegmentReader(asking, self._book, self._known, transcript, brief)
        ledger = Ledger(plan)
        await self._read(ledger, reader, brief)
        if ledger.failed and not ledger.parts:
            raise next(iter(ledger.failed.values()))
        for number in sorted({number for number, _ in ledger.failed}):
            await self._read_plainly(ledger, number, transcript, brief)
        whole = joined([ledger.part(number) for number in range(len(plan.segments))])
        segments = tuple(ledger.report(number) for number in range(len(plan.segments)))
        mentioned = (link for each in transcript.utterances for link in links(each.text))
        return Summary(
            title=transcript.title,
            method=Method.MODEL,
            coverage=_less(coverage(transcript), segments),
            items=dict(whole.items),
            resources=tuple(dict.fromkeys(mentioned)),
            dropped=whole.dropped,
            segments=segments,
            spent=Spent(known=_known(plan)),
        )

    async def _read(self, ledger: Ledger, reader: SegmentReader, brief: Brief) -> None:
        """Have all segments read, and once more at the end those that could not be."""
        for number, errand in ledger.known():
            segment = ledger.plan.segments[number]
            ledger.parts[number, errand.mark] = await reader.again(errand, segment)
        for is_again in (False, True):
            jobs = ledger.left(is_again=is_again)
            messages = sum(len(each.said) for each in ledger.plan.segments)
            for place, (number, errand) in enumerate(jobs, start=1):
                brief.progress(place, len(jobs), messages)
                try:
                    part = await reader.read(errand, ledger.plan.segments[number], ledger.plan)
                except ModelError as error:
                    ledger.fail(number, errand, error)
                    if ledger.is_over(is_again=is_again):
                        break
                else:
                    ledger.succeed(number, errand, part)

    async def _read_plainly(
        self, ledger: Ledger, number: int, transcript: Transcript, brief: Brief
    ) -> None:
        """Read without the model what it did not bring of a segment."""
        segment = ledger.plan.segments[number]
        missing = ledger.missing(number)
        told = {"segment": number + 1, "of": len(ledger.plan.segments)}
        _log.warning(
            "segment read without the model",
            **told,
            community=brief.community.id,
            error=for_log(ledger.error(number)),
        )
        try:
            plain = await self._plain.summary(
                replace(transcript, utterances=segment.said), replace(brief, progress=untold)
            )
        except LearncommError as error:
            _log.error("segment not read", **told, error=for_log(error))
            ledger.lost.add(number)
            return
        items = {kind: plain.items.get(kind, ()) for kind in missing}
        ledger.plain[number] = Part(items, plain.dropped, len(segment.said))


def _less(read: Coverage, segments: Sequence[Segment]) -> Coverage:
    """Take out what could not be read after all."""
    lost = sum(each.messages for each in segments if each.outcome is Outcome.FAILED)
    if not lost:
        return read
    return Coverage(read.messages, read.read - lost, (*read.skipped, Skipped("failed", lost)))


def _known(plan: Plan) -> int:
    """Count the messages of which nothing had to be asked."""
    marks = {each.mark for each in plan.errands}
    return sum(len(each.said) for each in plan.segments if marks <= each.known.keys())
