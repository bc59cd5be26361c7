"""Documents of word processors (docx) and slides (pptx)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from learncomm_agent.library.readers.about import author_of
from learncomm_agent.library.readers.cleaning import (
    HEADLINE_CHARS,
    clean,
    clean_line,
    name_title,
)
from learncomm_agent.library.readers.outline import Outline
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.readers.wordprocessing import DocumentWalk
from learncomm_agent.library.readers.zipped import checked, sense_of
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide

_UNMEANT_TITLES = ("Word Document", "PowerPoint Presentation", "PowerPoint-Präsentation")
"""Programs write them of themselves."""


class _Properties(Protocol):
    @property
    def title(self) -> str: ...


def docx_reading(name: str, content: bytes) -> Reading:
    """Read a document of a word processor.

    Headings make the outline, list items get a bullet, a table's row becomes a line; foot- and
    endnotes follow their paragraph. What was deleted under "track changes" is left out.

    Raises:
        UnreadableResourceError: Broken, locked, too heavy, or without any text.
    """
    from docx import Document

    with sense_of(name):
        document = Document(checked(name, content))
        _check_types(name, document.element)
        outline = Outline()
        walk = DocumentWalk(document, outline)
        walk.blocks(document.element.body)
        about = document.core_properties
        reading = outline.reading(
            name,
            ResourceKind.DOCUMENT,
            title=_title(about),
            fallback=walk.first_heading,
            language=about.language,
        )
        return replace(reading, author=author_of(about.author))


def pptx_reading(name: str, content: bytes) -> Reading:
    """Read slides: a section each, with the slide's title as heading and its number as page.

    The speaker's notes follow the slide's text.

    Raises:
        UnreadableResourceError: Broken, locked, too heavy, or without any text.
    """
    from pptx import Presentation

    with sense_of(name):
        presentation = Presentation(checked(name, content))
        sections = [
            section
            for number, slide in enumerate(presentation.slides, 1)
            if (section := _slide_section(name, number, slide)) is not None
        ]
        if not sections:
            raise unreadable(name, "holds no text", "unreadable_empty")
        about = presentation.core_properties
        first = next(iter(sections[0].place.headings), None)
        title = _title(about) or first or name_title(name)
        author = author_of(about.author)
        return Reading(name, ResourceKind.SLIDES, title, tuple(sections), author=author)


def _title(about: _Properties) -> str | None:
    title = clean_line(about.title)
    return title if 0 < len(title) <= HEADLINE_CHARS and title not in _UNMEANT_TITLES else None


def _check_types(name: str, root: Any) -> None:
    """Raise where a part declares a document type, as only attacks do: Office must not."""
    if root.getroottree().docinfo.doctype:
        raise unreadable(name, "declares a document type", "unreadable_broken")


def _slide_section(name: str, number: int, slide: "Slide") -> Section | None:
    """Make the section of a slide; a title alone is its own text."""
    _check_types(name, slide.element)
    shape = slide.shapes.title
    title = "" if shape is None else clean_line(shape.text_frame.text)
    heading = title if len(title) <= HEADLINE_CHARS else ""
    blocks = [
        _shape_text(other)
        for other in _flat(slide.shapes)
        if not (heading and shape is not None and other.element is shape.element)
    ]
    if slide.has_notes_slide:
        _check_types(name, slide.notes_slide.element)
        notes = slide.notes_slide.notes_text_frame
        blocks.append("" if notes is None else notes.text)
    text = "\n\n".join(block for block in map(clean, blocks) if block) or heading
    if not text:
        return None
    return Section(text, Place((heading,) if heading else (), page=number))


def _flat(shapes: Any) -> "Iterator[BaseShape]":
    """Go through shapes in their order, and those of groups in their place."""
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flat(shape.shapes)
        elif not _is_furniture(shape):
            yield shape


def _is_furniture(shape: "BaseShape") -> bool:
    """Whether a shape repeats on every slide: its number, the date, the footer."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    furniture = (
        PP_PLACEHOLDER.SLIDE_NUMBER,
        PP_PLACEHOLDER.DATE,
        PP_PLACEHOLDER.FOOTER,
        PP_PLACEHOLDER.HEADER,
    )
    return shape.is_placeholder and shape.placeholder_format.type in furniture


def _shape_text(shape: Any) -> str:
    if shape.has_text_frame:
        return str(shape.text_frame.text)
    if not shape.has_table:
        return ""
    rows = (
        [clean_line(cell.text_frame.text) for cell in row.cells if not cell.is_spanned]
        for row in shape.table.rows
    )
    return "\n".join(" | ".join(row) for row in rows if any(row))
