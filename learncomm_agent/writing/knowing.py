"""Who may know what the library does not: those who said or shared something near the question. Pure."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import MemberId
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.finding.tokens import plain
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.language.vocabulary import is_unspaced

LEAST = 0.25
"""The share of a question's weight that somebody's own words must hold, or what they shared."""
SHARED = 0.8
"""What holding a word counts in something that one shared, beside 1 in what one said."""
MORE = 0.25
"""What a further trace counts beside the best one."""
SHORTEST = 3
"""Letters of a word that tells what a question is about; scripts without spaces have shorter ones."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that a member said, or shared."""

    member: MemberId
    text: str
    message: MessageId | None = None
    """The message in which they said or shared it, where there is one."""
    revision: int = 0
    """Of what they said."""
    passage: Passage | None = None
    """What they shared; None of what they said."""
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Knower:
    """A member who may know, and what of theirs comes nearest to the question."""

    member: MemberId
    best: Trace


def likely(
    question: str,
    traces: Sequence[Trace],
    stopwords: frozenset[str],
    texts: Sequence[str],
    analyser: Analyser,
) -> list[Knower]:
    """Return who may know the answer to a question, likeliest first; of equals as they were found.

    A trace counts by the words of the question that it holds, rare ones more; that of somebody who
    speaks of many things no more than that of somebody who spoke once.

    Args:
        question: As it was asked.
        traces: What members said and shared, of whom each agreed to be named.
        stopwords: Words that say nothing of what it is about.
        texts: All that was found near the question: a word that stands in many of them tells little.
        analyser: Brings the forms of a word together, as for a search.
    """
    small = {plain(word) for word in stopwords}
    forms = {
        term.word: term.forms
        for term in analyser.asked(question).terms
        if term.word not in small and (len(term.word) >= SHORTEST or is_unspaced(term.word))
    }

    def held_in(text: str) -> frozenset[str]:
        words = set(analyser.words(text).split())
        return frozenset(word for word, some in forms.items() if not words.isdisjoint(some))

    asked = frozenset(forms)
    bags = [held_in(each.text) for each in traces]
    counts = Counter(word for text in texts for word in held_in(text))
    weights = {word: math.log(1 + (len(texts) + 1) / max(1.5, counts[word])) for word in asked}
    whole = sum(weights.values())
    best: dict[MemberId, tuple[float, int]] = {}
    all_held = defaultdict[MemberId, float](float)
    for place, (trace, bag) in enumerate(zip(traces, bags, strict=True)):
        held = sum(weights[word] for word in asked & bag) / whole if whole else 0.0
        if held < LEAST:
            continue
        held *= 1.0 if trace.passage is None else SHARED
        all_held[trace.member] += held
        best[trace.member] = max(best.get(trace.member, (0.0, 0)), (held, -place))

    def score(member: MemberId) -> tuple[float, int]:
        held, place = best[member]
        return held + MORE * min(1.0, all_held[member] - held), place

    return [Knower(each, traces[-best[each][1]]) for each in sorted(best, key=score, reverse=True)]
