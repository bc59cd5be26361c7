"""What a text rests on: the messages or passages it cites, and the sentence in which its quote stands. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.language.prose import plain
from learncomm_agent.writing.language.quotes import Quotable
from learncomm_agent.writing.language.sentences import Speech

_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•#>|]|\d{1,3}[.)])\s)")
_LONGEST_SENTENCE = 300
_LONGEST_WHOLE = 600
_WORDS_BEFORE, _WORDS_AFTER = 8, 4


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a text rests on."""

    texts: Sequence[str]
    """Of the messages or passages. The first holds the quote, and a text rests on it alone: the others
    show that it was agreed on, or said elsewhere as well."""
    around: str = ""
    """What stands beside it and may be used as well: title, headings, names."""
    due: date | None = None
    """A day that was read from them."""
    is_prose: bool = False
    """Whether they are passages, perhaps in Markdown, and no messages."""
    is_settled: bool = False
    """Whether somebody else said yes to what the first one says."""

    @property
    def held(self) -> tuple[str, ...]:
        """All that a text may draw on."""
        return self.texts[0], self.around


@dataclass(frozen=True, slots=True)
class Said:
    """The sentences that hold a quote; of long ones, the words around it."""

    words: str
    """As they stand in the first text."""
    line: str
    """As people read them."""
    whole: str
    """The sentences to their end, however long."""


def grounds_of(passages: Sequence[Passage]) -> Grounds:
    """Return what a text rests on that cites passages."""
    first = passages[0]
    around = " ".join((first.title, *first.place.headings, first.shared_by or ""))
    return Grounds(tuple(each.text for each in passages), around, is_prose=True)


def said_in(grounds: Grounds, quote: str, speech: Speech) -> Said:
    """Return what was said where a quote stands."""
    text = grounds.texts[0]
    place = Quotable(text).find(quote)
    if place is None:
        return Said(quote, quote, quote)
    start, end = place.start, place.end
    ends = [0, *(match.end() for match in _BLOCK.finditer(text)), len(text)]
    ends += [last for _, last in speech.spans(text, by_line=not grounds.is_prose)]
    first = max(each for each in ends if each <= start)
    last = min(each for each in ends if each >= end)
    whole = text[max(first, start - _LONGEST_WHOLE) : min(last, end + _LONGEST_WHOLE)].strip()
    if last - first <= _LONGEST_SENTENCE:
        return Said(whole, _readable(whole, grounds, speech), whole)
    before = "".join(re.findall(r"\S+\s*", text[first:start])[-_WORDS_BEFORE:])
    after = "".join(re.findall(r"\s*\S+", text[end:last])[:_WORDS_AFTER])
    words = f"{before}{text[start:end]}{after}".strip()
    return Said(words, f"… {_readable(words, grounds, speech)} …", whole)


def _readable(words: str, grounds: Grounds, speech: Speech) -> str:
    return plain(words) if grounds.is_prose else speech.clean(words)
