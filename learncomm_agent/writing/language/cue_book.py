"""The cues of a community in a language, read once and again when their file has changed."""

from collections.abc import Callable, Mapping
from typing import Any

from learncomm_agent.writing.language.cues import Cues, read_cues

Tables = Callable[[str, str], Mapping[str, Any]]
"""Gives the table of a community (by its slug) and a language, an empty one where there is none."""


class CueBook:
    """Prepares cues for use. Reads files, so it is asked on a thread."""

    def __init__(self, tables: Tables) -> None:
        """Keep where `knowledge/cues/` is read; it is asked again for each piece of writing."""
        self._tables = tables
        self._read: dict[tuple[str, str], tuple[Mapping[str, Any], Cues]] = {}

    def cues(self, slug: str, language: str) -> Cues:
        """Return the cues of a language, prepared anew only when their file has changed.

        Raises:
            WordsError: The language's cue file holds a mistake.
        """
        table, key = self._tables(slug, language), (slug, language)
        known = self._read.get(key)
        if known is None or known[0] != table:
            known = self._read[key] = (table, read_cues(table))
        return known[1]
