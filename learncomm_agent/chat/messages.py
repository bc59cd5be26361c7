"""Rooms and what members write in them. All times are aware and in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

from learncomm_agent.chat.people import AccountRef, SpaceRef

RoomId = NewType("RoomId", int)
MessageId = NewType("MessageId", int)


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC.

    Raises:
        ValueError: It has no time zone, so it names no moment.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone names no moment")
    return moment.astimezone(UTC)


def whole(text: str) -> str:
    """Return the text with U+FFFD in place of half characters (lone surrogates), which no disk takes."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class RoomKind(StrEnum):
    """What sort of place a room is."""

    ROOM = "room"
    THREAD = "thread"
    DIRECT = "direct"
    """A private talk between one member and the agent; never a source for others."""


@dataclass(frozen=True, slots=True)
class RoomRef:
    """A room or thread on a platform, by the platform's own ids."""

    space: SpaceRef
    id: str

    @property
    def platform(self) -> str:
        """The platform that this room is on."""
        return self.space.platform


@dataclass(frozen=True, slots=True)
class Room:
    """What a platform tells of a room."""

    ref: RoomRef
    name: str
    kind: RoomKind = RoomKind.ROOM
    parent: RoomRef | None = None
    """The room that a thread branches from, where whoever reads that reads the thread."""
    is_read: bool = False
    """Whether what is written here is kept; leaders opt a room in."""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message, by its room and the platform's own id."""

    room: RoomRef
    id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a message; its bytes stay with the platform until they are asked for."""

    id: str
    """Whatever the platform needs to find the bytes again."""
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote, as it reads now."""

    ref: MessageRef
    author: AccountRef
    text: str
    posted_at: datetime
    revision: int = 0
    """0 as posted; one more with each edit."""
    edited_at: datetime | None = None
    reply_to: MessageRef | None = None
    attachments: tuple[Attachment, ...] = ()
    is_addressed: bool = False
    """Whether it speaks to the agent: it names it, or stands in a direct talk with it."""

    def __post_init__(self) -> None:
        """Bring all times to UTC."""
        object.__setattr__(self, "posted_at", utc(self.posted_at))
        if self.edited_at is not None:
            object.__setattr__(self, "edited_at", utc(self.edited_at))
