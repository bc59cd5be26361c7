"""The sentences of a passage, out of its Markdown: each with its exact words and a clean form. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from learncomm_agent.library.resources import Passage, ResourceKind
from learncomm_agent.writing.language.sentences import Speech

_NARROW, _WIDE = 40, 60
"""Characters between which the width is taken to be to which the lines of a text were broken."""
WRITTEN_BY_LINE = (ResourceKind.MESSAGE, ResourceKind.CONVERSATION)
"""Kinds of texts in which people end a line, and seldom a sentence, as they like."""
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_HEADING = re.compile(r"^\s*#{1,6}\s+|^\s*\S.*\n[=-]{3,}\s*$")
_APART = re.compile(r"^\s*(?:\||:::|\{\{|---+\s*$|===+\s*$|<!--|!\[[^\]]*\]\([^)]*\)\s*$)")
_CLEANING = (
    (re.compile(r"<!--.*?-->|\{\{.{0,300}?\}\}|:::+[^\n]*", re.DOTALL), " "),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\]|\{[^}]*\})"), r"\1"),
    (re.compile(r"<(https?://[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,300}>"), " "),
    (re.compile(r"^\s*(?:>\s*)+", re.MULTILINE), ""),
    (re.compile(r"^\s*#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|~~|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])"), r"\1"),
    (re.compile(r"&nbsp;"), " "),
    (re.compile(r"&amp;"), "&"),
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of a passage."""

    quote: str
    """The words as they stand in the passage."""
    text: str
    """The same without marks, on one line."""
    block: int
    """Number of its paragraph or list item in the passage."""
    is_listed: bool
    """Whether it stands in a list."""
    is_heading: bool = False


def plain(text: str) -> str:
    """Take Markdown and HTML out of a piece of text, and put it on one line."""
    for pattern, replacement in _CLEANING:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def clauses(passage: Passage, speech: Speech) -> Iterator[Clause]:
    """Give the sentences of a passage in their order; code, tables and pictures are left out."""
    longest = max(map(len, passage.text.splitlines()), default=0)
    width = None if passage.kind in WRITTEN_BY_LINE else min(_WIDE, max(_NARROW, longest))
    for number, (block, is_listed, is_heading) in enumerate(_blocks(passage.text, width)):
        for start, end in speech.spans(block, by_line=False):
            quote = block[start:end].strip()
            text = plain(quote)
            if any(character.isalnum() for character in text):
                yield Clause(quote, text, number, is_listed, is_heading)


def _blocks(text: str, width: int | None) -> Iterator[tuple[str, bool, bool]]:
    """Cut a text into paragraphs, list items and headings; each line by itself where it has no width."""
    lines: list[str] = []
    is_listed = is_code = False
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            yield from _block(lines, is_listed)
            lines, is_listed, is_code = [], False, not is_code
            continue
        if is_code:
            continue
        bullet, heading = _BULLET.match(line), _HEADING.match(line)
        is_new = bool(lines) and _begins_anew(lines[-1], line, width)
        if not line.strip() or bullet or heading or is_new or _APART.match(line):
            yield from _block(lines, is_listed)
            lines, is_listed = [], False
        if heading:
            yield line, False, True
        elif line.strip() and not _APART.match(line):
            lines.append(line)
            is_listed = is_listed or bullet is not None
    yield from _block(lines, is_listed)


def _begins_anew(before: str, line: str, width: int | None) -> bool:
    """Tell whether somebody broke a line on purpose: what follows would have fitted into it."""
    if width is None or before.endswith("  \n"):
        return True
    first = next(iter(line.split()), "")
    return not first[:1].islower() and len(before.strip()) + 1 + len(first) <= width


def _block(lines: list[str], is_listed: bool) -> Iterator[tuple[str, bool, bool]]:
    if lines:
        yield "".join(lines), is_listed, False
