"""Everything that a plan will post, and when: the engine runs through it with members who are willing; pure.

The members are ghosts, with numbers below zero. They join, put in what is collected, vote for the first
and say a word, so that each stage has something to work on; what is written for the session comes back at
once. What they put in is no more than a mark.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from learncomm_agent.sessions.effects import (
    Effect,
    Post,
    Saying,
    Whom,
)
from learncomm_agent.sessions.events import (
    Act,
    Begun,
    Event,
    Joined,
    Steered,
    Woke,
)
from learncomm_agent.sessions.planning.ghosts import acts, outcomes
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.stages.kind import Kind, Kinds
from learncomm_agent.sessions.state import Entry, Phase, Plan, Session
from learncomm_agent.sessions.walking import stage_at, value_of

MARK = "…"
"""What stands where members' words will be."""
_FEWEST = 6
_MOST_EVENTS = 8000
_MOST_WAKES = 12
"""In one visit of a stage; after that its end is awaited at once."""
_DISCUSS = "discuss"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that will be said."""

    stage: str
    """Its name; empty where the session itself speaks."""
    kind: str
    at: datetime
    until: datetime | None
    """When the stage ends that says it; None where only somebody ends it."""
    says: tuple[Saying, ...]
    whom: Whom
    round: int = 0
    """Which repetition, counted from 0."""
    has_list: bool = False
    """Whether what members put in is shown with it."""
    lists: tuple[str, ...] = ()
    """What is in that list already: the playbook's own questions."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, seen through to its end."""

    upcoming: tuple[Upcoming, ...]
    ends_at: datetime | None
    endless: tuple[str, ...] = ()
    """Stages that only a leader ends, as nothing says how long they last."""


def preview(plan: Plan, lead: int, now: datetime, kinds: Kinds) -> tuple[Upcoming, ...]:
    """Return everything that a plan will post to all, to groups and to the lead, in order.

    Args:
        plan: The plan; what is missing in it is passed over.
        lead: Whoever leads.
        now: When it begins, in UTC.
        kinds: The stage kinds that there are.
    """
    return seen_through(plan, lead, now, kinds).upcoming


def seen_through(plan: Plan, lead: int, now: datetime, kinds: Kinds) -> Preview:
    """Return what a plan will post, when it ends, and what has no end in it."""
    return _Run(replace(plan, missing=()), lead, now, kinds).through()


class _Run:
    """One run of the engine."""

    def __init__(self, plan: Plan, lead: int, now: datetime, kinds: Kinds) -> None:
        self.session = Session(plan, lead)
        self._now = now
        self._seen: list[Upcoming] = []
        self._kept: set[int] = set()
        self._said: set[tuple[Any, ...]] = set()
        self._endless: dict[str, None] = {}
        self._events = 0
        self._kinds: Kinds = {
            name: cast("Kind", _Watched(kind, self._heard)) for name, kind in kinds.items()
        }
        self._own = {
            text
            for each in walk(plan.stages)
            for texts in each.params.values()
            if isinstance(texts, list)
            for text in texts
        }
        needed = (value_of(self.session, each.params.get("needs")) for each in walk(plan.stages))
        many = [each for each in needed if isinstance(each, int)]
        self._ghosts = tuple(range(-1, -max(_FEWEST, *many, 0) - 1, -1))

    def through(self) -> Preview:
        """Run to the end."""
        self._tell(Begun())
        for ghost in self._ghosts:
            self._tell(Joined(ghost))
        visit = wakes = 0
        while self.session.phase is Phase.OPEN and self._events < _MOST_EVENTS:
            if self.session.visit != visit:
                visit, wakes = self.session.visit, 0
                self._act()
                continue
            wakes += 1
            self._wait(is_long=wakes > _MOST_WAKES)
        return Preview(tuple(self._seen), self.session.ended_at, tuple(self._endless))

    def _wait(self, *, is_long: bool) -> None:
        """Let time pass until something is due; where nothing ever is, the leader goes on."""
        standing, wake_at = self.session.standing, self.session.wake_at
        assert standing is not None
        if wake_at is None or (is_long and standing.ends_at is None):
            self._endless[stage_at(self.session).name] = None
            self._tell(Steered(self.session.lead, Act.NEXT))
            return
        at = standing.ends_at if is_long and standing.ends_at is not None else wake_at
        self._now = max(self._now, at)
        self._tell(Woke(self.session.turn))

    def _act(self) -> None:
        """Let everybody do once what the stage may wait for."""
        if self.session.standing is None or self.session.standing.entered_at is None:
            return
        visit = self.session.visit
        for event in acts(self.session, self._ghosts, self._now, self._events):
            if self.session.visit != visit or self.session.phase is not Phase.OPEN:
                return
            self._tell(event)

    def _tell(self, event: Event) -> None:
        """Let something happen, and what comes of it."""
        self._events += 1
        if self._events > _MOST_EVENTS:
            return
        self.session, effects = step(self.session, event, self._now, self._kinds)
        self._others(effects)
        for effect in effects:
            for outcome in outcomes(self.session, effect):
                self._tell(outcome)

    # What is said

    def _heard(self, scene: Scene, *, is_sure: bool) -> None:
        """Keep what a stage says; what a facilitator may say in a talk is not sure."""
        for effect in scene.effects:
            if not isinstance(effect, Post):
                continue
            if is_sure or scene.stage.kind != _DISCUSS:
                self._keep(effect, scene.stage.name, scene.stage.kind, scene)
            else:
                self._kept.add(effect.id)

    def _others(self, effects: Iterable[Effect]) -> None:
        """Keep what the session itself says."""
        for effect in effects:
            if isinstance(effect, Post) and effect.id not in self._kept:
                self._keep(effect, "", "", None)

    def _keep(self, post: Post, stage: str, kind: str, scene: Scene | None) -> None:
        self._kept.add(post.id)
        visit = self.session.visit if scene is None else scene.session.visit
        said = (visit, post.to.whom, *((each.text, each.phrase) for each in post.says))
        if said in self._said and post.to.whom in {Whom.GROUP, Whom.MEMBER}:
            return  # the same to each of several
        self._said.add(said)
        entries = (scene or self).session.entries
        shown = [entries[id].text for id in post.shows if id in entries]
        self._seen.append(
            Upcoming(
                stage,
                kind,
                self._now,
                self._now if scene is None or scene.is_left else scene.ends_at,
                tuple(replace(it, values=self._marked(it.values, entries)) for it in post.says),
                post.to.whom,
                0 if scene is None else scene.round,
                bool(post.shows),
                tuple(text for text in shown if text in self._own),
            )
        )

    def _marked(self, values: Mapping[str, Any], entries: Mapping[int, Entry]) -> dict[str, Any]:
        """Return values with a mark in the place of what is not there yet."""
        return {name: self._mark(value, entries) for name, value in values.items()}

    def _mark(self, value: Any, entries: Mapping[int, Entry]) -> Any:
        if isinstance(value, list | tuple):
            return [self._mark(each, entries) for each in value]
        if not isinstance(value, Mapping):
            return value
        if (id := value.get("entry")) is not None:
            text = entries[id].text if id in entries else MARK
            return text if text in self._own else MARK
        member = value.get("member")
        is_ghost = isinstance(member, int) and member < 0
        return MARK if is_ghost else self._marked(value, entries)


class _Watched:
    """A kind whose posts are kept."""

    def __init__(self, kind: Kind, heard: Any) -> None:
        self._kind = kind
        self._heard = heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def enter(self, scene: Scene) -> None:
        self._kind.enter(scene)
        self._heard(scene, is_sure=True)

    def hear(self, scene: Scene, event: Event) -> bool:
        is_heard = self._kind.hear(scene, event)
        self._heard(scene, is_sure=False)
        return is_heard

    def look(self, scene: Scene) -> None:
        self._kind.look(scene)
        self._heard(scene, is_sure=False)

    def close(self, scene: Scene) -> None:
        self._kind.close(scene)
        self._heard(scene, is_sure=True)
