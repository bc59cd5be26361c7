"""A resource as a Markdown file: front matter for people and other tools, then its words under their headings.

The words stand there as they are, nothing in them is escaped; `parts` says which stretches they are, so
that they are read back to the letter.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from learncomm_agent.library.resources import Place, Section
from learncomm_agent.moving.records import PartRecord

Span = tuple[int, int, Place]
"""Where a chunk begins and ends in a text, and its place."""

_GAP = "\n\n"
_FENCE = "---\n"
_DEEPEST = 6
"""Markdown has no deeper heading."""
_OPENED = re.compile(r"\ufeff?---\r?\n")
_CLOSED = re.compile(r"^---\r?\n(?:\r?\n)?", re.MULTILINE)


def sections(text: str, spans: Iterable[Span]) -> tuple[Section, ...]:
    """Part a resource's text where the place changes; joined by a blank line they are the text again."""
    made: list[Section] = []
    begin = end = 0
    place: Place | None = None
    for start, stop, there in spans:
        if place is None:
            place = there
        elif there != place and (cut := text.find(_GAP, end, start)) >= 0:
            made.append(Section(text[begin:cut], place))
            begin, place = cut + len(_GAP), there
        end = max(end, stop)
    return (*made, Section(text[begin:], place or Place()))


def body(title: str, parts: Sequence[Section]) -> tuple[str, tuple[PartRecord, ...]]:
    """Return the words of a resource under its headings, and where in that each part stands."""
    pieces, records = [f"# {one_line(title)}\n"], []
    length = len(pieces[0])
    before = Place()
    for part in parts:
        head = "\n" + _headings(before, part.place)
        start = length + len(head)
        end = start + len(part.text)
        pieces += [head, part.text, "\n"]
        length = end + 1
        place = part.place
        records.append(
            PartRecord(
                start=start,
                end=end,
                headings=place.headings,
                page=place.page,
                message=place.message,
            )
        )
        before = place
    return "".join(pieces), tuple(records)


def cut(text: str, parts: Sequence[PartRecord]) -> tuple[Section, ...]:
    """Take the parts out of a body again.

    Raises:
        ValueError: They are not in order, or lie outside.
    """
    end = 0
    made = []
    for part in parts:
        if not end <= part.start <= part.end <= len(text):
            raise ValueError(f"no part from {part.start} to {part.end}")
        end = part.end
        place = Place(part.headings, part.page, part.message)
        made.append(Section(text[part.start : part.end], place))
    return tuple(made)


def front(values: Mapping[str, object]) -> str:
    """Return front matter (YAML); whatever is None or empty is left out."""
    return _FENCE + "".join(_lines(values, "")) + _FENCE + "\n"


def without_front(text: str) -> str:
    """Return what follows the front matter; all of it where there is none."""
    opened = _OPENED.match(text)
    closed = opened and _CLOSED.search(text, opened.end())
    return text[closed.end() :] if closed else text


def one_line(text: str) -> str:
    """Return a text on one line, as a heading needs it."""
    return " ".join(text.split())


def _headings(before: Place, place: Place) -> str:
    """Return the headings that begin here, and the page in a comment that Markdown does not show."""
    same = 0
    while before.headings[same : same + 1] == place.headings[same : same + 1] != ():
        same += 1
    if same == len(place.headings) < len(before.headings):
        same = max(same - 1, 0)  # back to an outer heading, which is said again
    lines = [
        f"{'#' * min(depth + 2, _DEEPEST)} {one_line(heading)}\n\n"
        for depth, heading in enumerate(place.headings[same:], same)
    ]
    if place.page is not None and place.page != before.page:
        lines.append(f"<!-- {place.page} -->\n\n")
    return "".join(lines)


def _lines(values: Mapping[str, object], indent: str) -> Iterable[str]:
    for name, value in values.items():
        if isinstance(value, list | tuple):
            if value:
                yield f"{indent}{name}:\n"
            for each in value:
                inner = list(_lines(each, indent + "    "))
                yield f"{indent}  - {inner[0].strip()}\n"
                yield from inner[1:]
        elif value is not None and value != "":
            yield f"{indent}{name}: {_scalar(value)}\n"


def _scalar(value: object) -> str:
    """Write a value as YAML reads it: a string of JSON is one, apart from what YAML calls unprintable."""
    if not isinstance(value, str):
        return json.dumps(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
