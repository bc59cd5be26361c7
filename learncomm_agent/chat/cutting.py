"""Cuts one block in two, at the border that hurts least. Pure; knows no platform.

Borders, best first: between the items of a list or the lines of code; after a sentence (with the
citations that follow it); between words; between graphemes. Links, mentions, times and short code
are never cut.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import wcwidth

from learncomm_agent.chat.outgoing import (
    Block,
    CodeBlock,
    Listing,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Text,
)

Spans = tuple[Span, ...]

_WHOLE, _CITATION = "\ufffc", "\ufffb"  # stand for one span each that is never cut
_AHEAD = 80  # how far behind the longest possible cut we look for a citation
_SENTENCE = re.compile(
    rf"""(?<![.!?…])[.!?…]++["'”’»)\]]*+(?:\s*{_CITATION})*+(?=\s|$)
    | (?<![。\uff01\uff1f])[。\uff01\uff1f]++[」』”’\uff09]*+(?:\s*{_CITATION})*+
    | (?=\n)""",
    re.VERBOSE,
)
_CITATION_NEXT = re.compile(rf"\s*{_CITATION}")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A block in two: what goes into the part, and the blocks that are left."""

    head: Block
    rest: tuple[Block, ...]


def divide(block: Block, fits: Callable[[Block], bool], *, at_ends_only: bool) -> Cut | None:
    """Cut a block so that its head fits; None where it can't be cut or nothing of it fits.

    Args:
        block: One that does not fit as a whole.
        fits: Whether a head fits.
        at_ends_only: Cut after a sentence, an item or a line, or not at all.
    """
    match block:
        case Paragraph(spans=spans):
            return _divide_line(spans, Paragraph, fits, at_ends_only)
        case Quote(spans=spans):
            return _divide_line(spans, Quote, fits, at_ends_only)
        case Listing():
            return _divide_listing(block, fits, at_ends_only)
        case CodeBlock():
            return _divide_code(block, fits, at_ends_only)
        case _:
            return None


def _divide_line(
    spans: Spans, make: Callable[[Spans], Block], fits: Callable[[Block], bool], at_ends_only: bool
) -> Cut | None:
    spans = _strip_start(spans)
    total = sum(_cells(span) for span in spans)
    most = _most(total, lambda count: fits(make(_take(spans, count))))
    if most == total:
        return Cut(make(spans), ())
    at = _border(_flat(_take(spans, most + _AHEAD)), most, at_ends_only)
    if not at:
        return None
    return Cut(make(_strip_end(_take(spans, at))), (make(_strip_start(_drop(spans, at))),))


def _divide_listing(
    listing: Listing, fits: Callable[[Block], bool], at_ends_only: bool
) -> Cut | None:
    items, start = listing.items, listing.start
    count = _most(len(items), lambda n: fits(Listing(items[:n], start)))
    if count:
        return Cut(Listing(items[:count], start), (numbered_on(items[count:], start, count),))
    if at_ends_only or not items:
        return None
    cut = _divide_line(items[0], lambda spans: Listing((spans,), start), fits, False)
    if cut is None:
        return None
    return Cut(cut.head, (*map(_as_paragraph, cut.rest), numbered_on(items[1:], start, 1)))


def _divide_code(code: CodeBlock, fits: Callable[[Block], bool], at_ends_only: bool) -> Cut | None:
    lines = _BLANK_LINES.sub("", code.text).split("\n")
    count = _most(len(lines), lambda n: fits(replace(code, text="\n".join(lines[:n]))))
    head, rest = "\n".join(lines[:count]), "\n".join(lines[count:])
    if not count:
        line = lines[0]
        most = _most(len(line), lambda n: fits(replace(code, text=line[:n])))
        at = 0 if at_ends_only else _grapheme_border(line, most)
        head, rest = line[:at], "\n".join((line[at:], *lines[1:]))
    return Cut(replace(code, text=head), (replace(code, text=rest),)) if head else None


def numbered_on(items: tuple[Spans, ...], start: int | None, placed: int) -> Listing:
    """Return the items that are left of a listing, numbered on after those that are placed."""
    return Listing(items, None if start is None else start + placed)


def _as_paragraph(block: Block) -> Block:
    """Let the end of a cut item stand without a second number or bullet."""
    return Paragraph(block.items[0]) if isinstance(block, Listing) else block


def _most(total: int, fits: Callable[[int], bool]) -> int:
    """Return the largest count that fits, in logarithmic steps of it."""
    low, high = 0, 1
    while high <= total and fits(high):
        low, high = high, high * 2
    high = min(high, total + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _border(flat: str, most: int, at_ends_only: bool) -> int:
    """Return the best place to cut, at most `most`; 0 where there is none."""

    def keeps_citation(at: int) -> bool:
        return not _CITATION_NEXT.match(flat, at)

    ends = [found.end() for found in _SENTENCE.finditer(flat) if 0 < found.end() <= most]
    end = max(filter(keeps_citation, ends), default=0)
    if at_ends_only or end >= most / 2:
        return end
    for at in range(most, 0, -1):
        if _is_word_border(flat, at) and keeps_citation(at):
            return at
    return _grapheme_border(flat, most, keeps_citation)


def _is_word_border(flat: str, at: int) -> bool:
    if flat[at : at + 1].isspace():
        return True
    return bool(_CJK.match(flat, at - 1) and _CJK.match(flat, at))


def _grapheme_border(flat: str, most: int, is_good: Callable[[int], bool] = lambda at: True) -> int:
    """Return the last border between graphemes, else between code points."""
    at, best, good = 0, 0, 0
    for grapheme in wcwidth.iter_graphemes(flat[: most + _AHEAD]):
        at += len(grapheme)
        if at > most:
            break
        best = at
        good = at if is_good(at) else good
    return good or best or most


def _cells(span: Span) -> int:
    return len(span.text) if isinstance(span, Text) else 1


def _flat(spans: Spans) -> str:
    """Return the spans as one string, with one character for each that is never cut."""

    def cells(span: Span) -> str:
        if isinstance(span, Text):
            return span.text
        return _CITATION if isinstance(span, MessageLink) else _WHOLE

    return "".join(map(cells, spans))


def _take(spans: Spans, count: int) -> Spans:
    taken: list[Span] = []
    for span in spans:
        if count <= 0:
            break
        taken.append(replace(span, text=span.text[:count]) if isinstance(span, Text) else span)
        count -= _cells(span)
    return tuple(taken)


def _drop(spans: Spans, count: int) -> Spans:
    for index, span in enumerate(spans):
        if count < _cells(span):
            if not isinstance(span, Text):
                return spans[index:]
            return (replace(span, text=span.text[count:]), *spans[index + 1 :])
        count -= _cells(span)
    return ()


def _strip_start(spans: Spans) -> Spans:
    while spans and isinstance(spans[0], Text):
        text = spans[0].text.lstrip()
        if text:
            return (replace(spans[0], text=text), *spans[1:])
        spans = spans[1:]
    return spans


def _strip_end(spans: Spans) -> Spans:
    while spans and isinstance(spans[-1], Text):
        text = spans[-1].text.rstrip()
        if text:
            return (*spans[:-1], replace(spans[-1], text=text))
        spans = spans[:-1]
    return spans
