"""A playbook: how one format of a session runs, as its file declares it; checked, and independent of any session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class AskKind(StrEnum):
    """What a leader is asked before a session starts, and how the answer is read."""

    TEXT = "text"
    LONG = "long"
    """Several lines, such as a case or the notes of a host."""
    LINES = "lines"
    """A list with one thing on each line, such as the steps of a path; a repetition may go through it."""
    NUMBER = "number"
    MOMENT = "moment"
    """A date with a time; kept as a moment in UTC."""
    WEEKLY = "weekly"
    """A day of the week and a time in the session's zone, such as `Mondays 18:00`."""
    DURATION = "duration"
    """Kept as seconds."""
    CHOICE = "choice"
    MEMBER = "member"
    """Somebody here, by name or mention; kept as a member's id."""
    RESOURCE = "resource"
    """Something in the library, by title; kept as a resource's id."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a leader is asked at the start."""

    name: str
    label: str
    kind: AskKind = AskKind.TEXT
    default: str = ""
    """As a person would write it; empty where there is none."""
    is_required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    """Of the kind CHOICE: what stands in the session, and what people read."""
    minimum: int = 1
    maximum: int = 1000
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a playbook."""

    kind: str
    name: str
    """Unique within the playbook; results are found by it."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """What the kind takes, as plain JSON; a string `$name` stands for what a leader answered."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What is said to members, as templates, by the kind's names for its sayings."""
    stages: tuple["Stage", ...] = ()
    """What is repeated, of the kind `repeat`."""
    replaced: Mapping[str, str | None] = field(default_factory=dict)
    """The playbook's own words for what a leader put into theirs; None where it had none."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A format of a session."""

    name: str
    """The name of its file."""
    title: str
    purpose: str
    stages: tuple[Stage, ...]
    asks: tuple[Ask, ...] = ()
    who: Literal["leaders", "everyone"] = "leaders"
    """Who may start it."""
    guide: str = ""
    """For people: when to use it, and how it goes."""
    language: str = "en"
    """The language of the words that were found for it."""
    warm_up: Stage | None = None
    """What comes after the first announcement, where the leader wishes a warm-up."""

    def ask(self, name: str) -> Ask | None:
        """Return what is asked under a name."""
        return next((each for each in self.asks if each.name == name), None)

    def all_stages(self) -> Iterator[Stage]:
        """Return every stage, those that are repeated after the one that repeats them."""
        yield from walk(self.stages)


def walk(stages: tuple[Stage, ...]) -> Iterator[Stage]:
    """Return stages and what they repeat, in the order of the file."""
    for stage in stages:
        yield stage
        yield from walk(stage.stages)
