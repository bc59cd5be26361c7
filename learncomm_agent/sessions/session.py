"""The engine: `step(session, event, now) -> (session, effects)`, pure.

Theory of operation. A session stands in one of four phases, and within the open one on a stage of its
plan. What happens is an event; `TRANSITIONS` says, phase by phase, which events have an effect, what
that is, and into which phases it may lead. What is not in the table has none: a late, a repeated or a
foreign event finds no line, or is told by its number (`Woke.turn`, `Done.effect`) from the one that is
awaited. A stage's own rules stand in its kind; here is only what holds for every kind. Time passes by
`Woke` alone: after each event the engine wishes to be woken when the next thing falls due.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from learncomm_agent.sessions import earlier, joining, steering, uniting
from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import (
    Backed,
    Begun,
    Decided,
    Done,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Progressed,
    Ranked,
    Ruled,
    Said,
    Steered,
    United,
    Woke,
)
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.kind import Kind, Kinds
from learncomm_agent.sessions.state import Phase, Session

_MOST_DUE = 500
"""Things that may fall due at one moment, such as after a long time away."""


def step(
    session: Session, event: Event, now: datetime, kinds: Kinds
) -> tuple[Session, tuple[Effect, ...]]:
    """Return what becomes of a session by an event, and what is to be done.

    Args:
        session: As it is stored.
        event: What happened.
        now: The moment, in UTC.
        kinds: The stage kinds that there are.
    """
    course = Course(session, now, kinds)
    for line in TRANSITIONS:
        if line.phase is session.phase and isinstance(event, line.event):
            line.do(course, event)
            break
    return course.finished()


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does in a phase."""

    phase: Phase
    event: type[Any]
    do: Callable[[Course, Any], None]
    to: tuple[Phase, ...]
    """The phases in which the session may stand after it."""


def _begun(course: Course, event: Begun) -> None:
    if course.session.plan.missing:
        course.answer("session.missing", is_refused=True, names=list(course.session.plan.missing))
        return
    course.session = replace(course.session, phase=Phase.OPEN, began_at=course.now)
    course.answer("session.begun")
    course.go_on()


def _woke(course: Course, event: Woke) -> None:
    if event.turn != course.session.turn:
        return
    course.session = replace(course.session, wake_at=None)
    for _ in range(_MOST_DUE):
        if not _due(course):
            return


def _due(course: Course) -> bool:
    """Do the first thing that has fallen due; return whether there was one."""
    standing, now = course.session.standing, course.now
    if standing is None or course.session.phase is not Phase.OPEN:
        return False
    if standing.entered_at is None:
        if standing.begins_at is None or standing.begins_at > now:
            return False
        course.begin()
        return True
    if standing.ends_at is not None and standing.ends_at <= now:
        course.close()
        return True
    if standing.look_at is not None and standing.look_at <= now:
        course.session = replace(course.session, standing=replace(standing, look_at=None))
        course.in_stage(lambda kind, scene: kind.look(scene))
        return True
    return False


def _acted(course: Course, event: Entered | Ranked | Backed | Said) -> None:
    """Let the stage take what a member does; who does something that it takes takes part."""
    standing = course.session.standing
    if isinstance(event, Entered) and event.visit not in (None, course.session.visit):
        course.answer("session.step_over", is_refused=True)
        return
    if isinstance(event, Entered) and earlier.taken_back(course, event):
        return
    if standing is None or standing.entered_at is None:
        _not_now(course, event)
        return
    visit = course.session.visit
    is_heard = course.in_stage(lambda kind, scene: _takes_part(kind, scene, event))
    if not is_heard:
        _not_now(course, event)
    elif event.member != course.session.lead:
        joining.was_active(course, visit)


def _takes_part(kind: Kind, scene: Scene, event: Entered | Ranked | Backed | Said) -> bool:
    """Let a stage hear somebody as one who takes part; who says what does not concern it does not."""
    before = scene.session.people
    if event.member is not None:
        scene.meet(event.member)
    is_heard = kind.hear(scene, event)
    if not is_heard:
        scene.session = replace(scene.session, people=before)
    return is_heard


def _not_now(course: Course, event: Event) -> None:
    if not isinstance(event, Said):
        course.answer("session.not_now", is_refused=True)


def _ruled(course: Course, event: Ruled) -> None:
    if earlier.struck(course, event):
        return
    standing = course.session.standing
    is_on = standing is not None and standing.entered_at is not None
    if not is_on or not course.in_stage(lambda kind, scene: kind.hear(scene, event)):
        _not_now(course, event)


def _done(course: Course, event: Done) -> None:
    visit = course.session.awaits.get(event.effect)
    if visit is None:
        return
    waits = {id: each for id, each in course.session.awaits.items() if id != event.effect}
    course.session = replace(course.session, awaits=waits)
    steering.noted(course, event)
    if visit == course.session.visit and course.session.standing is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))


def _overheard(course: Course, event: Said) -> None:
    """Keep who spoke in a pause, without what: they have been heard, so that nobody asks them to speak."""
    heard = Said(
        event.member, event.message, event.at, event.group, {"words": 0}, is_host=event.is_host
    )
    joining.hold(course, heard)


def _resumed(course: Course, event: Steered) -> None:
    """Do what a leader says in a pause; where the session goes on, hear what came back meanwhile."""
    steering.steered(course, event)
    held, course.session = course.session.held, replace(course.session, held=())
    if course.session.phase is Phase.PAUSED:
        course.session = replace(course.session, held=held)
        return
    for each in held:
        if course.session.phase is Phase.OPEN:
            _hears(course, each)


def _hears(course: Course, event: Done | Decided | Joined | Left | Progressed | Said) -> None:
    match event:
        case Done():
            _done(course, event)
        case Said():
            _acted(course, event)
        case _:
            joining.tell(course, event)


def _paused(course: Course, event: Event) -> None:
    course.answer("session.is_paused", is_refused=True)


_ALL = (Phase.OPEN, Phase.ENDED)
TRANSITIONS: tuple[Transition, ...] = (
    Transition(Phase.PLANNED, Begun, _begun, (Phase.PLANNED, Phase.OPEN, Phase.ENDED)),
    Transition(Phase.PLANNED, Steered, steering.dropped, (Phase.PLANNED, Phase.ENDED)),
    Transition(Phase.PLANNED, Forgotten, joining.forgotten, (Phase.PLANNED,)),
    Transition(Phase.PLANNED, United, uniting.united, (Phase.PLANNED,)),
    Transition(Phase.OPEN, Joined, joining.joined, _ALL),
    Transition(Phase.OPEN, Left, joining.left, _ALL),
    Transition(Phase.OPEN, Progressed, joining.progressed, (Phase.OPEN,)),
    Transition(Phase.OPEN, Entered, _acted, _ALL),
    Transition(Phase.OPEN, Ranked, _acted, _ALL),
    Transition(Phase.OPEN, Backed, _acted, _ALL),
    Transition(Phase.OPEN, Said, _acted, _ALL),
    Transition(Phase.OPEN, Ruled, _ruled, _ALL),
    Transition(Phase.OPEN, Woke, _woke, _ALL),
    Transition(Phase.OPEN, Done, _done, _ALL),
    Transition(Phase.OPEN, Decided, joining.tell, _ALL),
    Transition(Phase.OPEN, Steered, steering.steered, (*_ALL, Phase.PAUSED)),
    Transition(Phase.OPEN, Forgotten, joining.forgotten, (Phase.OPEN,)),
    Transition(Phase.OPEN, United, uniting.united, (Phase.OPEN,)),
    Transition(Phase.PAUSED, Joined, joining.joined, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Left, joining.left, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Progressed, joining.progressed, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Entered, _paused, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Ranked, _paused, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Backed, _paused, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Said, _overheard, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Ruled, _paused, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Done, joining.hold, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Decided, joining.tell, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, Steered, _resumed, (Phase.PAUSED, *_ALL)),
    Transition(Phase.PAUSED, Forgotten, joining.forgotten, (Phase.PAUSED,)),
    Transition(Phase.PAUSED, United, uniting.united, (Phase.PAUSED,)),
    Transition(Phase.ENDED, Forgotten, joining.forgotten, (Phase.ENDED,)),
    Transition(Phase.ENDED, United, uniting.united, (Phase.ENDED,)),
    Transition(Phase.ENDED, Left, joining.left, (Phase.ENDED,)),
)
"""Every line that has an effect; the diagram in the documentation is drawn from it."""
