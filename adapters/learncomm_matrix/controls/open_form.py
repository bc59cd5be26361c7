"""A form that somebody is being asked, as it is kept until it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from learncomm_agent.adapting.asking import Asking
from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import SpaceRef


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Where it was opened, what was answered, and what was said about it."""

    room: Room
    """Where it was opened, and is sent from."""
    asking: Asking
    at: datetime
    """When it was last answered."""
    last: str
    """Id of the last event that was taken."""
    said: tuple[str, ...] = ()
    """Ids of what we said in it."""

    def belongs(self, reply_to: str | None) -> bool:
        """Whether an answer to a message is the form's: to anything else that stands there, it is not."""
        is_ours = not self.said or reply_to in self.said  # where we know of none, it may be
        return reply_to is None or is_ours or self.asking.has(reply_to)

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "room": _record(self.room),
            "at": self.at.isoformat(),
            "last": self.last,
            "said": [*self.said],
            **self.asking.record(),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "OpenForm":
        """Return the form of a record.

        Raises:
            TypeError: It is none.
            KeyError: As above.
            ValueError: As above.
        """
        at = datetime.fromisoformat(record["at"])
        said = tuple(map(str, record.get("said", ())))
        return cls(_room(record["room"]), Asking.of(record), at, record["last"], said)


def _record(room: Room) -> dict[str, Any]:
    parent = None if room.parent is None else room.parent.id
    space = room.ref.space
    return {
        "platform": space.platform,
        "space": space.id,
        "id": room.ref.id,
        "name": room.name,
        "kind": room.kind.value,
        "parent": parent,
        "is_read": room.is_read,
    }


def _room(record: Mapping[str, Any]) -> Room:
    space = SpaceRef(record["platform"], record["space"])
    parent = None if record["parent"] is None else RoomRef(space, record["parent"])
    ref = RoomRef(space, record["id"])
    return Room(ref, record["name"], RoomKind(record["kind"]), parent, record["is_read"])
