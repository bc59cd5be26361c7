"""What can be put into the patterns of discussion questions, out of passages. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from learncomm_agent.library.resources import Passage, ResourceId
from learncomm_agent.writing.extractive.figures import figures, is_story
from learncomm_agent.writing.extractive.fit import STRAIGHT, Fit
from learncomm_agent.writing.extractive.patterns import Patterns
from learncomm_agent.writing.extractive.topics import Term, terms
from learncomm_agent.writing.items import ItemKind, LeftOpen
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.prose import Clause, clauses, plain
from learncomm_agent.writing.language.vocabulary import content, stem, tokens

_MOST_TERMS = 24
_TERMS_IN_PAIRS = 8
_LONGEST_HEADING = 7
"""Words."""
_FEWEST_CLAUSES = 3
"""A passage of fewer sentences says too little under its heading to be asked about by it."""
_LEAST_ARGUED = 0.08
"""Share of the sentences of a text that can be asked about. One of fewer tells how something is done:
its terms are no matter for a discussion."""
_LEAST_TOGETHER = 2
"""Sentences in which two terms stand, so that a question may hold both."""
_SENTENCES_OF_A_NOTE = 4
"""A text of at most so many is a note: whoever shared it meant each of its sentences."""
_WORTH_OF_A_NOTE = 0.5
"""The least score of a sentence of a note, since nothing comes back in so few."""
_LEAST_CENTRAL = 0.2
"""How far a sentence must be about what the passages turn on, 0 to 1."""
_NUMBERING = re.compile(r"^(?:[IVX]+\.\s+|[\W\d_]+)")
_FULL_STOPS = ".!。"


@dataclass(frozen=True, slots=True)
class Filling:
    """What can be put into the slots of a pattern."""

    slot: str
    """The one that it was made for."""
    values: Mapping[str, str]
    passage: Passage
    quote: str
    """The sentence that a question with it cites."""
    score: float
    """0 to 1, comparable within a slot."""

    @property
    def kin(self) -> frozenset[str]:
        """Return the stems of what it holds, by which it is known again in other forms."""
        return stems_of(" ".join(self.values.values()))


@dataclass(frozen=True, slots=True)
class _Said:
    clause: Clause
    passage: Passage


class Fillings:
    """Finds fillings in the passages of one reading."""

    def __init__(self, passages: Sequence[Passage], patterns: Patterns, cues: Cues) -> None:
        """Read the passages; the cues are those of their language."""
        self._patterns = patterns
        self._cues = cues
        self._fit = Fit(patterns, cues.stopwords)
        self._passages = tuple(dict.fromkeys(passages))
        self._said = [
            _Said(clause, passage)
            for passage in self._passages
            for clause in clauses(passage, cues.speech)
            if not clause.is_heading
        ]
        self._notes = _notes(self._said)
        self._stems = [content(tokens(each.clause.text), cues.stopwords) for each in self._said]
        self._holding = Counter(word for stems in self._stems for word in stems)

    def all(self, left_open: Sequence[LeftOpen] = ()) -> tuple[Filling, ...]:
        """Return all fillings, of what was left open too."""
        if is_story([each.clause for each in self._said], self._patterns):
            about = tuple(self._figures()) or tuple(self._sentences())
        else:
            about = tuple(self._sentences())
            argued = {each.quote for each in about if each.slot != "said"}
            if argued and len(argued) >= _LEAST_ARGUED * len(self._said):
                about = (*self._named(), *about, *self._headings())
        return (*map(self._left_open, left_open), *about)

    def _left_open(self, line: LeftOpen) -> Filling:
        slot = "open" if line.kind is ItemKind.OPEN_QUESTION else "differ"
        text = self._requoted(line.text.strip().rstrip("."))
        return Filling(slot, {slot: text}, line.evidence, line.quote, 1.0)

    def _figures(self) -> Iterator[Filling]:
        """Give the people of a story."""
        parts = [each.clause for each in self._said]
        named = figures(parts, self._patterns, self._cues.stopwords)
        for rank, (name, clause) in enumerate(named):
            passage = self._holder(clause).passage
            yield Filling("figure", {"figure": name}, passage, clause.quote, 1 - 0.1 * rank)

    def _named(self) -> Iterator[Filling]:
        found = self._terms()
        yield from self._termed(found)
        yield from self._paired(found[:_TERMS_IN_PAIRS])

    def _terms(self) -> list[Term]:
        parts = [each.clause for each in self._said]
        # The title of a note is mostly its own first words.
        titles = (each.title for each in self._passages if each.resource not in self._notes)
        headings = (part for each in self._passages for part in each.place.headings)
        over = " · ".join(dict.fromkeys(plain(each).lower() for each in (*titles, *headings)))
        found = terms(parts, over, self._patterns, self._cues.stopwords)
        return list(found[:_MOST_TERMS])

    def _termed(self, found: Sequence[Term]) -> Iterator[Filling]:
        best = max((each.score for each in found), default=1.0)
        for term in found:
            said = self._holder(term.clause)
            slot = "people" if term.is_people(self._patterns) else "term"
            values = {slot: self._requoted(term.text)}
            yield Filling(slot, values, said.passage, term.clause.quote, term.score / best)

    def _paired(self, found: Sequence[Term]) -> Iterator[Filling]:
        """Give two terms that stand together more than once, and share no word."""
        things = [each for each in found if not each.is_people(self._patterns)]
        for number, one in enumerate(things):
            for other in things[number + 1 :]:
                if stems_of(one.text) & stems_of(other.text):
                    continue
                joining = self._joining(one.text, other.text)
                if len(joining) >= _LEAST_TOGETHER:
                    values = {"term": self._requoted(one.text), "other": self._requoted(other.text)}
                    first = joining[0]
                    yield Filling("other", values, first.passage, first.clause.quote, 0.8)

    def _joining(self, *wanted: str) -> list[_Said]:
        patterns = [rf"(?<!\w){re.escape(each.lower())}(?!\w)" for each in wanted]
        return [
            said
            for said in self._said
            if all(re.search(pattern, said.clause.text.lower()) for pattern in patterns)
        ]

    def _sentences(self) -> Iterator[Filling]:
        """Give each sentence that can stand for itself, for each slot of which it meets the rules."""
        for said, stems in zip(self._said, self._stems, strict=True):
            near, is_note = self._central(stems), said.passage.resource in self._notes
            if is_note:
                near = max(near, _WORTH_OF_A_NOTE)
            if near < _LEAST_CENTRAL:
                continue
            text = self._fit.sentence(said.clause.text)
            words = tokens(text)
            score = near - 0.15 * said.clause.is_listed - 0.02 * max(0, len(words) - 14)
            score -= 0.15 * ("(" in text)
            for slot in self._fit.slots(text, words, is_note=is_note):
                asks = self._patterns.openness.bare(text)
                shown = self._requoted(asks if slot == "asks" else text.rstrip(_FULL_STOPS))
                yield Filling(slot, {slot: shown}, said.passage, said.clause.quote, score)

    def _central(self, stems: frozenset[str]) -> float:
        """Tell how far words are those that come back in the reading."""
        if not stems:
            return 0.0
        most = math.log1p(max(self._holding.values()))
        return sum(math.log(self._holding[each]) for each in stems) / (most * len(stems)) + 0.2

    def _headings(self) -> Iterator[Filling]:
        for passage in self._passages:
            parts = [each for each in self._said if each.passage == passage]
            heading = self._heading(passage)
            fits = 1 < len(heading.split()) <= _LONGEST_HEADING and heading[-1:].isalnum()
            if fits and len(parts) >= _FEWEST_CLAUSES:
                yield Filling("heading", {"heading": heading}, passage, parts[0].clause.quote, 0.2)

    def _heading(self, passage: Passage) -> str:
        """Give the innermost heading if it names something, else nothing."""
        if not passage.place.headings:
            return ""
        heading = _NUMBERING.sub("", plain(passage.place.headings[-1]))
        unfit = self._cues.stopwords | self._patterns.terms_not
        return self._requoted(heading) if set(tokens(heading)) - unfit else ""

    def _holder(self, clause: Clause) -> _Said:
        return next(each for each in self._said if each.clause is clause)

    def _requoted(self, text: str) -> str:
        return requoted(text, *self._patterns.inner_quotes)


def _notes(said: Sequence[_Said]) -> frozenset[ResourceId]:
    """Return the resources of few sentences, as far as the reading shows them from their beginning."""
    sizes = Counter(each.passage.resource for each in said)
    begun = {each.passage.resource for each in said if each.passage.start == 0}
    return frozenset(each for each in begun if sizes[each] <= _SENTENCES_OF_A_NOTE)


def requoted(text: str, opening: str, closing: str) -> str:
    """Return a text whose quotation marks are the inner ones."""
    pieces = plain(text).translate(STRAIGHT).split('"')
    marks = [opening if i % 2 == 0 else closing for i in range(len(pieces) - 1)]
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True))


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text, by which it is known again in other forms."""
    return frozenset(stem(word) for word in tokens(text))
