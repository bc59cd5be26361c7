"""JSONL files: each line a resource of its own, or all of them one transcript."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from learncomm_agent.library.readers.cleaning import HEADLINE_CHARS, clean, clean_line
from learncomm_agent.library.readers.lines import Line, bad_line, json_lines
from learncomm_agent.library.readers.reader import Unread, unreadable
from learncomm_agent.library.readers.transcript import read_transcript
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

_BAD_LINES = 1_000
"""After more, the rest of the file is left alone; each costs a sentence that somebody should read."""


def read_jsonl(name: str, stream: BinaryIO, max_bytes: int) -> Iterator[Reading | Unread]:
    """Read records as they are asked for, or one transcript if the first good line has a speaker.

    A record is `{id, title?, heading?, text}`; its source is `name#id`. Without text its title
    stands for it. Ids are texts or whole numbers, and differ. Blank lines and other fields are
    passed over. A line that can't be used gives an `Unread` with its number.

    Raises:
        UnreadableResourceError: The file is binary or empty, holds too many lines that can't be
            used, or a transcript is too large.
    """
    bad = 0
    for each in _found(name, stream, max_bytes):
        yield each
        bad += isinstance(each, Unread)
        if bad > _BAD_LINES:
            why = f"holds more than {_BAD_LINES} lines that can't be used"
            raise unreadable(name, why, "unreadable_broken")


def _found(name: str, stream: BinaryIO, max_bytes: int) -> Iterator[Reading | Unread]:
    lines = json_lines(name, stream)
    empty = True
    for first in lines:
        empty = False
        if isinstance(first, Line):
            break
        yield first
    else:
        if empty:
            raise unreadable(name, "is empty", "unreadable_empty")
        return
    every = chain((first,), lines)
    if "speaker" in first.fields:
        yield from read_transcript(name, every, max_bytes)
    else:
        for line in every:
            yield _record(name, line) if isinstance(line, Line) else line


def _record(name: str, line: Line) -> Reading | Unread:
    try:
        given, heading = clean_line(line.text("title")), clean_line(line.text("heading"))
        text = clean(line.text("text"))
    except ValueError as error:
        return bad_line(name, line.number, "can't be read", cause=error)
    too_long = [words for words in (given, heading) if len(words) > HEADLINE_CHARS]
    text = "\n\n".join([*too_long, text]).strip() or heading or given
    if not text:
        return bad_line(name, line.number, "holds no text", "unreadable_line_empty")
    return Reading(
        source=f"{clean_line(name)}#{line.id}",
        kind=ResourceKind.RECORD,
        title=given[:HEADLINE_CHARS] or heading[:HEADLINE_CHARS] or line.id[:HEADLINE_CHARS],
        sections=(Section(text, Place((heading,) if heading and heading not in too_long else ())),),
    )
