"""Who takes part in a session: joining, leaving, how far they have read, and being forgotten."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from learncomm_agent.sessions import inheriting, losing
from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.effects import Answer
from learncomm_agent.sessions.events import (
    Decided,
    Done,
    Forgotten,
    Joined,
    Left,
    Mode,
    Progressed,
    Said,
)
from learncomm_agent.sessions.stages.meeting_entries import entry_of
from learncomm_agent.sessions.state import NOBODY, Person, Phase, Session

MOST_HELD = 1000
"""So much of what happens during a pause is kept at most; the stage hears nothing of the rest."""


def joined(course: Course, event: Joined) -> None:
    """Let a member take part, or take part in another way."""
    session = course.session
    before = session.people.get(event.member)
    if event.is_by_calendar:
        is_in = before is not None and not before.is_met
        if is_in or event.member == session.lead:
            return  # what they chose stands, and the lead is there anyway
    person = Person(
        event.mode,
        course.now if before is None else before.joined_at,
        None if before is None else before.place,
        event.wish or ("" if before is None else before.wish),
        is_by_calendar=event.is_by_calendar,
    )
    course.session = replace(session, people={**session.people, event.member: person})
    if before is None or before.is_met or before.mode is not event.mode:
        _welcome(course, event, session)
        tell(course, event)
    else:  # of who was in already, the stage may know what they want
        known = len(course.effects)
        tell(course, event)
        if not any(isinstance(each, Answer) for each in course.effects[known:]):
            _welcome(course, event, session)
    if event.member != session.lead:
        was_active(course, course.session.visit)


def _welcome(course: Course, event: Joined, session: Session) -> None:
    course.answer("session.joined", mode=event.mode.value, is_late=session.is_under_way)


def left(course: Course, event: Left) -> None:
    """Let a member go; what they put in stays theirs, and where it is.

    A lead who has left the room leads no more: every leader may go on in their place.
    Who takes back that they will come goes only if they are in by that alone, and there is no other
    meeting: of a series it says no more than that they miss one.
    """
    session = course.session
    if event.is_gone and event.member == session.lead:
        plan = replace(session.plan, by=losing.author(session))
        session = course.session = replace(session, lead=NOBODY, plan=plan)
    if event.is_by_calendar:
        person = session.people.get(event.member)
        is_series = len(session.results.get("meetings") or ()) > 1
        if person is None or not person.is_by_calendar or is_series:
            return
    if event.member not in session.people:
        course.answer("session.not_in", is_refused=True)
        return
    people = {id: each for id, each in session.people.items() if id != event.member}
    course.session = replace(session, people=people, is_deserted=_is_empty(session, people))
    course.answer("session.left")
    tell(course, event)
    if not session.is_over:
        return
    groups = tuple(
        replace(each, members=tuple(id for id in each.members if id != event.member))
        for each in session.groups
    )
    course.session = replace(course.session, groups=groups)


def progressed(course: Course, event: Progressed) -> None:
    """Keep how far a member has read; who does not take part yet does by that."""
    known = course.session.people
    person = known.get(event.member, Person(Mode.QUIET, course.now, is_met=True))
    person = replace(person, place=min(1.0, max(0.0, event.place)))
    course.session = replace(course.session, people={**known, event.member: person})
    course.answer("session.progress", percent=round(100 * event.place))
    tell(course, event)


def forgotten(course: Course, event: Forgotten) -> None:
    """Drop what a member put in, or what messages held, with all that says who they are."""
    session = course.session
    gone = losing.entries(session, event)
    left = inheriting.without(session, gone, event.member)
    people = {id: each for id, each in session.people.items() if id != event.member}
    groups = tuple(
        replace(each, members=tuple(id for id in each.members if id != event.member))
        for each in session.groups
    )
    is_lead = event.member is not None and event.member == session.lead
    was_in = event.member in session.people
    course.session = replace(
        left,
        people=people,
        is_deserted=_is_empty(session, people) if was_in else session.is_deserted,
        groups=groups,
        held=losing.held(session, event, gone),
        results=losing.results(left, event),
        lead=NOBODY if is_lead else session.lead,
        plan=losing.plan_after(session, event),
    )
    if course.session.plan.title != session.plan.title and not session.is_over:
        _call_anew(course)
    standing = session.standing
    if standing is not None and standing.entered_at is not None and not standing.is_left:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))


def _call_anew(course: Course) -> None:
    """Have the meetings to come called by the session's new title, where they stand in a calendar."""
    scene = course.aside()
    for number, meeting in enumerate(course.session.results.get("meetings") or (), 1):
        if datetime.fromisoformat(meeting["at"]) > course.now:
            scene.do(entry_of(scene, meeting, number))
    course.heard(scene)


def was_active(course: Course, visit: int) -> None:
    """Keep that somebody did something in a visit of a stage."""
    session = course.session
    standing = session.standing
    if standing is not None and session.visit == visit:
        standing = replace(standing, is_active=True)
    course.session = replace(
        session, standing=standing, was_active=True, is_deserted=False, quiet=0
    )


def hold(course: Course, event: Done | Decided | Joined | Left | Progressed | Said) -> None:
    """Keep what happens during a pause: of each kind the last of a member, and the last of an effect."""
    kept = tuple(each for each in course.session.held if _about(each) != _about(event))
    if len(kept) < MOST_HELD:
        kept = (*kept, event)
    course.session = replace(course.session, held=kept)


def _about(event: Done | Decided | Joined | Left | Progressed | Said) -> tuple[str, int]:
    return event.kind, event.effect if isinstance(event, Done | Decided) else event.member


def _is_empty(session: Session, people: Mapping[int, Person]) -> bool:
    """Whether nobody is there but the lead."""
    return all(id == session.lead for id in people)


def tell(course: Course, event: Decided | Joined | Left | Progressed) -> None:
    """Let the stage that runs know; in a pause, once the session goes on."""
    session = course.session
    if session.phase is Phase.PAUSED:
        hold(course, event)
    elif session.standing is not None and session.standing.entered_at is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))
