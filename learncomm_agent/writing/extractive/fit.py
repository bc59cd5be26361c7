"""Which sentences can stand for themselves in a discussion question, and in which slots of a pattern. Pure."""

import re
from collections.abc import Sequence

from learncomm_agent.writing.extractive.patterns import Patterns
from learncomm_agent.writing.language.vocabulary import is_unspaced, tokens

_LEAST_CUT = 7
"""Words of a sentence that was cut."""
_LEAST_OF_A_NOTE = 4
"""Words of a sentence of a note."""
_PAUSE = re.compile(r"[,;]\s+|\s[-–—]\s+")
_CITED = re.compile(r"\[\d+\]|\(\d{4}|et al|@\w|\w/\w|https?:|www\.|[{}|<>#]")
_ENDS = (".", "!", "…", "。")
STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
"""Quotation marks as straight ones."""


class Fit:
    """Looks sentences of one language over."""

    def __init__(self, patterns: Patterns, stopwords: frozenset[str]) -> None:
        """Take the patterns and the stopwords of the language."""
        self._patterns = patterns
        self._stopwords = stopwords

    def slots(self, text: str, words: Sequence[str], *, is_note: bool = False) -> list[str]:
        """Return the slots that a sentence fits.

        Args:
            text: The sentence, as `sentence` gives it.
            words: Its words, in small letters.
            is_note: Whether it stands in a short note: then it is worth a question whatever it says.
        """
        return self._argued(text, words) or (self._stated(text, words) if is_note else [])

    def sentence(self, text: str) -> str:
        """Return what a sentence says by itself, cut where it is long and could end."""
        return self._short(self._core(text))

    def _argued(self, text: str, words: Sequence[str]) -> list[str]:
        """Return the slots of a sentence that claims something; a claim is what fits no other."""
        if not self._fits(text, words):
            return []
        if text.endswith("?"):
            return self._asks(text, words)
        if self._patterns.leans.find(text, words):
            return []
        slots = [
            name
            for name, slot in self._patterns.sentence_slots.items()
            if slot.shows.find(text, words) and not slot.unfit.find(text, words)
        ]
        return [slot for slot in slots if slot != "claim"] or slots

    def _asks(self, text: str, words: Sequence[str]) -> list[str]:
        """Return the slot of a question of the text, if it can be asked again."""
        asks = self._patterns.openness.bare(text)
        is_vague = bool(self._patterns.pronouns.intersection(words))
        flaw = self._patterns.openness.flaw(asks, (), self._stopwords)
        return ["asks"] if asks and not is_vague and flaw is None else []

    def _stated(self, text: str, words: Sequence[str]) -> list[str]:
        """Return the slot of a sentence of a note: a statement of somebody, whatever it is about."""
        slot = self._patterns.sentence_slots.get("said")
        is_fit = (
            slot is not None
            and _LEAST_OF_A_NOTE <= len(words) <= self._patterns.most_words
            and not text.endswith((":", ".."))
            and _is_balanced(text)
            and not _CITED.search(text)
            and not slot.unfit.find(text, words)
            and not self._refers_back(words)
        )
        if not is_fit:
            return []
        if text.endswith("?"):
            return self._asks(text, words)
        # Many write a note without a full stop, and a mere title as well.
        is_whole = text.endswith(_ENDS) or self._patterns.finite.find(text, words) is not None
        return ["said"] if is_whole else []

    def _fits(self, text: str, words: Sequence[str]) -> bool:
        patterns = self._patterns
        return (
            patterns.least_words <= len(words) <= patterns.most_words
            and (text[:1].isupper() or is_unspaced(text))
            and text.endswith((".", "?", "…", "。"))
            and not text.endswith("..")
            and " ," not in text
            and ":" not in text
            and _is_balanced(text)
            and not _CITED.search(text)
            and not patterns.unfit.find(text, words)
            and ("," in text or not patterns.subordinate.find(text, words))
            and not self._refers_back(words)
        )

    def _core(self, text: str) -> str:
        """Return what a sentence says, without who said so and how it follows from the one before."""
        patterns = self._patterns
        for lead in (patterns.connectives, patterns.reports):
            found = lead.find(text)
            if found is not None and found.start() == 0:
                rest = text[found.end() :].lstrip(", ")
                text = rest[:1].upper() + rest[1:]
        return text

    def _short(self, text: str) -> str:
        """Return a long sentence up to where it could end, if that says something by itself."""
        if len(tokens(text)) <= self._patterns.most_words or not text.endswith("."):
            return text
        for match in _PAUSE.finditer(text):
            start, rest = text[: match.start()], text[match.end() :]
            words = tokens(start)
            if len(words) > self._patterns.most_words:
                break
            is_end = self._patterns.joins.find(rest) is not None
            is_main = not self._patterns.subordinate.find(text)
            if (
                is_end
                and is_main
                and len(words) >= _LEAST_CUT
                and self._patterns.finite.find(start)
            ):
                return f"{start} …"
        return text

    def _refers_back(self, words: Sequence[str]) -> bool:
        """Tell whether a pronoun stands before anything that it could stand for."""
        for word in words:
            if word in self._patterns.pronouns:
                return True
            if word not in self._stopwords:
                return False
        return False


def _is_balanced(text: str) -> bool:
    quotes = text.translate(STRAIGHT).count('"')
    return text.count("(") == text.count(")") and quotes % 2 == 0
