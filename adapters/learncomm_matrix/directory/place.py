"""What is kept of a room of Matrix, and the references by which the core knows rooms and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_matrix.connection.answers import mapping, text

PLATFORM = "matrix"


class Where(NamedTuple):
    """A room of Matrix, and the message that a thread in it begins with."""

    room_id: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What is kept of a room."""

    space: str
    name: str
    kind: RoomKind = RoomKind.ROOM
    user: str = ""
    """Whose direct talk it is."""
    hides_past: bool = False
    """Whether newcomers could not read what was written before they came, now or once."""
    rule: str = ""
    """Changes with whatever makes others read it."""
    is_gone: bool = False
    """Whether the agent was taken out of it."""

    @classmethod
    def of(cls, record: object) -> "Place | None":
        """Return what was kept; None where that is none."""
        told = mapping(record)
        kind = text(told.get("kind"))
        if not text(told.get("space")) or kind not in set(RoomKind):
            return None
        return cls(
            text(told.get("space")),
            text(told.get("name")),
            RoomKind(kind),
            text(told.get("user")),
            told.get("hides_past") is True,
            text(told.get("rule")),
            told.get("is_gone") is True,
        )

    def record(self) -> Mapping[str, Any]:
        """Return it as JSON."""
        return {each: getattr(self, each) for each in self.__slots__}


def space_ref(room_id: str) -> SpaceRef:
    """Return the reference of a space."""
    return SpaceRef(PLATFORM, room_id)


def account_ref(user_id: str) -> AccountRef:
    """Return the reference of an account."""
    return AccountRef(PLATFORM, user_id)
