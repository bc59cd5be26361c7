"""What a leader does to lists in whichever stage: other words, another place. Pure; each stage says it its own way."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from learncomm_agent.sessions.events import Ruled
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.state import Entry

MOST_CHARS = 500
"""A longer text is no question that people answer."""
_T = TypeVar("_T")


def words_of(scene: Scene, event: Ruled, *, empty: str, long: str, most: int = MOST_CHARS) -> str:
    """Return what a leader wrote, on one line, if it will do as a question; else tell them.

    Args:
        scene: The scene.
        event: What the leader says.
        empty: The phrase that tells that there are no words.
        long: The one that tells that there are too many.
        most: So many characters will do.
    """
    text = " ".join(event.text.split())
    if not any(each.isalnum() for each in text):
        scene.refuse(empty)
    elif len(text) > most:
        scene.refuse(long, count=most)
    else:
        return text
    return ""


def reworded(entry: Entry, text: str) -> Entry:
    """Return a question in a leader's words: no other list takes its place, and no label tells of a source."""
    fields = {**entry.fields, "is_touched": True, "label": ""}
    return replace(entry, text=text, phrase="", fields=fields)


def at_place(others: Iterable[_T], one: _T, place: int | None, *, after: int = 0) -> list[_T]:
    """Return a list with one more at a place, counted from 1 behind the first so many; the first, if none is named."""
    listed = list(others)
    listed.insert(after + max(1, place or 1) - 1, one)
    return listed
