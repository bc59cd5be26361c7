"""The little Markdown that playbooks are written in: paragraphs, lists, headings, strong, emphasis, code.

What was filled in stands in the text as single characters, which whoever asks turns into spans.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from learncomm_agent.chat.outgoing import (
    Block,
    Code,
    Heading,
    Listing,
    Paragraph,
    Span,
    Style,
    Text,
)
from learncomm_agent.chat.plain import span_text

Spell = Callable[[str, Style], Iterable[Span]]
"""Turns a piece of text into spans of a style."""

_ITEM = re.compile(r"(?:[-*]|(\d{1,3})[.)])\s+(.*)")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_INLINE = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<!\w)\*(?=\S)(.+?)(?<=\S)\*(?!\w)|`([^`]+)`")
_BLANK_LINE = re.compile(r"\n\s*\n")
_SPACE = re.compile(r"\s+")


def markdown(text: str, spell: Spell) -> Iterator[Block]:
    """Yield the blocks of a text."""
    for kind, lines in _runs(text):
        match kind:
            case "heading":
                yield Heading("".join(map(span_text, flat(_styled(lines[0], spell)))))
            case "paragraph":
                yield Paragraph(tuple(_styled(_joined(lines), spell)))
            case _:
                items = tuple(tuple(flat(_styled(each, spell))) for each in lines)
                yield Listing(items, start=int(kind) if kind else None)


def paragraphs(text: str, spell: Spell) -> Iterator[Block]:
    """Yield the paragraphs of a text that is no Markdown."""
    for part in _BLANK_LINE.split(text):
        if part.strip():
            yield Paragraph(tuple(spell(part.strip(), Style.PLAIN)))


def flat(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans without any break of a line in them, for one item of a list."""
    for span in spans:
        yield Text(_SPACE.sub(" ", span.text), span.style) if isinstance(span, Text) else span


def words_of(blocks: Iterable[Block]) -> str:
    """Return what paragraphs, headings and lists say, on one line."""
    said = []
    for block in blocks:
        match block:
            case Paragraph(spans=spans):
                said.append("".join(map(span_text, spans)))
            case Heading(text=text):
                said.append(text)
            case Listing(items=items):
                said.append(", ".join("".join(map(span_text, item)) for item in items))
    return " ".join(" ".join(said).split())


def _runs(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the blocks: `heading`, `paragraph`, or of a list its first number, nothing where it has none."""
    kind, lines = "", list[str]()
    for line in (*text.splitlines(), ""):
        said = line.strip()
        heading, item = _HEADING.fullmatch(said), _ITEM.fullmatch(said)
        is_in_list = bool(lines) and kind != "paragraph"
        if item is not None and is_in_list and bool(kind) == bool(item[1]):
            lines.append(item[2])
        elif said and lines and not heading and item is None:
            if is_in_list:
                lines[-1] += f" {said}"
            else:
                lines.append(line)
        else:
            if lines:
                yield kind, lines
            kind, lines = "", []
            if heading:
                yield "heading", [heading[1]]
            elif item is not None:
                kind, lines = item[1] or "", [item[2]]
            elif said:
                kind, lines = "paragraph", [line]


def _joined(lines: Sequence[str]) -> str:
    r"""Return the lines of a paragraph as one; two spaces or `\` at the end of one break it."""
    joined = ""
    for line in lines:
        has_break = line.endswith(("  ", "\\"))
        joined += line.strip().removesuffix("\\").rstrip() + ("\n" if has_break else " ")
    return joined.strip()


def _styled(text: str, spell: Spell) -> Iterator[Span]:
    end = 0
    for found in _INLINE.finditer(text):
        yield from spell(text[end : found.start()], Style.PLAIN)
        strong, emphasis, code = found.groups()
        if code:
            yield Code("".join(map(span_text, spell(code, Style.PLAIN))))
        else:
            yield from spell(strong or emphasis, Style.STRONG if strong else Style.EMPHASIS)
        end = found.end()
    yield from spell(text[end:], Style.PLAIN)
