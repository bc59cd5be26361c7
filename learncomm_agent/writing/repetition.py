"""Which questions were asked before, though perhaps in other words. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.language.vocabulary import content, normal, tokens

ALIKE = 0.75
"""Share of the words of two questions that both hold, from which on they ask the same."""
_STEM_LENGTH = 5
"""Letters; so short that `speak` and `speaking` meet."""
_QUOTED = re.compile(r"[“„«「]([^“”„«»「」]*)[”“»」]|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a question, those that it quotes apart from its own."""

    quoted: frozenset[str]
    own: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.quoted | self.own


class Asked:
    """Knows questions, whatever the order and the forms of their words."""

    def __init__(self, texts: Iterable[str] = (), stopwords: frozenset[str] = frozenset()) -> None:
        """Know some questions.

        Args:
            texts: The questions.
            stopwords: Of their language; they don't make two questions alike.
        """
        self._stopwords = stopwords
        self._exact: set[str] = {""}
        self._words: list[_Words] = []
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        for text in sorted(texts):
            self.add(text)

    def add(self, text: str) -> None:
        """Know one more question."""
        self._exact.add(normal(text))
        words = self._cut(text)
        for word in words.all:
            self._holding[word].append(len(self._words))
        self._words.append(words)

    def knows(self, text: str) -> bool:
        """Tell whether a question was asked before, with the same words or nearly so."""
        if normal(text) in self._exact:
            return True
        words = self._cut(text)
        shared = Counter(place for word in words.all for place in self._holding.get(word, ()))
        least = ALIKE * len(words.all) / 2
        return any(
            count >= least and _is_alike(words, self._words[place])
            for place, count in shared.items()
        )

    def _cut(self, text: str) -> _Words:
        quoted = " ".join(quotes(text))
        own = _QUOTED.sub(" ", text)
        return _Words(self._stems(quoted), self._stems(own) or frozenset(tokens(own)))

    def _stems(self, text: str) -> frozenset[str]:
        stems = content(tokens(text), self._stopwords)
        return frozenset(each[:_STEM_LENGTH].rstrip("s") or each for each in stems)


def quotes(text: str) -> Sequence[str]:
    """Return what stands in quotation marks in a text."""
    return [first or second for first, second in _QUOTED.findall(text)]


def unquoted(text: str) -> str:
    """Return a text without what stands in quotation marks."""
    return _QUOTED.sub(" ", text)


def _is_alike(one: _Words, other: _Words) -> bool:
    """Compare what is quoted, and what is asked of it; where only one quotes, all the words."""
    if one.quoted and other.quoted:
        return _share(one.quoted, other.quoted) >= ALIKE and _share(one.own, other.own) >= ALIKE
    return _share(one.all, other.all) >= ALIKE


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
