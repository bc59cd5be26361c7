"""Makes open questions from passages by patterns, without a language model. Pure, and always the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from zlib import crc32

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.extractive.fillings import (
    Filling,
    Fillings,
    requoted,
    stems_of,
)
from learncomm_agent.writing.extractive.patterns import BESIDE, Pattern, Patterns, frame_of
from learncomm_agent.writing.items import LeftOpen, Question
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.prose import plain
from learncomm_agent.writing.repetition import Asked, quotes

_LONGEST_GOAL = 14
"""Words; a longer one leaves no room in a question."""
_QUESTIONS_ON_GOAL = 2
_PAIRS = 2
"""Questions of one set that hold two terms, which are the boldest."""
_SHORT = ("term", "people", "other", "figure", "heading")
_ON_ONE_TERM = 2
"""Questions of one set that hold the same term."""
_ON_ONE_SENTENCE = 2
_ON_ONE_LEFT_OPEN = 3
_SPARE = 0.5
_ON_GOAL = 1.5
_TO_THE_POINT = 1.0
"""What a passage gains that a search put first; those of one resource are all alike."""
_MIXED = 0.4
"""How far chance decides among patterns, the same one for the same reading."""
_USED_BEFORE = 0.4
"""What a pattern or a filling costs for each question of earlier sets, against one of this set."""


def questions(
    passages: Sequence[Passage],
    patterns: Patterns,
    cues: Cues,
    *,
    count: int,
    seen: frozenset[str] = frozenset(),
    left_open: Sequence[LeftOpen] = (),
    goal: str = "",
) -> tuple[Question, ...]:
    """Write up to `count` questions that climb the ladder and spread over the passages.

    Args:
        passages: What to ask about, best first.
        patterns: Of the language to write in.
        cues: Of the passages' language.
        count: How many are wanted; fewer come back where the passages don't carry more.
        seen: Questions that were asked before; none is asked again in nearly the same words.
        left_open: What the group left open; nothing else is asked of its messages.
        goal: What the community wants to reach.
    """
    messages = {each.evidence for each in left_open}
    texts = [each for each in passages if each not in messages]
    fillings = Fillings(texts, patterns, cues).all(left_open)
    chosen = _Choice(fillings, patterns, cues, seen, goal)
    for level in _climb(patterns.levels, count):
        chosen.add(level)
    order = {level: i for i, level in enumerate(patterns.levels)}
    return tuple(sorted(chosen.questions, key=lambda each: order[each.level]))


def _climb(levels: Sequence[str], count: int) -> list[str]:
    """Return a level for each question; each level once before any of them twice."""
    if count <= 0 or not levels:
        return []
    if count == 1:
        return [levels[len(levels) // 2]]
    steps = [round(i * (len(levels) - 1) / (count - 1)) for i in range(count)]
    again = [steps[:i].count(step) for i, step in enumerate(steps)]
    return [levels[step] for _, step in sorted(zip(again, steps, strict=True))]


class _Choice:
    """Chooses question after question, with little repetition of patterns, passages and words."""

    def __init__(
        self,
        fillings: Sequence[Filling],
        patterns: Patterns,
        cues: Cues,
        seen: frozenset[str],
        goal: str,
    ) -> None:
        self.questions: list[Question] = []
        self._fillings = fillings
        self._kin = [each.kin for each in fillings]
        self._patterns = patterns
        self._stopwords = cues.stopwords
        self._asked = Asked(seen, cues.stopwords)
        goal = requoted(goal.strip().rstrip(".!"), *patterns.inner_quotes)
        self._goal = goal if len(goal.split()) <= _LONGEST_GOAL else ""
        self._uses: Counter[object] = Counter()
        self._taken: list[frozenset[str]] = []
        frames = (frame_of(text) for text in seen)
        quoted = (stems_of(quote) for text in seen for quote in quotes(text))
        self._before: Counter[object] = Counter((*frames, *quoted))
        self._mixing = crc32("".join(each.quote for each in fillings[:9]).encode())

    def add(self, level: str) -> None:
        """Add the best new question of a level, or of the nearest level that has one.

        A sentence is asked about a second time only where no level has another one.
        """
        levels = self._patterns.levels
        place = levels.index(level)
        by_nearness = sorted(levels, key=lambda other: abs(levels.index(other) - place))
        for most in (1, _ON_ONE_SENTENCE):
            if any(self._added(each, most) for each in by_nearness):
                return

    def _added(self, level: str, most: int) -> bool:
        for _, number, order in sorted(self._ranked(level)):
            pattern, filling = self._patterns.patterns[number], self._fillings[order]
            if self._is_worn(filling, self._kin[order], most):
                continue
            text = self._filled(pattern, filling)
            if not self._asked.knows(text) and self._is_worth(text, filling):
                self._take(text, pattern, filling, self._kin[order])
                return True
        return False

    def _ranked(self, level: str) -> Iterator[tuple[float, int, int]]:
        for number, pattern in enumerate(self._patterns.patterns):
            if pattern.level != level or ("goal" in pattern.slots and not self._may_name_goal):
                continue
            wanted = set(pattern.slots) - BESIDE
            for order, filling in enumerate(self._fillings):
                if wanted == filling.values.keys() and self._may_pair(filling):
                    yield self._cost(pattern, filling, self._kin[order]), number, order

    @property
    def _may_name_goal(self) -> bool:
        return bool(self._goal) and self._uses["goal"] < _QUESTIONS_ON_GOAL

    def _may_pair(self, filling: Filling) -> bool:
        return filling.slot != "other" or self._uses["other"] < _PAIRS

    def _is_worn(self, filling: Filling, kin: frozenset[str], most: int) -> bool:
        """Tell whether this set holds enough questions on something."""
        if filling.slot in _SHORT:
            return sum(kin <= each or each <= kin for each in self._taken) >= _ON_ONE_TERM
        is_open = filling.slot in ("open", "differ")
        return self._uses[filling.quote] >= (_ON_ONE_LEFT_OPEN if is_open else most)

    def _cost(self, pattern: Pattern, filling: Filling, kin: frozenset[str]) -> float:
        uses = self._uses
        cost = (
            0.4 * uses[filling.passage]
            + 2.0 * uses[pattern]
            + 2.5 * uses[filling.quote]
            + sum(2.5 for each in self._taken if each <= kin)
            + 0.3 * uses[filling.slot]
            - filling.score
            - _TO_THE_POINT * filling.passage.score
            - 0.15 * (filling.slot != "claim")
        )
        cost += _MIXED * (crc32(pattern.frame.encode()) ^ self._mixing) / 2**32
        cost += _USED_BEFORE * (self._before[pattern.frame] + 2 * self._before[kin])
        return cost + _SPARE * pattern.is_spare - _ON_GOAL * ("goal" in pattern.slots)

    def _filled(self, pattern: Pattern, filling: Filling) -> str:
        text = pattern.text
        values = {**filling.values, "goal": self._goal, "title": plain(filling.passage.title)}
        for slot in pattern.slots:
            text = text.replace(f"{{{slot}}}", values[slot])
        return text.replace("….", "…")

    def _is_worth(self, text: str, filling: Filling) -> bool:
        grounds = (filling.passage.text,)
        return self._patterns.openness.flaw(text, grounds, self._stopwords) is None

    def _take(self, text: str, pattern: Pattern, filling: Filling, kin: frozenset[str]) -> None:
        self._asked.add(text)
        self._uses.update((pattern, filling.passage, filling.slot))
        self._uses[filling.quote] += filling.slot not in _SHORT
        self._taken.append(kin)
        self._uses["goal"] += "goal" in pattern.slots
        self.questions.append(Question(text, pattern.level, filling.passage, filling.quote))
