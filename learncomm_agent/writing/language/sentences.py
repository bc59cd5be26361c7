"""Cuts texts into sentences that keep their exact words beside a form that reads well."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from learncomm_agent.writing.language.vocabulary import cuts_word, is_unspaced, tokens

LONGEST = 240
"""Characters of a line; what is longer is cut into pieces."""

_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]*_]*(?=\s|$)|[。\uff01\uff1f]+[」』\uff09]*|\n+")
_LONGEST_ABBREVIATION = 12
_SPACED_MARK = re.compile(r"\s+([,.!?;:%)])(?=\s|$)")
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?=[\s,.!?'’]|:\s|$)")
_SPACED_SUFFIX = re.compile(r"\b(\w+)\s+(['’](?:s|m|re|ve|ll|d|t)\b|n['’]t\b)", re.IGNORECASE)
_REPEATED = re.compile(
    r"(?<![\w'])([^\W\d]+(?:[' ][^\W\d]+){0,2})(?:,? \1)+(?![\w'])", re.IGNORECASE
)
_COMMAS = re.compile(r"(?:,\s*)+(?=[,.!?;:](?:\s|$))")
_EDGES = " ,;:.-–—\t"
_BREAKS = (re.compile(r"[;:—–]\s|,\s|、"), re.compile(r"\s"))
_PICTURES = re.compile(r"[^\w\s\"'“”„«»’(\[¿¡…@#$%&*+/=<>`~^\\|-]+\s+")
"""Signs that stood behind an opener, such as an emoji."""
_OWN = 0.3
"""Share of its words by which a sentence is plainly of a language: of all, so many are its commonest."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a piece of a long one."""

    quote: str
    """The words as they stand in the message."""
    said: str
    """The same without the noise of speech; cues are looked for here."""
    begins: bool = True
    """False for a piece of a sentence that began before it."""
    ends: bool = True
    """False for a piece of a sentence that goes on after it."""


class Speech:
    """How speech of a language is cleaned for reading."""

    def __init__(
        self,
        marks: Sequence[str] = (),
        fillers: Sequence[str] = (),
        openers: Sequence[str] = (),
        asides: Sequence[str] = (),
        abbreviations: Sequence[str] = (),
        clauses: Sequence[str] = (),
        homographs: Sequence[str] = (),
        stays: Sequence[str] = (),
        common: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare the word lists, which are those of `[speech]` in a cue file.

        Asides are openers before a comma alone, as they mean something else without it. Homographs are
        fillers that are words of another language: German `um`. They, and openers, are taken out only
        where a sentence is plainly of the language whose commonest words `common` holds.
        """
        self._common = common
        self._marks = re.compile("|".join(map(re.escape, marks)) or r"(?!)")
        self._fillers = re.compile(
            rf"(?<![\w'-])(?:{_any(fillers)})(?![\w'-])\s*[,、]?", re.IGNORECASE
        )
        self._homographs = re.compile(
            rf"(?<![\w'-])(?:{_any(sorted(set(homographs) - common))})(?![\w'-]|\s+\d)\s*[,、]?",
            re.IGNORECASE,
        )
        pause = r"\s*[,.!?…、。]+\s*"
        self._openers = re.compile(
            rf"\W*(?!(?:{_any(stays)})(?!\w))(?:(?:{_any(openers)})(?:{pause}|\s+)|(?:{_any(asides)}){pause})",
            re.IGNORECASE,
        )
        self._abbreviations = frozenset(a.lower() for a in abbreviations)
        self._clauses = re.compile(rf"\s(?=(?:{_any(clauses)})\s)", re.IGNORECASE)

    def clean(self, text: str) -> str:
        """Take out transcribers' marks, fillers, stutters and stray spaces."""
        text = self._marks.sub(" ", text)
        if self._homographs.search(text) and self._is_own(text):
            text = self._homographs.sub(" ", text)
        text = " ".join(self._fillers.sub(" ", text).split())
        text = _SPACED_SUFFIX.sub(r"\1\2", _SPACED_MARK.sub(r"\1", text))
        return _COMMAS.sub("", _REPEATED.sub(r"\1", text)).strip(" ,;:-–—")

    def readable(self, sentence: Sentence) -> str:
        """Give the line that people read: without openers, a piece of a sentence with `…`."""
        text = sentence.said
        if not sentence.begins:
            return f"… {text}" if sentence.ends else f"… {text.rstrip(_EDGES)} …"
        while (opener := self._openers.match(text)) and len(text) - opener.end() >= 12:
            if not self._is_own(text):
                break
            text = text[opener.end() :]
            if picture := _PICTURES.match(text):
                text = text[picture.end() :]
        text = text.lstrip(_EDGES)
        if _PLAIN_WORD.match(text):
            text = text[0].upper() + text[1:]
        return text if sentence.ends else f"{text.rstrip(_EDGES)} …"

    def _is_own(self, text: str) -> bool:
        """Tell whether a sentence is plainly of this language; yes where its words are not known."""
        said = [word for word in tokens(text) if not self._homographs.fullmatch(word)]
        own = sum(word in self._common for word in said)
        return not self._common or is_unspaced(text) or own >= max(1, _OWN * len(said))

    def sentences(self, text: str) -> Iterator[Sentence]:
        """Cut a message into sentences of at most `LONGEST` characters, in linear time."""
        for start, end in self.spans(text):
            pieces = list(self._pieces(text, start, end))
            for first, last in pieces:
                if cuts_word(text, first) or cuts_word(text, last):
                    continue  # a word longer than a line is nothing to read
                quote = text[first:last].strip()
                said = self.clean(quote)
                if any(character.isalnum() for character in said):
                    yield Sentence(quote, said, begins=first == start, ends=last == end)

    def spans(self, text: str, *, by_line: bool = True) -> Iterator[tuple[int, int]]:
        """Give start and end of each sentence.

        Args:
            text: One or more paragraphs.
            by_line: Whether a line break ends a sentence, as in a chat.
        """
        start = 0
        for match in _END.finditer(text):
            is_break = match.group().startswith("\n")
            if (is_break and not by_line) or self._is_inside(text, start, match):
                continue
            yield start, match.end()
            start = match.end()
        if start < len(text):
            yield start, len(text)

    def _is_inside(self, text: str, start: int, match: re.Match[str]) -> bool:
        if not match.group().startswith("."):
            return False
        following = text[match.end() : match.end() + 3].lstrip()
        if following[:1].islower() or following[:1] in (",", ";"):
            return True
        before = text[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()].split()
        word = before[-1].lower().lstrip("(\"'“\u2018") if before else ""
        return (len(word) == 1 and word.isalpha()) or word in self._abbreviations

    def _pieces(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        while end - start > LONGEST:
            cut = self._cut(text, start)
            yield start, cut
            start = cut
        yield start, end

    def _cut(self, text: str, start: int) -> int:
        low, high = start + LONGEST // 2, start + LONGEST - 2
        for breaks in (_BREAKS[0], self._clauses, _BREAKS[1]):
            found = [match.end() for match in breaks.finditer(text, low, high)]
            if found:
                return found[-1]
        return high


def _any(words: Sequence[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(r"\s+".join(map(re.escape, word.split())) for word in ordered) or r"(?!)"
