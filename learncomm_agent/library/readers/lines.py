"""The lines of a JSONL file, one at a time, each checked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO

from learncomm_agent.library.readers.cleaning import clean_line, encoding_by_mark
from learncomm_agent.library.readers.reader import Unread, unreadable

LINE_CHARS = 2_000_000
"""A longer line is not read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line's object, with an id that no line before it had."""

    number: int
    """Counted from 1."""
    id: str
    fields: dict[str, Any]

    def text(self, key: str) -> str:
        """Return a field's text, empty where there is none.

        Raises:
            ValueError: It is there and no text.
        """
        value = self.fields.get(key)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"field {key!r} is no text")
        return value or ""


def json_lines(name: str, stream: BinaryIO) -> Iterator[Line | Unread]:
    """Yield the lines that are not blank; a line that can't be used as `Unread`, with its number.

    Raises:
        UnreadableResourceError: The file is binary.
    """
    seen: set[str] = set()
    for number, text in _texts(stream):
        if "\0" in text:
            raise unreadable(name, f"holds NUL bytes in line {number}", "unreadable_binary")
        if not text.strip():
            continue
        if len(text) > LINE_CHARS:
            yield bad_line(name, number, "is too long", "unreadable_line_long")
            continue
        try:
            fields = _fields(text)
            if "turns" in fields:
                yield bad_line(name, number, "is a whole talk", "unreadable_conversation")
                continue
            line = Line(number, _id(fields, seen), fields)
        except (ValueError, RecursionError) as error:
            yield bad_line(name, number, "can't be read", cause=error)
        else:
            seen.add(line.id)
            yield line


def bad_line(
    name: str,
    number: int,
    why: str,
    phrase: str = "unreadable_line",
    cause: BaseException | None = None,
) -> Unread:
    """Say that one line was not read."""
    error = unreadable(name, f"line {number} {why}", phrase, line=number)
    error.__cause__ = cause
    return Unread(name, error)


def _texts(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield numbered lines; of one that is too long, its beginning, longer than `LINE_CHARS`."""
    encoding = encoding_by_mark(stream.read(4)) or "utf-8"
    stream.seek(0)
    lines = TextIOWrapper(stream, encoding, errors="surrogateescape", newline="\n")
    try:
        number = 0
        while text := lines.readline(LINE_CHARS + 1):
            number += 1
            yield number, text
            while text and not text.endswith("\n"):
                text = lines.readline(LINE_CHARS)
    finally:
        lines.detach()


def _fields(text: str) -> dict[str, Any]:
    text.encode()  # bytes that are not UTF-8 stand as surrogates, and fail here
    fields = json.loads(text)
    if not isinstance(fields, dict):
        raise ValueError("no object")
    return fields


def _id(fields: dict[str, Any], seen: set[str]) -> str:
    value = fields.get("id")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("the id is neither text nor a whole number")
    found = clean_line(str(value))
    if not found:
        raise ValueError("the id is empty")
    if found in seen:
        raise ValueError("the id stands in a line before")
    return found
