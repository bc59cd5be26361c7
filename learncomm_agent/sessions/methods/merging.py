"""Which questions to a speaker ask the same, so that they stand in the queue once. Pure.

Careful: of two different questions put together, one is never answered, while two alike ones cost the
speaker a smile. So the same words must stand in the same order, in whatever forms; what may differ are
small words, those of a language's list of stop words that turn no question into another.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from learncomm_agent.library.finding import tokens as spelling
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import is_unspaced, normal, stem, tokens

_MOST_WORDS = 60
"""A text with more of them that tell something is no question alone: only its copies are alike."""
_MOST_CHARS = 600
_LONG = 5
"""Words that are shared, from which on one more may stand in one of two questions."""
_SCORES = {0: 101.0, 1: 95.0}
_SCORE = 70.0
"""How alike all words must be, of 100; and more where there are hardly any that tell something."""
_TELLING = re.compile(r"^(?:numbers|opposites|strength|facts)\.")
_BEGINNING, _SUFFIX, _SLIP = 4, 3, 8
"""Letters that two forms of a word share at least; that one has more; from which on a slip is seen."""


@dataclass(frozen=True, slots=True)
class _Question:
    telling: tuple[str, ...]
    """What it asks about, in the order asked, each word in one spelling for all its forms."""
    letters: tuple[str, ...]
    """How those begin, sorted: a quick way to see that two differ."""
    content: int
    """How many of them are not on the list of stop words."""
    names: frozenset[str]
    """Those that are written with a capital, though no sentence begins there."""
    marks: frozenset[str]
    """What tells it apart whatever else it says: signs in names, and `how often` from `how long`."""
    all: str


def alike(texts: Sequence[str], cues: Cues) -> tuple[tuple[int, ...], ...]:
    """Return which questions ask the same: groups of their places, each place in exactly one group.

    Groups stand in the order of their first questions, and so do the places in a group: the first asked is
    the wording for all of it, and each of the others is like that one. What holds no word is like nothing.
    Two questions are apart if one negates, or another number, name or question word stands in it.

    Args:
        texts: The questions, in the order asked.
        cues: Of the language they are asked in, with its claims and forms, as `CueBook` gives them;
            without word lists only what has the same words in the same order is alike.
    """
    reader = _Reader(cues)
    groups: list[list[int]] = []
    heads: list[_Question] = []
    copies: dict[tuple[str, frozenset[str]], list[int]] = {}
    for place, text in enumerate(texts):
        key = (normal(text), frozenset(spelling.ids(text)))
        if key[0] and key in copies:
            copies[key].append(place)
            continue
        question = reader.read(text)
        at = next((i for i, head in enumerate(heads) if _is_alike(head, question)), len(groups))
        if at == len(groups):
            groups.append([])
            heads.append(question)
        groups[at].append(place)
        copies[key] = groups[at]
    return tuple(map(tuple, groups))


class _Reader:
    """Takes questions apart with the word lists of a language."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues
        self._keys = [key for key in cues.phrases if _TELLING.match(key)]
        self._known: dict[str, tuple[str, bool]] = {}

    def read(self, text: str) -> _Question:
        words = tokens(text) if len(text) <= _MOST_CHARS else ()
        said = [(word, *self._spelt(word)) for word in words]
        telling = tuple(spelt for _, spelt, tells in said if tells)
        if not telling or len(telling) > _MOST_WORDS:
            return _Question((), (), 0, frozenset(), frozenset(), "")
        return _Question(
            telling,
            tuple(sorted(each[:1] for each in telling)),
            sum(word not in self._cues.stopwords for word in words),
            frozenset(self._spelt(name)[0] for name in _capitals(text)),
            frozenset((*spelling.ids(text), *self._measures(words))),
            " ".join(spelt for _, spelt, _ in said),
        )

    def _spelt(self, word: str) -> tuple[str, bool]:
        """Return one spelling for all forms of a word, and whether it tells something."""
        if word not in self._known:
            self._known[word] = self._spell(word)
        return self._known[word]

    def _spell(self, word: str) -> tuple[str, bool]:
        cues = self._cues
        if cues.find("negations.says", word):
            return "-", True
        if cues.find("questions.wide", word):
            kinds = enumerate(cues.answers)
            same = (f"?{i}" for i, kind in kinds if not kind.is_who and kind.asks.find(word))
            return next(same, word), True
        keys = [key for key in self._keys if cues.find(key, word)]
        number = next((key for key in keys if key.startswith("numbers.")), None)
        if number is not None:
            return number.partition(".")[2], True
        beginnings = cues.forms.get(stem(word))
        spelt = min(beginnings) if beginnings else spelling.small(word)
        return spelt, word not in cues.stopwords or bool(keys)

    def _measures(self, words: Sequence[str]) -> Iterator[str]:
        """Yield what a question word asks for together with those after it: `how often`, `how many`."""
        for place, word in enumerate(words):
            if self._cues.find("questions.wide", word):
                rest = " ".join(words[place : place + 4])
                kinds = enumerate(self._cues.answers)
                yield from (f"?{i}" for i, kind in kinds if kind.must and kind.asks.find(rest))


def _capitals(text: str) -> Iterator[str]:
    for match in re.finditer(r"(?<![.?!:…\n])\s+[\"'“„«(]*([^\W\d_]\w+)", text.strip()):
        if match[1] != match[1].lower():
            yield match[1].lower()


def _is_alike(one: _Question, other: _Question) -> bool:
    fewer, more = sorted((one, other), key=lambda each: len(each.telling))
    missing = len(more.telling) - len(fewer.telling)
    if missing > (len(fewer.telling) >= _LONG) or one.marks != other.marks:
        return False
    if not missing and one.letters != other.letters:
        return False
    # A stop word that tells something, and a name, make another question of it.
    rests = [
        (*more.telling[:i], *more.telling[i + 1 :])
        for i, word in enumerate(more.telling)
        if missing and word.isalpha() and word not in more.names and len(word) > 3
    ]
    if not any(_is_same(fewer.telling, rest) for rest in rests or [more.telling]):
        return False
    least = _SCORES.get(min(one.content, other.content), _SCORE)
    return fuzz.token_set_ratio(one.all, other.all) >= least


def _is_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two rows of words are the same, or one begins elsewhere and goes round.

    A part of a sentence may stand before or behind it, but who helps whom makes a difference.
    """
    if len(one) != len(other):
        return False
    starts = range(len(other)) if len(other) > 2 else (0,)
    return any(
        all(map(_are_forms, one, (*other[start:], *other[:start]))) for start in starts
    )


def _are_forms(one: str, other: str) -> bool:
    """Tell whether two words are forms of one, or one is a slip of the pen for the other."""
    if one == other:
        return True
    if one[:1] != other[:1] or not (one.isalpha() and other.isalpha()) or is_unspaced(one):
        return False
    shorter, longer = sorted((one, other), key=len)
    for ending in ("", "e", "y"):
        root = shorter.removesuffix(ending)
        rest = longer[len(root) :]
        if len(root) >= _BEGINNING and longer.startswith(root) and len(ending) < len(rest) <= _SUFFIX:
            return rest[0] != "a"  # Martin is not Martina
    # Letters that changed places, or one that is doubled: another letter makes another word.
    return (
        len(shorter) >= _SLIP
        and OSA.distance(one, other, score_cutoff=1) <= 1
        and sorted(re.sub(r"(.)\1", r"\1", one)) == sorted(re.sub(r"(.)\1", r"\1", other))
    )
