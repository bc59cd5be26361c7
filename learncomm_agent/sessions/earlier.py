"""What an earlier step collected can still go: struck by a leader, or taken back by whoever gave it. Pure.

It goes for good, as what is forgotten does, with all that rests on it. What a later step works on stays:
there it is that step's own to strike.
"""

from collections.abc import Iterator

from learncomm_agent.sessions import joining
from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.events import Entered, Forgotten, Rule, Ruled
from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.sessions.playbook import Stage, walk
from learncomm_agent.sessions.stages.collecting.entering import TAKE_BACK
from learncomm_agent.sessions.state import Session

_COLLECT, _SUMMARISE = "collect", "summarise"
_LISTS, _CONDITIONS = ("from", "each"), frozenset({"if", "unless"})
"""Under the first, a stage names whose list it takes up; under the others, when it is there at all."""


def may_go(session: Session, id: int) -> bool:
    """Whether an entry was collected at an earlier step, and neither a later one nor the library took it up."""
    entry = session.entries.get(id)
    if entry is None or entry.is_struck or entry.merged_into is not None:
        return False
    if entry.fields.get("visit") == session.visit:
        return False
    stages = tuple(walk(session.plan.stages))
    stage = next((each for each in stages if each.name == entry.stage), None)
    if stage is None or stage.kind != _COLLECT or stage.params.get("keeps"):
        return False
    return not any(_works_on(each, entry.stage) for each in stages)


def struck(course: Course, event: Ruled) -> bool:
    """Take an entry out that a leader strikes, with what was put together with it; return whether it was such."""
    id = event.entry
    if event.rule is not Rule.STRIKE or id is None or not may_go(course.session, id):
        return False
    joining.forgotten(course, Forgotten(entries=tuple(_with_merged(course.session, id))))
    course.answer("session.collect.ruled", rule=event.rule.value)
    return True


def taken_back(course: Course, event: Entered) -> bool:
    """Take an entry out for whoever gave it by name; return whether it was one of an earlier step."""
    id = number_of(event.fields.get(TAKE_BACK, ""))
    if id is None or not may_go(course.session, id):
        return False
    if event.member is None or course.session.entries[id].by != event.member:
        course.answer("session.collect.not_yours", is_refused=True, is_anonymous=False)
        return True
    joining.forgotten(course, Forgotten(entries=(id,)))
    course.answer("session.collect.taken_back")
    return True


def _works_on(stage: Stage, name: str) -> bool:
    """Whether a stage takes up the list of another one; a summary only begins with it."""
    if stage.kind == _SUMMARISE:
        return False
    lists = (stage.params.get(each) for each in _LISTS)
    named = (value for key, value in stage.params.items() if key not in _CONDITIONS)
    return name in lists or f"${name}" in named


def _with_merged(session: Session, id: int) -> Iterator[int]:
    yield id
    for each in session.entries.values():
        if each.merged_into == id:
            yield from _with_merged(session, each.id)
