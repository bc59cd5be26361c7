"""From a playbook and a leader's answers to a plan, and the changes that a leader makes to one; pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.planning.answers import Answered, Problem, Surroundings, read_answer
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage, walk
from learncomm_agent.sessions.state import Plan
from learncomm_agent.sessions.walking import REPEAT

TOPIC = "topic"
"""What is asked under this name stands in the title of the session."""
WARM_UP = "warm_up"
_MOST_TITLE_CHARS = 100
_FIRST, _SCHEDULE = "announce", "schedule"
_MEETING, _PORTIONS = "meeting", "portions"
_BRIEF, _UNHURRIED = 600, 86_400
"""Seconds of a warm-up: at the beginning of a meeting, and in a session that takes days."""
_EMPTY: Mapping[AskKind, Any] = {AskKind.LINES: []}


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of a leader's answers."""

    plan: Plan
    problems: tuple[Problem, ...] = ()
    """Answers that can't be used; a default stands in their place, where there is one."""


def plan_of(
    playbook: Playbook,
    answers: Mapping[str, str],
    *,
    found: Mapping[str, int],
    language: str,
    zone: str,
    now: datetime,
    room_name: str = "",
) -> Planned:
    """Return the plan of a session, which may still miss answers.

    Args:
        playbook: What it runs by.
        answers: What the leader wrote, by the names of what is asked.
        found: The ids of members and resources that answers name, by what is asked.
        language: In which answers are read.
        zone: The session's, an IANA name.
        now: The moment, in UTC.
        room_name: Where it takes place.
    """
    around = Surroundings(now, zone, language, found)
    values: dict[str, Any] = {"room": room_name}
    # Words may ask what came of a stage that is not there yet, or was left out.
    shown: dict[str, Any] = dict.fromkeys((each.name for each in playbook.all_stages()), "")
    problems = [_stray(name, playbook.asks) for name in answers if playbook.ask(name) is None]
    missing = []
    for ask in playbook.asks:
        answered, problem = _answered(ask, answers.get(ask.name, "").strip(), around)
        values[ask.name] = answered.value
        if answered.shown is not None:
            shown[ask.name] = answered.shown
        if problem is not None:
            problems.append(problem)
        if ask.is_required and not answered.value:
            missing.append(ask.name)
    plan = Plan(
        playbook.name,
        _title(playbook, values),
        _stages(playbook, values),
        values,
        tuple(missing),
        language,
        zone,
        asked={ask.name: answers[ask.name] for ask in playbook.asks if answers.get(ask.name)},
        shown=shown,
        own_title=playbook.title,
        kinds={ask.name: ask.kind.value for ask in playbook.asks},
    )
    return Planned(plan, tuple(problems))


def with_words(plan: Plan, stage: str, saying: str, text: str) -> Plan:
    """Return the plan with other words for something that a stage says; without words it is not said.

    Raises:
        NotFoundError: There is no such stage.
    """

    def spoken(it: Stage) -> Stage:
        replaced = {saying: it.words.get(saying), **it.replaced}
        return replace(it, words={**it.words, saying: text}, replaced=replaced)

    return _changed(plan, stage, spoken)


def with_span(plan: Plan, stage: str, seconds: float) -> Plan:
    """Return the plan with a stage that lasts so long, whatever ended it before.

    Raises:
        NotFoundError: There is no such stage.
    """

    def lasting(it: Stage) -> Stage:
        params = {name: value for name, value in it.params.items() if name != "until"}
        return replace(it, params={**params, "for": seconds})

    return _changed(plan, stage, lasting)


def without_stage(plan: Plan, stage: str) -> Plan:
    """Return the plan without a stage, and without a repetition that would hold nothing.

    Raises:
        NotFoundError: There is no such stage.
        UsageError: It is the last one, or another one works on what comes of it.
    """
    gone = tuple(walk((_stage(plan, stage),)))
    names = {each.name for each in gone}
    has_times = any(each.kind == _SCHEDULE for each in gone)
    for other in walk(plan.stages):
        if other.name not in names and (
            other.params.get("from") in names or (has_times and _needs_times(other))
        ):
            raise UsageError(
                f"{other.name!r} needs {stage!r}",
                phrase="plan.needed",
                stage=stage,
                by=other.name,
            )
    left = _without(plan.stages, stage)
    if not left:
        raise UsageError("the last stage", phrase="plan.last_stage", stage=stage)
    return replace(plan, stages=left)


def _needs_times(stage: Stage) -> bool:
    """Whether a stage goes by the meetings that a schedule leaves."""
    said = (str(stage.params.get(name, "")) for name in ("until", "at", "each"))
    return any(each.startswith((_MEETING, _PORTIONS)) for each in said)


def _answered(ask: Ask, text: str, around: Surroundings) -> tuple[Answered, Problem | None]:
    """Return what was answered, or else what stands for it, with what is wrong."""
    problem = None
    for said in (text, ask.default):
        if not said:
            continue
        found = read_answer(ask, said, around)
        if isinstance(found, Answered):
            return found, problem
        problem = problem or found
    return Answered(_EMPTY.get(ask.kind, "")), problem


def _stray(name: str, asks: Iterable[Ask]) -> Problem:
    names = [each.name for each in asks]
    near = get_close_matches(name, names, n=1)
    values = {"said": name[:40], "names": names, "near": near[0] if near else ""}
    return Problem(name, "plan.not_asked", values)


def _title(playbook: Playbook, values: Mapping[str, Any]) -> str:
    topic = values.get(TOPIC)
    title = f"{playbook.title}: {topic}" if isinstance(topic, str) and topic else playbook.title
    return title if len(title) <= _MOST_TITLE_CHARS else f"{title[: _MOST_TITLE_CHARS - 1]}…"


def _stages(playbook: Playbook, values: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the stages, with the warm-up where it is wished.

    It comes after the announcement that opens a meeting, where there is one, else after the first.
    """
    stages, warm_up = playbook.stages, playbook.warm_up
    if warm_up is None or values.get(WARM_UP) != "yes":
        return stages
    said = [n for n, each in enumerate(stages) if each.kind == _FIRST]
    live = [n for n in said if "at" in stages[n].params]
    first = (live or said or [-1])[0]
    lasting = replace(warm_up, params={**warm_up.params, "for": _BRIEF if live else _UNHURRIED})
    return (*stages[: first + 1], lasting, *stages[first + 1 :])


def _stage(plan: Plan, name: str) -> Stage:
    found = next((each for each in walk(plan.stages) if each.name == name), None)
    if found is None:
        names = [each.name for each in walk(plan.stages)]
        near = get_close_matches(name, names, n=1)
        raise NotFoundError(
            f"no stage {name!r}",
            phrase="plan.no_stage",
            stage=name,
            names=names,
            near=near[0] if near else "",
        )
    return found


def _changed(plan: Plan, name: str, change: Callable[[Stage], Stage]) -> Plan:
    _stage(plan, name)

    def changed(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        return tuple(
            change(each) if each.name == name else replace(each, stages=changed(each.stages))
            for each in stages
        )

    return replace(plan, stages=changed(plan.stages))


def _without(stages: tuple[Stage, ...], name: str) -> tuple[Stage, ...]:
    left = []
    for each in stages:
        inner = _without(each.stages, name)
        if each.name != name and (each.kind != REPEAT or inner):
            left.append(replace(each, stages=inner))
    return tuple(left)
