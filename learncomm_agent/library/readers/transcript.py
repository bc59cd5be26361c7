"""Transcripts: the turns of a talk, a few of them a section."""

from collections.abc import Iterable, Iterator

from learncomm_agent.library.readers.cleaning import clean, clean_line, name_title
from learncomm_agent.library.readers.lines import Line, bad_line
from learncomm_agent.library.readers.reader import Unread, too_large, unreadable
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

WINDOW_CHARS = 1000
"""Turns that follow each other share a section up to this size; a longer turn has its own."""


def read_transcript(
    name: str, lines: Iterable[Line | Unread], max_bytes: int
) -> Iterator[Reading | Unread]:
    """Read the turns `{id, speaker, text, …}` as one resource, after the lines that can't be used.

    A section's text is a line `speaker: text` a turn, its place the id of its first turn. Turns
    without text are passed over.

    Raises:
        UnreadableResourceError: There are no turns, or together they are too large.
    """
    turns: list[tuple[str, str]] = []
    size = 0
    for line in lines:
        if isinstance(line, Unread):
            yield line
            continue
        try:
            speaker, text = clean_line(line.text("speaker")), clean(line.text("text"))
        except ValueError as error:
            yield bad_line(name, line.number, "can't be read", cause=error)
            continue
        if "text" not in line.fields or not speaker:
            yield bad_line(name, line.number, "is no turn")
        elif text:
            turns.append((line.id, f"{speaker}: {text}"))
            size += len(speaker.encode()) + len(text.encode())
        if size > max_bytes:
            raise too_large(name, max_bytes)
    if not turns:
        raise unreadable(name, "holds no turns", "unreadable_empty")
    sections = tuple(_windows(turns))
    yield Reading(clean_line(name), ResourceKind.TRANSCRIPT, name_title(name), sections)


def _windows(turns: Iterable[tuple[str, str]]) -> Iterator[Section]:
    first, text = "", ""
    for message, turn in turns:
        if text and len(text) + len(turn) >= WINDOW_CHARS:
            yield Section(text, Place(message=first))
            text = ""
        first, text = (first, f"{text}\n{turn}") if text else (message, turn)
    yield Section(text, Place(message=first))
