"""Markdown files with a front matter, as prompts, guides and playbooks are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from learncomm_agent.errors import WordsError

MOST_FRONT_CHARS = 60_000
"""What a second suffices to read."""
_DEEPEST = 50
"""Brackets within each other; to read a thousand would take many seconds."""
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file."""

    name: str
    """The path below its folder, without the ending: `guides/cases/late.md` is `cases/late`."""
    path: Path
    front: Mapping[str, Any] = field(default_factory=dict)
    """The front matter, as ruamel.yaml reads it; its mappings and lists know their lines (`.lc`)."""
    body: str = ""
    body_line: int = 1
    """The line of the file on which the body begins, counted from 1."""

    def line(self, key: str) -> int:
        """Return the line of the file, counted from 1, on which a key of the front matter stands."""
        places = getattr(self.front, "lc", None)
        return 1 if places is None or key not in self.front else int(places.key(key)[0]) + 2


def read_document(path: Path, name: str) -> Document:
    """Read a Markdown file; without a front matter, the whole file is the body.

    Raises:
        WordsError: It can't be read, is no UTF-8, or its front matter is no mapping; names the line.
    """
    text = read_text(path)
    match = _FRONT.match(text)
    if match is None:
        if text.startswith("---"):
            raise WordsError(f"{path.name}:1: front matter without an end")
        return Document(name, path, {}, text.strip())
    body = text[match.end() :]
    lead = len(body) - len(body.lstrip())
    line = text.count("\n", 0, match.end() + lead) + 1
    return Document(name, path, _front(match.group(1), path), body.strip(), line)


def read_text(path: Path) -> str:
    """Return a file of words as text, without a byte order mark, lines ending in a line feed.

    Raises:
        WordsError: It can't be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WordsError(f"{path.name}: no UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise WordsError(f"{path.name}: {error.strerror}") from error


def _front(source: str, path: Path) -> Mapping[str, Any]:
    if len(source) > MOST_FRONT_CHARS:
        raise WordsError(f"{path.name}:2: a front matter has at most {MOST_FRONT_CHARS} characters")
    if _depth(source) > _DEEPEST:
        raise WordsError(f"{path.name}:2: brackets stand in each other too deep")
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        front = YAML(typ="rt").load(source)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        problem = str(error.problem).split(" with value ")[
            0
        ]  # what else follows is the file's words
        raise WordsError(f"{path.name}:{line}: {' '.join(problem.split())}") from error
    except ReaderError as error:
        line = source.count("\n", 0, error.position) + 2
        raise WordsError(f"{path.name}:{line}: a character that no text holds") from error
    except Exception as error:  # a tag can lead the library anywhere
        raise WordsError(f"{path.name}:1: {type(error).__name__}") from error
    if front is None:
        return {}
    if not isinstance(front, Mapping):
        raise WordsError(f"{path.name}:2: front matter is no mapping")
    return front


def _depth(source: str) -> int:
    """Return how many brackets are open at once, at most."""
    depth = deepest = 0
    for sign in re.findall(r"[\[\]{}]", source):
        depth = depth + 1 if sign in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
