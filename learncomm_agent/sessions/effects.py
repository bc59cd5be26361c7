"""What a session wishes to be done. Each becomes due work in the transaction of the state that wished it.

`id` counts up within a session, so `s<session>.<id>` is a key for ever; what comes of an effect comes
back as `Done` with the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Whom(StrEnum):
    """Who reads a post."""

    ROOM = "room"
    """All in the session's room."""
    GROUP = "group"
    """One small group, in its thread."""
    MEMBER = "member"
    """One member, in private; dropped where there is no private way."""
    LEAD = "lead"
    """Whoever leads the session, in private."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a post goes."""

    whom: Whom = Whom.ROOM
    which: int | None = None
    """The number of the group, or the member."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Something to say: a template of the playbook, or a sentence of the phrases, with its values.

    A value is plain JSON or one of these: `{"time": iso}`, `{"member": id}`, `{"entry": number}`,
    `{"message": row, "label": text}`, `{"command": words}`. The rim makes spans of them.
    """

    text: str = ""
    phrase: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str = ""
    """The phrase that is said where a playbook's words can't be filled in."""


@dataclass(frozen=True, slots=True)
class Control:
    """A button; its id is made of the session and the act."""

    act: str
    phrase: str
    arg: str = ""
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """A list to pick entries from."""

    act: str
    entries: tuple[int, ...]
    phrase: str
    """What stands in the list before something is picked."""
    at_most: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list, below words of its own."""

    says: Saying
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Something to say to somebody."""

    id: int
    to: Target
    says: tuple[Saying, ...]
    shows: tuple[int, ...] = ()
    """Entries listed below, in this order, each by its number."""
    after: tuple[Saying, ...] = ()
    """What is said below the list."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What is shown beside each entry, by its number as a string: votes, who it is from."""
    controls: tuple[Control, ...] = ()
    pick: Pick | None = None
    pins: bool = False
    file: str = ""
    """A file that goes with it: `calendar`."""
    is_humane: bool = False
    """Whether it waits for a time of day at which its reader may be awake."""
    parts: tuple[Part, ...] = ()
    """How the list is divided, if it is."""
    kind: Literal["post"] = "post"


@dataclass(frozen=True, slots=True)
class Settle:
    """Take the controls off an earlier post, as what they were for is over; one that waits still is not said."""

    id: int
    post: int
    kind: Literal["settle"] = "settle"


@dataclass(frozen=True, slots=True)
class Wake:
    """Come back with `Woke` at a moment."""

    id: int
    at: datetime
    turn: int
    kind: Literal["wake"] = "wake"


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Open a thread for a group; comes back with `room`."""

    id: int
    group: int
    title: Saying
    members: tuple[int, ...]
    is_private: bool
    is_read: bool = True
    """Whether what is written there is kept, as far as that of the room is."""
    kind: Literal["open_group"] = "open_group"


@dataclass(frozen=True, slots=True)
class BringIn:
    """Bring members into the thread of a group."""

    id: int
    group: int
    members: tuple[int, ...]
    kind: Literal["bring_in"] = "bring_in"


@dataclass(frozen=True, slots=True)
class Propose:
    """Find out who fits together, by what members said about themselves; comes back with `groups`."""

    id: int
    members: tuple[int, ...]
    """Whom to bring together."""
    by: str
    """`buddies` or `mentors`."""
    seed: int
    pairs: tuple[tuple[int, ...], ...] = ()
    """Those that are together already, and that somebody may join."""
    apart: tuple[tuple[int, ...], ...] = ()
    """Whom a leader keeps apart."""
    shown: tuple[tuple[int, ...], ...] = ()
    """Who was proposed before, where another proposal is wished for."""
    wanted: tuple[tuple[int, ...], ...] = ()
    """Who shall be together by a leader's wish, where that can be; else it comes back with `refused`."""
    mentors: tuple[int, ...] = ()
    """Who mentors in a pair that is together already."""
    kind: Literal["propose"] = "propose"


@dataclass(frozen=True, slots=True)
class BringTogether:
    """Keep who was brought together in a group, or who joined it."""

    id: int
    group: int
    members: tuple[int, ...]
    by: str
    mentor: int | None = None
    kind: Literal["bring_together"] = "bring_together"


@dataclass(frozen=True, slots=True)
class LetGo:
    """Keep that a member left some groups, or, of no member, that they have ended."""

    id: int
    groups: tuple[int, ...]
    member: int | None = None
    kind: Literal["let_go"] = "let_go"


@dataclass(frozen=True, slots=True)
class OpenPoll:
    """Open a poll of the platform's own, where there are such; else this fails and the stage has its list."""

    id: int
    question: Saying
    options: tuple[int, ...]
    closes_at: datetime
    is_multiple: bool
    kind: Literal["open_poll"] = "open_poll"


@dataclass(frozen=True, slots=True)
class CountPoll:
    """Close a poll and come back with `votes`: by member, the entries that they voted for."""

    id: int
    poll: int
    options: tuple[int, ...]
    kind: Literal["count_poll"] = "count_poll"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Put a meeting into the platform's calendar, change it, or take it out where it is cancelled."""

    id: int
    meeting: str
    """The same for every change of one meeting."""
    title: Saying
    begins_at: datetime
    ends_at: datetime
    sequence: int = 0
    is_cancelled: bool = False
    kind: Literal["calendar"] = "calendar"


@dataclass(frozen=True, slots=True)
class Write:
    """Have something written: `questions`, `summary`, `synthesis`; what is needed for it stands in `args`.

    Questions come back as `lines`. A summary becomes a draft for the leader, and comes back with
    `writing`, then as `Decided`.
    """

    id: int
    task: str
    args: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["write"] = "write"


@dataclass(frozen=True, slots=True)
class Keep:
    """Put entries into the library, or celebrate what is kept elsewhere: `library`."""

    id: int
    what: str
    entries: tuple[int, ...] = ()
    kind: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True)
class Note:
    """Write into the session's log what the facilitator did and why: keys and ids, no words."""

    id: int
    content: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Answer:
    """What whoever acted is told, at once and in private."""

    saying: Saying
    is_refused: bool = False
    controls: tuple[Control, ...] = ()
    kind: Literal["answer"] = "answer"


Effect = (
    Post
    | Settle
    | Wake
    | OpenGroup
    | BringIn
    | Propose
    | BringTogether
    | LetGo
    | OpenPoll
    | CountPoll
    | Calendar
    | Write
    | Keep
    | Note
    | Answer
)
