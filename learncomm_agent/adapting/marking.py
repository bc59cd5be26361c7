"""The outgoing tree line by line, for chats with a markup of their own. Pure.

Only the tree gives a look. What stands in a text is handed to whoever writes the markup piece by piece,
never with the tree's own signs in it, so that all of it can be escaped.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import count

from learncomm_agent.adapting.html import clean
from learncomm_agent.chat.outgoing import (
    Block,
    Code,
    CodeBlock,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
)
from learncomm_agent.chat.plain import plain, span_text


class Look(StrEnum):
    """How a piece of a line looks."""

    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"
    HEADING = "heading"


Mark = Callable[[str, Look], str]
"""Writes a piece of one line in a look; escapes whatever in it has a meaning there."""
_LOOKS = {Style.STRONG: Look.STRONG, Style.EMPHASIS: Look.EMPHASIS}


def lines(blocks: Sequence[Block], mark: Mark) -> list[str]:
    """Return what is sent for the blocks, line by line; empty lines are left out.

    Args:
        blocks: What is said. What is no text, such as a file, is named.
        mark: Writes a piece of one line in its look.
    """
    whole = "\n".join(_written(block, mark) for block in blocks)
    return [line.rstrip() for line in whole.split("\n") if line.strip()]


def _written(block: Block, mark: Mark) -> str:
    match block:
        case Paragraph(spans=spans):
            return _line(spans, mark)
        case Quote(spans=spans):
            return "> " + _line(spans, mark).replace("\n", "\n> ")
        case Heading(text=text):
            return _marked(text, Look.HEADING, mark)
        case CodeBlock(text=text):
            return _marked(text, Look.CODE, mark)
        case Listing(items=items, start=start):
            signs = ("•" if start is None else f"{number}." for number in count(start or 0))
            rows = (_line(item, mark) for item in items)
            return "\n".join(f"{sign} {row}" for row, sign in zip(rows, signs, strict=False))
        case _:
            return _marked(plain([block]), Look.PLAIN, mark)


def _line(spans: Iterable[Span], mark: Mark) -> str:
    return "".join(_marked(span_text(span), _look(span), mark) for span in spans)


def _look(span: Span) -> Look:
    if isinstance(span, Code):
        return Look.CODE
    return _LOOKS.get(span.style, Look.PLAIN) if isinstance(span, Text) else Look.PLAIN


def _marked(text: str, look: Look, mark: Mark) -> str:
    """Mark each line of a text on its own, as a look ends with its line."""
    pieces = clean(text).replace("\t", "    ").split("\n")
    return "\n".join(mark(piece, look) if piece.strip() else piece for piece in pieces)
