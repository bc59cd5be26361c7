"""Makes open questions from passages by patterns, without a language model. Pure, and always the same."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive.patterns import Pattern, Patterns
from learncomm_agent.writing.extractive.topics import terms
from learncomm_agent.writing.items import Question
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.prose import Clause, clauses, plain
from learncomm_agent.writing.language.vocabulary import normal, stem, tokens

_TERMS_A_PASSAGE = 3
_LONGEST_HEADING = 7
"""Words."""
_NUMBERING = re.compile(r"^(?:[IVX]+\.\s+|[\W\d_]+)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


@dataclass(frozen=True, slots=True)
class _Filler:
    """What can be put into a slot."""

    slot: str
    text: str
    clause: Clause
    """The sentence that a question with it cites."""
    score: float
    """0 to 1, comparable within a slot."""


def questions(
    passages: Sequence[Passage],
    patterns: Patterns,
    cues: Cues,
    *,
    count: int,
    seen: frozenset[str] = frozenset(),
) -> tuple[Question, ...]:
    """Write up to `count` questions that climb the ladder and spread over the passages.

    Args:
        passages: What to ask about, best first.
        patterns: Of the language to write in.
        cues: Of the passages' language.
        count: How many are wanted; fewer come back where the passages don't carry more.
        seen: Questions that were asked before; case and punctuation don't make a new one.
    """
    chosen = _Choice(passages, patterns, cues, seen)
    for level in _climb(patterns.levels, count):
        chosen.add(level)
    order = {level: i for i, level in enumerate(patterns.levels)}
    return tuple(sorted(chosen.questions, key=lambda each: order[each.level]))


def _climb(levels: Sequence[str], count: int) -> list[str]:
    if count <= 0 or not levels:
        return []
    if count == 1:
        return [levels[len(levels) // 3]]
    return [levels[round(i * (len(levels) - 1) / (count - 1))] for i in range(count)]


class _Choice:
    """Chooses question after question, with little repetition of patterns, passages and words."""

    def __init__(
        self, passages: Sequence[Passage], patterns: Patterns, cues: Cues, seen: frozenset[str]
    ) -> None:
        self.questions: list[Question] = []
        self._passages = tuple(dict.fromkeys(passages))
        self._patterns = patterns
        self._fillers = [tuple(_fillers(each, patterns, cues)) for each in self._passages]
        self._asked = {normal(text) for text in seen}
        self._uses: Counter[object] = Counter()

    def add(self, level: str) -> None:
        """Add the best new question of a level, or of the nearest level that has one."""
        levels = self._patterns.levels
        place = levels.index(level)
        for each in sorted(levels, key=lambda other: abs(levels.index(other) - place)):
            candidates = list(self._candidates(each))
            if candidates:
                _, pattern, passage, filler, text = min(candidates, key=lambda c: c[0])
                self._asked.add(normal(text))
                self._uses.update((pattern, passage, filler.clause, _kin(filler.text)))
                self.questions.append(Question(text, each, passage, filler.clause.quote))
                return

    def _candidates(
        self, level: str
    ) -> Iterator[tuple[tuple[float, int, int], Pattern, Passage, _Filler, str]]:
        for number, pattern in enumerate(self._patterns.patterns):
            if pattern.level != level:
                continue
            for order, passage in enumerate(self._passages):
                for filler in self._fillers[order]:
                    text = self._filled(pattern, passage, filler)
                    if text is not None and normal(text) not in self._asked:
                        cost = self._cost(pattern, passage, filler)
                        yield (cost, order, number), pattern, passage, filler, text

    def _cost(self, pattern: Pattern, passage: Passage, filler: _Filler) -> float:
        uses = self._uses
        return (
            1.0 * uses[passage]
            + 1.5 * uses[pattern]
            + 2.5 * uses[filler.clause]
            + 2.5 * uses[_kin(filler.text)]
            - filler.score
        )

    def _filled(self, pattern: Pattern, passage: Passage, filler: _Filler) -> str | None:
        if set(pattern.slots) - {"title"} != {filler.slot}:
            return None
        opening, closing = self._patterns.inner_quotes
        text = pattern.text
        for slot, value in ((filler.slot, filler.text), ("title", plain(passage.title))):
            text = text.replace(f"{{{slot}}}", _requoted(value, opening, closing))
        return text


def _fillers(passage: Passage, patterns: Patterns, cues: Cues) -> Iterator[_Filler]:
    parts = tuple(each for each in clauses(passage, cues.speech) if not each.is_heading)
    over = " ".join((passage.title, *passage.place.headings)).lower()
    found = [each for each in terms(parts, over, patterns, cues.stopwords) if each.score > 0]
    for i, term in enumerate(found[:_TERMS_A_PASSAGE]):
        strength = 1.0 if " " in term.text else 0.4
        yield _Filler("term", term.text, term.clause, strength - 0.1 * i)
    turns_on = frozenset(word for term in found[:6] for word in tokens(term.text))
    for part in parts:
        yield from _sentences(part, turns_on, patterns)
    heading = _heading(passage, cues.stopwords | patterns.terms_not)
    if parts and 1 < len(heading.split()) <= _LONGEST_HEADING and heading[-1:].isalnum():
        yield _Filler("heading", heading, parts[0], -0.5)


def _sentences(part: Clause, turns_on: frozenset[str], patterns: Patterns) -> Iterator[_Filler]:
    """Give a sentence for each slot that it meets the rules of, if it can stand for itself."""
    words = tokens(part.text)
    if not patterns.least_words <= len(words) <= patterns.most_words:
        return
    text = part.text
    stands = text[:1].isupper() and text.endswith(".") and not text.endswith("..")
    if " ," in text or ":" in text[:40]:
        return
    if not stands or text.count("(") != text.count(")") or text.count('"') % 2:
        return
    if patterns.leans.find(text, words) or patterns.unfit.find(text, words):
        return
    share = len(turns_on.intersection(words)) / 4
    score = min(1.0, 0.3 + share + 0.4 * (not part.is_listed))
    for slot, shows in patterns.sentence_slots.items():
        if shows.find(text, words):
            yield _Filler(slot, text[:-1], part, score)


def _heading(passage: Passage, unfit: frozenset[str]) -> str:
    """Give the innermost heading if it names something, else nothing."""
    if not passage.place.headings:
        return ""
    heading = _NUMBERING.sub("", plain(passage.place.headings[-1]))
    return heading if set(tokens(heading)) - unfit else ""


def _kin(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in tokens(text))


def _requoted(text: str, opening: str, closing: str) -> str:
    pieces = text.translate(_QUOTES).split('"')
    marks = [opening if i % 2 == 0 else closing for i in range(len(pieces) - 1)]
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True))
