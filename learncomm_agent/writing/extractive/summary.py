"""Summarises a conversation in the members' own words, without a language model. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.extractive.findings import Finding, findings
from learncomm_agent.writing.extractive.salience import Salience, stretches, unlike
from learncomm_agent.writing.items import Item, ItemKind, Method, Summary, Transcript
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.language.dialogue import Dialogue, Line, coverage
from learncomm_agent.writing.language.vocabulary import links, normal

_MOST_PARTS = 8
_OVERVIEW = 3
_BEST_LENGTH = 14
"""Content words beyond which a line gains nothing."""
_FULL = 4
"""Content words that a line should have."""
_FEWEST = 5
"""Lines of a summary of fifty messages or more."""
_GOOD_ENOUGH = 0.45
"""Share of the best line's score that a key point of the same stretch must reach."""
_LEAST = 0.2
"""The same, as a share of the best line's score in the whole conversation."""
_NEW_ENOUGH = 0.5
"""Share of a line that the chosen lines must not have said already."""
_FINDINGS_A_KIND = 4
_MESSAGES_A_FINDING = 50


def summarise(transcript: Transcript, cues: Cues) -> Summary:
    """Write down what a conversation held, each line a sentence of a member.

    Args:
        transcript: What was said; every message is read.
        cues: Of the language that was spoken; without them key points, questions and links remain.
    """
    dialogue = Dialogue(transcript.utterances, cues)
    deadlines = due_reader(transcript, cues)
    found = _chosen(_weighed(dialogue, findings(dialogue, deadlines)), len(transcript.utterances))
    used = {each.line.sentence for each in found}
    points = _Points(dialogue, used)
    items = {kind: tuple(_item(dialogue, f) for f in found if f.kind is kind) for kind in ItemKind}
    items[ItemKind.OVERVIEW] = tuple(_item(dialogue, each) for each in points.overview())
    items[ItemKind.KEY_POINT] = tuple(_item(dialogue, each) for each in points.key_points())
    mentioned = (link for each in transcript.utterances for link in links(each.text))
    return Summary(
        title=transcript.title,
        method=Method.EXTRACTED,
        coverage=coverage(transcript),
        items=items,
        resources=tuple(dict.fromkeys(mentioned)),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    line: Line
    part: int
    score: float


class _Points:
    """Chooses the lines that carry a conversation, from all of its stretches."""

    def __init__(self, dialogue: Dialogue, used: Iterable[object]) -> None:
        self._dialogue = dialogue
        self._taken = set(used)
        bags = [
            frozenset().union(*(line.bag for line in dialogue.by_message.get(i, ())))
            for i in range(len(dialogue.utterances))
        ]
        most = max(1, min(_MOST_PARTS, len(bags) // 20))
        self._parts = stretches(bags, [each.at for each in dialogue.utterances], most)
        self._salience = Salience(bags, self._parts)
        part_of = {i: number for number, part in enumerate(self._parts) for i in part}
        self._candidates = [
            _Candidate(line, part_of[line.message], self._score(line, part_of[line.message]))
            for line in dialogue.lines
            if line.sentence not in self._taken and not _is_aside(dialogue, line)
        ]
        full = [each for each in self._candidates if len(each.line.bag) >= _FULL]
        self._full = full if len(full) >= 2 * _FEWEST else self._candidates
        self._fewest = min(_FEWEST, len(bags) // 10)

    def overview(self) -> list[Finding]:
        """Give the lines that say most about the whole, in the order said."""
        size = min(_OVERVIEW, 1 + len(self._dialogue.utterances) // 25)
        ranked = sorted(self._full, key=lambda c: (-self._overall(c.line), c.line.message))
        chosen = self._distinct(ranked, size)
        chosen.sort(key=lambda each: each.line.message)
        return [Finding(ItemKind.OVERVIEW, each.line, each.score) for each in chosen]

    def key_points(self) -> list[Finding]:
        """Give the best lines of every stretch, the most important first."""
        messages = len(self._dialogue.utterances)
        size = min(10, max(1, 2 + messages // 12))
        rest = [each for each in self._full if each.line.sentence not in self._taken]
        ranked = sorted(rest, key=lambda c: (-c.score, c.line.message))
        each_part = math.ceil(size / max(1, len(self._parts)))
        least = _LEAST * ranked[0].score if ranked else 0.0
        chosen: list[_Candidate] = []
        for number in range(len(self._parts)):
            own = [each for each in ranked if each.part == number]
            floor = max(least, _GOOD_ENOUGH * own[0].score) if own else 0.0
            chosen += self._distinct([each for each in own if each.score >= floor], each_part)
        chosen += self._more(self._fewest - len(self._taken))
        chosen.sort(key=lambda c: (-c.score, c.line.message))
        return [Finding(ItemKind.KEY_POINT, each.line, each.score) for each in chosen]

    def _more(self, size: int) -> list[_Candidate]:
        """Take further lines where a long conversation would else have too few."""
        found: dict[str, _Candidate] = {}
        for each in sorted(self._candidates, key=lambda c: (-c.score, c.line.message)):
            if len(found) >= size:
                break
            if each.line.sentence not in self._taken:
                found.setdefault(normal(each.line.said), each)
        return list(found.values())

    def _distinct(self, ranked: Sequence[_Candidate], size: int) -> list[_Candidate]:
        """Take the first lines that say something new; fewer where there are none."""
        chosen: list[_Candidate] = []
        bags: list[frozenset[str]] = []
        for each in ranked:
            if len(chosen) == size:
                break
            is_new = unlike(each.line.bag, bags) >= _NEW_ENOUGH
            if is_new and each.line.sentence not in self._taken:
                chosen.append(each)
                bags.append(each.line.bag)
                self._taken.add(each.line.sentence)
        return chosen

    def _score(self, line: Line, part: int | None) -> float:
        return self._salience.score(line.bag, part) * _shape(self._dialogue, line)

    def _overall(self, line: Line) -> float:
        is_cued = self._dialogue.cues.find("overview.says", line.said, line.words)
        return self._score(line, None) * (1.5 if is_cued else 1.0)


def _is_aside(dialogue: Dialogue, line: Line) -> bool:
    return dialogue.cues.find("key_points.not", line.said, line.words)


def _shape(dialogue: Dialogue, line: Line) -> float:
    """Tell how well a line stands for itself, 0 to 1."""
    shape = min(len(line.bag), _BEST_LENGTH) / _BEST_LENGTH
    if line.is_question:
        shape *= 0.5
    shape *= (1.0 if line.sentence.begins else 0.6) * (1.0 if line.sentence.ends else 0.7)
    shape *= line.fluency
    density = len(line.bag) / max(1, len(line.words))
    return shape * min(1.0, 0.5 + density) if dialogue.cues.stopwords else shape


def _weighed(dialogue: Dialogue, found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda f: (-f.score * f.line.fluency, f.line.message))


def _chosen(ranked: Sequence[Finding], messages: int) -> list[Finding]:
    """Take the best of each kind, more of a longer conversation, without repetitions."""
    most = _FINDINGS_A_KIND + messages // _MESSAGES_A_FINDING
    chosen: list[Finding] = []
    for kind in ItemKind:
        bags: list[frozenset[str]] = []
        size = min(most, 12) if kind is not ItemKind.ACTION else min(2 * most, 24)
        for each in ranked:
            if each.kind is not kind or len(bags) == size:
                continue
            if unlike(each.line.bag, bags) >= _NEW_ENOUGH:
                bags.append(each.line.bag)
                chosen.append(each)
    return chosen


def _item(dialogue: Dialogue, finding: Finding) -> Item:
    messages = dict.fromkeys((finding.line.message, *finding.others))
    return Item(
        text=dialogue.cues.speech.readable(finding.line.sentence),
        evidence=tuple(dialogue.utterances[i].id for i in messages)[:3],
        quote=finding.line.sentence.quote,
        owner=finding.owner,
        due=finding.due,
    )
