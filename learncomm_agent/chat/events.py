"""What happens on a platform. An adapter sends these; what it does not know it counts and drops.

Each event has an `id` by which a repeat is recognised: two events with the same id are one event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from learncomm_agent.chat.messages import Attachment, Message, MessageRef, Room, RoomRef, utc
from learncomm_agent.chat.people import Account, SpaceRef


@dataclass(frozen=True, slots=True)
class ReplyHandle:
    """A short-lived way to answer an action; after `expires_at` an answer must go another way."""

    token: str = field(repr=False)
    expires_at: datetime
    is_private: bool = False
    """Whether answers through it are seen by the acting person alone."""
    can_be_private: bool = False
    """Whether an answer through it may be given to that person alone, though others may be public."""

    def __post_init__(self) -> None:
        """Bring the time to UTC."""
        object.__setattr__(self, "expires_at", utc(self.expires_at))

    @property
    def reaches_one(self) -> bool:
        """Whether a private answer through it stays private."""
        return self.is_private or self.can_be_private


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody wrote a message."""

    message: Message
    author: Account
    room: Room

    @property
    def id(self) -> str:
        """The same for every delivery of this message."""
        return self.message.ref.id


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """Somebody changed the text of a message."""

    ref: MessageRef
    text: str
    edited_at: datetime
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        """Bring the time to UTC."""
        object.__setattr__(self, "edited_at", utc(self.edited_at))


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is gone."""

    ref: MessageRef


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody put a reaction on a message, or took it away."""

    ref: MessageRef
    account: Account
    reaction: str
    is_added: bool = True


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody pressed a button or picked from a list."""

    id: str
    room: Room
    account: Account
    choice: str
    """The `Choice.id` that the agent gave it, or the `Menu.id` of the list that they picked from."""
    message: MessageRef | None = None
    """The message that the choices stand on, where the platform tells it."""
    reply: ReplyHandle | None = None
    values: tuple[str, ...] = ()
    """What was picked from a list: the ids of its options, in the list's order."""


@dataclass(frozen=True, slots=True)
class FormSent:
    """Somebody filled in a form; a slash command is a form that bears the command's name.

    A field that may hold several things has one on each line of its value.
    """

    id: str
    room: Room
    account: Account
    form: str
    values: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    reply: ReplyHandle | None = None
    rooms: tuple[Room, ...] = ()
    """The rooms that its values name, as far as the platform tells more of them than an id."""
    people: tuple[Account, ...] = ()
    """Those whom its values name, and the authors of messages that they name."""


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """Somebody joined, left, or got another name or role."""

    room: RoomRef | None
    """Where; None where it is about the whole space."""
    account: Account
    is_present: bool = True
    space: SpaceRef | None = None
    """The space, where there is no room to tell it."""


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """A room came, went, got another name, or others may read it now."""

    room: Room
    is_present: bool = True


@dataclass(frozen=True, slots=True)
class SpaceChanged:
    """The agent was brought into a space, or taken out of it, or the space got another name."""

    space: SpaceRef
    name: str
    is_present: bool = True


@dataclass(frozen=True, slots=True)
class Voted:
    """Somebody gave a vote in a poll of the platform's own, or took it back."""

    ref: MessageRef
    """The message that shows the poll."""
    account: Account
    option: str
    """The `Choice.id` of the option, as it was opened with."""
    is_added: bool = True


@dataclass(frozen=True, slots=True)
class Interested:
    """Somebody said in the platform's calendar that they will come, or took it back."""

    space: SpaceRef
    entry: str
    """What `ScheduledEvents.schedule` returned; others' entries may be told of, too."""
    account: Account
    is_added: bool = True


@dataclass(frozen=True, slots=True)
class GapEnded:
    """A platform is connected again after some time in which events may have been missed."""

    platform: str
    space: SpaceRef | None = None
    """Where it was but one space of it that was out of reach; all of them where None."""


Event = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | Reacted
    | Chosen
    | FormSent
    | MemberChanged
    | RoomChanged
    | SpaceChanged
    | Voted
    | Interested
    | GapEnded
)
