"""Plays a session through: the pure engine, due work in memory, and time that jumps to what is next. Pure.

What happens takes the way that it takes with a store: events in one lane and effects in another, in
order; a wake at its moment; what comes of an effect as an event again.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from learncomm_agent.rehearsing.acting import Director, may
from learncomm_agent.rehearsing.cast import LEAD, Character
from learncomm_agent.rehearsing.deeds import events_of
from learncomm_agent.rehearsing.happenings import Act, Came, Deed, Did, Happening, Posted, Told
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.rehearsing.played import Passed, Rehearsal
from learncomm_agent.rehearsing.rereading import same_effect, same_event, same_session
from learncomm_agent.rehearsing.stagehands import Spoken, Stagehands
from learncomm_agent.rehearsing.troubles import NONE, Troubles, outages
from learncomm_agent.sessions.effects import Answer, Effect, Post, Wake
from learncomm_agent.sessions.events import (
    Backed,
    Begun,
    Decided,
    Done,
    Entered,
    Event,
    Joined,
    Left,
    Progressed,
    Ranked,
    Woke,
)
from learncomm_agent.sessions.methods.meetings import zone_of
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.state import Phase, Plan, Session
from learncomm_agent.writing.language.cues import Cues

_MOST_STEPS = 50_000
_SECOND = timedelta(seconds=1)
_REPEATED = (Backed, Entered, Joined, Left, Progressed, Ranked)
"""Events of members that do the same when they come twice at once; an entry only by its message."""
_COUNTED = (Done, Woke, Decided)
"""Events that have a number, and no effect whenever they come again."""


@dataclass(frozen=True, slots=True)
class _Happens:
    event: Event
    who: int | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Carries:
    effect: Effect


class Player:
    """One rehearsal."""

    def __init__(
        self,
        plan: Plan,
        cast: tuple[Character, ...],
        lines: Lines,
        kinds: Kinds,
        cues: Cues,
        random: Random,
        *,
        start: datetime,
        troubles: Troubles = NONE,
        is_silent: bool = False,
        has_polls: bool = False,
        watch: Callable[[Passed], None] | None = None,
        longest: timedelta = timedelta(days=800),
    ) -> None:
        """Take what is played and by whom.

        Args:
            plan: What the session runs by.
            cast: The leader and the members.
            lines: What they say.
            kinds: The stage kinds that there are.
            cues: By which remarks are read.
            random: All chances; the same seed gives the same rehearsal.
            start: When it begins, in UTC.
            troubles: What goes wrong.
            is_silent: Whether no member does anything.
            has_polls: Whether the platform has polls of its own.
            watch: Sees each step.
            longest: After so long it counts as stuck.
        """
        self._plan, self._cast, self._kinds, self._cues = plan, cast, kinds, cues
        self._session = Session(plan, LEAD)
        self._random, self._troubles = random, troubles
        self._director = Director(
            cast, lines, random, troubles, zone=zone_of(plan.zone), is_silent=is_silent
        )
        self._hands = Stagehands(lines, random, has_polls)
        self._outages = list(outages(troubles, start, random))
        self._start = self._now = self._lane = start
        self._last = start + longest
        self._watch = watch
        self._due: list[tuple[datetime, int, _Happens | _Carries | Deed]] = []
        self._serial = self._steps = self._published = 0
        self._stage: tuple[int, bool] = (0, False)
        self._seen: list[Happening] = []

    def play(self) -> Rehearsal:
        """Play it to its end, or until nothing is due any more."""
        self._tell(_Happens(Begun()))
        self._plan_deeds(self._director.opening(self._now))
        while self._due and self._steps < _MOST_STEPS:
            at, _, item = heapq.heappop(self._due)
            if at > self._last:
                break
            if (later := self._away(at)) is not None:
                self._push(later, item)
                continue
            is_over = self._session.phase is Phase.ENDED
            if is_over and not isinstance(item, _Carries):
                if isinstance(item, _Happens):
                    self._tell(item)
                continue
            self._now = max(self._now, at)
            self._do(item)
        return Rehearsal(
            self._plan,
            self._cast,
            tuple(self._seen),
            self._session,
            self._start,
            self._now,
            self._steps,
            len(self._hands.drafts),
            self._published,
        )

    def _do(self, item: _Happens | _Carries | Deed) -> None:
        match item:
            case _Happens():
                self._tell(item)
            case _Carries():
                self._carry(item.effect)
            case Deed() if may(self._session, item):
                self._deed(item)

    # What happens to the session

    def _tell(self, it: _Happens) -> None:
        self._steps += 1
        if self._random.random() < self._troubles.restarts:
            self._restart()
        before, event = self._session, it.event
        self._session, effects = step(before, event, self._now, self._kinds)
        if self._watch is not None:
            self._watch(Passed(before, event, self._session, effects, self._now, it.is_repeat))
        for effect in effects:
            if isinstance(effect, Answer):
                if it.who is not None:
                    self._seen.append(Told(self._now, it.who, effect, self._session))
            elif isinstance(effect, Wake):
                self._push(effect.at, _Happens(Woke(effect.turn)))
            else:
                self._enqueue(effect)
        self._enter()
        if not it.is_repeat:
            self._repeat(it)

    def _enter(self) -> None:
        """Let members see that a stage has begun."""
        standing = self._session.standing
        here = (self._session.visit, standing is not None and standing.entered_at is not None)
        if here != self._stage:
            self._stage = here
            if here[1]:
                self._plan_deeds(self._director.entered(self._session, self._now))

    def _repeat(self, it: _Happens) -> None:
        """Let an event come once more: at once, or also later where it has a number."""
        if self._random.random() >= self._troubles.repeats:
            return
        again = replace(it, is_repeat=True, who=None)
        if isinstance(it.event, _COUNTED):
            away = self._random.choice((timedelta(), timedelta(minutes=1), timedelta(days=1)))
            self._push(self._now + away, again)
        elif isinstance(it.event, Entered):
            if it.event.message is not None:
                self._tell(again)
        elif isinstance(it.event, _REPEATED):
            self._tell(again)

    def _restart(self) -> None:
        """Read all of it back from JSON, as after a restart."""
        self._session = same_session(self._session)
        self._due = [(at, serial, _read_back(item)) for at, serial, item in self._due]

    # What the session wishes

    def _enqueue(self, effect: Effect) -> None:
        at = max(self._now, self._lane)
        if self._random.random() < self._troubles.delays:
            at += timedelta(hours=self._random.uniform(0.1, 8))
        self._lane = at
        self._push(at, _Carries(effect))

    def _carry(self, effect: Effect) -> None:
        if self._random.random() < self._troubles.failures:
            carried = self._hands.fail(effect)
        elif isinstance(effect, Post):
            self._seen.append(Posted(self._now, effect, self._session))
            self._plan_deeds(self._director.heard(self._session, effect, self._now))
            return
        else:
            carried = self._hands.carry(effect, self._session, self._now)
        self._seen += carried.came
        if carried.done is not None:
            self._push(self._now + _SECOND, _Happens(carried.done))
        if carried.draft is not None:
            self._plan_deeds(self._director.leader.drafted(carried.draft, self._now))

    # What people do

    def _plan_deeds(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            self._push(deed.at, deed)

    def _deed(self, deed: Deed) -> None:
        message = self._say(deed) if deed.act is Act.SAY else None
        if message is None and deed.act is Act.VOTE:
            deed = self._polled(deed)
        events = events_of(deed, self._session, self._now, message, self._cues, self._random)
        if message is not None or events or deed.act is Act.POLL:
            self._seen.append(Did(self._now, deed))
        for event in events:
            self._tell(_Happens(event, deed.who))
        if deed.act is Act.PUBLISH:
            self._published += 1
            lines = self._hands.drafts[deed.args["effect"]]
            self._seen.append(Came(self._now, "published", lines=lines))
        if message is not None:
            self._plan_deeds(self._director.spoke(self._session, deed, message.id, self._now))

    def _say(self, deed: Deed) -> Spoken:
        said = self._hands.said
        spoken = Spoken(len(said) + 1, deed.who, deed.text, self._now, deed.group)
        said.append(spoken)
        return spoken

    def _polled(self, deed: Deed) -> Deed:
        """Return a vote as one in the poll of the platform, where there is one."""
        standing = self._session.standing
        poll = None if standing is None else standing.data.get("poll")
        if poll not in self._hands.polls:
            return deed
        ranked = events_of(deed, self._session, self._now, None, self._cues, self._random)
        if ranked and isinstance(ranked[0], Ranked):
            self._hands.polls[poll][deed.who] = ranked[0].options
        return replace(deed, act=Act.POLL)

    # Time

    def _push(self, at: datetime, item: _Happens | _Carries | Deed) -> None:
        self._serial += 1
        heapq.heappush(self._due, (at, self._serial, item))

    def _away(self, at: datetime) -> datetime | None:
        """Return when the connection is back, where there is none."""
        while self._outages and self._outages[0][1] <= at:
            self._outages.pop(0)
        if self._outages and self._outages[0][0] <= at:
            return self._outages[0][1]
        return None


def _read_back(item: Any) -> Any:
    match item:
        case _Happens():
            return replace(item, event=same_event(item.event))
        case _Carries():
            return _Carries(same_effect(item.effect))
    return item
