"""The rooms of the terminal: their ids say who may read them. Pure.

`room:lobby` is for everyone, `private:plans` for those who were invited, `direct:ada` is the talk
that Ada has with the agent.
"""

import re
import unicodedata

from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef

PLATFORM = "terminal"
SPACE = SpaceRef(PLATFORM, "local")
AGENT = "learncomm"
"""What the agent is called here."""

MAX_NAME = 32

_OPEN, _PRIVATE, _DIRECT = "room:", "private:", "direct:"


def slug(name: str) -> str:
    """Return a name as an id: the same however it is spaced and capitalised; empty for no name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def account_ref(name: str) -> AccountRef:
    """Return the reference of whoever bears a name."""
    return AccountRef(PLATFORM, slug(name))


def room_ref(room_id: str) -> RoomRef:
    """Return the reference of a room of this terminal."""
    return RoomRef(SPACE, room_id)


def open_room(name: str) -> Room:
    """Return a room for everyone."""
    return Room(room_ref(_OPEN + slug(name)), slug(name), is_read=True)


def private_room(name: str, number: int = 1) -> Room:
    """Return a room for those who are invited; the number tells rooms of one name apart."""
    suffix = "" if number == 1 else f"~{number}"
    return Room(room_ref(_PRIVATE + slug(name) + suffix), slug(name), is_read=True)


def direct_room(account: Account) -> Room:
    """Return the talk that somebody has with the agent alone."""
    return Room(room_ref(_DIRECT + account.ref.id), account.name, RoomKind.DIRECT)


def is_private(room_id: str) -> bool:
    """Whether a room is for those who were invited."""
    return room_id.startswith(_PRIVATE)


def owner_of(room_id: str) -> str | None:
    """Return whose talk with the agent this is; None for any other room."""
    return room_id.removeprefix(_DIRECT) if room_id.startswith(_DIRECT) else None


def label(room: Room) -> str:
    """Return how a room is written in the prompt."""
    if room.kind is RoomKind.DIRECT:
        return f"@{AGENT}"
    return f"{'&' if is_private(room.ref.id) else '#'}{room.name}"
