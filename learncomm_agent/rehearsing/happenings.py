"""What happens in a rehearsal, in the order in which people would see it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from learncomm_agent.sessions.effects import Answer, Post, Saying, Target
from learncomm_agent.sessions.state import Session


class Act(StrEnum):
    """What a member does."""

    JOIN = "join"
    LEAVE = "leave"
    ENTER = "enter"
    """Put something in, by a form."""
    VOTE = "vote"
    POLL = "poll"
    """Vote in a poll of the platform."""
    BACK = "back"
    READ = "read"
    """Say how far they have read."""
    SAY = "say"
    PUBLISH = "publish"
    DROP = "drop"
    TIE = "tie"
    STEER = "steer"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a member is going to do."""

    at: datetime
    who: int
    act: Act
    text: str = ""
    group: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Did:
    """Somebody did something."""

    at: datetime
    deed: Deed


@dataclass(frozen=True, slots=True)
class Posted:
    """The agent posted something; with the session as it stood, whose entries it shows."""

    at: datetime
    post: Post
    session: Session


@dataclass(frozen=True, slots=True)
class Told:
    """Whoever acted was told something, in private."""

    at: datetime
    who: int
    answer: Answer
    session: Session


@dataclass(frozen=True, slots=True)
class Came:
    """Something else came about, said by a phrase `rehearse.came.<what>`."""

    at: datetime
    what: str
    to: Target = field(default_factory=Target)
    lines: tuple[str, ...] = ()
    members: tuple[int, ...] = ()
    moment: datetime | None = None
    saying: Saying | None = None
    session: Session | None = None
    """As it stood, where there is a saying."""


Happening = Did | Posted | Told | Came
