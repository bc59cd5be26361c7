"""The body of a word processor's document: its paragraphs, lists and tables in their order."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from learncomm_agent.library.readers.cleaning import clean_line
from learncomm_agent.library.readers.outline import Outline

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import BaseStyle

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_UNSEEN = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_COMPATIBLE}Fallback"))
_SIGNS = {
    f"{_W}tab": " ",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
_NOTES = ("footnote", "endnote")
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_DEEPEST_LIST = 8
_STYLE_CHAIN = 20


class DocumentWalk:
    """A walk over the elements themselves.

    The library's own lists of paragraphs leave out what stands in content controls, text boxes
    and tracked insertions.
    """

    def __init__(self, document: "Document", outline: Outline) -> None:
        """Set out to add the document's text to the outline."""
        self.first_heading: str | None = None
        self._outline = outline
        self._styles = _Styles(document)
        self._notes = _notes(document)
        self._in_list = False

    def blocks(self, parent: Any) -> None:
        """Add all the blocks below an element."""
        for block in _blocks(parent):
            if block.tag == f"{_W}tbl":
                self._table(block)
            else:
                self._paragraph(block)

    def _paragraph(self, paragraph: Any) -> None:
        text = _words(paragraph)
        if text.strip():
            level = self._styles.heading_level(paragraph)
            depth = None if level else self._styles.list_depth(paragraph)
            if level:
                self.first_heading = self.first_heading or clean_line(text)
                self._outline.heading(level, text)
            elif depth is None:
                self._outline.add(text)
            else:
                self._outline.add("  " * depth + "• " + text, tight=self._in_list)
            self._in_list = depth is not None
        for note in self._notes_of(paragraph):
            self._outline.add(note)
        for box in _below(paragraph, f"{_W}txbxContent"):
            self.blocks(box)

    def _table(self, table: Any) -> None:
        begun = False
        for row in _below(table, f"{_W}tr"):
            cells = list(_below(row, f"{_W}tc"))
            if len(cells) == 1:  # a frame around text rather than a row
                self.blocks(cells[0])
                begun = False
                continue
            texts = [clean_line(" ".join(self._cell_words(cell))) for cell in cells]
            if any(texts):
                self._outline.add(" | ".join(texts), tight=begun)
                begun = True
        self._in_list = False

    def _cell_words(self, cell: Any) -> Iterator[str]:
        for block in _blocks(cell):
            if block.tag == f"{_W}tbl":
                yield from self._cell_words(block)
            else:
                yield _words(block)
                yield from self._notes_of(block)
                for box in _below(block, f"{_W}txbxContent"):
                    yield from self._cell_words(box)

    def _notes_of(self, paragraph: Any) -> Iterator[str]:
        if self._notes:
            for kind in _NOTES:
                for reference in _below(paragraph, f"{_W}{kind}Reference"):
                    yield self._notes.pop((kind, reference.get(f"{_W}id")), "")


class _Styles:
    """What the styles say of paragraphs."""

    def __init__(self, document: "Document") -> None:
        self._styles = {style.style_id: style for style in document.styles}
        self._levels: dict[str, int] = {}

    def heading_level(self, paragraph: Any) -> int:
        """Return 1 to 9 for a heading or title, else 0."""
        own = _value(paragraph, "outlineLvl")
        if own is not None:
            return own + 1 if 0 <= own <= 8 else 0
        style = _style_id(paragraph)
        if style not in self._levels:
            self._levels[style] = self._style_level(style)
        return self._levels[style]

    def list_depth(self, paragraph: Any) -> int | None:
        """Return 0 for an outer list's item, 1 for one in it and so on; None where it is none."""
        for element in (paragraph, *(s.element for s in self._chain(_style_id(paragraph)))):
            number = _value(element, "numPr", "numId")
            if number is not None:
                depth = _value(element, "numPr", "ilvl") or 0
                return min(max(depth, 0), _DEEPEST_LIST) if number else None
        return None

    def _style_level(self, style_id: str) -> int:
        for style in self._chain(style_id):
            named = _HEADING.fullmatch(style.name or "")
            if named:
                return int(named[1])
            if style.name == "Title":
                return 1
            level = _value(style.element, "outlineLvl")
            if level is not None:
                return level + 1 if 0 <= level <= 8 else 0
        return 0

    def _chain(self, style_id: str) -> "Iterator[BaseStyle]":
        """Go from a style to those it is based on, which may be a circle."""
        for _ in range(_STYLE_CHAIN):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = str(style.element.xpath("string(w:basedOn/@w:val)"))


def _style_id(paragraph: Any) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val", "")


def _value(element: Any, *path: str) -> int | None:
    """Read a number out of the properties of a paragraph or style."""
    found = element.find("/".join(f"{_W}{tag}" for tag in ("pPr", *path)))
    value = "" if found is None else found.get(f"{_W}val", "")
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def _blocks(parent: Any) -> Iterator[Any]:
    """Go through paragraphs and tables, also those wrapped in something else."""
    for child in parent:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag not in _UNSEEN:
            yield from _blocks(child)


def _below(parent: Any, tag: str) -> Iterator[Any]:
    """Go through the nearest elements of a tag, without what is unseen."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSEEN:
            yield from _below(child, tag)


def _words(parent: Any) -> str:
    """Write what a paragraph says; text boxes in it are blocks of their own."""
    said: list[str] = []
    for child in parent:
        if child.tag in (f"{_W}t", f"{_MATH}t"):
            said.append(child.text or "")
        elif child.tag in _SIGNS:
            said.append(_SIGNS[child.tag])
        elif child.tag not in _UNSEEN and child.tag != f"{_W}txbxContent":
            said.append(_words(child))
    return "".join(said)


def _notes(document: "Document") -> dict[tuple[str, str], str]:
    """Read the foot- and endnotes by kind and id."""
    from docx.oxml import parse_xml

    notes: dict[tuple[str, str], str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2].removesuffix("s")
        if kind in _NOTES and not relation.is_external:
            for note in parse_xml(relation.target_part.blob).iterchildren(f"{_W}{kind}"):
                words = "\n".join(_words(block) for block in _blocks(note))
                notes[kind, note.get(f"{_W}id", "")] = words
    return notes
