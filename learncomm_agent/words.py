"""The words of learncomm: what it says to people and to models, and what it knows.

They stand in `prompts/` and `knowledge/`, shipped with the package. A community's own files, below
`DATA/<community slug>/`, win over the shipped ones: file by file for prompts, guides and tables,
key by key for phrases. An own file that can't be used never stops the agent: it is reported once in
the log and in `Words.problems`, and the shipped words are used in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learncomm_agent import templates
from learncomm_agent.documents import Document, read_document
from learncomm_agent.errors import PromptError, WordsError
from learncomm_agent.phrases import Phrases, chain, load_table
from learncomm_agent.roots import Roots, checked_slug, nearest

_NEEDED = frozenset({"material", "question"})
"""Inputs that a prompt has to hold: without them a model would write about nothing."""


class Words:
    """Finds and renders the words of one community. Files are read once, when first needed."""

    def __init__(self, overrides: Path | None = None, *, data: Path | None = None) -> None:
        """Start with nothing read.

        Args:
            overrides: A community's own words; None uses the shipped ones alone.
            data: The folder below which each community has one, for `for_community`.
        """
        self._roots = Roots(overrides)
        self._data = data
        self._phrases = Phrases(self._roots)
        self._communities: dict[str, Words] = {}
        self._prompts: dict[str, Document] = {}
        self._tables: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        self._languages: dict[str, tuple[str, ...]] = {}

    def for_community(self, slug: str) -> Words:
        """Return the words with this community's own over them.

        Raises:
            WordsError: The slug can't name a folder.
        """
        checked_slug(slug)
        if slug not in self._communities:
            own = self._data / slug if self._data else None
            self._communities[slug] = Words(own, data=self._data)
        return self._communities[slug]

    @staticmethod
    def proposed_prompt(name: str, path: Path) -> Document:
        """Return a file as the prompt of a name, if it could be used as one.

        Raises:
            WordsError: It can't be read, or holds a mistake; names the line.
        """
        return _fitting(path, name, Words()._prompt(name))

    def proposing(self, slug: str, document: Document) -> Words:
        """Return the same words with another prompt in one community, to see what it would write."""
        words = Words(data=self._data)
        words.for_community(slug)._prompts[document.name] = document
        return words

    def phrase(self, key: str, *, language: str, **values: object) -> str:
        """Return one sentence for people.

        A language that lacks the sentence, or isn't there at all, answers in English. Moments are
        shown in the zone that they bear: bring them to the reader's zone first.

        Args:
            key: Sections and name, for example `search.nothing`.
            language: A language tag such as `de` or `de-AT`.
            values: What the sentence fills in; more than it needs does no harm.

        Raises:
            PhraseError: There is no such sentence, or it misses a value.
        """
        return self._phrases.render(key, language, values)

    def has_phrase(self, key: str, *, language: str) -> bool:
        """Return whether `phrase` knows such a sentence. Ask first: a missing one is dear to report."""
        return self._phrases.has(key, language)

    def spoken(self, key: str) -> tuple[str, ...]:
        """Return what people say for something, in all languages: the parts of a sentence between ` / `."""
        said = (self.phrase(key, language=each).split(" / ") for each in self.languages())
        return tuple(dict.fromkeys(each.strip() for some in said for each in some))

    def render(self, prompt: str, /, **values: object) -> str:
        """Return a prompt filled in with exactly the inputs that its front matter declares.

        Raises:
            PromptError: No such prompt, an input is missing or unknown, or it does not render.
        """
        document = self._prompt(prompt)
        declared = _inputs(document)
        where = f"prompts/{prompt}.md"
        if unknown := sorted(values.keys() - declared):
            raise PromptError(
                f"{where}: unknown input {unknown[0]!r}{nearest(unknown[0], declared)}"
            )
        if missing := sorted(declared - values.keys()):
            raise PromptError(f"{where}: input {missing[0]!r} was not given")
        try:
            return templates.fill(document.body, "en", values)
        except WordsError as error:
            raise PromptError(f"{where}: {error}") from error

    def prompts(self) -> tuple[Document, ...]:
        """Return all prompts that can be used, sorted by name.

        Raises:
            PromptError: A shipped one is broken.
        """
        known = self._roots.names("prompts", ".md", with_own=False)
        for name in sorted(self._roots.names("prompts", ".md") - known):
            own, _ = self._roots.find("prompts", name, ".md")
            if own is not None:
                self._roots.report(own, f"no prompt of that name{nearest(name, known)}")
        return tuple(self._prompt(name) for name in sorted(known))

    def table(self, folder: str, *, language: str) -> Mapping[str, Any] | None:
        """Return `knowledge/<folder>/<language>.toml`; None where that language has none.

        Raises:
            WordsError: The shipped file is broken.
        """
        for tag in chain(language):
            if (found := self._table(folder, tag)) is not None:
                return found
        return None

    def documents(self, folder: str) -> tuple[Document, ...]:
        """Return all Markdown files below `knowledge/<folder>/`, sorted by name.

        One that can't be read is reported and left out, also where it is a shipped one: it is not to take
        the others down.
        """
        names = sorted(self._roots.names(folder, ".md"))
        found = (self._document(folder, name) for name in names)
        return tuple(each for each in found if each is not None)

    def report(self, document: Document, reason: str) -> None:
        """Note that a file is not used, as whoever reads on in it found a mistake."""
        self._roots.report(document.path, reason)

    def digest(self, folder: str) -> str:
        """Return a hash of all Markdown files below `knowledge/<folder>/`; far quicker than to read them.

        One that can't be read counts as empty; `documents` reports it.
        """
        digest = hashlib.sha256()
        for name in sorted(self._roots.names(folder, ".md")):
            for path in self._roots.find(folder, name, ".md"):
                content = b"" if path is None else _bytes(path)
                digest.update(f"{name} {len(content)}\0".encode() + content)
        return digest.hexdigest()

    def template(self, name: str) -> str:
        """Return a shipped file of `knowledge/templates/` as it is."""
        return (self._roots.shipped("templates") / name).read_text(encoding="utf-8")

    def languages(self, folder: str = "phrases") -> tuple[str, ...]:
        """Return the languages that have a file of their own in `knowledge/<folder>/`, sorted."""
        if folder not in self._languages:
            names = self._roots.names(folder, ".toml")
            self._languages[folder] = tuple(sorted(name for name in names if chain(name)))
        return self._languages[folder]

    def problems(self) -> tuple[str, ...]:
        """Read all of the community's own files and return what is wrong with them, one line each."""
        for tag in self.languages():
            self._phrases.own(tag)
        self.prompts()
        own, known = self._roots.own(""), self._roots.folders()
        for path in sorted(own.iterdir()) if own else ():
            if path.is_dir() and path.name in known - {"prompts", "phrases"}:
                self.documents(path.name)
                for name in sorted(self._roots.names(path.name, ".toml")):
                    self._table(path.name, name)
            elif path.is_dir() and path.name not in known and (near := nearest(path.name, known)):
                self._roots.report(path, f"unknown folder{near}")
        return self._roots.problems

    def _prompt(self, name: str) -> Document:
        if name not in self._prompts:
            own, shipped = self._roots.find("prompts", name, ".md")
            if shipped is None:
                names = self._roots.names("prompts", ".md", with_own=False)
                raise PromptError(f"no prompt {name!r}{nearest(name, names)}")
            document = _checked(shipped, name)
            if own is not None:
                document = self._own_prompt(own, name, document)
            self._prompts[name] = document
        return self._prompts[name]

    def _own_prompt(self, path: Path, name: str, shipped: Document) -> Document:
        try:
            return _fitting(path, name, shipped)
        except WordsError as error:
            self._roots.report(path, str(error))
            return shipped

    def _table(self, folder: str, tag: str) -> Mapping[str, Any] | None:
        if (folder, tag) not in self._tables:
            own, shipped = self._roots.find(folder, tag, ".toml")
            table = None
            if own is not None:
                try:
                    table = load_table(own)
                except WordsError as error:
                    self._roots.report(own, str(error))
            if table is None and shipped is not None:
                table = load_table(shipped)
            self._tables[folder, tag] = table
        return self._tables[folder, tag]

    def _document(self, folder: str, name: str) -> Document | None:
        for path in self._roots.find(folder, name, ".md"):
            if path is None:
                continue
            try:
                return read_document(path, name)
            except WordsError as error:
                self._roots.report(path, str(error))
        return None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _fitting(path: Path, name: str, shipped: Document) -> Document:
    """Return a prompt that takes what the shipped one takes."""
    own = _checked(path, name)
    if stray := sorted(_inputs(own) ^ _inputs(shipped)):
        place = f"{path.name}:{own.line('inputs')}"
        raise PromptError(f"{place}: inputs differ from the shipped prompt's: {stray[0]!r}")
    needed = _NEEDED & templates.variables(shipped.body)
    if unread := sorted(needed - templates.variables(own.body)):
        raise PromptError(f"{path.name}:{own.body_line}: {unread[0]!r} does not stand in the text")
    return own


def _checked(path: Path, name: str) -> Document:
    try:
        document = read_document(path, name)
        inputs = _inputs(document)
    except WordsError as error:
        raise PromptError(str(error)) from error
    try:
        stray = sorted(templates.variables(document.body) - inputs)
    except WordsError as error:
        line = document.body_line - 1 + (getattr(error.__cause__, "lineno", None) or 1)
        raise PromptError(f"{path.name}:{line}: {error}") from error
    if stray:
        lines = document.body.split("\n")
        at = next((n for n, line in enumerate(lines) if stray[0] in line), 0)
        place = f"{path.name}:{document.body_line + at}"
        close = nearest(stray[0], inputs)
        raise PromptError(f"{place}: {stray[0]!r} is not among the inputs{close}")
    return document


def _inputs(document: Document) -> set[str]:
    inputs = document.front.get("inputs") or ()
    if not isinstance(inputs, list | tuple) or not all(isinstance(each, str) for each in inputs):
        raise PromptError(f"{document.path.name}:{document.line('inputs')}: inputs are no names")
    return set(inputs)
