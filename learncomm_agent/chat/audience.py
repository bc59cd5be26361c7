"""Who will read a reply, now or later by the same rule.

An answer holds only what everyone in its audience may read already. A platform turns an audience
into the rooms whose content may be shown there (`Platform.readable`); unknown means not readable.
"""

from dataclasses import dataclass

from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.people import AccountRef, SpaceRef


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers of a reply: everyone who can read a room, or one account alone."""

    room: RoomRef | None = None
    account: AccountRef | None = None
    space: SpaceRef | None = None
    """The space to which the question is bound, where it is about an account; all spaces where None."""

    def __post_init__(self) -> None:
        """Refuse an audience that is nobody, or two things at once."""
        if (self.room is None) == (self.account is None):
            raise ValueError("an audience is either a room or an account")
        if self.space is not None and self.account is None:
            raise ValueError("a room has a space already")

    @classmethod
    def of_room(cls, room: RoomRef) -> "Audience":
        """All who can read this room."""
        return cls(room=room)

    @classmethod
    def of_account(cls, account: AccountRef, space: SpaceRef | None = None) -> "Audience":
        """One person, in private; of a space only its rooms count, and no other is asked."""
        return cls(account=account, space=space)

    @property
    def is_private(self) -> bool:
        """Whether only one person reads it."""
        return self.account is not None


@dataclass(frozen=True, slots=True)
class Readable:
    """What an audience may be shown: rooms by our own ids; what the whole community may read is always in it."""

    rooms: frozenset[RoomId] = frozenset()
