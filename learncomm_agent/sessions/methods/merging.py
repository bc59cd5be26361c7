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
from learncomm_agent.writing.language.vocabulary import normal, stem, tokens

_MOST_CHARS = 600
"""A longer text is more than a question: only its copies are alike."""
_LONG = 5
"""Words that are shared, from which on one more may stand in one of two questions."""
_SHORT = 3
"""Letters of a word that may not stand in only one of two questions."""
_SHARED, _SHARED_ALONE, _WHOLE = 88.0, 95.0, 75.0
"""How alike all words must be, of 100: without those that only one has, the more where a single word says
what it is about; and with them. Measured on real talk: below, `did we solve it` met `can I solve it`."""
_PAUSE = re.compile(r"[,:;–—]\s")
_DOUBLED = re.compile(r"(.)\1")
_TELLING = re.compile(r"^(?:numbers|opposites|strength|facts)\.")
_ENDINGS = frozenset(
    {"", "e", "n", "s", "t", "d", "en", "em", "es", "et", "ed", "est", "st", "ing"}
)
"""In which forms of one word differ; those that make another person of it (trainer, trainee) are none."""
_BEGINNING, _SLIP = 4, 8
"""Letters that two forms of a word share at least, and from which on a slip of the pen is seen."""
_KEPT = 5
"""Letters of each word by which all words are compared."""


@dataclass(frozen=True, slots=True)
class _Question:
    telling: tuple[str, ...]
    """What it asks about, in the order asked, each word in one spelling for all its forms."""
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
            without word lists all words count, and none is known to negate.
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
        words = self._words(text) if len(text) <= _MOST_CHARS else ()
        said = [(word, *self._spelt(word)) for word in words]
        asks = next((i for i, word in enumerate(words) if self._asks(word)), 0)
        if not any(tells for _, _, tells in said[:asks]):
            said = said[asks:]  # `can you tell us how ...`
        telling = tuple(spelt for _, spelt, tells in said if tells)
        return _Question(
            telling,
            sum(word not in self._cues.stopwords for word in words),
            frozenset(self._spelt(name)[0] for name in _capitals(text)),
            frozenset((*spelling.ids(text), *self._measures(words))),
            " ".join(spelt[:_KEPT] for _, spelt, _ in said),
        )

    def _words(self, text: str) -> Sequence[str]:
        """Return the words of a text; what comes before a question and a comma stands behind it.

        No other words are moved: who helps whom makes a difference.
        """
        for match in _PAUSE.finditer(text):
            after = tokens(text[match.end() :])
            if after and self._asks(after[0]):
                return (*after, *tokens(text[: match.start()]))
        return tokens(text)

    def _asks(self, word: str) -> bool:
        return self._cues.find("questions.wide", word)

    def _spelt(self, word: str) -> tuple[str, bool]:
        """Return one spelling for all forms of a word, and whether it tells something."""
        if word not in self._known:
            self._known[word] = self._spell(word)
        return self._known[word]

    def _spell(self, word: str) -> tuple[str, bool]:
        cues = self._cues
        if cues.find("negations.says", word):
            return "-", True
        if self._asks(word):
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
            if self._asks(word):
                rest = " ".join(words[place : place + 4])
                kinds = enumerate(self._cues.answers)
                yield from (f"?{i}" for i, kind in kinds if kind.must and kind.asks.find(rest))


def _capitals(text: str) -> Iterator[str]:
    for match in re.finditer(r"(?<![.?!:…\s])[^\S\n]+[\"'“„«(]*([^\W\d_]\w+)", text.strip()):
        if match[1] != match[1].lower():
            yield match[1].lower()


def _is_alike(one: _Question, other: _Question) -> bool:
    fewer, more = sorted((one, other), key=lambda each: len(each.telling))
    missing = len(more.telling) - len(fewer.telling)
    if not fewer.content or missing > (len(fewer.telling) >= _LONG) or one.marks != other.marks:
        return False
    rest = more.telling
    if missing:
        pairs = zip(fewer.telling, rest, strict=False)
        at = next((i for i, pair in enumerate(pairs) if not _are_forms(*pair)), len(rest) - 1)
        # A name or a short word, `shy`, makes another question of it.
        if rest[at] in more.names or not rest[at].isalpha() or len(rest[at]) <= _SHORT:
            return False
        rest = (*rest[:at], *rest[at + 1 :])
    if not all(map(_are_forms, fewer.telling, rest)):
        return False
    least = _SHARED if min(one.content, other.content) > 1 else _SHARED_ALONE
    return (
        fuzz.token_set_ratio(one.all, other.all) >= least
        and fuzz.token_sort_ratio(one.all, other.all) >= _WHOLE
    )


def _are_forms(one: str, other: str) -> bool:
    """Tell whether two words are forms of one, or one is a slip of the pen for the other."""
    if one == other:
        return True
    if one[:1] != other[:1] or not (one.isalpha() and other.isalpha()):
        return False
    roots = (one[: len(one) - len(ending)] for ending in _ENDINGS if one.endswith(ending))
    for root in roots:
        if len(root) >= _BEGINNING and other.startswith(root) and other[len(root) :] in _ENDINGS:
            return True
    # Letters that changed places, or are doubled: another letter makes another word.
    single, again = (_DOUBLED.sub(r"\1", each) for each in (one, other))
    return (
        min(len(one), len(other)) >= _SLIP
        and OSA.distance(single, again, score_cutoff=1) <= 1
        and sorted(single) == sorted(again)
    )
