"""Chooses the lines that carry a conversation, from all of its stretches. Pure."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.extractive.reception import Reception
from learncomm_agent.writing.extractive.relevance import Relevance
from learncomm_agent.writing.extractive.salience import Salience, unlike
from learncomm_agent.writing.items import FEWEST_LINES, LONG
from learncomm_agent.writing.language.dialogue import Dialogue, Line
from learncomm_agent.writing.language.vocabulary import normal, tokens
from learncomm_agent.writing.language.vocabulary import stem as stem_of
from learncomm_agent.writing.segments import strands_of

_OVERVIEW = 3
_BEST_LENGTH = 14
"""Content words beyond which a line gains nothing."""
_FULL = 4
"""Content words that a line should have, …"""
_TELLS = 3
"""… that it needs where few lines have as many, …"""
_SAYS = 2
"""… and where a long conversation would else have too few."""
_BARE = 6
"""Words of a line that says no more than yes."""
_GOOD_ENOUGH = 0.45
"""Share of the best line's score that a key point of the same stretch must reach."""
_LEAST = 0.2
"""The same, as a share of the best line's score in the whole conversation."""
_NEW_ENOUGH = 0.5
"""Share of a line that the chosen lines must not have said already."""
_MOST_POINTS = 10
_YES = ("decisions.agrees", "decisions.assents", "actions.agrees", "actions.takes")
_COMMAND = re.compile(r"\s*[/!]\s?\w")
_FACE = re.compile(r"[:;]-?[()DPp|/]\s*$")
"""An emoticon at the end, behind what is rather felt than said."""
_SIGNS = re.compile(r"[<>{}\[\]()=;|\\/#$*_&~^`]")
"""Of program code and logs."""
_MOST_SIGNS = 0.8
_PLANNED = 1.3
"""How much more a line counts where the agenda is spoken of."""
_AROUND = 3
"""Messages around such a place."""


@dataclass(frozen=True, slots=True)
class Point:
    """A line that may be written down."""

    line: Line
    part: int
    """The number of its stretch."""
    weight: float
    score: float
    """What it says about its stretch, by its weight."""


class Points:
    """The lines of a conversation that say something, by how much they say."""

    def __init__(
        self,
        dialogue: Dialogue,
        parts: Sequence[range],
        bags: Sequence[frozenset[str]],
        used: Iterable[Line],
        planned: Sequence[str] = (),
    ) -> None:
        """Weigh the lines.

        Args:
            dialogue: The conversation.
            parts: Its stretches.
            bags: Of each message, the stems of its content words.
            used: The lines that are written down already.
            planned: The items of an agenda.
        """
        self._dialogue = dialogue
        self._parts = parts
        self._salience = Salience(bags, parts)
        self._reception = Reception(dialogue)
        names = (stem for each in dialogue.speakers.values() for stem in map(stem_of, tokens(each)))
        self._names = frozenset(names)
        found = list(used)
        self._taken = {each.sentence for each in found}
        self._talks = strands_of(dialogue.utterances)
        self._told = {self._talks[each.message] for each in found}
        self._planned = _places(dialogue, planned)
        part_of = {i: number for number, part in enumerate(parts) for i in part}
        self._points: list[Point] = []
        for line in dialogue.lines:
            if line.sentence not in self._taken and not self._is_aside(line):
                part, weight = part_of[line.message], self._weight(line)
                score = self._salience.score(line.bag, part) * weight
                self._points.append(Point(line, part, weight, score))
        full = [each for each in self._points if len(each.line.bag) >= _FULL]
        statements = (each for each in self._points if not each.line.is_question)
        tells = [each for each in statements if self._says(each.line, _TELLS)]
        self._full = full if len(full) >= 2 * FEWEST_LINES else tells
        told = {each.part for each in self._full}
        self._full += [each for each in tells if each.part not in told]
        may_be_filled = len(bags) >= LONG or not dialogue.cues.stopwords
        self._fewest = min(FEWEST_LINES, len(bags) // 10) if may_be_filled else 0

    def overview(self) -> list[Line]:
        """Give the lines that say most about the whole, in the order said."""
        size = min(_OVERVIEW, 1 + len(self._dialogue.utterances) // 25)
        overall = {each.line.number: self._overall(each) for each in self._full}
        ranked = sorted(self._full, key=lambda p: (-overall[p.line.number], p.line.number))
        chosen = self._distinct(ranked, size)
        return sorted((each.line for each in chosen), key=lambda line: line.number)

    def key_points(self) -> list[Line]:
        """Give the best lines of every stretch, the most important first."""
        messages = len(self._dialogue.utterances)
        size = min(_MOST_POINTS, max(1, 2 + messages // 12))
        rest = [each for each in self._full if each.line.sentence not in self._taken]
        ranked = sorted(rest, key=lambda p: (-p.score, p.line.number))
        each_part = math.ceil(size / max(1, len(self._parts)))
        least = _LEAST * ranked[0].score if ranked else 0.0
        chosen: list[Point] = []
        for number in range(len(self._parts)):
            own = [each for each in ranked if each.part == number]
            best = own[0].score if own else 0.0
            floor = min(best, max(least, _GOOD_ENOUGH * best))  # each stretch has its say
            chosen += self._distinct([each for each in own if each.score >= floor], each_part)
        chosen += self._more(self._fewest - len(self._taken))
        return [each.line for each in sorted(chosen, key=lambda p: (-p.score, p.line.number))]

    def _more(self, size: int) -> list[Point]:
        """Take further lines where a long conversation would else have too few."""
        found: dict[str, Point] = {}
        for each in sorted(self._points, key=lambda p: (-p.score, p.line.number)):
            if len(found) >= size:
                break
            if each.line.sentence not in self._taken:
                found.setdefault(normal(each.line.said), each)
        return list(found.values())

    def _distinct(self, ranked: Sequence[Point], size: int) -> list[Point]:
        """Take the first lines that say something new, those of talks without a line before others."""
        chosen: list[Point] = []
        bags: list[frozenset[str]] = []
        for may_be_told in (False, True):
            for each in ranked:
                if len(chosen) == size:
                    break
                talk = self._talks[each.line.message]
                if (talk in self._told and not may_be_told) or each.line.sentence in self._taken:
                    continue
                if unlike(each.line.bag, bags) >= _NEW_ENOUGH:
                    chosen.append(each)
                    bags.append(each.line.bag)
                    self._taken.add(each.line.sentence)
                    self._told.add(talk)
        return chosen

    def _is_aside(self, line: Line) -> bool:
        """Tell whether a line never says what a conversation was about: a yes, thanks, a command."""
        find = self._dialogue.cues.find
        if not line.words or find("key_points.not", line.said, line.words):
            return True
        is_yes = len(line.words) <= _BARE and any(find(k, line.said, line.words) for k in _YES)
        return is_yes or not self._says(line, _SAYS) or _COMMAND.match(line.said) is not None

    def _says(self, line: Line, words: int) -> bool:
        """Tell whether a line has so many words of content, names of speakers aside."""
        return len(line.bag - self._names) >= words or not self._dialogue.cues.stopwords

    def _weight(self, line: Line) -> float:
        """Tell how well a line stands, and was taken, wherever it was said."""
        weight = _shape(self._dialogue, line) * self._reception.weight(line)
        return weight * (_PLANNED if line.message in self._planned else 1.0)

    def _overall(self, point: Point) -> float:
        line = point.line
        is_cued = self._dialogue.cues.find("overview.says", line.said, line.words)
        return self._salience.score(line.bag) * point.weight * (1.5 if is_cued else 1.0)


def _places(dialogue: Dialogue, planned: Sequence[str]) -> frozenset[int]:
    """Give the messages around the place where each item of an agenda is spoken of."""
    if not planned:
        return frozenset()
    relevance = Relevance(dialogue)
    found = (relevance.places(item, 1) for item in planned)
    return frozenset(
        near
        for places in found
        for place in places
        for near in range(place - _AROUND, place + _AROUND + 1)
    )


def _shape(dialogue: Dialogue, line: Line) -> float:
    """Tell how well a line stands for itself, 0 to 1."""
    shape = min(len(line.bag), _BEST_LENGTH) / _BEST_LENGTH
    if line.is_question or _FACE.search(line.said):
        shape *= 0.5
    shape *= (1.0 if line.sentence.begins else 0.6) * (1.0 if line.sentence.ends else 0.7)
    shape *= line.fluency
    shape *= 1.0 - min(_MOST_SIGNS, 4.0 * len(_SIGNS.findall(line.said)) / len(line.said))
    density = len(line.bag) / max(1, len(line.words))
    return shape * min(1.0, 0.5 + density) if dialogue.cues.stopwords else shape
