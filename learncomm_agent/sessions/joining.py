"""Who takes part in a session: joining, leaving, how far they have read, and being forgotten."""

from dataclasses import replace

from learncomm_agent.sessions import losing
from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.events import Decided, Forgotten, Joined, Left, Mode, Progressed
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Person, Phase

NOBODY = 0
"""Stands for a lead who is known no more; every leader of the community may take their place."""


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
    is_late = session.is_under_way
    course.answer("session.joined", mode=event.mode.value, is_late=is_late)
    tell(course, event)
    if event.member != session.lead:
        was_active(course, course.session.visit)


def left(course: Course, event: Left) -> None:
    """Let a member go; what they put in stays theirs, and where it is.

    Who takes back that they will come goes only if they are in by that alone, and there is no other
    meeting: of a series it says no more than that they miss one.
    """
    session = course.session
    if event.is_by_calendar:
        person = session.people.get(event.member)
        is_series = len(session.results.get("meetings") or ()) > 1
        if person is None or not person.is_by_calendar or is_series:
            return
    if event.member not in session.people:
        course.answer("session.not_in", is_refused=True)
        return
    people = {id: each for id, each in session.people.items() if id != event.member}
    course.session = replace(session, people=people)
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
    """Keep how far a member has read."""
    meet(course, event.member)
    people = dict(course.session.people)
    people[event.member] = replace(people[event.member], place=min(1.0, max(0.0, event.place)))
    course.session = replace(course.session, people=people)
    course.answer("session.progress", percent=round(100 * event.place))
    tell(course, event)


def forgotten(course: Course, event: Forgotten) -> None:
    """Drop what a member put in, or what messages held, with all that says who they are."""
    session = course.session
    gone = losing.entries(session, event)
    entries = {
        id: replace(entry, backers=tuple(each for each in entry.backers if each != event.member))
        for id, entry in session.entries.items()
        if id not in gone
    }
    people = {id: each for id, each in session.people.items() if id != event.member}
    groups = tuple(
        replace(each, members=tuple(id for id in each.members if id != event.member))
        for each in session.groups
    )
    is_lead = event.member is not None and event.member == session.lead
    course.session = replace(
        session,
        entries=entries,
        people=people,
        groups=groups,
        held=losing.held(session, event, gone),
        results=losing.results(session, event),
        lead=NOBODY if is_lead else session.lead,
        plan=losing.plan(session.plan) if is_lead else session.plan,
    )
    _forget_figures(course, event.member)
    if session.standing is not None and session.standing.entered_at is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))


def _forget_figures(course: Course, member: int | None) -> None:
    """Drop what is kept of how much a member spoke."""
    own = course.session.results.get(OWN)
    if own is None or member is None:
        return
    parts = [each for each in own.get("parts", ()) if each[0] != member]
    awaited = [each for each in own.get("awaited", ()) if each != member]
    results = {**course.session.results, OWN: {**own, "parts": parts, "awaited": awaited}}
    course.session = replace(course.session, results=results)


def meet(course: Course, member: int) -> None:
    """Count a member in who acts without having joined; the lead is there anyway."""
    people = course.session.people
    if member not in people:
        person = Person(Mode.QUIET, course.now, is_met=True)
        course.session = replace(course.session, people={**people, member: person})


def was_active(course: Course, visit: int) -> None:
    """Keep that somebody did something in a visit of a stage."""
    session = course.session
    standing = session.standing
    if standing is not None and session.visit == visit:
        standing = replace(standing, is_active=True)
    course.session = replace(session, standing=standing, was_active=True, quiet=0)


def tell(course: Course, event: Decided | Joined | Left | Progressed) -> None:
    """Let the stage that runs know; in a pause, once the session goes on."""
    session = course.session
    if session.phase is Phase.PAUSED:
        course.session = replace(session, held=(*session.held, event))
    elif session.standing is not None and session.standing.entered_at is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))
