"""The contents of a book as a leader pastes or types them: a contents page, or how long it is; pure.

What a page of contents looks like differs from book to book, so each line is read on its own, and what
all lines say is believed only where it fits: page numbers that fall are none, and of a list in which
some lines have no page the lengths are unknown. Whatever is left out (a heading, the index) is seen by
the leader in the plan, before anything is sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from learncomm_agent.sessions.methods.numbers import NUMBER, number_of
from learncomm_agent.sessions.methods.pacing import MOST_PAGES, MOST_PARTS, Part

MOST_CHARS, MOST_LINE_CHARS, MOST_LABEL_CHARS = 20_000, 300, 120

_WEAK_FIRST = 100
"""A first chapter that seems to begin later than on this page ends in a year, perhaps."""

_CASELESS = re.IGNORECASE
_BULLET = re.compile(r"^(?:(?:[-*+•‣▪◦>]|#{1,6}|\[[ x]\])\s+)+")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_CHAPTER = re.compile(r"(?:chapter|chap\.?|ch\.|kapitel|kap\.)\s*(\w+)[.:)]?", _CASELESS)
_NUMBERED = re.compile(r"(\d{1,3}|[IVXLC]+(?=[.:)]))[.:)]?(?=\s|$)")
_SECTION = re.compile(r"§?\s*\d+\.\d")
_HEADING = re.compile(rf"(?:part|teil|book|buch)\s+(?:{NUMBER}|[ivxlc]+)(?!\w)", _CASELESS)
_TITLES = re.compile(r"(?:table of )?contents|inhalt(?:sverzeichnis)?|toc", _CASELESS)
_UNREAD = re.compile(
    r"(?:index|bibliography|references|notes|endnotes|acknowledge?ments|about the authors?|glossary"
    r"|literatur(?:verzeichnis)?|(?:stich|sach|personen)?(?:wort)?(?:verzeichnis|register)|anmerkungen"
    r"|danksagung|glossar|über d(?:en|ie) autor\w*|dedication|widmung|copyright|impressum)\W*",
    _CASELESS,
)
_PAGE = re.compile(r"(?<![\d.,])(\d{1,5})(?:\s?[-–]\s?(\d{1,5}))?\)?$")
_PAGE_WORD = re.compile(r"(?:^|[\s,(.…])(?:pages?|pp?\.|seiten?|s\.)\s*$", _CASELESS)
_ROMAN_PAGE = re.compile(
    r".*(?:\s{2,}|[.…·]\s*)[ivxl]+|(?i:foreword|preface|introduction|prologue|vorwort|einleitung"
    r"|einführung|geleitwort|prolog)\b.*\s[ivxl]+"
)
_LEADERS = " \t.…·_-–—,(:"
_PAGES = re.compile(r"(?<![\d.,])(\d{1,5})\s*(?:pages?|pp?\.?|seiten?|s\.)(?!\w)", _CASELESS)
_COUNTED = re.compile(rf"(?<!\w)({NUMBER})\s+(?:chapters?|kapiteln?)(?!\w)", _CASELESS)
_RANGE = re.compile(
    r"(?<!\w)(?:chapters?|kapiteln?)\s*(\d{1,3})\s*(?:-|–|to|bis)\s*(\d{1,3})(?!\w)", _CASELESS
)
_PAGES_ARE = re.compile(r"(?:pages|seiten)\s*[:=]\s*(\d{1,5})(?!\w)", _CASELESS)
_TOTAL = re.compile(r"\W*(?:total|length|insgesamt|gesamt|länge|umfang)?\W*", _CASELESS)


_BARE = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    label: str
    """Without the page."""
    number: int | None
    page: int | None
    until: int | None
    """The last page, where the line names both."""
    is_sure: bool
    """Whether the page can be nothing else: dots lead to it."""
    kind: str
    """`chapter`, `heading` (of several chapters) or `rest` (the index)."""
    indent: int
    is_listed: bool


def parse_contents(text: str) -> tuple[Part, ...] | int | None:
    """Return the chapters of a book in order, or how many pages it has, or None where it is unreadable.

    Reads a contents page, a list, `12 chapters`, `320 pages`, `320 Seiten in 12 Kapiteln`, and a number
    alone, which is one of pages. A chapter's
    length is the pages up to the next line's; the last one's is known if the text says how many pages
    the book has, else it is like the median. Sections (`1.1`), parts above chapters, the index and the
    like, and pages in Roman numbers are no chapters.

    Args:
        text: What the leader pasted. More than 20,000 characters, 200 chapters or 300 characters in a
            line are no contents.
    """
    if _BARE.fullmatch(text.strip()):
        return int(text) if 0 < int(text) <= MOST_PAGES else None
    if len(text) > MOST_CHARS:
        return None
    rows = [row for row in text.expandtabs(4).splitlines() if row.strip()]
    stated = _PAGES.findall(text) or _PAGES_ARE.findall(text)
    pages = int(stated[-1]) if stated and 0 < int(stated[-1]) <= MOST_PAGES else None
    if any(len(row) > MOST_LINE_CHARS for row in rows):
        return None
    lines = _chapters(_joined([line for row in rows if (line := _line(row)) is not None]))
    if _are_contents(lines):
        parts = _parts(lines, pages)
        return parts if 2 <= len(parts) <= MOST_PARTS else None
    return _counted(text, pages) if len(text) <= MOST_LINE_CHARS else None


def _line(row: str) -> _Line | None:
    """Read one row; None where it is none of the contents."""
    text, is_listed = _plain(row)
    if (
        not re.search(r"\w", text)
        or _TITLES.fullmatch(text)
        or _SECTION.match(text)
        or _ROMAN_PAGE.fullmatch(text)
    ):
        return None
    if (total := _PAGES.search(text)) and _TOTAL.fullmatch(text[: total.start()]):
        return None
    number, rest = _numbered(text)
    head = text[: len(text) - len(rest)]
    title, page, until, is_sure = _paged(rest, is_alone=not head)
    kind = "heading" if _HEADING.match(text) else "rest" if _UNREAD.fullmatch(title) else "chapter"
    label = " ".join((head + title).split()).strip(" .:…–—-")[:MOST_LABEL_CHARS]
    indent = len(row) - len(row.lstrip())
    return _Line(text, label, number, page, until, is_sure, kind, indent, is_listed)


def _plain(row: str) -> tuple[str, bool]:
    """Return a row without markup, a table's cells far apart, and whether it is one of a list."""
    bare = _LINK.sub(r"\1", row.strip().strip("|").strip())
    text = _BULLET.sub("", bare)
    for mark in ("**", "__", "`"):
        text = text.replace(mark, "")
    return re.sub(r"\s*\|\s*", "   ", text).strip(), text != bare


def _paged(rest: str, *, is_alone: bool) -> tuple[str, int | None, int | None, bool]:
    """Return the title, its page, its last page, and whether that can be nothing but a page."""
    found = _PAGE.search(rest)
    if found is None or (is_alone and found.start() == 0):
        return rest, None, None, False
    before = rest[: found.start()]
    word = _PAGE_WORD.search(before)
    title = (before[: word.start()] if word else before).rstrip(_LEADERS)
    gap = before[len(title) :]
    if not gap:
        return rest, None, None, False
    is_sure = word is not None or gap != " "
    return title, int(found[1]), int(found[2]) if found[2] else None, is_sure


def _numbered(text: str) -> tuple[int | None, str]:
    """Return a chapter's own number and what follows it."""
    for pattern in (_CHAPTER, _NUMBERED):
        if (found := pattern.match(text)) and (
            number := number_of(found[1], is_roman=True)
        ) is not None:
            return number, text[found.end() :]
    return None, text


def _joined(lines: Sequence[_Line]) -> list[_Line]:
    """Return the lines, each with its page where this stood on a line of its own after it."""
    found: list[_Line] = []
    for line in lines:
        last = found[-1] if found else None
        is_lone = line.text.isdecimal() and last is not None and not last.text.isdecimal()
        if is_lone and last is not None and last.page is None:
            found[-1] = replace(last, page=line.number or int(line.text[:5]), is_sure=True)
        else:
            found.append(line)
    return found


def _chapters(lines: Sequence[_Line]) -> list[_Line]:
    """Return the lines without what is listed below a chapter; headings count where all are such."""
    named = [line for line in lines if line.kind == "chapter"]
    if not named:
        return [replace(line, kind="chapter") for line in lines if line.kind == "heading"]
    left = min(line.indent for line in named)
    tops = sum(line.indent == left for line in named)
    if tops < 2:
        return list(lines)
    return [line for line in lines if line.indent <= left or line.number or line.kind != "chapter"]


def _are_contents(lines: Sequence[_Line]) -> bool:
    read = [line for line in lines if line.kind == "chapter"]
    if len(read) < 2:
        return False
    told = sum(line.number is not None or line.page is not None for line in read)
    is_plain = len(read) > 2 and all(
        any(map(str.isalpha, line.text))
        and len(line.text) <= 100
        and line.text[-1] not in ".!?…:;,"
        for line in read
    )
    return 2 * told >= len(read) or all(line.is_listed for line in read) or is_plain


def _parts(lines: Sequence[_Line], pages: int | None) -> tuple[Part, ...]:
    """Return the chapters; of size 1 where the pages on which they begin are not known of all."""
    read = [line for line in lines if line.kind == "chapter"]
    if not _has_pages(lines):
        size = pages / len(read) if pages else 1.0
        return tuple(
            Part(line.label if line.is_sure else line.text[:MOST_LABEL_CHARS], size, line.number)
            for line in read
        )
    paged = [line for line in lines if line.page is not None]
    sizes = {
        id(line): max(1, (after.page or 0) - (line.page or 0)) for line, after in pairwise(paged)
    }
    last = paged[-1]
    end = last.until or pages or 0
    usual = median([sizes[id(line)] for line in read if id(line) in sizes] or [1])
    sizes[id(last)] = end - (last.page or 0) + 1 if end >= (last.page or 0) > 0 else int(usual)
    return tuple(Part(line.label, float(sizes[id(line)]), line.number) for line in read)


def _has_pages(lines: Sequence[_Line]) -> bool:
    """Tell whether what looks like pages is: every chapter has one, and none begins before the last."""
    starts = [line.page for line in lines if line.page is not None]
    is_sure = any(line.is_sure for line in lines)
    return (
        all(line.page is not None for line in lines if line.kind == "chapter")
        and all(before <= after for before, after in pairwise(starts))
        and starts[-1] <= MOST_PAGES
        and (is_sure or starts[0] <= _WEAK_FIRST)
    )


def _counted(text: str, pages: int | None) -> tuple[Part, ...] | int | None:
    """Read `12 chapters`, `chapters 3 to 9`, `320 pages`, or both."""
    first, last = 1, 0
    if span := _RANGE.search(text):
        first, last = int(span[1]), int(span[2])
    elif counted := _COUNTED.search(text):
        last = number_of(counted[1]) or 0
    if 2 <= last - first + 1 <= MOST_PARTS:
        size = pages / (last - first + 1) if pages else 1.0
        return tuple(Part(str(n), size, n) for n in range(first, last + 1))
    return pages if last == 0 else None
