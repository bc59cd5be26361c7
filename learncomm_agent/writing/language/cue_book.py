"""The cues of a community in a language, read once and again when their file has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cues import Cues, merged, read_cues, read_stopwords
from learncomm_agent.writing.language.spoken import spoken_languages

Tables = Callable[[str, str], Mapping[str, Any]]
"""Gives the table of a community (by its slug) and a language, an empty one where there is none."""
Languages = Callable[[str], Sequence[str]]
"""Gives the languages of which a community has a table."""


class CueBook:
    """Prepares cues for use. Reads files, so it is asked on a thread."""

    def __init__(self, tables: Tables, languages: Languages = lambda _: ()) -> None:
        """Keep where `knowledge/cues/` is read; it is asked again for each piece of writing.

        Args:
            tables: Gives the table of a language.
            languages: Gives those that can be told; without it a conversation is held in the language
                that its transcript names.
        """
        self._tables = tables
        self._languages = languages
        self._read: dict[tuple[str, tuple[str, ...]], tuple[list[Mapping[str, Any]], Cues]] = {}
        self._stopwords: dict[tuple[str, str], tuple[Mapping[str, Any], frozenset[str]]] = {}

    def cues(self, slug: str, *languages: str) -> Cues:
        """Return the cues of a language, or of several at once, prepared anew only when a file changed.

        Raises:
            WordsError: A language's cue file holds a mistake.
        """
        tables, key = [self._tables(slug, each) for each in languages], (slug, languages)
        known = self._read.get(key)
        if known is None or known[0] != tables:
            cues = replace(read_cues(merged(tables)), languages=languages)
            known = self._read[key] = (tables, cues)
        return known[1]

    def spoken(self, slug: str, transcript: Transcript) -> Cues:
        """Return the cues of the languages in which a conversation was held, whatever its readers speak.

        `Cues.languages` says which they are; `transcript.language` counts where it can't be told.

        Raises:
            WordsError: A language's cue file holds a mistake.
        """
        known = {each: self._common(slug, each) for each in self._languages(slug)}
        if not any(known.values()):
            return self.cues(slug, transcript.language)
        return self.cues(slug, *spoken_languages(transcript, known))

    def _common(self, slug: str, language: str) -> frozenset[str]:
        table, key = self._tables(slug, language), (slug, language)
        known = self._stopwords.get(key)
        if known is None or known[0] != table:
            known = self._stopwords[key] = (table, read_stopwords(table))
        return known[1]
