"""Cuts a reading into chunks: small enough to embed, large enough to be read on their own.

A chunk never crosses a section, so its place holds for all of it. Inside a section a cut falls at the
best break near the wanted size: between paragraphs, after a sentence, between lines, between words,
and only as a last resort inside a word.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from learncomm_agent.library.resources import Chunk, Place, Reading

TARGET_CHARS = 1200
"""Where a section that is too long is cut, at the latest."""
MAX_CHARS = 1500
"""A section up to this size stays whole. Smaller ones found less in handbooks, no more in abstracts."""
MIN_CHARS = 80
"""No cut leaves less than this behind."""

_SEPARATOR = "\n\n"
_BREAKS = (
    re.compile(r"\n[ \t]*\n"),
    re.compile(r"[.!?…][\"'”’»)\]]*\s|[。！？]"),  # noqa: RUF001
    re.compile(r"\n"),
    re.compile(r"\s"),
)


def chunks(
    reading: Reading, *, target_chars: int = TARGET_CHARS, max_chars: int = MAX_CHARS
) -> tuple[str, tuple[Chunk, ...]]:
    """Cut a reading into chunks.

    Args:
        reading: Its sections may be empty; those give no chunk.
        target_chars: Where a section that is too long is cut, at the latest, in characters.
        max_chars: No chunk is longer; at least `target_chars + MIN_CHARS`.

    Returns:
        The resource's full text (its sections, a blank line between them), and the chunks in the
        order of the text, `full[chunk.start : chunk.end] == chunk.text`. Together they hold every
        visible character; none is empty, none begins or ends with white space.

    Raises:
        ValueError: The sizes leave no room for a cut.
    """
    if target_chars < 2 * MIN_CHARS or max_chars < target_chars + MIN_CHARS:
        raise ValueError(f"no room between {target_chars} and {max_chars} characters")
    made: list[Chunk] = []
    offset = 0
    for section in reading.sections:
        for start, end in _spans(section.text, target_chars, max_chars):
            text = section.text[start:end]
            made.append(
                Chunk(
                    ordinal=len(made),
                    start=offset + start,
                    end=offset + end,
                    text=text,
                    place=section.place,
                    hash=_hash(reading.title, section.place, text),
                )
            )
        offset += len(section.text) + len(_SEPARATOR)
    return _SEPARATOR.join(section.text for section in reading.sections), tuple(made)


def _spans(text: str, target: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield where each chunk of one section begins and ends, without the white space around it."""
    start, end = _trimmed(text, 0, len(text))
    while end - start > limit:
        cut = start + _cut(text[start : start + target])
        yield _trimmed(text, start, cut)
        start, _ = _trimmed(text, cut, end)
    if start < end:
        yield start, end


def _cut(window: str) -> int:
    """Return the last good break in the second half of a window, the strongest kind first."""
    half = len(window) // 2
    for pattern in _BREAKS:
        ends = [match.end() for match in pattern.finditer(window, half)]
        if ends:
            return ends[-1]
    return len(window)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _hash(title: str, place: Place, text: str) -> str:
    """Hash with lengths in front, so that no two different contents read the same."""
    parts = (title, *place.headings, str(place.page or ""), place.message or "", text)
    content = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
