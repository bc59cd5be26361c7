"""A dossier as files: JSON for machines, Markdown for reading, both complete; several of each where one is too large."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from learncomm_agent.chat.outgoing import File
from learncomm_agent.community.dossier import Dossier

MOST_FILES = 10
"""Of one kind; whoever has more asks who runs it."""
_SLICE = 0.9
"""So much of what a platform takes is filled, since text is cut between things."""
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\+00:00")
"""How a moment stands that is JSON already."""
Say = Callable[[str], str]
"""Returns the words for a noun, or for a field."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands before a dossier."""

    community: str
    made_at: datetime
    zone: tzinfo
    title: str
    about: str
    """What is not in it, and why."""


def files(dossier: Dossier, cover: Cover, say: Say, max_bytes: int) -> list[File] | None:
    """Return the files of a dossier; None where they would be too many, or a single thing is too large.

    Args:
        dossier: Everything, by its noun.
        cover: What stands before it.
        say: The words for nouns.
        max_bytes: What a file may hold.
    """
    limit = int(max_bytes * _SLICE)
    local = {noun: [_local(row, cover.zone) for row in rows] for noun, rows in dossier.items()}
    as_json = _packed(_json_things(local), limit, lambda things: _json(things, cover))
    as_text = _packed(_text_things(local, say), limit, lambda things: _text(things, cover))
    if max(len(as_json), len(as_text)) > MOST_FILES:
        return None
    made = [
        *_named(as_json, "json", "application/json"),
        *_named(as_text, "md", "text/markdown"),
    ]
    return None if any(len(file.content) > max_bytes for file in made) else made


def _local(value: Any, zone: tzinfo) -> Any:
    """Return JSON, with moments as they are in a zone."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        return {str(name): _local(each, zone) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_local(each, zone) for each in value]
    return value


_Thing = tuple[str, Any]


def _json_things(dossier: Mapping[str, Sequence[Any]]) -> Iterator[_Thing]:
    for noun, rows in dossier.items():
        yield from ((noun, row) for row in rows)


def _text_things(dossier: Mapping[str, Sequence[Any]], say: Say) -> Iterator[_Thing]:
    for noun, rows in dossier.items():
        if rows:
            yield "", f"\n## {say(noun)}\n"
        yield from (("", _line(row)) for row in rows)


def _packed(
    things: Iterator[_Thing], limit: int, made: Callable[[list[_Thing]], str]
) -> list[bytes]:
    """Return things in as few files as they fit in, each whole by itself."""
    found, some, size = list[bytes](), list[_Thing](), 0
    for thing in things:
        length = len(json.dumps(thing[1], ensure_ascii=False).encode(errors="replace")) + 40
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
        "made_at": _local(cover.made_at, cover.zone),
        "about": cover.about,
    }
    return json.dumps({**head, **kinds}, ensure_ascii=False, indent=1)


def _text(things: list[_Thing], cover: Cover) -> str:
    head = f"# {_plain(cover.title)}\n\n{cover.about}\n"
    return head + "\n".join(line for _, line in things) + "\n"


def _line(row: Mapping[str, Any]) -> str:
    """Return one thing as an item of a list: when, where, the words, then what else there is."""
    at, text = row.get("at"), row.get("text")
    first = " · ".join(_plain(str(each)) for each in (at, row.get("room")) if each)
    rest = {
        name: each
        for name, each in row.items()
        if name not in ("at", "room", "text") and each not in (None, "", [], {}, False)
    }
    lines = [f"- {first}" if first else "-"]
    if text:
        lines[0] += ": " + _plain(str(text)).replace("\n", "\n  ")
    for name, each in rest.items():
        lines += _field(name, each)
    if lines[0] == "-":
        return "- " + "\n".join(lines[1:]).strip().removeprefix("- ")
    return "\n".join(lines)


def _field(name: str, value: Any) -> Iterator[str]:
    called = name.replace("_", " ")
    if isinstance(value, list):
        yield f"  - {called}:"
        for each in value:
            yield f"    - {_short(each)}"
    else:
        yield f"  - {called}: {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        told = (f"{name}: {_short(each)}" for name, each in value.items() if each not in (None, ""))
        return "; ".join(told)
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    return _plain(str(value)).replace("\n", "\n      ")


def _plain(text: str) -> str:
    """Return words as they are, whatever Markdown would make of them."""
    return _MARKS.sub(r"\\\1", text)


def _named(contents: Sequence[bytes], ending: str, kind: str) -> Iterator[File]:
    for number, content in enumerate(contents, 1):
        part = f"-{number}" if len(contents) > 1 else ""
        yield File(f"me{part}.{ending}", kind, content)
