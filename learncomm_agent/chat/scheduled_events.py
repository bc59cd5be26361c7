"""Entries in a platform's own calendar."""

from dataclasses import dataclass
from datetime import datetime

from learncomm_agent.chat.messages import RoomRef, utc


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """Something that people can come to at a time."""

    title: str
    begins_at: datetime
    ends_at: datetime
    description: str = ""
    place: RoomRef | None = None
    """The room that it happens in, where one can be there by voice; else `where` tells it."""
    where: str = ""
    """The place in words, such as the name of a room or an address."""

    def __post_init__(self) -> None:
        """Bring the times to UTC.

        Raises:
            ValueError: It ends before it begins.
        """
        object.__setattr__(self, "begins_at", utc(self.begins_at))
        object.__setattr__(self, "ends_at", utc(self.ends_at))
        if self.ends_at <= self.begins_at:
            raise ValueError("an event ends before it begins")
