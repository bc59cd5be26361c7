"""Summarises a conversation in the members' own words, without a language model. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from learncomm_agent.writing.extractive.differing import still_differing
from learncomm_agent.writing.extractive.findings import Finding, findings
from learncomm_agent.writing.extractive.points import Points
from learncomm_agent.writing.extractive.salience import stretches, unlike
from learncomm_agent.writing.extractive.sifting import sift
from learncomm_agent.writing.extractive.taking import task
from learncomm_agent.writing.items import (
    FEWEST_LINES,
    LONG,
    Coverage,
    Item,
    ItemKind,
    Method,
    Summary,
    Transcript,
)
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.language.dialogue import Dialogue, Line, coverage
from learncomm_agent.writing.language.vocabulary import links, normal
from learncomm_agent.writing.segments import reports

_MOST_PARTS = 8
_NEW_ENOUGH = 0.15
"""Share of a line that no other line of its kind must have said already."""
_FINDINGS_A_KIND = 4
_MESSAGES_A_FINDING = 50
_MOST_A_KIND = 12
_MESSAGES_A_FURTHER = 350
"""Messages for which a very long conversation may have one strong finding more of each kind."""
_STRONG = 0.75
"""Share of the best score of a kind that a strong finding has."""
_STANDS_OUT = 0.6
"""Share of the best score of a kind with which the best of a stretch gets its say before others do."""


def summarise(transcript: Transcript, cues: Cues) -> Summary:
    """Write down what a conversation held, each line a sentence of a member.

    Args:
        transcript: What was said; every message is read.
        cues: Of the languages that were spoken; without them key points, questions and links remain.
    """
    spoken = replace(transcript, language=(*cues.languages, transcript.language)[0])
    dialogue = Dialogue(transcript.utterances, cues)
    bags = _bags(dialogue)
    times = [each.at for each in dialogue.utterances]
    parts = stretches(bags, times, max(1, min(_MOST_PARTS, len(bags) // 20)))
    deadlines = due_reader(spoken, cues)
    sifted = list(sift(dialogue, findings(dialogue, deadlines), deadlines))
    standing = still_differing(dialogue, sifted)
    stand = {(each.kind, each.line.number) for each in standing}
    settled = [each for each in sifted if (each.kind, each.line.number) not in stand]
    ranked = sorted(standing, key=lambda f: (-f.score, f.line.number))
    found = _chosen(ranked, parts, len(bags))
    points = Points(
        dialogue, parts, bags, (f.line for f in (*found, *settled)), transcript.prepared
    )
    items = {kind: tuple(_item(dialogue, f) for f in found if f.kind is kind) for kind in ItemKind}
    items[ItemKind.OVERVIEW] = tuple(_plain(dialogue, each) for each in points.overview())
    items[ItemKind.KEY_POINT] = tuple(_plain(dialogue, each) for each in points.key_points())
    mentioned = (link for each in transcript.utterances for link in links(each.text))
    read = coverage(transcript)
    return Summary(
        title=transcript.title,
        method=Method.EXTRACTED,
        coverage=read,
        items=items,
        resources=tuple(dict.fromkeys(mentioned)),
        segments=reports(transcript.utterances, parts),
        why_short=_why_short(dialogue, read, sum(map(len, items.values()))),
    )


def _bags(dialogue: Dialogue) -> list[frozenset[str]]:
    return [
        frozenset().union(*(line.bag for line in dialogue.by_message.get(i, ())))
        for i in range(len(dialogue.utterances))
    ]


def _chosen(ranked: Sequence[Finding], parts: Sequence[range], messages: int) -> list[Finding]:
    """Take the best of each kind without repetitions, more of a longer conversation."""
    most = min(_FINDINGS_A_KIND + messages // _MESSAGES_A_FINDING, _MOST_A_KIND)
    further = messages // _MESSAGES_A_FURTHER
    chosen: list[Finding] = []
    for kind in ItemKind:
        own = [each for each in ranked if each.kind is kind]
        size = 2 * most if kind is ItemKind.ACTION else most
        strong = _STRONG * own[0].score if own else 0.0
        taken: list[Finding] = []
        for each in _in_turn(own, parts):
            if len(taken) >= size + (further if each.score >= strong else 0):
                break
            if not any(_is_same(each.line, other.line) for other in taken):
                taken.append(each)
        chosen += sorted(taken, key=lambda f: (-f.score, f.line.number))
    return chosen


def _is_same(line: Line, other: Line) -> bool:
    """Tell whether two lines state the same; who decides on two towns decides twice."""
    figures, others = ({word for word in each.words if word[0].isdigit()} for each in (line, other))
    return figures == others and unlike(line.bag, (other.bag,)) < _NEW_ENOUGH


def _in_turn(ranked: Sequence[Finding], parts: Sequence[range]) -> Iterable[Finding]:
    """Give the best of every stretch first, where it stands out, and then all others."""
    least = _STANDS_OUT * ranked[0].score if ranked else 0.0
    first: list[Finding] = []
    for part in parts:
        own = (each for each in ranked if each.line.message in part and each.score >= least)
        first += [best for best in (next(own, None),) if best is not None]
    yield from sorted(first, key=lambda f: (-f.score, f.line.number))
    yield from (each for each in ranked if each not in first)


def _plain(dialogue: Dialogue, line: Line) -> Item:
    return _item(dialogue, Finding(ItemKind.KEY_POINT, line, 0.0))


def _item(dialogue: Dialogue, finding: Finding) -> Item:
    messages = dict.fromkeys((finding.line.message, *finding.others))
    is_taken = finding.kind is ItemKind.ACTION and bool(finding.others)
    text = task(dialogue, finding.line) if is_taken else ""
    return Item(
        text=text or dialogue.cues.speech.readable(finding.line.sentence),
        evidence=tuple(dialogue.utterances[i].id for i in messages)[:3],
        quote=finding.line.sentence.quote,
        owner=finding.owner,
        due=finding.due,
    )


def _why_short(dialogue: Dialogue, read: Coverage, lines: int) -> str:
    """Tell why a long conversation gave fewer lines than one may expect."""
    if lines >= FEWEST_LINES or len(dialogue.utterances) < LONG:
        return ""
    if read.read < LONG:
        return "summary.short_wordless"
    different = {normal(line.said) for line in dialogue.lines}
    return "summary.short_repeated" if len(different) < FEWEST_LINES else "summary.short_little"
