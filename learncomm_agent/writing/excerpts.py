"""The few words of a passage that a result shows, and where in them the words found stand. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learncomm_agent.chat.outgoing import Style, Text
from learncomm_agent.library.resources import Passage, ResourceKind

EXCERPT_CHARS = 110
"""About two lines, three on a narrow phone."""
TURN_CHARS = 70
TURNS = 3
"""So many lines of a talk are shown, each of them up to so long."""
_LEAD = 30
"""So much stands before the first word found, at least."""
_MARGIN = 30
"""How far a search's own excerpt may go beyond that before it is cut."""

Marks = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words to show."""

    text: str
    marks: Marks = ()
    """Where the words found stand, as (start, end)."""


def excerpt_of(passage: Passage) -> Excerpt:
    """Return what a result shows of a passage: about two lines, or a few turns of a talk."""
    found = passage.excerpt or snippet(passage.text, EXCERPT_CHARS)
    if passage.kind is ResourceKind.CONVERSATION:
        words = words_found(passage)
        turns = _turns(passage.text, found, words)
        return Excerpt(turns, marks_of(turns, words))
    flat = re.sub(r"\s", " ", found)  # one for one, so that the marks stay right
    if len(flat) <= EXCERPT_CHARS + _MARGIN:
        return Excerpt(flat, list(passage.marks))
    return _best_part(flat, passage.marks)


def words_found(passage: Passage) -> list[str]:
    """Return the words that a search has marked, each once."""
    return list(dict.fromkeys(passage.excerpt[start:end] for start, end in passage.marks))


def marks_of(text: str, words: Iterable[str]) -> Marks:
    """Return where whole words stand in a text, in small or capital letters."""
    wanted = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return []
    either = "|".join(map(re.escape, wanted))
    found = re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE)
    return [match.span() for match in found]


def marked(text: str, marks: Marks) -> tuple[Text, ...]:
    """Return a text as spans, what is marked in bold; marks that don't fit are passed over."""
    spans: list[Text] = []
    at = 0
    for start, end in sorted((start, end) for start, end in marks):
        if at <= start < end <= len(text):
            spans += [Text(text[at:start])] if at < start else []
            spans.append(Text(text[start:end], Style.STRONG))
            at = end
    return (*spans, *((Text(text[at:]),) if at < len(text) else ()))


def snippet(text: str, limit: int) -> str:
    """Return the beginning of a text, cut at a word, with an ellipsis where it was cut."""
    return _cut(" ".join(text.split()), limit)


def _cut(flat: str, limit: int) -> str:
    if len(flat) <= limit:
        return flat
    head = flat[:limit]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:") + " …"


def _best_part(text: str, marks: Marks) -> Excerpt:
    """Return the part of a long excerpt with most of the words found, the first of several."""

    def held(start: int) -> set[str]:
        end = start + EXCERPT_CHARS
        return {text[a:b].casefold() for a, b in marks if start <= a and b <= end}

    before = (text.rfind(" ", 0, max(0, start - _LEAD)) + 1 for start, _ in marks)
    start = max((0, *before), key=lambda start: (len(held(start)), -start))
    part = _cut(text[start:], EXCERPT_CHARS)
    shown = "… " + part if start and not part.startswith("…") else part
    shift = len(shown) - len(part) - start
    end = len(shown.removesuffix(" …"))
    moved = [(a + shift, b + shift) for a, b in marks if a >= start]
    return Excerpt(shown, [(a, b) for a, b in moved if b <= end])


def _turns(text: str, excerpt: str, words: Iterable[str]) -> str:
    """Return the turns of a talk that an excerpt stands in, or that hold its words, or the first ones."""
    at = text.find(excerpt.strip(" …"))
    if at < 0:  # put together of several pieces
        at = next((start for start, _ in marks_of(text, words)), 0)
    first = text.rfind("\n", 0, at) + 1
    turns = [turn for turn in text[first:].split("\n") if turn.strip()][:TURNS]
    return "\n".join(snippet(turn, TURN_CHARS) for turn in turns)
