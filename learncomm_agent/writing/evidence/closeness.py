"""How near a line is to the words it rests on, by the words that both have. Pure."""

import re
from dataclasses import replace

from learncomm_agent.writing.evidence.grounds import Grounds
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.vocabulary import content, is_unspaced, normal, tokens

_AKIN = 4
"""Letters at the beginning in which `write` and `writing` meet."""
_HARDLY, _LOOSELY = 1 / 3, 0.5
"""Shares of the words of a sentence that its evidence holds as well. Up to the first, nobody believes it;
up to the second, it is in doubt, and not believed where no leader looks it over."""
_LEAST_CONTENT = 3
"""Words of a sentence that are enough to see that it is about something else."""
_LEAST_STOPWORDS, _LEAST_WORDS = 0.12, 8
"""Share of the words of a text in a language that are its stopwords, and how many words show it."""
_PART_END = re.compile(r"[.!?…:;\u3002\uff01\uff1f]+(?:\s+|$)|\n|\s[–—-]+\s")
_MOST_FOREIGN = 6
"""Words in a row of which the evidence holds none: they were put in."""
_PAIRS_A_WORD = 3
"""Pairs of characters that make about a word, where words are not parted by spaces."""
_AROUND = 400
"""Characters before and after a quote that belong to it."""


class Closeness:
    """Compares the words of lines and of what they rest on."""

    def __init__(self, spoken: Cues, read: Cues, *, is_same: bool) -> None:
        """Take the word lists; see `Support`."""
        self._spoken = spoken
        self._read = read
        self._is_same = is_same

    @property
    def is_unknown(self) -> bool:
        """Whether what lines rest on is in another language, and one without word lists."""
        return not self._is_same and not self._spoken.stopwords

    def touches(self, text: str, grounds: Grounds) -> bool:
        """Tell whether a line and its evidence share the beginning of a word, where that can be asked."""
        wanted = self._beginnings(text) if self._is_same else []
        return not wanted or not self._held(grounds).isdisjoint(wanted)

    def is_put_in(self, text: str, quote: str, grounds: Grounds) -> bool:
        """Tell whether a sentence of a line, or many words in a row, come from somewhere else."""
        if not self._is_same:
            return self.is_unknown or _is_unlike(text, self._read)
        near = _near(quote, grounds)
        held = self._held(near)
        least = _LOOSELY if grounds.is_prose else _HARDLY
        most = _MOST_FOREIGN * (_PAIRS_A_WORD if is_unspaced(text) else 1)
        for part in _PART_END.split(text):
            words = self._beginnings(part)
            known = [each in held for each in words]
            share = least if len(words) >= _LEAST_CONTENT else _LOOSELY
            if words and sum(known) <= share * len(words):
                return True
            if "0" * most in "".join(str(int(each)) for each in known):
                return True
        return not self._beginnings(text) and not _is_made_of(text, near)

    def is_padded(self, text: str, sentence: str, grounds: Grounds) -> bool:
        """Tell whether a line is a whole sentence of its evidence, with words of its own around it."""
        before, found, after = f" {normal(text)} ".partition(f" {normal(sentence)} ")
        added = self._beginnings(f"{before} {after}") if found else []
        return not self._held(grounds).issuperset(added)

    def is_loose(self, text: str, quote: str, grounds: Grounds) -> bool:
        """Tell whether hardly half the words of a line stand near its quote."""
        words, held = self._beginnings(text), self._held(_near(quote, grounds))
        return sum(each in held for each in words) <= _LOOSELY * len(words)

    def _held(self, grounds: Grounds) -> frozenset[str]:
        return frozenset(self._beginnings(" ".join(grounds.held)))

    def _beginnings(self, text: str) -> list[str]:
        """Return the beginnings of the words that say what a text is about, in their order."""
        stopwords, words = self._read.stopwords, tokens(self._spoken.speech.clean(text))
        return [stem[:_AKIN] for word in words for stem in content((word,), stopwords)]


def _near(quote: str, grounds: Grounds) -> Grounds:
    """Return the grounds with the words around the quote alone, of a long text."""
    text = grounds.texts[0]
    place = Quotable(text).find(quote)
    if place is None:
        return grounds
    start, end = max(0, place.start - _AROUND), place.end + _AROUND
    return replace(grounds, texts=(text[start:end],))


def _is_made_of(text: str, grounds: Grounds) -> bool:
    """Tell whether at least half the words of a text, whatever they say, stand in its grounds."""
    words, held = tokens(text), set(tokens(" ".join(grounds.held)))
    return 2 * sum(each in held for each in words) >= len(words)


def _is_unlike(text: str, cues: Cues) -> bool:
    """Tell whether a text is seen to be in another language than the word lists."""
    words = tokens(text)
    known = sum(word in cues.stopwords for word in words)
    is_enough = bool(cues.stopwords) and len(words) >= _LEAST_WORDS
    return is_enough and known < _LEAST_STOPWORDS * len(words)
