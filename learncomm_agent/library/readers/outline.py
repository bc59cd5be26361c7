"""Gathers blocks of text under headings and makes sections of them."""

from learncomm_agent.library.readers.cleaning import (
    HEADLINE_CHARS,
    clean,
    clean_line,
    name_title,
)
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section


class Outline:
    """Takes headings and blocks in the order of the document; gives the reading."""

    def __init__(self) -> None:
        """Begin with no heading."""
        self._path: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._sections: list[tuple[tuple[str, ...], str]] = []
        self._first: tuple[int, str] | None = None

    def heading(self, level: int, text: str) -> None:
        """Begin a section; `level` counts from 1, the outermost."""
        text = clean_line(text)
        if not text or len(text) > HEADLINE_CHARS:
            self.add(text)
            return
        self._close(level)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, text))
        self._first = self._first or (level, text)

    def add(self, text: str, *, tight: bool = False) -> None:
        """Add a block; `tight` sets it on the next line, else a blank line comes between."""
        text = clean(text)
        if text:
            self._blocks.append(("\n" if tight else "\n\n") + text)

    def reading(
        self,
        name: str,
        kind: ResourceKind,
        *,
        title: str | None = None,
        fallback: str | None = None,
        language: str | None = None,
    ) -> Reading:
        """Make the reading of what was gathered.

        Args:
            name: Becomes the source.
            kind: What was read.
            title: As the document declares it. Without one a first heading of level 1 is the
                title, else `fallback`, else the name. The title is left out of the places.
            fallback: A title that is worth less than such a heading.
            language: As the document declares it, such as `pt-BR`.

        Raises:
            UnreadableResourceError: No text was found.
        """
        self._close(0)
        if not self._sections:
            raise unreadable(name, "holds no text", "unreadable_empty")
        top = self._first[1] if self._first and self._first[0] == 1 else None
        chosen = _headline(title) or top or _headline(fallback) or name_title(name)
        return Reading(
            source=name,
            kind=kind,
            title=chosen,
            sections=tuple(
                Section(text, Place(path[1:] if path[:1] == (chosen,) else path))
                for path, text in self._sections
            ),
            language=_language(language),
        )

    def _close(self, next_level: int) -> None:
        """End the section; a heading with nothing under it, not even a heading, is its own text."""
        text = "".join(self._blocks).lstrip("\n")
        innermost = self._path[-1] if self._path else None
        if not text and innermost and next_level <= innermost[0]:
            text = innermost[1]
        if text:
            self._sections.append((tuple(heading for _, heading in self._path), text))
        self._blocks = []


def _headline(text: str | None) -> str | None:
    text = clean_line(text or "")
    return text if 0 < len(text) <= HEADLINE_CHARS else None


def _language(declared: str | None) -> str | None:
    code = (declared or "").strip().replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
