"""The sentences that people read: one TOML file a language, a community's own ones key by key over it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from learncomm_agent import templates
from learncomm_agent.documents import read_text
from learncomm_agent.errors import PhraseError, WordsError
from learncomm_agent.roots import Roots, nearest

SIGN = "sign"
"""What stands before a command where people type it, such as `/`; nothing where nobody says."""
FALLBACK = "en"
"""The language of a sentence that the asked one lacks."""

_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def chain(language: str) -> tuple[str, ...]:
    """Return the names of the files to look into for a language, `de-AT` before `de`.

    What is no language tag has none, so nothing but tags ever becomes a file's name.
    """
    tag = language.replace("_", "-")
    if not _TAG.fullmatch(tag):
        return ()
    return tuple(dict.fromkeys((tag, tag.split("-")[0])))


def load_table(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        WordsError: It can't be read, or is no TOML; names the line.
    """
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WordsError(f"{path.name}: {error}") from error


class Phrases:
    """Finds and renders sentences. Files are read when their language is first asked for."""

    def __init__(self, roots: Roots) -> None:
        """Read from these roots."""
        self._roots = roots
        self._shipped: dict[str, Mapping[str, str]] = {}
        self._own: dict[str, dict[str, str]] = {}

    def render(self, key: str, language: str, values: Mapping[str, object]) -> str:
        """Return one sentence; see `Words.phrase`."""
        values = {SIGN: "", **values}
        for tag in (*chain(language), FALLBACK):
            style = language if tag.split("-")[0] == language[:2] else tag
            own = self.own(tag)
            if key in own:
                try:
                    return templates.fill(own[key], style, values)
                except PhraseError as error:
                    self._roots.report(self._own_path(tag), f"{key}: {error}")
                    del own[key]
            if (source := self.shipped(tag).get(key)) is not None:
                try:
                    return templates.fill(source, style, values)
                except PhraseError as error:
                    raise PhraseError(f"phrases/{tag}.toml: {key}: {error}") from error
        raise PhraseError(f"no phrase {key!r}{nearest(key, set(self.shipped(FALLBACK)))}")

    def has(self, key: str, language: str) -> bool:
        """Return whether there is such a sentence; see `Words.has_phrase`."""
        tags = (*chain(language), FALLBACK)
        return any(key in self.shipped(tag) for tag in tags)

    def shipped(self, tag: str) -> Mapping[str, str]:
        """Return the shipped sentences of a language by key; empty where there are none.

        Raises:
            PhraseError: The file is broken.
        """
        if tag not in self._shipped:
            _, path = self._roots.find("phrases", tag, ".toml")
            try:
                self._shipped[tag] = dict(_flat(load_table(path))) if path else {}
            except WordsError as error:
                raise PhraseError(f"phrases/{error}") from error
        return self._shipped[tag]

    def own(self, tag: str) -> dict[str, str]:
        """Return the community's own sentences of a language that can be used."""
        if tag not in self._own:
            path, _ = self._roots.find("phrases", tag, ".toml")
            self._own[tag] = dict(self._usable(path, tag)) if path else {}
        return self._own[tag]

    def _usable(self, path: Path, tag: str) -> Iterator[tuple[str, str]]:
        known = {**self.shipped(FALLBACK), **self.shipped(tag)}
        try:
            sentences = list(_flat(load_table(path)))
        except WordsError as error:
            self._roots.report(path, str(error))
            return
        for key, source in sentences:
            if reason := _fault(key, source, known):
                self._roots.report(path, f"{key}: {reason}")
            else:
                yield key, source

    def _own_path(self, tag: str) -> Path:
        own = self._roots.own("phrases")
        return (own or Path("phrases")) / f"{tag}.toml"


def _fault(key: str, source: str, known: Mapping[str, str]) -> str | None:
    if key not in known:
        return f"unknown key{nearest(key, set(known))}"
    try:
        names = templates.variables(source)
    except PhraseError as error:
        return str(error)
    allowed = templates.variables(known[key]) | {SIGN}
    if stray := sorted(names - allowed):
        return f"unknown value {stray[0]!r}{nearest(stray[0], set(allowed))}"
    return None


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        elif isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            raise WordsError(f"{prefix}{name}: neither a sentence nor a section")
