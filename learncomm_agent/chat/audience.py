"""Who will read a reply, now or later by the same rule.

An answer holds only what everyone in its audience may read already. A platform turns an audience
into the rooms whose content may be shown there (`Platform.readable`); unknown means not readable.
"""

from dataclasses import dataclass

from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.people import AccountRef


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers of a reply: everyone who can read a room, or one account alone."""

    room: RoomRef | None = None
    account: AccountRef | None = None

    def __post_init__(self) -> None:
        """Refuse an audience that is nobody, or two things at once."""
        if (self.room is None) == (self.account is None):
            raise ValueError("an audience is either a room or an account")

    @classmethod
    def of_room(cls, room: RoomRef) -> "Audience":
        """All who can read this room."""
        return cls(room=room)

    @classmethod
    def of_account(cls, account: AccountRef) -> "Audience":
        """One person, in private."""
        return cls(account=account)

    @property
    def is_private(self) -> bool:
        """Whether only one person reads it."""
        return self.account is not None


@dataclass(frozen=True, slots=True)
class Readable:
    """What an audience may be shown: rooms by our own ids; what the whole community may read is always in it."""

    rooms: frozenset[RoomId] = frozenset()
