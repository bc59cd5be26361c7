"""Where the words stand on disk: what was shipped, and a community's own files over it.

The working directory is never searched. Own files are read as data from one folder alone: names
that climb out of it, and symbolic links, are refused.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from learncomm_agent.errors import WordsError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def checked_slug(slug: str) -> str:
    """Return the slug, which names a community's folder.

    Raises:
        WordsError: It is not made of up to 64 of a-z, 0-9, `-` and `_`.
    """
    if not _SLUG.fullmatch(slug):
        raise WordsError(f"no community slug: {slug!r}")
    return slug


def nearest(name: str, names: Iterator[str] | set[str] | tuple[str, ...]) -> str:
    """Return `, nearest is 'x'` for a log line, or nothing where no name is like it."""
    found = get_close_matches(name, sorted(names), n=1)
    return f", nearest is {found[0]!r}" if found else ""


class Roots:
    """Finds files of words, a community's own before the shipped ones."""

    def __init__(self, overrides: Path | None = None) -> None:
        """Look for own files below `overrides`, in folders such as `prompts/` and `phrases/`."""
        self._overrides = overrides
        self._problems: dict[str, None] = {}

    def shipped(self, folder: str) -> Path:
        """Return the shipped folder; it may be missing."""
        top, _, rest = folder.partition("/")
        base = _shipped("prompts") if top == "prompts" else _shipped("knowledge") / top
        return base / rest if rest else base

    def own(self, folder: str) -> Path | None:
        """Return the community's own folder; None where it has none."""
        if self._overrides is None:
            return None
        path = self._overrides / folder
        return path if path.is_dir() else None

    def folders(self) -> set[str]:
        """Return the names of the folders that were shipped."""
        return {"prompts"} | {path.name for path in self.shipped("").glob("*/")}

    def find(self, folder: str, name: str, suffix: str) -> tuple[Path | None, Path | None]:
        """Return the own and the shipped file of this name, each None where it is missing.

        Raises:
            WordsError: The name climbs, or holds more than letters, digits, `-`, `_` and `/`.
        """
        if not _NAME.fullmatch(name):
            raise WordsError(f"no name for a file of words: {name!r}")
        own = self.own(folder)
        return (
            self._file(own, name + suffix) if own else None,
            self._file(self.shipped(folder), name + suffix),
        )

    def names(self, folder: str, suffix: str, *, with_own: bool = True) -> set[str]:
        """Return the names of all files below a folder, shipped and own, without the ending."""
        found = set(_walk(self.shipped(folder), suffix))
        if with_own and (own := self.own(folder)):
            found |= set(_walk(own, suffix))
        return {name for name in found if _NAME.fullmatch(name)}

    def report(self, path: Path, reason: str) -> None:
        """Note once that a file, or a part of it, is not used, and say so in the log."""
        own, is_own = self._overrides, False
        if own is not None and path.is_relative_to(own):
            place, is_own = path.relative_to(own), True
        else:
            place = path.relative_to(self.shipped("").parent)
        line = f"{place.as_posix()}: {reason}"
        if line in self._problems:
            return
        self._problems[line] = None
        from learncomm_agent.log import logger

        event = "own_words_refused" if is_own else "shipped_words_refused"
        logger(__name__).warning(event, file=place.as_posix(), reason=reason)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with files that were read, the community's own above all, in the order found."""
        return tuple(self._problems)

    def _file(self, base: Path, relative: str) -> Path | None:
        path = base / relative
        if not path.is_file():
            return None
        is_own = self._overrides is not None and base.is_relative_to(self._overrides)
        steps = [path, *(parent for parent in path.parents if parent.is_relative_to(base))]
        if is_own and any(step.is_symlink() for step in steps):
            self.report(path, "a symbolic link is not followed")
            return None
        return path


def _shipped(top: str) -> Path:
    package = Path(str(files("learncomm_agent")))
    inside = package / top
    return inside if inside.is_dir() else package.parent / top


def _walk(base: Path, suffix: str) -> Iterator[str]:
    for path in base.rglob(f"*{suffix}"):
        if path.is_file():
            yield path.relative_to(base).as_posix().removesuffix(suffix)
