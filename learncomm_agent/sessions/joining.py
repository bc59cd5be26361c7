"""Who takes part in a session: joining, leaving, how far they have read, and being forgotten."""

from dataclasses import replace

from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.events import Decided, Forgotten, Joined, Left, Mode, Progressed
from learncomm_agent.sessions.state import Person, Phase

NOBODY = 0
"""Stands for a lead who is known no more; every leader of the community may take their place."""


def joined(course: Course, event: Joined) -> None:
    """Let a member take part, or take part in another way."""
    session = course.session
    before = session.people.get(event.member)
    person = Person(
        event.mode,
        course.now if before is None else before.joined_at,
        None if before is None else before.place,
        event.wish or ("" if before is None else before.wish),
    )
    course.session = replace(session, people={**session.people, event.member: person})
    is_late = session.visit > 1
    course.answer("session.joined", mode=event.mode.value, is_late=is_late)
    tell(course, event)
    if event.member != session.lead:
        was_active(course, course.session.visit)


def left(course: Course, event: Left) -> None:
    """Let a member go; what they put in stays theirs, and where it is."""
    session = course.session
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
    gone = {
        id
        for id, entry in session.entries.items()
        if (event.member is not None and entry.by == event.member)
        or (entry.message is not None and entry.message in event.messages)
    }
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
    lead = NOBODY if event.member == session.lead else session.lead
    course.session = replace(session, entries=entries, people=people, groups=groups, lead=lead)
    if session.standing is not None and session.standing.entered_at is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))


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
