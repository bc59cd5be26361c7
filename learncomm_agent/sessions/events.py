"""What happens to a session. Ids of members, messages and rooms are those of our rows.

Some of these wait as due work, so they hold ids and figures; only what a member enters holds words,
and that is applied in the transaction in which it is taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Mode(StrEnum):
    """How a member takes part, as they chose on joining."""

    TAKE_PART = "take_part"
    LISTEN = "listen"
    QUIET = "quiet"
    """Takes part, and is never invited to speak."""


class Act(StrEnum):
    """What a leader does to a running session."""

    NEXT = "next"
    """Close the stage now, with all that came of it."""
    SKIP = "skip"
    """Leave the stage without saying what came of it."""
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    """Give the stage so many more seconds: `value`."""
    MOVE = "move"
    """Put the next meeting at another moment: `value`."""
    HAND_OVER = "hand_over"
    """Let another member lead: `value`."""
    END = "end"
    """Close early, with a summary of what there is."""


class Rule(StrEnum):
    """What a leader does to a list that a stage works on."""

    STRIKE = "strike"
    EDIT = "edit"
    MOVE = "move"
    ADD = "add"
    SKIP = "skip"
    """Go past this one, live."""
    SWAP = "swap"
    """Take that one next, live."""
    ANSWERED = "answered"
    TIE = "tie"
    """Settle a tie for one of those that share it."""
    MERGE = "merge"
    """Put one into another that says the same: `into`."""
    APART = "apart"
    """Keep two people apart, by their numbers in a proposal: `entry` and `into`."""
    AGAIN = "again"
    """Make another proposal of who is with whom."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The leader has read the plan and lets it begin."""

    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True)
class Joined:
    """A member takes part, or changes how."""

    member: int
    mode: Mode = Mode.TAKE_PART
    wish: str = ""
    """What they would like to work on, where a stage asks for it."""
    is_by_calendar: bool = False
    """Whether they said so in a calendar: it changes nothing for whoever has joined already."""
    kind: Literal["joined"] = "joined"


@dataclass(frozen=True, slots=True)
class Left:
    """A member does not take part any more, or has left the room."""

    member: int
    is_by_calendar: bool = False
    """Whether they took back what they had said in a calendar."""
    is_gone: bool = False
    """Whether they are not in the room any more, so that they can't lead there either."""
    kind: Literal["left"] = "left"


@dataclass(frozen=True, slots=True)
class Progressed:
    """A member has read so far: a share of the whole from 0 to 1."""

    member: int
    place: float
    kind: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Entered:
    """A member puts something in: a nomination, a question, a story, a link, thanks, a figure."""

    member: int | None
    """None of an anonymous entry."""
    text: str
    message: int | None = None
    """The message that it was written in, where it was one."""
    fields: Mapping[str, str] = field(default_factory=dict)
    resource: int | None = None
    visit: int | None = None
    """The visit of a stage that it is meant for; none other takes it."""
    count: int = 0
    """Of an anonymous one, how many the same person has given in this visit before."""
    lot: int = 0
    """Of an anonymous one, the chance by which it is hidden among the others; kept nowhere."""
    kind: Literal["entered"] = "entered"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A member votes: entries by number, best first where that matters; takes the place of their last vote."""

    member: int
    options: tuple[int, ...]
    kind: Literal["ranked"] = "ranked"


@dataclass(frozen=True, slots=True)
class Backed:
    """A member wishes an entry to be taken up, or takes that back."""

    member: int
    entry: int
    is_added: bool = True
    kind: Literal["backed"] = "backed"


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody wrote a message in the session's room or in one of its groups."""

    member: int
    message: int
    at: datetime
    group: int | None = None
    """Which group's, by its number; None of the room of all."""
    remark: Mapping[str, Any] = field(default_factory=dict)
    """What the facilitator takes of it: figures, no words."""
    reply_to: int | None = None
    """The message that it answers."""
    is_host: bool = False
    post: int | None = None
    """The post of the session that it answers, by the number of its effect."""
    text: str = ""
    """Its words: it is applied in the transaction that read them, and never waits as a row."""
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Steered:
    """A leader acts on the session."""

    member: int
    act: Act
    value: str = ""
    visit: int | None = None
    """The visit of the stage that the leader means; where it is over, it is not the next one that ends."""
    kind: Literal["steered"] = "steered"


@dataclass(frozen=True, slots=True)
class Ruled:
    """A leader acts on an entry of the list that the stage works on."""

    member: int
    rule: Rule
    entry: int | None = None
    text: str = ""
    place: int | None = None
    """Counted from 1."""
    into: int | None = None
    """The entry that stays, of two that are merged."""
    kind: Literal["ruled"] = "ruled"


@dataclass(frozen=True, slots=True)
class Woke:
    """The moment came for which the session was waiting."""

    turn: int
    """Which one: that of an earlier wait has no effect any more."""
    kind: Literal["woke"] = "woke"


@dataclass(frozen=True, slots=True)
class Done:
    """An effect was carried out, and this came of it; a repeat has no effect."""

    effect: int
    result: Mapping[str, Any] = field(default_factory=dict)
    is_failed: bool = False
    """Whether it can't be done here, so that the stage goes on without."""
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Decided:
    """A leader published or dropped a draft that the session wrote."""

    effect: int
    is_published: bool
    kind: Literal["decided"] = "decided"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A member, some messages, resources or entries are to be known no more."""

    member: int | None = None
    messages: tuple[int, ...] = ()
    resources: tuple[int, ...] = ()
    """What the library does not hold any more."""
    spares_summaries: bool = False
    """Whether what sums the messages up may stay: they are for summaries only from now on."""
    entries: tuple[int, ...] = ()
    """Entries that are taken out as such, whoever gave them."""
    kind: Literal["forgotten"] = "forgotten"


@dataclass(frozen=True, slots=True)
class United:
    """Two members turned out to be one person: what was the one's is the other's from now on."""

    member: int
    """Whom nobody knows any more."""
    into: int
    kind: Literal["united"] = "united"

    def once(self, members: Iterable[int]) -> list[int]:
        """Return some members with the one in the other's place, and nobody twice."""
        return list(dict.fromkeys(self.into if id == self.member else id for id in members))


Event = (
    Begun
    | Joined
    | Left
    | Progressed
    | Entered
    | Ranked
    | Backed
    | Said
    | Steered
    | Ruled
    | Woke
    | Done
    | Decided
    | Forgotten
    | United
)
