"""From one stage to the next: which it is, when it begins and ends, and whether it is left out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.playbook import Stage, walk
from learncomm_agent.sessions.state import CALLED_OFF, Phase, Session, Step

REPEAT, WAIT, MATCH = "repeat", "wait", "match"
_TOGETHER = "together"
"""The phase of a `match` in which people are brought together already."""
_NO: tuple[Any, ...] = (None, "", False, 0, "no", [], {})
MOST_ROUNDS = 200
_SIGNS = {"+": 1, "-": -1}
_LEAST = timedelta(minutes=10)
"""With less time than this before a meeting, nothing is awaited before it any more."""
_NOTICE = timedelta(days=1)
"""Who heard of something later than this before a meeting can't be blamed for silence."""


def stage_at(session: Session) -> Stage:
    """Return the stage on which a session stands.

    Raises:
        LookupError: It stands on none.
    """
    stages = session.plan.stages
    for step in session.path[:-1]:
        stages = stages[step.index].stages
    return stages[session.path[-1].index]


def following(session: Session) -> tuple[Step, ...]:
    """Return the path to the stage after the one on which a session stands; empty after the last.

    Stages whose condition does not hold are passed over; so are repetitions with nothing to repeat.
    """
    path = session.path
    if not path:
        return _settled(session, (Step(0),))
    return _settled(session, (*path[:-1], Step(path[-1].index + 1)))


def _settled(session: Session, path: tuple[Step, ...]) -> tuple[Step, ...]:
    """Go on from a path until it stands on a stage that runs, or past the end."""
    while path:
        stages = _siblings(session, path)
        here = path[-1]
        if here.index >= len(stages):
            path = _out(session, path[:-1])
        elif not holds(session, stages[here.index], path):
            path = (*path[:-1], Step(here.index + 1))
        elif stages[here.index].kind == REPEAT:
            if rounds(session, stages[here.index]) > 0:
                path = (*path, Step(0))
            else:
                path = (*path[:-1], Step(here.index + 1))
        else:
            return path
    return ()


def _out(session: Session, path: tuple[Step, ...]) -> tuple[Step, ...]:
    """Come out of the last stage that a repetition repeats: once more, or on."""
    if not path:
        return ()
    here = path[-1]
    stage = _siblings(session, path)[here.index]
    if here.round + 1 < rounds(session, stage):
        return (*path[:-1], Step(here.index, here.round + 1), Step(0))
    return (*path[:-1], Step(here.index + 1))


def _siblings(session: Session, path: tuple[Step, ...]) -> tuple[Stage, ...]:
    stages = session.plan.stages
    for step in path[:-1]:
        stages = stages[step.index].stages
    return stages


def rounds(session: Session, stage: Stage) -> int:
    """Return how often a stage repeats what it holds."""
    if "each" in stage.params:
        many = len(items_of(session, stage))
    else:
        many = int(value_of(session, stage.params.get("times", 1)) or 0)
    return max(0, min(many, MOST_ROUNDS))


def items_of(session: Session, stage: Stage) -> list[Any]:
    """Return what a stage goes through: a list that an earlier stage left, or that the leader gave."""
    each = str(stage.params["each"])
    found = value_of(session, each) if each.startswith("$") else session.results.get(each)
    return found if isinstance(found, list) else []


def round_of(session: Session) -> int:
    """Return the repetition in which a session stands, counted from 0; 0 outside of any."""
    return next((step.round for step in reversed(session.path[:-1])), 0)


def rests(session: Session) -> bool:
    """Whether a session only lets a long time pass, so that its room is free for another one."""
    if session.phase is not Phase.OPEN or session.standing is None:
        return False
    return stage_at(session).kind == WAIT and session.wake_at is not None


def are_together(session: Session) -> bool:
    """Whether people were brought together, and their time is not over."""
    standing = session.standing
    if standing is None or standing.entered_at is None or standing.is_left:
        return False
    return stage_at(session).kind == MATCH and standing.data.get("phase") == _TOGETHER


def took_place(session: Session) -> bool:
    """Whether a session came to what it is for: it met, or somebody but its lead brought something."""
    if session.results.get(CALLED_OFF):
        return False
    brought = any(each.by != session.lead for each in session.entries.values())
    was_held = session.results.get("meetings") or session.results.get("participation")
    return bool(brought or session.groups or was_held)


def took_part(session: Session, member: int) -> bool:
    """Whether a member joined a session, led it, or brought something; where names may be left out, anybody may have."""
    params = (each.params.get("anonymous") for each in walk(session.plan.stages))
    if any(value_of(session, each) not in _NO for each in params):
        return True
    brought = any(each.by == member for each in session.entries.values())
    return member == session.lead or member in session.people or brought


def value_of(session: Session, value: Any) -> Any:
    """Return what a parameter says: a leader's answer where it is a `$name`, else itself."""
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if name in session.plan.answers:
            return session.plan.answers[name]
        return session.results.get(name)
    return value


def holds(session: Session, stage: Stage, path: tuple[Step, ...] = ()) -> bool:
    """Whether the conditions of a stage hold: `if` and `unless`, each of names, or of names and values.

    `first` and `last` speak of the repetition in which the stage stands.
    """
    wanted, unwanted = stage.params.get("if"), stage.params.get("unless")
    return (wanted is None or _is(session, wanted, path)) and (
        unwanted is None or not _is(session, unwanted, path)
    )


def _is(session: Session, condition: Any, path: tuple[Step, ...]) -> bool:
    if isinstance(condition, Mapping):
        return all(value_of(session, f"${name}") == value for name, value in condition.items())
    name = str(condition).removeprefix("$")
    if name in {"first", "last"} and len(path) > 1:
        repeat = _siblings(session, path[:-1])[path[-2].index]
        return path[-2].round == (0 if name == "first" else rounds(session, repeat) - 1)
    found = value_of(session, f"${name}")
    return found not in _NO


def moment(session: Session, expression: str) -> datetime | None:
    """Return the moment that an expression names: `meeting`, `$when`, `meeting - 1 day`.

    `meeting` is that of the repetition in which the session stands, or the first one.

    Returns:
        None where there is no such moment.
    """
    name, sign, rest = _parts(expression)
    if name == "meeting":
        meetings = session.results.get("meetings") or ()
        index = round_of(session)
        found = meetings[index]["at"] if index < len(meetings) else None
    else:
        found = value_of(session, name)
    if not isinstance(found, str):
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return None
    away = read_duration(rest) if rest else timedelta()
    return None if away is None else at + _SIGNS[sign] * away


def fitting(session: Session, expression: str, now: datetime) -> datetime | None:
    """Return the moment until which something lasts that begins now, where it has to come before another one.

    What is to end a day before a meeting that is tonight ends half-way to it, on a whole minute.
    """
    at, end = moment(session, expression), before(session, expression)
    if at is None or end is None or end - now < _LEAST:
        return at
    return max(at, (now + (end - now) / 2).replace(second=0, microsecond=0))


def is_hurried(session: Session, stage: Stage, entered_at: datetime) -> bool:
    """Whether a stage has to come before something that was less than a day away when it began."""
    until = stage.params.get("until")
    end = None if until is None else before(session, str(until))
    return end is not None and end - entered_at < _NOTICE


def before(session: Session, expression: str) -> datetime | None:
    """Return before what an expression names a moment: for `meeting - 1 day` the meeting."""
    name, sign, rest = _parts(expression)
    return moment(session, name) if sign == "-" and rest else None


def seconds(session: Session, value: Any) -> float | None:
    """Return a duration in seconds: a number of them, words, or a leader's answer."""
    value = value_of(session, value)
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = read_duration(str(value))
    return None if found is None else found.total_seconds()


def _parts(expression: str) -> tuple[str, str, str]:
    for sign in _SIGNS:
        name, found, rest = expression.partition(f" {sign} ")
        if found:
            return name.strip(), sign, rest.strip()
    return expression.strip(), "+", ""
