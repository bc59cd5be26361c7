"""Drives a session through the pure engine: events in, effects out, time by its own wakes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from learncomm_agent.sessions.effects import Answer, Effect, Post, Saying, Wake, Whom
from learncomm_agent.sessions.events import Begun, Event, Joined, Mode, Woke
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.state import Phase, Plan, Session

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
LEAD = 1
E = TypeVar("E")


@dataclass
class Drive:
    """One session. Each state goes through JSON, as it does in the store."""

    session: Session
    kinds: Kinds = field(default_factory=stage_kinds)
    now: datetime = START
    effects: list[Effect] = field(default_factory=list)

    @classmethod
    def of(cls, *stages: Stage, answers: Mapping[str, Any] | None = None) -> "Drive":
        """Return a session of these stages that has begun, led by member 1."""
        drive = cls(Session(Plan("test", "A test", stages, answers or {}, seed=7), LEAD))
        drive(Begun())
        return drive

    def __call__(self, event: Event, *, after: timedelta | None = None) -> list[Effect]:
        """Let something happen, after some time in which the session woke as it wished; return its effects."""
        if after is not None:
            self.wait(after)
        self.session, effects = step(load(dump(self.session)), event, self.now, self.kinds)
        self.effects += effects
        return list(effects)

    def wait(self, span: timedelta) -> list[Effect]:
        """Let time pass; return what was wished meanwhile."""
        until, before = self.now + span, len(self.effects)
        while self.session.wake_at is not None and self.session.wake_at <= until:
            self.now = max(self.now, self.session.wake_at)
            self(Woke(self.session.turn))
        self.now = until
        return self.effects[before:]

    def join(self, *members: int, mode: Mode = Mode.TAKE_PART) -> None:
        """Let members join."""
        for each in members:
            self(Joined(each, mode))

    def found(self, kind: type[E]) -> list[E]:
        """Return the effects of a kind so far."""
        return [each for each in self.effects if isinstance(each, kind)]

    def posts(self, whom: Whom = Whom.ROOM) -> list[Post]:
        """Return what was said to whom so far."""
        return [each for each in self.found(Post) if each.to.whom is whom]

    def said(self, whom: Whom = Whom.ROOM) -> list[str]:
        """Return the words, or the phrases, of what was said to whom so far."""
        return [named(each) for post in self.posts(whom) for each in post.says]

    def told(self) -> str:
        """Return the phrase that whoever acted last was told."""
        return self.found(Answer)[-1].saying.phrase

    @property
    def stage(self) -> str:
        """The name of the stage that runs; empty where none does."""
        from learncomm_agent.sessions.walking import stage_at

        return "" if self.session.standing is None else stage_at(self.session).name

    @property
    def is_over(self) -> bool:
        return self.session.phase is Phase.ENDED


def named(saying: Saying) -> str:
    return saying.phrase or saying.text


def wakes(effects: Sequence[Effect]) -> list[datetime]:
    return [each.at for each in effects if isinstance(each, Wake)]
