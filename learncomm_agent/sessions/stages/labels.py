"""What stands beside a question: for all where it is general or from no library, for its leader the source."""

from collections.abc import Callable, Iterable
from typing import Any

from learncomm_agent.sessions.state import Entry

Label = dict[str, Any]
"""A sentence, as a value of sayings: `phrase`, and its `values`."""
_LABELS = {"general": "session.ask.label_general", "memory": "session.ask.label_memory"}
_NAMED = "session.ask.label_named"
_NOTES = {
    "session.ask.label_general": "session.ask.note_general",
    "session.ask.label_memory": "session.ask.note_memory",
    _NAMED: "session.ask.note_named",
}
_SOURCES = {
    "ladder": "session.ask.source_playbook",
    "fallback": "session.ask.source_playbook",
    "lead": "session.ask.source_ladder",
    "members": "session.ask.source_members",
    "notes": "session.ask.source_notes",
    "library": "session.ask.source_library",
}
"""Never from whom: what members put in is told to a leader without their names."""


def label_of(entry: Entry) -> Label | None:
    """Return what all read beside a question; a member's name only where they wished it."""
    if entry.fields.get("named") and entry.by is not None:
        return {"phrase": _NAMED, "values": {"who": {"member": entry.by}}}
    key = _LABELS.get(str(entry.fields.get("label")))
    return None if key is None else {"phrase": key, "values": {}}


def note_of(entry: Entry) -> Label | None:
    """Return what all read below a question that is posted alone: the same as a sentence."""
    if (label := label_of(entry)) is None:
        return None
    return {**label, "phrase": _NOTES[label["phrase"]]}


def source_of(entry: Entry) -> Label | None:
    """Return what its leader reads beside a question: where it comes from."""
    key = _SOURCES.get(str(entry.fields.get("source")))
    return label_of(entry) if key is None else {"phrase": key, "values": {}}


def beside(entries: Iterable[Entry], labelled: Callable[[Entry], Label | None]) -> dict[str, Label]:
    """Return the notes of a post that lists questions."""
    return {str(each.id): label for each in entries if (label := labelled(each)) is not None}
