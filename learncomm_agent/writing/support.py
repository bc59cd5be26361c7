"""Whether a text says no more than the words it rests on, as far as code can see. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from learncomm_agent.writing.cues import Cues
from learncomm_agent.writing.prose import plain
from learncomm_agent.writing.quotes import Quotable
from learncomm_agent.writing.vocabulary import content, tokens

_NUMBER = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
_REACHING = re.compile(
    r"\w[\w+.-]*://\S+|<[@#!&:][^>]*>|[^\s@<>(]*@[^\s@<>)]+|(?<!\w)#\w{2,}"
    r"|(?<![\w.])(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?(?!\w)"
)
_TRAILING = ".,;:!?'\"”’»)]}>*_"
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•#>|]|\d{1,3}[.)]\s))")
_LONGEST_SENTENCE = 300
_WORDS_BEFORE, _WORDS_AFTER = 8, 4
_LEAST_STOPWORDS = 0.12
"""Share of the words of a text in a language that are its stopwords."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a text rests on."""

    texts: Sequence[str]
    """Of the messages or passages; the first holds the quote."""
    around: str = ""
    """What stands beside them and may be used as well: titles, headings, names."""
    due: date | None = None
    """A day that was read from them."""
    is_prose: bool = False
    """Whether they are passages, perhaps in Markdown, and no messages."""


def reaches_out(text: str, grounds: Iterable[str]) -> bool:
    """Tell whether a text holds a link, an address, a tag or a mention that its grounds don't hold."""
    held = " ".join(grounds).casefold()
    found = (match.group().rstrip(_TRAILING).casefold() for match in _REACHING.finditer(text))
    return any(each not in held for each in found)


class Support:
    """Compares what a model wrote with the words that it cites.

    Caught are, in any language: links, addresses, tags and mentions that don't stand in the evidence;
    numbers in digits that don't; names of other speakers. With the word lists of `knowledge/cues/`: a
    text that shares no word of content with its evidence, where both are in one language; a statement
    whose negation was taken away or added; who promised, where somebody speaks of themselves.

    Not caught are a wrong verb or noun among right ones, numbers written as words, opposites without a
    negation (`more` for `less`), the sense of irony, and what two true lines suggest together.
    """

    def __init__(self, spoken: Cues, read: Cues, *, is_same: bool) -> None:
        """Take the word lists.

        Args:
            spoken: Of the language of the evidence.
            read: Of the language of the text.
            is_same: Whether that is one language.
        """
        self._spoken = spoken
        self._read = read
        self._is_same = is_same
        self._sees_negations = all("negations.says" in each.phrases for each in (spoken, read))

    def checked(
        self, text: str, quote: str, grounds: Grounds, others: Iterable[str] = ()
    ) -> tuple[str, str] | None:
        """Return text and quote as they may be published; None where nothing of it holds.

        A text that says something else than its evidence gives way to the sentence that holds the
        quote, in the words of whoever wrote it.

        Args:
            text: What the model wrote.
            quote: Words that stand in the first of the grounds.
            grounds: What the text rests on.
            others: Names that the text may not hold unless the grounds do.
        """
        held = (*grounds.texts, grounds.around)
        if reaches_out(text, held) or not self._touches(text, grounds):
            return None
        sentence, is_whole = self._sentence(quote, grounds)
        if (
            _numbers(text) <= _numbers(*held, *_spelled(grounds.due))
            and not _names(text, others, held)
            and not self._is_reversed(text, sentence, grounds)
        ):
            return text, quote
        said = plain(sentence) if grounds.is_prose else self._spoken.speech.clean(sentence)
        return (said if is_whole else f"… {said} …"), sentence

    def promises(self, quote: str, text: str) -> bool:
        """Tell whether the author of a text speaks of what they will do themselves."""
        sentence, _ = self._sentence(quote, Grounds((text,)))
        return self._spoken.find("actions.promises", sentence)

    def asks(self, text: str) -> bool:
        """Tell whether a message asks for something; yes for a language without such cues."""
        if "actions.asks" not in self._spoken.phrases:
            return True
        return "?" in text or self._spoken.find("actions.asks", text)

    def agrees(self, text: str) -> bool:
        """Tell whether a message takes on what was asked; yes for a language without such cues."""
        if "actions.agrees" not in self._spoken.phrases:
            return True
        cues = ("actions.agrees", "actions.promises")
        return any(self._spoken.find(each, text) for each in cues)

    def _touches(self, text: str, grounds: Grounds) -> bool:
        """Tell whether text and evidence share a word of content, where that can be asked."""
        if not self._is_same or not all(self._is_spoken(each) for each in grounds.texts):
            return True
        wanted = content(tokens(text), self._spoken.stopwords)
        held = content(tokens(" ".join((*grounds.texts, grounds.around))), self._spoken.stopwords)
        return not wanted or bool(wanted & held)

    def _is_reversed(self, text: str, sentence: str, grounds: Grounds) -> bool:
        if not self._sees_negations:
            return False
        if grounds.is_prose and not self._is_spoken(grounds.texts[0]):
            return False  # a library holds texts in any language
        return _negates(text, self._read) != _negates(sentence, self._spoken)

    def _is_spoken(self, text: str) -> bool:
        """Tell whether a text is in the language of the word lists."""
        words = tokens(text)
        known = sum(word in self._spoken.stopwords for word in words)
        return bool(words) and known >= _LEAST_STOPWORDS * len(words)

    def _sentence(self, quote: str, grounds: Grounds) -> tuple[str, bool]:
        """Return the sentences that hold a quote; of long ones, the words around it."""
        text = grounds.texts[0]
        place = Quotable(text).find(quote)
        if place is None:
            return quote, True
        start, end = place.start, place.end
        ends = [0, *(match.end() for match in _BLOCK.finditer(text)), len(text)]
        spans = self._spoken.speech.spans(text, by_line=not grounds.is_prose)
        ends += [last for _, last in spans]
        first = max(each for each in ends if each <= start)
        last = min(each for each in ends if each >= end)
        if last - first <= _LONGEST_SENTENCE:
            return text[first:last].strip(), True
        before = "".join(re.findall(r"\S+\s*", text[first:start])[-_WORDS_BEFORE:])
        after = "".join(re.findall(r"\s*\S+", text[end:last])[:_WORDS_AFTER])
        return f"{before}{text[start:end]}{after}".strip(), False


def _negates(text: str, cues: Cues) -> bool:
    return cues.find("negations.says", text.replace("’", "'"))


def _numbers(*texts: str) -> frozenset[int]:
    found = (_NUMBER.findall(_THOUSANDS.sub("", unicodedata.normalize("NFKC", t))) for t in texts)
    return frozenset(int(digits[-18:]) for each in found for digits in each)


def _spelled(due: date | None) -> tuple[str, ...]:
    return () if due is None else (f"{due.year} {due.month} {due.day} {due.year % 100}",)


def _names(text: str, names: Iterable[str], held: Iterable[str]) -> bool:
    """Tell whether a text holds a name that its grounds don't; written as names are, not as words."""
    whole = " ".join(held).casefold()
    return any(
        name.casefold() not in whole and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        for name in names
    )
