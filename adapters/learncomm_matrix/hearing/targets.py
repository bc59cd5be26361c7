"""What was heard lately, so that what is done to it later can be placed without asking for it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_matrix.connection.answers import RawEvent
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.messages import KINDS
from learncomm_matrix.hearing.relations import EDIT, REACTION, Relation, is_redacted, relation

MOST = 20_000
SEALED = "m.room.encrypted"


@dataclass(frozen=True, slots=True)
class Target:
    """What an event is, as far as it matters to those that relate to it."""

    sender: object
    type: object
    thread: str | None = None
    edits: str | None = None
    """Of an edit: the message."""
    reacts: tuple[str, str] | None = None
    """Of a reaction: the message, and what was put on it."""
    is_placed: bool = True
    """Whether it is known where it stands; of what was taken back before we met it, it is not."""

    @property
    def is_message(self) -> bool:
        """Whether it can be edited, reacted to and taken back."""
        return self.edits is None and (self.type in KINDS or self.type == SEALED)


def target(event: RawEvent, related: Relation | None = None) -> Target:
    """Return what an event is; `related` is its relation, where that was read already."""
    related, type = related or relation(event), event.get("type")
    if related.kind == REACTION and related.target and type == "m.reaction":
        key = _told(event).get("key")
        reacts = (related.target, key) if isinstance(key, str) and key else None
        return Target(event.get("sender"), type, reacts=reacts)
    return Target(
        event.get("sender"),
        type,
        related.thread or None,
        related.target or None if related.kind == EDIT else None,
        is_placed=not is_redacted(event),
    )


@dataclass(slots=True)
class Targets:
    """The latest of them, and the homeserver for all others."""

    homeserver: Homeserver
    most: int = MOST
    _known: OrderedDict[tuple[str, str], Target | None] = field(default_factory=OrderedDict)

    def note(self, room_id: str, event: RawEvent, related: Relation | None = None) -> None:
        """Remember an event."""
        id = event.get("event_id")
        if isinstance(id, str) and "state_key" not in event and not is_redacted(event):
            self._put((room_id, id), target(event, related))

    async def find(self, room_id: str, id: str) -> Target | None:
        """Return what an event is; None where it is not in this room.

        Raises:
            PlatformError: It can't be told now.
        """
        key = room_id, id
        if key in self._known:
            return self._known[key]
        try:
            found = target(await self.homeserver.event(room_id, id))
        except (RoomGoneError, NotPermittedError):
            found = None
        self._put(key, found)
        return found

    def threads(self, room_id: str) -> frozenset[str]:
        """Return the threads of a room that were heard of lately."""
        told = (each for (room, _), each in self._known.items() if room == room_id)
        return frozenset(each.thread for each in told if each is not None and each.thread)

    def _put(self, key: tuple[str, str], found: Target | None) -> None:
        self._known[key] = found
        if len(self._known) > self.most:
            self._known.popitem(last=False)  # of a plain dict, the first is ever further away


def _told(event: RawEvent) -> Mapping[str, object]:
    content = event.get("content")
    told = content.get("m.relates_to") if isinstance(content, dict) else None
    return told if isinstance(told, dict) else {}
