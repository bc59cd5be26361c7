"""What `writing.py` counts of one conversation, its gold and what was written of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.writing_peers import bm25
from benchmarks.writing_sets import Judged, Span
from learncomm_agent.writing.extractive.relevance import Relevance
from learncomm_agent.writing.items import Item, ItemKind, Summary, Transcript
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.dialogue import Dialogue
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import content, tokens

NEAR = 12
DEPTH = 5
LONG = 50
"""A conversation of so many turns has five lines at least, or says why."""
FEWEST = 5


@dataclass
class Tally:
    """Shares, added up over conversations."""

    parts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))

    def add(self, name: str, found: float, of: float) -> None:
        """Add so many of so many."""
        self.parts[name][0] += found
        self.parts[name][1] += of

    def shares(self) -> dict[str, float]:
        """Return each share; those of nothing are left out."""
        return {name: found / of for name, (found, of) in self.parts.items() if of}


def near(places: Iterable[int], spans: Sequence[Span]) -> bool:
    """Whether one of the places is in one of the spans, or at most `NEAR` turns away."""
    return any(start - NEAR <= place <= end + NEAR for place in places for start, end in spans)


def touch(tally: Tally, judged: Judged, places: Sequence[Sequence[int]]) -> None:
    """Count what of the gold has a line near it."""
    for topic in judged.topics:
        tally.add("topics", any(near(each, [topic]) for each in places), 1)
    for talk in judged.talks:
        tally.add("talks", any(each in talk for line in places for each in line), 1)
    for name, gold in (("decisions", judged.decisions), ("actions", judged.actions)):
        for at in gold:
            tally.add(name, any(near(each, [(at, at)]) for each in places), 1)


def touch_typed(
    tally: Tally, judged: Judged, by_kind: Mapping[ItemKind, Sequence[Sequence[int]]]
) -> None:
    """Count the same by lines of the right kind, and how many of those are right.

    The precision is over all conversations of a set of which some have gold: where nobody wrote a
    decision down, each that we find is wrong.
    """
    kinds = (
        ("decisions", ItemKind.DECISION, judged.decisions),
        ("actions", ItemKind.ACTION, judged.actions),
    )
    for name, kind, gold in kinds:
        places = by_kind[kind]
        for at in gold:
            tally.add(f"{name}, typed", any(near(each, [(at, at)]) for each in places), 1)
        spans = [(at, at) for at in gold]
        tally.add(f"{name}, precision", sum(near(each, spans) for each in places), len(places))


def tell(tally: Tally, judged: Judged, texts: Sequence[str], cues: Cues) -> None:
    """Count the gold's content words that the lines hold, and the words that they take for it."""
    gold = content(tokens(" ".join(judged.told)), cues.stopwords)
    held = content(tokens(" ".join(texts)), cues.stopwords)
    tally.add("told", len(gold & held), len(gold))
    tally.add("words", sum(len(text.split()) for text in texts), 1)


def check(tally: Tally, transcript: Transcript, summary: Summary) -> None:
    """Count what must be all: messages accounted for, evidence that holds, lines of a long talk."""
    coverage = summary.coverage
    accounted = coverage.read + sum(each.count for each in coverage.skipped)
    tally.add("read", accounted, len(transcript.utterances) or 1)
    texts = {each.id: each.text for each in transcript.utterances}
    lines = lines_of(summary)
    for item in lines:
        held = Quotable(texts.get(item.evidence[0], "")).find(item.quote) is not None
        tally.add("holds", held and bool(item.quote) and 1 <= len(item.evidence) <= 3, 1)
    tally.add("lines", len(lines), 1)
    if len(transcript.utterances) >= LONG:
        is_short = len(lines) < FEWEST
        tally.add("long ones short", is_short, 1)
        tally.add("long ones short without a reason", is_short and not summary.why_short, 1)


def lines_of(summary: Summary) -> list[Item]:
    """Return all lines of a summary."""
    return [item for kind in ItemKind for item in summary.items[kind]]


def ask(tally: Tally, judged: Judged, dialogue: Dialogue, cues: Cues) -> None:
    """Look for the answers to the questions that were put to a meeting."""
    if not judged.asked:
        return
    relevance = Relevance(dialogue)
    for each in judged.asked:
        found = relevance.places(each.query, DEPTH)
        peer = bm25(judged.transcript, each.query, cues, DEPTH)
        for name, places in (("hit@5", found), ("hit@5, BM25 of turns", peer)):
            hit = any(start <= place <= end for place in places for start, end in each.spans)
            tally.add(name, hit, 1)
