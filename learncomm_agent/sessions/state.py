"""What is kept of a session between two events: frozen, and the same as JSON.

`VERSION` counts the shapes that were ever stored. `sessions.migrating` brings older ones here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from learncomm_agent.sessions.events import Decided, Done, Joined, Left, Mode, Progressed, Said
from learncomm_agent.sessions.playbook import Stage

VERSION = 1
NOBODY = 0
"""Stands for a member who is known no more; in the place of a lead, every leader of the community may take."""

EARLY, CALLED_OFF = "_is_early", "_is_called_off"
"""Under these names among the results it is kept that a leader has closed the session, and that this was
before its first meeting; no stage is called so."""


class Phase(StrEnum):
    """Where a session stands as a whole."""

    PLANNED = "planned"
    """The leader reads and changes what will be posted; nobody else knows of it."""
    OPEN = "open"
    PAUSED = "paused"
    ENDED = "ended"


class Ending(StrEnum):
    """How a session ended."""

    DONE = "done"
    EARLY = "early"
    """A leader closed it."""
    NOBODY = "nobody"
    """Nobody came."""
    DROPPED = "dropped"
    """It was never begun."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one session runs by: its playbook as it was at the start, with the leader's answers."""

    playbook: str
    title: str
    stages: tuple[Stage, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    """As JSON, by the names of what was asked."""
    missing: tuple[str, ...] = ()
    """What has to be answered before it can begin."""
    language: str = "en"
    zone: str = "UTC"
    seed: int = 0
    """For everything that is drawn by lot."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """The answers as the leader wrote them, by name, for a form that opens again."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What words for members show of an answer, where that is not the answer itself: a member, a time."""
    own_title: str = ""
    """The playbook's title, without the words of the leader that `title` may hold."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Of which kind each answer is, by the same names, as `AskKind` calls it."""
    by: int | None = None
    """Who wrote the answers, where that is not who leads the session by now."""


@dataclass(frozen=True, slots=True)
class Person:
    """One who takes part."""

    mode: Mode
    joined_at: datetime
    place: float | None = None
    """How much of what is read together they have read, from 0 to 1."""
    wish: str = ""
    is_met: bool = False
    """Whether they spoke without having joined: they were never asked how they wish to take part."""
    is_by_calendar: bool = False
    """Whether they are in because they said in a calendar that they will come, and by that alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a member, a leader or the agent put in."""

    id: int
    stage: str
    """The name of the stage that it was put into."""
    what: str
    """Such as `nomination`, `question`, `story`, `link`, `thanks`, `figure`, `summary`."""
    text: str
    at: datetime
    by: int | None = None
    """None where it is anonymous, the agent's, or of nobody who is known any more."""
    message: int | None = None
    """The message that holds its words."""
    resource: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    backers: tuple[int, ...] = ()
    is_struck: bool = False
    merged_into: int | None = None
    place: int = 0
    """Its place in its list; ties in the order of numbers."""
    phrase: str = ""
    """The key of the sentence of the phrases in which its words stand, as `text`, wherever it is shown;
    empty where they stand alone. Such a sentence may do without words."""


@dataclass(frozen=True, slots=True)
class Group:
    """A small group."""

    number: int
    members: tuple[int, ...]
    is_open: bool = False
    """Whether it has its thread."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A place in the list of stages; the last step of a path stands on a stage that runs."""

    index: int
    round: int = 0
    """Which repetition, of a stage that repeats others; counted from 0."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage that runs, or is waited for."""

    entered_at: datetime | None
    """None as long as it has not begun."""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    """None where only the stage itself, or a leader, ends it."""
    look_at: datetime | None = None
    """When the stage wishes to look at things again."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What its kind keeps."""
    is_active: bool = False
    """Whether any member did anything in it."""
    is_left: bool = False
    """Whether it ended by itself during a pause, so that the session goes on to the next one after it."""


@dataclass(frozen=True, slots=True)
class Session:
    """A group that learns together, as it stands."""

    plan: Plan
    lead: int
    phase: Phase = Phase.PLANNED
    path: tuple[Step, ...] = ()
    visit: int = 0
    """Counts the stages that were entered."""
    standing: Standing | None = None
    people: Mapping[int, Person] = field(default_factory=dict)
    entries: Mapping[int, Entry] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)
    """What stages left for later ones, by their names; `meetings` holds moments, for all."""
    awaits: Mapping[int, int] = field(default_factory=dict)
    """Effects that come back, with the visit that asked for them."""
    serial: int = 0
    """The number of the last effect or entry."""
    turn: int = 0
    """The number of the last wake."""
    wake_at: datetime | None = None
    quiet: int = 0
    """How many stages in a row nobody did anything in."""
    was_active: bool = False
    is_deserted: bool = False
    """Whether all who took part have left, and nobody has done anything since."""
    is_under_way: bool = False
    """Whether a stage that awaited members is over, so that whoever joins now comes late."""
    began_at: datetime | None = None
    paused_at: datetime | None = None
    held: tuple[Done | Decided | Joined | Left | Progressed | Said, ...] = ()
    """What happened during a pause; the stage hears of it when the session goes on. Of what was said,
    only by whom, where and when."""
    ended_at: datetime | None = None
    ending: Ending | None = None
    version: int = VERSION

    @property
    def is_over(self) -> bool:
        """Whether nothing happens in it any more."""
        return self.phase is Phase.ENDED

    def of(self, stage: str) -> tuple[Entry, ...]:
        """Return the entries of a stage that stand, in the order of its list."""
        found = (each for each in self.entries.values() if each.stage == stage)
        return in_order(found)


def in_order(entries: Any) -> tuple[Entry, ...]:
    """Return entries that were neither struck nor merged, by place, then by number."""
    left = [each for each in entries if not each.is_struck and each.merged_into is None]
    return tuple(sorted(left, key=lambda each: (each.place, each.id)))
