"""Finds the places of a conversation that have to do with a question, an agenda item or a title. Pure.

A message counts by the rare words that it shares with what is looked for (BM25, Robertson and Zaragoza
2009), and by those of the messages around it, as one message of a talk says little by itself.
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from learncomm_agent.writing.language.dialogue import Dialogue
from learncomm_agent.writing.language.vocabulary import content, normal, tokens

_SATURATION = 1.2
_BY_LENGTH = 0.4
"""How much a long message has to hold more, 0 to 1; talk has many short ones that say nothing."""
_AROUND = 6
_FADES = 0.7
"""What a neighbour counts, and the one beyond it by as much less."""
_APART = 8
"""Messages between two places, at least."""
_NAMED = 2.0
"""How much more a message counts whose author is named."""


class Relevance:
    """A conversation, made ready once, in which many things may be looked for."""

    def __init__(self, dialogue: Dialogue) -> None:
        """Count the stems of each message."""
        self._dialogue = dialogue
        self._bags: list[Counter[str]] = [Counter() for _ in dialogue.utterances]
        for line in dialogue.lines:
            self._bags[line.message].update(line.bag)
        self._holders: dict[str, list[int]] = {}
        for message, bag in enumerate(self._bags):
            for stem in bag:
                self._holders.setdefault(stem, []).append(message)

    def places(self, wanted: str, count: int) -> list[int]:
        """Give the messages that have most to do with it, best first, none of them near another."""
        scores = self.scores(wanted)
        found: list[int] = []
        for message in sorted(scores, key=lambda each: (-scores[each], each)):
            if len(found) == count:
                break
            if all(abs(message - other) > _APART for other in found):
                found.append(message)
        return found

    def scores(self, wanted: str) -> dict[int, float]:
        """Give the messages that have to do with it, and how much."""
        own = self._own(wanted)
        around: dict[int, float] = {}
        for message, score in own.items():
            for other in range(message - _AROUND, message + _AROUND + 1):
                faded = score * _FADES ** abs(other - message)
                around[other] = around.get(other, 0.0) + faded
        named = self._named(wanted)
        speakers = [each.speaker for each in self._dialogue.utterances]
        return {
            message: score * (_NAMED if speakers[message] in named else 1.0)
            for message, score in around.items()
            if 0 <= message < len(speakers)
        }

    def _own(self, wanted: str) -> dict[int, float]:
        messages = len(self._bags)
        scores: dict[int, float] = {}
        for stem in content(tokens(wanted), self._dialogue.cues.stopwords):
            holders: Sequence[int] = self._holders.get(stem, ())
            weight = math.log(1 + (messages - len(holders) + 0.5) / (len(holders) + 0.5))
            for message in holders:
                count = self._bags[message][stem]
                length = self._bags[message].total() / self._mean
                bound = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * length)
                gain = weight * count * (_SATURATION + 1) / (count + bound)
                scores[message] = scores.get(message, 0.0) + gain
        return scores

    @cached_property
    def _mean(self) -> float:
        return sum(bag.total() for bag in self._bags) / max(1, len(self._bags)) or 1.0

    def _named(self, wanted: str) -> frozenset[str]:
        """Give the speakers that are named, by their whole name or its last word."""
        said = f" {normal(wanted)} "
        return frozenset(
            speaker
            for name, speaker in self._dialogue.speakers.items()
            if name and (f" {name} " in said or f" {name.split()[-1]} " in said)
        )
