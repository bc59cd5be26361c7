"""A dossier as files: JSON for programs, Markdown in words for people; several of each where one is too large."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from learncomm_agent.chat.outgoing import File
from learncomm_agent.community.dossier import Dossier

MOST_FILES = 10
"""Of one kind; whoever has more asks who runs it."""
_SLICE = 0.9
"""So much of what a platform takes is filled, since text is cut between things."""
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\+00:00")
"""How a moment stands that is JSON already."""
IDS = frozenset({"answers", "detail", "id", "purpose", "resource", "session", "subject"})
"""Fields that say something to programs alone."""


class Wording(Protocol):
    """The words of the Markdown, in the language of whoever reads it."""

    def noun(self, noun: str) -> str:
        """Return what a kind of things is called."""

    def field(self, name: str) -> str:
        """Return what a field is called."""

    def value(self, name: str, value: Any) -> str:
        """Return what a field holds, which is no list; moments are in the zone of the reader."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands before a dossier."""

    community: str
    made_at: datetime
    zone: tzinfo
    title: str
    about: str
    """What is not in it, and why."""


def files(dossier: Dossier, cover: Cover, words: Wording, max_bytes: int) -> list[File] | None:
    """Return the files of a dossier; None where they would be too many, or a single thing is too large.

    Args:
        dossier: Everything, by its noun.
        cover: What stands before it.
        words: Those of the Markdown.
        max_bytes: What a file may hold.
    """
    limit = int(max_bytes * _SLICE)
    local = {noun: [_local(row, cover.zone) for row in rows] for noun, rows in dossier.items()}
    as_json = _packed(_json_things(local), limit, lambda things: _json(things, cover))
    as_text = _packed(_text_things(local, words), limit, lambda things: _text(things, cover))
    if max(len(as_json), len(as_text)) > MOST_FILES:
        return None
    made = [
        *_named(as_json, "json", "application/json"),
        *_named(as_text, "md", "text/markdown"),
    ]
    return None if any(len(file.content) > max_bytes for file in made) else made


def _local(value: Any, zone: tzinfo) -> Any:
    """Return JSON, but for moments, which are in a zone."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, Mapping):
        return {str(name): _local(each, zone) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_local(each, zone) for each in value]
    return value


_Thing = tuple[str, Any]


def _json_things(dossier: Mapping[str, Sequence[Any]]) -> Iterator[_Thing]:
    for noun, rows in dossier.items():
        yield from ((noun, row) for row in rows)


def _text_things(dossier: Mapping[str, Sequence[Any]], words: Wording) -> Iterator[_Thing]:
    for noun, rows in dossier.items():
        if rows:
            yield "", f"\n## {words.noun(noun)}\n"
        yield from (("", _line(row, words)) for row in rows)


def _packed(
    things: Iterator[_Thing], limit: int, made: Callable[[list[_Thing]], str]
) -> list[bytes]:
    """Return things in as few files as they fit in, each whole by itself."""
    found, some, size = list[bytes](), list[_Thing](), 0
    for thing in things:
        length = len(_dumped(thing[1]).encode(errors="replace")) + 40
        if some and size + length > limit:
            found.append(made(some).encode(errors="replace"))
            some, size = [], 0
        some.append(thing)
        size += length
    return [*found, made(some).encode(errors="replace")]


def _json(things: list[_Thing], cover: Cover) -> str:
    kinds: dict[str, list[Any]] = {}
    for noun, row in things:
        kinds.setdefault(noun, []).append(row)
    head = {
        "community": cover.community,
        "made_at": cover.made_at.astimezone(cover.zone),
        "about": cover.about,
    }
    return _dumped({**head, **kinds}, indent=1)


def _dumped(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_stamp)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _text(things: list[_Thing], cover: Cover) -> str:
    head = f"# {_plain(cover.title)}\n\n{cover.about}\n"
    return head + "\n".join(line for _, line in things) + "\n"


def _line(row: Mapping[str, Any], words: Wording) -> str:
    """Return one thing as an item of a list: when, where, the words, then what else there is."""
    text = row.get("text")
    head = ((name, row.get(name)) for name in ("at", "room"))
    first = " · ".join(_plain(words.value(name, each)) for name, each in head if each)
    rest = {
        name: each
        for name, each in row.items()
        if name not in ("at", "room", "text", *IDS) and each not in (None, "", [], {})
    }
    lines = [f"- {first}" if first else "-"]
    if text:
        lines[0] += ": " + _plain(str(text)).replace("\n", "\n  ")
    for name, each in rest.items():
        lines += _field(name, each, words)
    if lines[0] == "-":
        return "- " + "\n".join(lines[1:]).strip().removeprefix("- ")
    return "\n".join(lines)


def _field(name: str, value: Any, words: Wording) -> Iterator[str]:
    called = words.field(name)
    if isinstance(value, list):
        yield f"  - {called}:"
        for each in value:
            yield f"    - {_short(name, each, words)}"
    else:
        yield f"  - {called}: {_short(name, value, words)}"


def _short(name: str, value: Any, words: Wording) -> str:
    if isinstance(value, Mapping):
        told = (
            f"{words.field(part)}: {_short(part, each, words)}"
            for part, each in value.items()
            if part not in IDS and each not in (None, "")
        )
        return "; ".join(told)
    if isinstance(value, list):
        return ", ".join(_short(name, each, words) for each in value)
    return _plain(words.value(name, value)).replace("\n", "\n      ")


def _plain(text: str) -> str:
    """Return words as they are, whatever Markdown would make of them."""
    return _MARKS.sub(r"\\\1", text)


def _named(contents: Sequence[bytes], ending: str, kind: str) -> Iterator[File]:
    for number, content in enumerate(contents, 1):
        part = f"-{number}" if len(contents) > 1 else ""
        yield File(f"me{part}.{ending}", kind, content)
