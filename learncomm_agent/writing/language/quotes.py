"""Finds the place of a quote in a text, whatever its writer did to spaces, case or quotation marks."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from learncomm_agent.writing.language.vocabulary import cuts_word

_SAME = {
    **dict.fromkeys("\u2018’\u201a\u201b\u2032\u00b4", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("\u2010\u2011\u2012–—―\u2212", "-"),
}
_HIDDEN = ((0x202A, 0x202F), (0x2060, 0x2070), (0xFE00, 0xFE10), (0xE0000, 0xE1000))
"""Ranges of characters that are not seen: marks of direction, selectors, tags."""
_LEFT_OUT = frozenset("*_`~\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\ufeff") | {
    chr(code) for first, end in _HIDDEN for code in range(first, end)
}
_LEFT_OUT_CODES = {ord(character): None for character in _LEFT_OUT if character.isascii()}
_EDGES = " \t\n\"'“”„‟«»\u2018’`*_"
_CUT = ("…", "...", "[…]", "[...]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: characters `start` up to `end` of the original text."""

    start: int
    end: int


class Quotable:
    """A text, made ready once, in which many quotes are looked for."""

    def __init__(self, text: str) -> None:
        """Keep the text; it is normalised when the first quote does not stand in it literally."""
        self._text = text
        self._plain: tuple[str, list[int]] | None = None

    def find(self, quote: str) -> Place | None:
        """Find the first place where the quote stands as whole words; None for one without words."""
        quote = quote.strip()
        if not any(character.isalnum() for character in quote):
            return None
        exact = _whole(self._text, quote)
        if exact is not None:
            return Place(exact, exact + len(quote))
        if self._plain is None:
            self._plain = _normalised(self._text)
        plain, origins = self._plain
        wanted = _wanted(_bare(quote))
        at = _whole(plain, wanted) if wanted else None
        if at is None:
            return None
        last = origins[at + len(wanted) - 1]
        return Place(origins[at], _cluster_end(self._text, last))


def _bare(quote: str) -> str:
    quote = quote.strip(_EDGES)
    for cut in _CUT:
        quote = quote.removeprefix(cut).removesuffix(cut).strip(_EDGES)
    return quote


def _wanted(quote: str) -> str:
    """Give a quote as `_normalised` gives the text; most are ASCII, where that is quick."""
    if not quote.isascii():
        return _normalised(quote)[0].strip()
    return " ".join(quote.lower().translate(_LEFT_OUT_CODES).split())


def _normalised(text: str) -> tuple[str, list[int]]:
    """Give the text without what may differ, and for each character its place in the original."""
    plain: list[str] = []
    origins: list[int] = []
    for position, character in enumerate(text.lower()) if text.isascii() else _composed(text):
        if character in _LEFT_OUT:
            continue
        if character.isspace():
            if plain and plain[-1] == " ":
                continue
            character = " "
        plain.append(character)
        origins.append(position)
    return "".join(plain), origins


def _composed(text: str) -> Iterator[tuple[int, str]]:
    """Yield the characters of a text as they compare, and the place of each in the original."""
    position = 0
    while position < len(text):
        end = _cluster_end(text, position)
        for character in unicodedata.normalize("NFKC", text[position:end]).casefold():
            yield position, _SAME.get(character, character)
        position = end


def _cluster_end(text: str, start: int) -> int:
    end = start + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _whole(text: str, wanted: str) -> int | None:
    at = text.find(wanted)
    while at >= 0:
        if not cuts_word(text, at) and not cuts_word(text, at + len(wanted)):
            return at
        at = text.find(wanted, at + 1)
    return None
