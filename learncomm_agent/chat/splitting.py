"""Fills parts with blocks, one after the other, so that each part fits. Pure; knows no platform.

A part ends between two blocks where it can. A heading goes along with what stands under it, and
choices with the question before them. Only a block that is too long for a part of its own is cut.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from learncomm_agent.chat.cutting import divide, numbered_on
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    CodeBlock,
    Heading,
    Listing,
    Menu,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
)
from learncomm_agent.chat.plain import is_blank, span_text

Fits = Callable[[Sequence[Block]], bool]


@dataclass(frozen=True, slots=True)
class Piece:
    """Blocks for one part."""

    blocks: tuple[Block, ...]
    broken: tuple[Span, ...] = ()
    """Spans that are never cut, but do not fit into any part; here they are text."""


def split(blocks: Sequence[Block], fits: Fits) -> Iterator[Piece]:
    """Yield the blocks part by part; all text is in some part, but for white space at the cuts.

    Args:
        blocks: In reading order; a picture, file, choices or menu among them must fit alone.
        fits: Whether these blocks fit into one part. What fits must also fit with less text.

    Raises:
        ValueError: Not even one character fits.
    """
    packer = _Packer(fits)
    waiting = [block for block in reversed(blocks) if not is_blank(block)]
    while waiting:
        rest = packer.place(waiting.pop())
        waiting.extend(block for block in reversed(rest) if not is_blank(block))
        yield from packer.take_closed()
    packer.close()
    yield from packer.take_closed()


@dataclass(slots=True)
class _Packer:
    fits: Fits
    part: list[Block] = field(default_factory=list)
    broken: list[Span] = field(default_factory=list)
    closed: list[Piece] = field(default_factory=list)

    def place(self, block: Block) -> tuple[Block, ...]:
        """Put as much of a block as goes into this part; return what is left for the next."""
        if self.fits((*self.part, block)):
            self.part.append(block)
            return ()
        has_text = any(not isinstance(other, Heading) for other in self.part)
        if not (has_text and self.fits((block,))):
            before = tuple(self.part)
            cut = divide(block, lambda head: self.fits((*before, head)), at_ends_only=has_text)
            if cut is not None:
                if not is_blank(cut.head):
                    self.part.append(cut.head)
                self.close()
                return cut.rest
        if self.part:
            self.close(before=block)
            return (block,)
        return self._loosen(block)

    def close(self, before: Block | None = None) -> None:
        """End this part; what belongs to the block that comes next goes along with it."""
        stay = len(self.part)
        if isinstance(before, Choices | Menu):
            stay = self._question_of(before)
        elif before is not None:
            stay = self._without_headings(stay)
        stay = stay or len(self.part)
        if stay:
            self.closed.append(Piece(tuple(self.part[:stay]), tuple(self.broken)))
            self.broken.clear()
        self.part = self.part[stay:]

    def take_closed(self) -> list[Piece]:
        """Hand over the parts that are full."""
        closed, self.closed = self.closed, []
        return closed

    def _without_headings(self, stay: int) -> int:
        while stay and isinstance(self.part[stay - 1], Heading):
            stay -= 1
        return stay

    def _question_of(self, choices: Block) -> int:
        stay = self._without_headings(len(self.part) - 1)
        return stay if self.fits((*self.part[stay:], choices)) else len(self.part)

    def _loosen(self, block: Block) -> tuple[Block, ...]:
        """Return a block of which nothing fits as simpler blocks."""
        match block:
            case Heading(text=text):
                return (Paragraph((Text(text, Style.STRONG),)),)
            case CodeBlock(text=text):
                return (Paragraph((Text(text),)),)
            case Quote(spans=spans):
                return Paragraph(spans[:1]), Quote(spans[1:])
            case Listing(items=items, start=start):
                return Paragraph(items[0]), numbered_on(items[1:], start, 1)
            case Paragraph(spans=(Text() as first, *rest)) if not first.text.strip():
                return (Paragraph(tuple(rest)),)
            case Paragraph(spans=(first, *rest)) if not isinstance(first, Text):
                self.broken.append(first)
                return Paragraph((Text(span_text(first)),)), Paragraph(tuple(rest))
        raise ValueError("the limit is too small for a single character")
