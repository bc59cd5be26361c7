"""What comes back of what a stage had written: lines, and the messages that they rest on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Written:
    """A line that was written for a stage."""

    text: str
    messages: tuple[int, ...] = ()
    """The messages it rests on; it goes where one of them is forgotten."""
    source: str = ""
    label: str = ""
    entries: tuple[int, ...] = ()
    """The entries whose words it holds; it goes with each of them, too."""
    resources: tuple[int, ...] = ()
    """The resources it rests on."""
    quotes: tuple[tuple[int, str], ...] = ()
    """Words that it takes from messages, by their rows: it goes where these are taken out."""

    @property
    def grounds(self) -> dict[str, list[Any]]:
        """Return what is kept of that in the fields of an entry, so that it goes with what it rests on."""
        found: dict[str, list[Any]] = {
            "entries": list(self.entries),
            "resources": list(self.resources),
            "quotes": [list(each) for each in self.quotes],
        }
        return {name: each for name, each in found.items() if each}


def written(lines: Any) -> tuple[Written, ...]:
    """Return the lines of a result that have words; what is none is passed over.

    Each is a text, or has `text`, and maybe `evidence` (rows of messages, or mappings with `message`),
    `source`, `label`, `entries` and `resources`.
    """
    if not isinstance(lines, list | tuple):
        return ()
    return tuple(found for each in lines if (found := _line(each)) is not None)


def _line(line: Any) -> Written | None:
    record = line if isinstance(line, Mapping) else {"text": line}
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return None
    return Written(
        " ".join(text.split()),
        tuple(_rows(record.get("evidence"))),
        str(record.get("source") or ""),
        str(record.get("label") or ""),
        tuple(_rows(record.get("entries"))),
        tuple(_rows(record.get("resources"))),
        tuple(_quotes(record.get("evidence"))),
    )


def _quotes(evidence: Any) -> Iterable[tuple[int, str]]:
    for each in evidence if isinstance(evidence, list | tuple) else ():
        if isinstance(each, Mapping) and isinstance(quote := each.get("quote"), str) and quote:
            yield from ((row, quote) for row in _rows([each]))


def _rows(evidence: Any) -> Iterable[int]:
    for each in evidence if isinstance(evidence, list | tuple) else ():
        row = each.get("message") if isinstance(each, Mapping) else each
        if isinstance(row, int) and not isinstance(row, bool):
            yield row
