"""What a homeserver tells, as values; events themselves stay as they came, and are trusted in nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

RawEvent = Mapping[str, Any]
"""One event as it came, decrypted where it was encrypted; it has a type, all else may be missing or wrong."""


@dataclass(frozen=True, slots=True)
class Me:
    """Whose token it is."""

    user_id: str
    device_id: str
    """Empty where a token has no device."""


@dataclass(frozen=True, slots=True)
class JoinedRoom:
    """What is new in a room that we are in."""

    room_id: str
    state: tuple[RawEvent, ...] = ()
    """State before the timeline; all of it after a start, else what has changed."""
    timeline: tuple[RawEvent, ...] = ()
    """What happened, oldest first; state among it."""
    is_limited: bool = False
    """Whether something between the last sync and this timeline was left out."""
    prev_batch: str | None = None
    """Where the timeline begins, for whoever wants what was before it."""


@dataclass(frozen=True, slots=True)
class Sync:
    """What is new since a token."""

    next_batch: str
    joined: tuple[JoinedRoom, ...] = ()
    invited: Mapping[str, tuple[RawEvent, ...]] = field(default_factory=dict)
    """Rooms that we are invited to, with the little state that is shown to whom is invited."""
    left: tuple[str, ...] = ()
    """Rooms that we left, or were taken out of."""
    direct: Mapping[str, tuple[str, ...]] | None = None
    """Which rooms are direct talks, by user; None where nothing has changed."""
    unreadable: int = 0
    """How many events were no events."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of a room, in the direction that was asked for."""

    events: tuple[RawEvent, ...] = ()
    end: str | None = None
    """Where the next page begins; None where there is none."""


@dataclass(frozen=True, slots=True)
class Child:
    """A room of a space, as the homeserver tells of it, also where we are not in it."""

    room_id: str
    name: str = ""
    join_rule: str = ""
    is_space: bool = False
    via: tuple[str, ...] = ()
    """Servers by which it may be joined."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return a value if it is an object of JSON, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """Return a value if it is a list of JSON, an empty one otherwise."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a value if it is a text, an empty one otherwise."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, and of anything else none."""
    return tuple(each for each in listing(value) if isinstance(each, str))


def events(value: object) -> tuple[RawEvent, ...]:
    """Return those of a list that may be events."""
    return tuple(each for each in listing(value) if _is_event(each))


def read_sync(answer: Mapping[str, Any]) -> Sync:
    """Return what an answer tells, whatever else stands in it."""
    rooms = mapping(answer.get("rooms"))
    joined = mapping(rooms.get("join"))
    invited = mapping(rooms.get("invite"))
    return Sync(
        text(answer.get("next_batch")),
        tuple(_joined(room_id, mapping(told)) for room_id, told in joined.items()),
        {
            room_id: events(mapping(mapping(told).get("invite_state")).get("events"))
            for room_id, told in invited.items()
        },
        tuple(mapping(rooms.get("leave"))),
        _direct(mapping(answer.get("account_data")).get("events")),
        sum(1 for told in joined.values() for each in _told(mapping(told)) if not _is_event(each)),
    )


def read_direct(content: object) -> Mapping[str, tuple[str, ...]]:
    """Return which rooms are direct talks, by user, from the content of `m.direct`."""
    return {user: texts(rooms) for user, rooms in mapping(content).items()}


def _joined(room_id: str, told: Mapping[str, Any]) -> JoinedRoom:
    timeline = mapping(told.get("timeline"))
    return JoinedRoom(
        room_id,
        events(mapping(told.get("state")).get("events")),
        events(timeline.get("events")),
        timeline.get("limited") is True,
        text(timeline.get("prev_batch")) or None,
    )


def _told(room: Mapping[str, Any]) -> Iterator[object]:
    yield from listing(mapping(room.get("state")).get("events"))
    yield from listing(mapping(room.get("timeline")).get("events"))


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _direct(account_data: object) -> Mapping[str, tuple[str, ...]] | None:
    told = [each for each in events(account_data) if each["type"] == "m.direct"]
    return read_direct(told[-1].get("content")) if told else None
