"""HTML pages: the main text where trafilatura finds one, else the whole page."""

import re
from collections.abc import Container
from dataclasses import replace
from typing import TYPE_CHECKING

from learncomm_agent.library.readers.cleaning import decoded
from learncomm_agent.library.readers.facts import Facts, canonical, facts_of
from learncomm_agent.library.readers.outline import Outline
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.resources import Reading, ResourceKind

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DECLARED = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MAIN_PART_ELEMENTS = 20_000
_MAIN_PART_DEPTH = 100
"""Larger and deeper pages are read whole: looking for the main part takes minutes there."""
_MAIN_PART_SHARE = 0.2
"""A main part smaller than this share of the page is not believed."""
_UNSEEN = (
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "svg",
    "canvas",
    "datalist",
)
_AROUND = ("nav", "header", "footer", "aside", "form", "button", "dialog")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "  # noqa: SIM905
    "figure footer form header hr li item list main nav ol p pre quote section summary table tbody "
    "thead ul".split()
)
_ITEMS = frozenset(("li", "item"))
_ROWS = frozenset(("tr", "row"))
_CELLS = frozenset(("td", "th", "cell"))
_BREAKS = frozenset(("br", "lb"))
_HEADING = re.compile(r"#?h([1-6])", re.IGNORECASE)


def _declared_encoding(content: bytes) -> str | None:
    """Name the encoding that a page declares of itself in its first 4,096 bytes."""
    found = _DECLARED.search(content[:4096])
    return found[1].decode("ascii", "ignore") if found else None


def html_reading(name: str, content: bytes) -> Reading:
    """Read a page.

    Raises:
        UnreadableResourceError: It holds no text, or is nested too deeply to be read whole.
    """
    text = decoded(name, content, declared=_declared_encoding(content))
    try:
        page = _parsed(text)
    except ValueError as error:
        raise unreadable(name, "can't be read whole", "unreadable_page") from error
    body = None if page is None else page.find("body")
    if page is None or body is None:
        raise unreadable(name, "holds no text", "unreadable_empty")
    facts = facts_of(page) if _is_handy(page) else Facts()
    _hide_unseen(page)
    outline = Outline()
    main = _main_part(page)
    if not gather(body if main is None else main, outline, without=_AROUND):
        gather(body, outline)
    reading = outline.reading(
        name,
        ResourceKind.HTML,
        fallback=facts.title or page.findtext("head/title"),
        language=page.get("lang"),
    )
    return replace(
        reading,
        author=facts.author,
        published_at=facts.published_at,
        address=canonical(page),
    )


def parsed(text: str) -> "HtmlElement | None":
    """Parse a page, or a piece of one, into its visible elements under `html`.

    Returns:
        None where there is no element.

    Raises:
        ValueError: The parser could not keep all of it.
    """
    page = _parsed(text)
    if page is not None:
        _hide_unseen(page)
    return page


def _parsed(text: str) -> "HtmlElement | None":
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        page = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    except etree.LxmlError as error:
        raise ValueError("no page") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise ValueError("nested too deeply")
    return page


def _hide_unseen(page: "HtmlElement") -> None:
    from lxml import etree

    etree.strip_elements(page, *_UNSEEN, with_tail=False)


def _is_handy(page: "HtmlElement") -> bool:
    """Whether a page is small and flat enough to be looked through more than once."""
    elements = page.xpath("count(//*)")
    return elements <= _MAIN_PART_ELEMENTS and not page.xpath(f"boolean({'/*' * _MAIN_PART_DEPTH})")


def _main_part(page: "HtmlElement") -> "HtmlElement | None":
    from copy import deepcopy

    from trafilatura import bare_extraction

    if not _is_handy(page):
        return None
    found = bare_extraction(
        deepcopy(page), favor_recall=True, include_comments=False, include_formatting=True
    )
    main = getattr(found, "body", None)
    if main is None:
        return None
    flattened = page.find(".//h2") is not None and main.find(".//head") is None
    enough = _size(main) >= _MAIN_PART_SHARE * _size(page)
    return main if enough and not flattened else None


def _size(root: "HtmlElement") -> int:
    return sum(len(text.strip()) for text in root.itertext())


def gather(root: "HtmlElement", outline: Outline, *, without: Container[str] = ()) -> bool:
    """Add the text under an element to an outline, headings as headings.

    Understands HTML and the elements that trafilatura makes of it.

    Returns:
        Whether there was any.
    """
    from lxml.etree import iterwalk

    walk = _Walk(outline)
    steps = iterwalk(root, events=("start", "end"))
    for event, element in steps:
        if event == "start":
            if element.tag in without:
                steps.skip_subtree()
            else:
                walk.start(element)
        else:
            if element.tag not in without:
                walk.end(element)
            if element is not root:
                walk.text(element.tail)
    walk.flush()
    return walk.found


class _Walk:
    """Where a walk through a page stands."""

    def __init__(self, outline: Outline) -> None:
        self.found = False
        self._outline = outline
        self._words: list[str] = []
        self._marker = ""
        self._items = 0
        self._cells: list[str] | None = None
        self._verbatim = 0

    def start(self, element: "HtmlElement") -> None:
        tag = element.tag
        if tag in _ROWS:
            self.flush()
            self._cells = []
        elif tag in _BREAKS:
            self._words.append("\n")
        elif self._cells is None and (tag in _BLOCKS or _level(element)):
            self.flush()
            if tag in _ITEMS:
                self._items += 1
                self._marker = "  " * (self._items - 1) + "- "
        if tag in ("pre", "code"):
            self._verbatim += 1
        self.text(element.text)

    def end(self, element: "HtmlElement") -> None:
        tag = element.tag
        if tag in ("pre", "code"):
            self._verbatim -= 1
        if tag in _CELLS and self._cells is not None:
            self._cells.append(" ".join(self._taken().split()))
        elif tag in _ROWS and self._cells is not None:
            row = " | ".join(self._cells) + " " + self._taken()
            self._cells = None
            self._add(row if row.strip(" |\n") else "", tight=element.getprevious() is not None)
        elif self._cells is None and (level := _level(element)):
            heading = self._taken()
            self.found = self.found or bool(heading.strip())
            self._outline.heading(level, heading)
        elif self._cells is None and tag in _BLOCKS:
            self.flush()
            self._items -= tag in _ITEMS

    def text(self, text: str | None) -> None:
        if text and not self._verbatim:
            spaced = re.sub(r"\s+", " ", text)
            text = spaced.lstrip() if self._words[-1:] == ["\n"] or not self._words else spaced
        if text:
            self._words.append(text)

    def flush(self) -> None:
        """End the block that stands open."""
        text = self._taken()
        if text.strip():
            self._add(self._marker + text, tight=self._items > 0)
            self._marker = ""

    def _taken(self) -> str:
        text = "".join(self._words)
        self._words = []
        return text

    def _add(self, text: str, *, tight: bool) -> None:
        self.found = self.found or bool(text.strip())
        self._outline.add(text, tight=tight)


def _level(element: "HtmlElement") -> int:
    """Return 1 to 6 for a heading, else 0."""
    named = element.get("rend", "") if element.tag == "head" else element.tag
    found = _HEADING.fullmatch(named)
    return int(found[1]) if found else 0
