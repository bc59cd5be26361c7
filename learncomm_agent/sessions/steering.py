"""What a leader does to a running session: on, wait, longer, another time, another lead, the end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.sessions import losing
from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.events import Act, Done, Mode, Steered
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.stages.kind import Kind
from learncomm_agent.sessions.stages.meeting_entries import entry_of
from learncomm_agent.sessions.state import EARLY, Ending, Person, Phase, Session, Step
from learncomm_agent.sessions.walking import are_together, holds, moment, stage_at

SUMMARISE = "summarise"
OF_STAGE = frozenset({Act.NEXT, Act.SKIP, Act.EXTEND, Act.END})
"""What is meant for the stage that the leader saw."""


def steered(course: Course, event: Steered) -> None:
    """Do what a leader says; what is meant for a stage that is over by now does nothing to the next one."""
    if event.act in OF_STAGE and event.visit not in (None, course.session.visit):
        course.answer("session.further", is_refused=True)
        return
    does: dict[Act, Callable[[Course, Steered], None]] = {
        Act.NEXT: _next,
        Act.SKIP: _skip,
        Act.PAUSE: _pause,
        Act.RESUME: _resume,
        Act.EXTEND: _extend,
        Act.MOVE: _move,
        Act.HAND_OVER: _hand_over,
        Act.END: _end,
    }
    does[event.act](course, event)


def dropped(course: Course, event: Steered) -> None:
    """Let go of a plan that was never begun."""
    if event.act is Act.END:
        course.answer("session.dropped")
        course.session = replace(
            course.session, phase=Phase.ENDED, ended_at=course.now, ending=Ending.DROPPED
        )
    else:
        course.answer("session.not_begun", is_refused=True)


def noted(course: Course, event: Done) -> None:
    """Keep what is true whatever stage runs by now: which groups have their thread."""
    number = event.result.get("group")
    if number is not None and not event.is_failed:
        groups = tuple(
            replace(each, is_open=True) if each.number == number else each
            for each in course.session.groups
        )
        course.session = replace(course.session, groups=groups)


def _next(course: Course, event: Steered) -> None:
    if _is_paused(course):
        return
    course.answer("session.next")
    standing = course.session.standing
    assert standing is not None
    if standing.entered_at is None:
        course.begin()
        return
    _close(course)


def _close(course: Course) -> None:
    """Close the stage that runs, and go on: a leader's word is enough, unless the stage is to stay."""
    visit = course.session.visit
    stays = course.in_stage(_closes)
    if course.session.visit == visit and not course.session.is_over and not stays:
        course.go_on()


def _closes(kind: Kind, scene: Scene) -> bool:
    kind.close(scene)
    return scene.stays


def _skip(course: Course, event: Steered) -> None:
    if _is_paused(course):
        return
    course.answer("session.skipped")
    if are_together(course.session):
        _close(course)  # there is nothing of it to be left out: they have been together
        return
    course.drop()
    course.go_on()


def _pause(course: Course, event: Steered) -> None:
    if _is_paused(course):
        return
    course.session = replace(course.session, phase=Phase.PAUSED, paused_at=course.now)
    course.answer("session.paused")
    course.say("session.paused_all")


def _resume(course: Course, event: Steered) -> None:
    session = course.session
    if session.phase is not Phase.PAUSED or session.paused_at is None:
        course.answer("session.not_paused", is_refused=True)
        return
    away = course.now - session.paused_at
    standing = session.standing
    if standing is not None:
        by_time = stage_at(session).params.get("until") is None
        ends = standing.ends_at
        if ends is not None:
            ends = ends + away if by_time else max(ends, course.now)
        look = None if standing.look_at is None else standing.look_at + away
        standing = replace(standing, ends_at=ends, look_at=look)
    course.session = replace(session, phase=Phase.OPEN, paused_at=None, standing=standing)
    course.answer("session.resumed")
    course.say("session.resumed_all")
    if standing is not None and standing.is_left:
        course.go_on()
    elif standing is not None and standing.entered_at is not None and standing.ends_at is not None:
        course.in_stage(lambda kind, scene: kind.ends_anew(scene))


def _extend(course: Course, event: Steered) -> None:
    if _is_paused(course):
        return
    standing = course.session.standing
    if standing is None or standing.ends_at is None or standing.entered_at is None:
        course.answer("session.no_end", is_refused=True)
        return
    at = max(standing.ends_at, course.now) + timedelta(seconds=float(event.value))
    course.session = replace(course.session, standing=replace(standing, ends_at=at))
    course.answer("session.extended", ends={"time": at.isoformat()})
    course.say("session.extended_all", ends={"time": at.isoformat()})
    course.in_stage(lambda kind, scene: kind.ends_anew(scene))


def _move(course: Course, event: Steered) -> None:
    """Put the meeting that is next at another moment; what hangs on it follows."""
    session = course.session
    meetings: list[dict[str, Any]] = [dict(each) for each in session.results.get("meetings") or ()]
    moments = ((datetime.fromisoformat(each["at"]), n) for n, each in enumerate(meetings))
    to_come = sorted(each for each in moments if each[0] > course.now)
    if not to_come:
        course.answer("session.no_meeting", is_refused=True)
        return
    at = datetime.fromisoformat(event.value)
    if at <= course.now:
        course.answer("session.move_past", is_refused=True, at={"time": at.isoformat()})
        return
    if len(to_come) > 1 and at >= to_come[1][0]:
        then = {"time": to_come[1][0].isoformat()}
        course.answer("session.move_beyond", is_refused=True, then=then)
        return
    index = to_come[0][1]
    meeting = meetings[index]
    meeting |= {"at": at.isoformat(), "sequence": meeting.get("sequence", 0) + 1}
    course.session = replace(session, results={**session.results, "meetings": meetings})
    _follow_meeting(course)
    scene = course.aside()
    when = {"time": at.isoformat()}
    scene.do(entry_of(scene, meeting, index + 1))
    scene.post(ROOM, scene.phrase("session.moved", at=when), file="calendar")
    course.heard(scene)
    course.answer("session.moved", at=when)


def _follow_meeting(course: Course) -> None:
    """Let the stage that runs, or is waited for, begin and end by the meeting's new time."""
    standing = course.session.standing
    if standing is None:
        return
    stage = stage_at(course.session)
    if standing.entered_at is None and stage.params.get("at") is not None:
        standing = replace(
            standing, begins_at=moment(course.session, str(stage.params["at"])) or course.now
        )
    elif standing.entered_at is not None and stage.params.get("until") is not None:
        standing = replace(standing, ends_at=course.ends_at(stage))
    course.session = replace(course.session, standing=standing)
    if standing.entered_at is not None and not standing.is_left:
        course.in_stage(lambda kind, scene: kind.ends_anew(scene))


def _hand_over(course: Course, event: Steered) -> None:
    to = int(event.value)
    people = dict(course.session.people)
    if to not in people:
        people[to] = Person(Mode.TAKE_PART, course.now)
    plan = replace(course.session.plan, by=losing.author(course.session))
    course.session = replace(course.session, lead=to, people=people, plan=plan)
    course.answer("session.handed_over")
    course.say("session.handed_over_all")
    standing = course.session.standing
    if standing is not None and standing.entered_at is not None and not standing.is_left:
        course.in_stage(lambda kind, scene: kind.ask_lead(scene))


def _end(course: Course, event: Steered) -> None:
    """Close early: with a summary where the plan has one and something was said."""
    course.answer("session.ending")
    if course.session.phase is Phase.PAUSED:
        course.session = replace(course.session, phase=Phase.OPEN, paused_at=None)
    path, is_on = course.session.path, False
    if path:
        is_on = stage_at(course.session).kind == SUMMARISE
    last = _summary(course.session)
    course.break_off()
    if last is None or is_on or not course.session.was_active:
        course.end(Ending.EARLY)
        return
    course.session = replace(course.session, results={**course.session.results, EARLY: True})
    course.call_off()
    course.enter(last)


def _summary(session: Session) -> tuple[Step, ...] | None:
    """Return the path to the last summary that is to come and that its conditions let be."""
    stages, here = session.plan.stages, session.path[0].index if session.path else 0
    for n in range(len(stages) - 1, here, -1):
        path = (Step(n),)
        if stages[n].kind == SUMMARISE and holds(session, stages[n], path):
            return path
    return None


def _is_paused(course: Course) -> bool:
    if course.session.phase is Phase.PAUSED:
        course.answer("session.is_paused", is_refused=True)
        return True
    return False
