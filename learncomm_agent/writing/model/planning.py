"""What a language model is to be asked for a summary, and what that costs, before it is asked."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.llm.tokens import estimate
from learncomm_agent.writing.items import ItemKind, Transcript, Utterance
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.vocabulary import content, has_words, tokens
from learncomm_agent.writing.model.asking import Asking, Task
from learncomm_agent.writing.model.forms import MOST, Drafted, SummaryDraft, draft_of
from learncomm_agent.writing.model.joining import OVERVIEW
from learncomm_agent.writing.model.known import Known, KnownReadings, entry_of
from learncomm_agent.writing.model.material import Entry, safe, windows
from learncomm_agent.writing.segments import cut
from learncomm_agent.writing.writer import Brief

_TOKENS = 3000
_LINE_TOKENS = 90
"""For one line of a summary, with its quote."""
_MOST_MATERIAL = 12_000
"""Tokens of a segment: models overlook things in the middle of a longer one, whatever they can read."""
_LONGEST_WISH = 600
_CONTEXT_SHARE = 5
"""What was prepared takes at most this part of what the model reads."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind of call: what is asked of each segment."""

    task: Task
    form: type[Drafted]
    kinds: tuple[ItemKind, ...]
    """Whose lines it brings."""
    mark: str
    """Another one asks something else, or another model."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A segment, and what has to be asked about it."""

    said: tuple[Utterance, ...]
    """In the order said."""
    entries: tuple[Entry, ...]
    """In the order in which they are read."""
    known: Mapping[str, Known]
    """What was made of it before, by the mark of the errand."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a conversation is to be read."""

    segments: tuple[Planned, ...]
    errands: tuple[Errand, ...]
    room: int
    """Tokens of material in a call."""

    def windows(self, segment: Planned) -> tuple[tuple[Entry, ...], ...]:
        """Return what goes into each call; more than one window only where one message is longer than a call."""
        return windows(segment.entries, self.room)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a summary would cost, where each answer can be read at once; tokens are estimates."""

    calls: int = 0
    sent: int = 0
    cached: int = 0
    """Of those sent, how many a server may have kept from the call before."""
    received_at_most: int = 0
    messages: int = 0
    """How many are sent."""
    known: int = 0
    """How many are not, as what the model made of them is kept."""


class Planning:
    """Cuts conversations, and sets the tasks."""

    def __init__(
        self,
        asking: Asking,
        book: CueBook,
        *,
        a_kind_a_call: bool = False,
        known: KnownReadings | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            asking: Renders the prompts.
            book: The words that don't say what a message is about.
            a_kind_a_call: Whether each call asks for one kind of line alone.
            known: What is kept of rooms.
        """
        self._asking = asking
        self._book = book
        self._a_kind_a_call = a_kind_a_call
        self._known = known

    async def plan(self, transcript: Transcript, brief: Brief) -> Plan:
        """Return how a conversation is to be read.

        Raises:
            PromptTooLongError: A task alone leaves the model no room to read.
            WordsError: A prompt or the cue file holds a mistake.
        """
        errands, room = await asyncio.to_thread(self._set, transcript, brief)
        known: list[Known] = []
        if self._known is not None:
            forms = {each.mark: each.form for each in errands}
            known = await self._known.of(transcript, forms)
        return await asyncio.to_thread(self._cut, transcript, brief, errands, room, known)

    def cost(self, plan: Plan) -> Cost:
        """Return what it would cost to follow a plan. Blocks."""
        calls = sent = cached = received = 0
        before = ""
        for segment in plan.segments:
            for errand in _asked(plan, segment):
                for window in plan.windows(segment):
                    prompt = self._asking.rendered(errand.task, window)
                    calls += 1
                    sent += estimate(prompt)
                    cached += estimate(prompt[: _shared(before, prompt)])
                    received += errand.task.max_tokens
                    before = prompt
        asked = [each for each in plan.segments if any(_asked(plan, each))]
        total = sum(len(each.said) for each in plan.segments)
        messages = sum(len(each.said) for each in asked)
        return Cost(calls, sent, cached, received, messages, total - messages)

    def _set(self, transcript: Transcript, brief: Brief) -> tuple[tuple[Errand, ...], int]:
        context = self._context(transcript.prepared)
        errands = tuple(self._errands(brief, context))
        room = min(_MOST_MATERIAL, *(self._asking.room(each.task) for each in errands))
        return errands, room

    def _errands(self, brief: Brief, context: str) -> Iterator[Errand]:
        given = {"context": context, "wanted": safe(brief.wanted)[:_LONGEST_WISH]}
        if not self._a_kind_a_call:
            most = self._asking.room_to_write(_TOKENS) // _LINE_TOKENS
            inputs = {**given, "most": most, "overview": OVERVIEW}
            task = self._asking.task("summary", brief, _TOKENS, inputs)
            yield Errand(task, SummaryDraft, tuple(ItemKind), self._mark(task))
            return
        for kind in ItemKind:
            wanted = self._asking.room_to_write((MOST[kind] + 1) * _LINE_TOKENS)
            most = min(MOST[kind], wanted // _LINE_TOKENS)
            inputs = {**given, "most": most, "kind": kind.value}
            task = self._asking.task("summary_one", brief, wanted, inputs)
            yield Errand(task, draft_of(kind), (kind,), self._mark(task))

    def _mark(self, task: Task) -> str:
        asked = f"{self._asking.model}\0{task.prompt}\0{self._asking.rendered(task, ())}"
        return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:32]

    def _context(self, prepared: Iterable[str]) -> str:
        """Return what was prepared, a line each; what is too long ends in a mark of that."""
        lines = [line for text in prepared for each in text.splitlines() if (line := safe(each))]
        left = self._asking.context_tokens // _CONTEXT_SHARE
        kept: list[str] = []
        for line in lines:
            left -= estimate(f"{line}\n")
            if left < 0:
                return "\n".join((*kept, "[…]"))
            kept.append(line)
        return "\n".join(kept)

    def _cut(
        self,
        transcript: Transcript,
        brief: Brief,
        errands: tuple[Errand, ...],
        room: int,
        known: Sequence[Known],
    ) -> Plan:
        said = [each for each in transcript.utterances if has_words(each.text)]
        entries = {each.id: entry_of(each) for each in said}
        sizes = {id: each.size for id, each in entries.items()}
        least = min(estimate(self._asking.rendered(each.task, ())) for each in errands)
        groups = _groups(known, sizes, least)
        taken = {id for ids in groups for id in ids}
        fresh = [each for each in said if each.id not in taken]
        stopwords = self._book.cues(brief.community.slug, transcript.language).stopwords
        bags = [content(tokens(each.text), stopwords) for each in fresh]
        parts = cut(fresh, bags, [sizes[each.id] for each in fresh], room)
        found = [
            Planned(
                tuple(fresh[i] for i in sorted(part)), tuple(entries[fresh[i].id] for i in part), {}
            )
            for part in parts
        ]
        messages = {each.id: each for each in said}
        for ids, held in groups.items():
            own = tuple(messages[id] for id in ids)
            found.append(Planned(own, tuple(entries[id] for id in ids), held))
        order = {each.id: i for i, each in enumerate(said)}
        found.sort(key=lambda each: order[each.said[0].id])
        return Plan(tuple(found), tuple(_for_several(each, len(found)) for each in errands), room)


def _asked(plan: Plan, segment: Planned) -> Iterator[Errand]:
    """Yield what has to be asked about a segment."""
    return (each for each in plan.errands if each.mark not in segment.known)


def _shared(one: str, other: str) -> int:
    """Return how many characters two prompts share at their beginnings."""
    differing = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def _groups(
    known: Sequence[Known], sizes: Mapping[str, int], least: int
) -> dict[tuple[str, ...], dict[str, Known]]:
    """Choose what need not be read again: segments that don't overlap, the longest first.

    A segment that takes less than the task of a call is read again with what followed it: that costs less
    than a call of its own at every summary.
    """
    by_ids: dict[tuple[str, ...], dict[str, Known]] = {}
    for each in known:
        by_ids.setdefault(each.ids, {}).setdefault(each.mark, each)
    chosen: dict[tuple[str, ...], dict[str, Known]] = {}
    taken: set[str] = set()
    for ids in sorted(by_ids, key=lambda ids: -sum(sizes.get(id, 0) for id in ids)):
        if sum(sizes.get(id, 0) for id in ids) < least or not all(id in sizes for id in ids):
            continue
        if taken.isdisjoint(ids):
            chosen[ids] = by_ids[ids]
            taken.update(ids)
    return chosen


def _for_several(errand: Errand, segments: int) -> Errand:
    """Of several segments, each says in one line what it was about."""
    task = errand.task
    if segments == 1 or ItemKind.OVERVIEW not in errand.kinds:
        return errand
    name = "overview" if "overview" in task.inputs else "most"
    return replace(errand, task=replace(task, inputs={**task.inputs, name: 1}))
