"""Whether a line says more, or the opposite, or with more certainty, than the words it rests on. Pure.

The words by which this is seen stand in `knowledge/claims/<lang>.toml`, under names that are the same in
every language: a line in one language is held against a message in another. A language without that
file leaves unseen what only words could show.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.vocabulary import tokens

_NUMBER = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
_MEASURES = re.compile(r"[%€$£]")
_MEASURE = {"%": "percent", "€": "euro", "$": "dollar", "£": "pound"}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_OTHER = "not_"
_SAYING = {
    "settled.says": ("settled.says", "decisions.says"),
    "settled.calls": ("settled.calls", "settled.says", "decisions.says"),
    "promised.says": ("promised.says", "actions.promises"),
}
"""What a line may call so, and the cues of which a message then holds one."""
_MOST = 5
"""So often a word is counted in one text."""
_SAID_OF_A_PART = 2
"""Words of content after `most of them` that say what is so of a part."""


class Outruns:
    """Holds lines against the words that they rest on."""

    def __init__(self, spoken: Cues, read: Cues) -> None:
        """Take the word lists.

        Args:
            spoken: Of the language of the evidence.
            read: Of the language of the lines.
        """
        self._spoken = spoken
        self._read = read
        known = [key for key in read.phrases if key in spoken.phrases]
        self._facts = [each for each in known if each.startswith("facts.")]
        self._strength = [each for each in known if each.startswith("strength.")]
        self._opposites = [each for each in known if each.startswith(f"opposites.{_OTHER}")]
        self._read_numbers, self._spoken_numbers = _numbers_in(read), _numbers_in(spoken)
        self._has_hedges = {"hedged.says", "hedged.keeps"} <= read.phrases.keys() and (
            "hedged.says" in spoken.phrases
        )

    @property
    def sees_words(self) -> bool:
        """Whether there are lists for both languages."""
        return self._has_hedges and bool(self._strength)

    def brings_in(self, text: str, held: Sequence[str], due: date | None = None) -> bool:
        """Tell whether a text holds a number, a day or a measure that its evidence does not hold.

        Args:
            text: The line.
            held: All that it may draw on.
            due: A day that was read from it.
        """
        if not self._numbers(text, self._read) <= self._held_numbers(held, due):
            return True
        text, whole = straight(text), straight(" \n".join(held))
        added = self._said(self._facts, text, self._read)
        if added - self._said(self._facts, whole, self._spoken) - _days(due):
            return True
        measured = self._measures(text, self._read) if added else set()
        known = self._measures(whole, self._spoken) if measured else set()
        return any(each not in known and each[0] in dict(known) for each in measured)

    def outruns(
        self, text: str, sentence: str, held: Sequence[str], *, is_settled: bool = False
    ) -> bool:
        """Tell whether a line is surer, wider or the opposite of what was said.

        Args:
            text: The line.
            sentence: What was said where its quote stands.
            held: The other messages that it cites.
            is_settled: Whether somebody else said yes to it.
        """
        text, sentence = straight(text), straight(sentence)
        return (
            self._is_stronger(text, sentence, is_settled=is_settled)
            or self._is_opposite(text, sentence)
            or self._is_whole(text, sentence)
            or (not is_settled and self._is_surer(text, sentence))
            or (not is_settled and self._settles(text, straight(" \n".join((sentence, *held)))))
        )

    def _is_stronger(self, text: str, sentence: str, *, is_settled: bool) -> bool:
        allowed = {"strength.certain", "strength.done"} if is_settled else set()
        return any(
            _count(self._read, key, text) > _count(self._spoken, key, sentence)
            for key in self._strength
            if key not in allowed
        )

    def _is_opposite(self, text: str, sentence: str) -> bool:
        """Tell whether a line holds a word more than its sentence, and one less of its opposites."""
        for other in self._opposites:
            one = other.replace(_OTHER, "")
            changes = [
                _count(self._read, key, text) - _count(self._spoken, key, sentence)
                for key in (one, other)
            ]
            if min(changes) < 0 < max(changes):
                return True
        return False

    def _is_whole(self, text: str, sentence: str) -> bool:
        """Tell whether a line says of all what was said of a part, as `most of them liked it`."""
        parts = self._spoken.phrases.get("partly.of")
        part = None if parts is None else parts.find(sentence)
        if part is None or self._read.find("partly.keeps", text):
            return False
        common, told = self._spoken.stopwords, tokens(text)
        following = [word for word in tokens(sentence[part.end() :]) if word not in common]
        return any(word in told for word in following[:_SAID_OF_A_PART])

    def _is_surer(self, text: str, sentence: str) -> bool:
        """Tell whether a line states what was asked, or was not certain, or held under a condition."""
        if not self._has_hedges:
            return False
        if self._spoken.find("hedged.depends", sentence):
            told = _count(self._read, "hedged.under", text)
            if told < _count(self._spoken, "hedged.under", sentence):
                return True
        is_open = is_question(sentence) or self._spoken.find("hedged.says", sentence)
        firm = _count(self._read, "hedged.firm", text) if is_open else 0
        if firm > _count(self._spoken, "hedged.firm", sentence):
            return True
        # Where `asked` stood in the question itself, it does not say that this was one.
        own = _count(self._spoken, "hedged.keeps", sentence) if is_question(sentence) else 0
        return is_open and not (
            is_question(text)
            or self._read.find("hedged.says", text)
            or _count(self._read, "hedged.keeps", text) > own
        )

    def _settles(self, text: str, held: str) -> bool:
        """Tell whether a line says that something is settled or promised and no message does."""
        return any(
            key in self._spoken.phrases
            and self._read.find(key, text)
            and not any(self._spoken.find(each, held) for each in does)
            for key, does in _SAYING.items()
        )

    def _held_numbers(self, held: Sequence[str], due: date | None) -> frozenset[int]:
        spelled = () if due is None else (f"{due.year} {due.month} {due.day} {due.year % 100}",)
        return self._numbers(" \n".join((*held, *spelled)), self._spoken)

    def _numbers(self, text: str, cues: Cues) -> frozenset[int]:
        words = _words(text)
        written = self._read_numbers if cues is self._read else self._spoken_numbers
        return numbers(text) | {
            number for key, number in written.items() if cues.find(key, text, words)
        }

    def _measures(self, text: str, cues: Cues) -> set[tuple[int, str]]:
        """Return numbers with the measure that follows each: three weeks."""
        words = _words(_THOUSANDS.sub("", text))
        return {
            (number, fact)
            for word, following in pairwise(words)
            for number in self._numbers(word, cues)
            for fact in self._facts
            if cues.find(fact, following)
        }

    def _said(self, keys: Iterable[str], text: str, cues: Cues) -> set[str]:
        words = _words(text)
        said = {key for key in keys if cues.find(key, text, words)}
        return said | {f"facts.{_MEASURE[each]}" for each in _MEASURES.findall(text)} & set(keys)


def numbers(*texts: str) -> frozenset[int]:
    """Return the numbers in texts that are written in digits, of any script."""
    found = (_NUMBER.findall(_THOUSANDS.sub("", unicodedata.normalize("NFKC", t))) for t in texts)
    return frozenset(int(digits[-18:]) for each in found for digits in each)


def straight(text: str) -> str:
    """Return a text with plain apostrophes, as the word lists have them."""
    return text.replace("’", "'")


def is_question(text: str) -> bool:
    """Tell whether a text ends in a question."""
    return text.rstrip(" \"'”’»)]*_").endswith(("?", "\uff1f", "\u061f"))


def _numbers_in(cues: Cues) -> dict[str, int]:
    """Return the lists of words for numbers, and which numbers they are for."""
    keys = (key for key in cues.phrases if key.startswith("numbers."))
    return {key: int(key.partition(".")[2]) for key in keys}


def _words(text: str) -> list[str]:
    """Return the words of a text; of `today's`, `today` as well."""
    return [part for word in tokens(text) for part in dict.fromkeys((word, word.split("'")[0]))]


def _count(cues: Cues, key: str, text: str) -> int:
    """Return how often a word of a list stands in a text, up to a bound."""
    phrases, found = cues.phrases.get(key), 0
    while (
        phrases is not None
        and found < _MOST
        and (match := phrases.find(text, _words(text))) is not None
    ):
        found += 1
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return found


def _days(due: date | None) -> set[str]:
    if due is None:
        return set()
    return {f"facts.{_WEEKDAYS[due.weekday()]}", f"facts.{_MONTHS[due.month - 1]}"}
