"""How one event relates to another, and what every event has: whose it is, and when. Pure.

All of it is written by strangers' clients: what is not of its kind counts as not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_matrix.connection.answers import RawEvent, mapping

EDIT = "m.replace"
THREAD = "m.thread"
REACTION = "m.annotation"
REFERENCE = "m.reference"
LONGEST_ID = 255
_EPOCH = datetime.fromtimestamp(0, UTC)
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What an event is to others."""

    kind: str = ""
    """Of the relation, such as `m.thread`; empty where there is none."""
    target: str = ""
    """Id of the event that it relates to."""
    reply_to: str | None = None
    """Id of the message that it answers."""

    @property
    def thread(self) -> str | None:
        """Id of the message with which the thread begins that it stands in."""
        return self.target if self.kind == THREAD else None


_NONE = Relation()


def relation(event: RawEvent) -> Relation:
    """Return how an event relates to others.

    A message in a thread names an earlier one as answered, for apps that know no threads; that is no
    answer.
    """
    told = mapping(event.get("content")).get("m.relates_to")
    if not isinstance(told, dict):
        return _NONE
    target, kind = id_of(told.get("event_id")), told.get("rel_type")
    if target is None or not isinstance(kind, str):
        target = kind = ""
    answered = id_of(mapping(told.get("m.in_reply_to")).get("event_id"))
    if kind == THREAD and told.get("is_falling_back") is True:
        answered = None
    return Relation(kind, target, answered)


def id_of(value: object) -> str | None:
    """Return a value if it may be an id."""
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None


def moment(event: RawEvent) -> datetime | None:
    """Return when an event was sent, as its homeserver says; None where that is no time."""
    told = event.get("origin_server_ts")
    if type(told) is not int or not 0 <= told <= _LAST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=told)


def is_redacted(event: RawEvent) -> bool:
    """Whether somebody took it back, so that nothing but its frame is left."""
    return "redacted_because" in mapping(event.get("unsigned"))


def redacted(event: RawEvent) -> str | None:
    """Return the id of what a redaction takes back; it stands elsewhere in rooms of older versions."""
    return id_of(mapping(event.get("content")).get("redacts")) or id_of(event.get("redacts"))


def new_content(edit: RawEvent) -> Mapping[str, Any] | None:
    """Return what an edit puts in the place of a message; None where it says nothing of that kind."""
    told = mapping(edit.get("content")).get("m.new_content")
    return told if isinstance(told, dict) else None


def bundled(event: RawEvent, kind: str) -> RawEvent:
    """Return what a homeserver tells along with an event of those that relate to it."""
    return mapping(mapping(mapping(event.get("unsigned")).get("m.relations")).get(kind))
