"""What a language model is given to read: numbered lines that can't break out of their place. Pure.

Members write what they like, so every message and passage is put on a line of its own after its
number, and what a model or its server could take for a mark of the prompt is written with a look-alike
that `quotes` counts as the same character.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.library.resources import Passage
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.writing.evidence.reach import visible
from learncomm_agent.writing.language.vocabulary import tokens as words_of

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_LONE = re.compile(r"[\ud800-\udfff]")
_TEMPLATE_MARK = re.compile(r"\[(?=/?[A-Z_]{3,}\])")
_ANGLE, _WIDE_ANGLE = "<", "\uff1c"
_SQUARE, _WIDE_SQUARE = "[", "\uff3b"
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s|[。\uff01\uff1f]")
_BYTES_A_TOKEN = 3
"""As `estimate` counts: pieces are cut by their bytes."""
_FRAME = "[999] : \n"
_LONGEST_LABEL = 120
_MOST_SEEN = 30
"""Earlier questions that a model is told of; the check knows all of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message or passage, or a piece of a long one."""

    id: str
    """Whose text it is; the pieces of one text share it."""
    label: str
    """What stands before the text: the speaker, or the passage's title."""
    text: str

    @property
    def name(self) -> str:
        """Return its label as it is shown."""
        return safe(self.label)[:_LONGEST_LABEL]

    @property
    def size(self) -> int:
        """Return about how many tokens its line takes."""
        return estimate(_FRAME + self.name + safe(self.text))


def entries_of(passages: Sequence[Passage]) -> list[Entry]:
    """Return passages as they are read; an entry's id is the place of its passage."""
    return [
        Entry(str(number), " › ".join((each.title, *each.place.headings)), each.text)
        for number, each in enumerate(passages)
    ]


def nearest(seen: frozenset[str], passages: Sequence[Passage]) -> list[str]:
    """Return the earlier questions that are most likely to be asked again, and not too many."""
    about = {word for each in passages for word in words_of(each.text) if len(word) > 3}

    def rank(question: str) -> tuple[int, str]:
        return -len(about.intersection(words_of(question))), question

    return sorted(seen, key=rank)[:_MOST_SEEN]


def safe(text: str) -> str:
    """Put a text on one line, without what is not seen, or could pass for a mark of the prompt."""
    text = visible(_CONTROL.sub(" ", _LONE.sub("\ufffd", text))).strip()
    return _TEMPLATE_MARK.sub(_WIDE_SQUARE, text.replace(_ANGLE, _WIDE_ANGLE))


def restored(text: str) -> str:
    """Put a model's text on one line, with the characters that `safe` took out."""
    text = _CONTROL.sub(" ", _LONE.sub("\ufffd", text)).strip()
    return text.replace(_WIDE_ANGLE, _ANGLE).replace(_WIDE_SQUARE, _SQUARE)


def numbered(entries: Iterable[Entry]) -> str:
    """Write the entries one a line, numbered from 1."""
    return "\n".join(
        f"[{number}] {each.name}: {safe(each.text)}" for number, each in enumerate(entries, start=1)
    )


def windows(entries: Iterable[Entry], budget: int) -> tuple[tuple[Entry, ...], ...]:
    """Cut a long material into windows of whole entries, each within a budget of tokens.

    An entry that fills more than a window alone is cut at the ends of sentences; its pieces keep its
    id. Every entry stands in exactly one window, or its pieces do, in their order.
    """
    found: list[tuple[Entry, ...]] = []
    window: list[Entry] = []
    left = budget
    for entry in (piece for each in entries for piece in _pieces(each, budget)):
        size = entry.size
        if window and size > left:
            found.append(tuple(window))
            window, left = [], budget
        window.append(entry)
        left -= size
    return (*found, tuple(window)) if window else tuple(found)


def size_of(window: Sequence[Entry]) -> int:
    """Return about how many tokens a window takes."""
    return sum(each.size for each in window)


def halved(window: Sequence[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """Cut a window into two; one of a single word stays as it is."""
    if len(window) == 1:
        pieces = tuple(_pieces(window[0], max(_least(window[0]), window[0].size * 2 // 3)))
        return tuple((each,) for each in pieces)
    middle = len(window) // 2
    return tuple(window[:middle]), tuple(window[middle:])


def _least(entry: Entry) -> int:
    """Return the smallest budget that cuts an entry into pieces that are worth a line."""
    return replace(entry, text="").size + 8


def _pieces(entry: Entry, budget: int) -> Iterator[Entry]:
    room = max(budget, _least(entry)) - replace(entry, text="").size
    if estimate(safe(entry.text)) <= room:
        yield entry
        return
    text, start = safe(entry.text), 0
    while start < len(text):
        end = _cut(text, start, room * _BYTES_A_TOKEN)
        if piece := text[start:end].strip():
            yield replace(entry, text=piece)
        start = end


def _cut(text: str, start: int, size: int) -> int:
    """Find where to cut so that the piece has at most `size` bytes: after a sentence, or a word."""
    fits = text[start : start + size].encode("utf-8", "replace")[:size].decode("utf-8", "ignore")
    end = start + len(fits)
    if end >= len(text):
        return len(text)
    sentences = [each.end() for each in _SENTENCE_END.finditer(text, start, end)]
    if sentences and sentences[-1] - start > len(fits) // 3:
        return sentences[-1]
    word = text.rfind(" ", start + 1, end)
    return word + 1 if word > start else end
