"""What becomes of a session where two whom it knew turn out to be one person. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.course import Course
from learncomm_agent.sessions.events import Done, United
from learncomm_agent.sessions.playbook import AskKind
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Entry, Group, Person, Plan

_NAMES = frozenset({"member", "members", "mentor", "lead", "by", "backers", "which"})
"""Under these names a member stands in what a session wishes, says and waits for."""


def united(course: Course, event: United) -> None:
    """Know two members as one: joined once, in one group, with one vote."""
    session = course.session
    course.session = replace(
        session,
        plan=_plan(session.plan, event),
        lead=event.into if session.lead == event.member else session.lead,
        people=_people(session.people, event),
        entries={id: _entry(each, event) for id, each in session.entries.items()},
        groups=_groups(session.groups, event),
        held=_held(session.held, event),
        results=_results(session.results, event),
    )
    standing = session.standing
    if standing is not None and standing.entered_at is not None:
        course.in_stage(lambda kind, scene: kind.hear(scene, event))


def renamed(node: Any, event: United) -> Any:
    """Return JSON that names one member in the place of another, such as `{"member": 7}`."""
    if isinstance(node, list | tuple):
        return [renamed(each, event) for each in node]
    if not isinstance(node, Mapping):
        return node
    is_to_group = node.get("whom") == "group"
    return {
        name: each
        if name == "which" and is_to_group
        else _under(each, event)
        if name in _NAMES
        else renamed(each, event)
        for name, each in node.items()
    }


def _under(value: Any, event: United) -> Any:
    if isinstance(value, list | tuple) and event.member in value:
        return event.once(value)
    is_them = value == event.member and isinstance(value, int) and not isinstance(value, bool)
    return event.into if is_them else renamed(value, event)


def _plan(plan: Plan, event: United) -> Plan:
    named = {name for name, kind in plan.kinds.items() if kind == AskKind.MEMBER}
    named = {name for name in named if plan.answers.get(name) == event.member}
    return replace(
        plan,
        answers={**plan.answers, **dict.fromkeys(named, event.into)},
        shown=renamed(plan.shown, event),
        by=event.into if plan.by == event.member else plan.by,
    )


def _people(people: Mapping[int, Person], event: United) -> dict[int, Person]:
    left = {id: each for id, each in people.items() if id != event.member}
    if (theirs := people.get(event.member)) is None:
        return left
    other = left.get(event.into)
    return {**left, event.into: theirs if other is None else _person(theirs, other)}


def _person(one: Person, other: Person) -> Person:
    """Return somebody who was in twice: as they chose, and where they chose twice, as they did last."""
    last = max((one, other), key=lambda each: (not each.is_met, each.joined_at))
    places = [each.place for each in (one, other) if each.place is not None]
    return replace(
        last,
        joined_at=min(one.joined_at, other.joined_at),
        place=max(places, default=None),
        wish=last.wish or one.wish or other.wish,
        is_by_calendar=one.is_by_calendar and other.is_by_calendar,
    )


def _entry(entry: Entry, event: United) -> Entry:
    by = event.into if entry.by == event.member else entry.by
    backers = event.once(entry.backers)
    fields = renamed(entry.fields, event)
    # Nobody backs what they put in themselves.
    left = tuple(
        each for each in backers if each != by or event.member not in (entry.by, *entry.backers)
    )
    return replace(entry, by=by, backers=left, fields=fields)


def _groups(groups: tuple[Group, ...], event: United) -> tuple[Group, ...]:
    """Return groups in one of which somebody is who was in two; an open one goes before."""
    theirs = [each for each in groups if event.into in each.members or event.member in each.members]
    theirs.sort(key=lambda each: (not each.is_open, event.into not in each.members))
    kept = {each.number for each in theirs[:1]}
    return tuple(
        replace(
            each,
            members=tuple(
                id for id in event.once(each.members) if id != event.into or each.number in kept
            ),
        )
        for each in groups
    )


def _held(held: tuple[Any, ...], event: United) -> tuple[Any, ...]:
    found: dict[tuple[str, int], Any] = {}
    for each in held:
        if isinstance(each, Done):
            each = replace(each, result=_counted(each.result, event))
        elif getattr(each, "member", None) == event.member:
            each = replace(each, member=event.into)
        about = each.effect if hasattr(each, "effect") else each.member
        found.pop((each.kind, about), None)
        found[each.kind, about] = each
    return tuple(found.values())


def _counted(result: Mapping[str, Any], event: United) -> dict[str, Any]:
    """Return what came of an effect; of the votes of a poll one of theirs counts."""
    found = dict(renamed(result, event))
    if isinstance(votes := found.get("votes"), Mapping) and str(event.member) in votes:
        others = {id: each for id, each in votes.items() if id != str(event.member)}
        found["votes"] = {str(event.into): votes[str(event.member)], **others}
    return found


def _results(results: Mapping[str, Any], event: United) -> Mapping[str, Any]:
    """Return what stages left, with the figures of both as one person's."""
    left = {name: each if name == OWN else renamed(each, event) for name, each in results.items()}
    if isinstance(own := results.get(OWN), Mapping):
        left[OWN] = {
            **own,
            "parts": _summed(own.get("parts", ()), event),
            "awaited": event.once(own.get("awaited", ())),
            "nudged": _summed(own.get("nudged", ()), event),
        }
    return left


def _summed(rows: Iterable[Any], event: United) -> list[list[Any]]:
    """Return rows of a member and figures, those of two members added up."""
    found: dict[int, Any] = {}
    for member, figures in rows:
        who = event.into if member == event.member else member
        found[who] = _sum(found[who], figures) if who in found else figures
    return [[member, figures] for member, figures in sorted(found.items())]


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping):
        return {name: one[name] + other[name] for name in one}
    return one + other
