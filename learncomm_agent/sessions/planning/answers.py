"""What a leader answers before a session starts, read by the kind of what is asked; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.methods.moments import read_moment, read_weekly
from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.sessions.playbook import Ask, AskKind

MOST_CHARS, MOST_LONG_CHARS, MOST_LINES = 300, 20_000, 200
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that can't be used, and how the person is told."""

    name: str
    """What was asked."""
    phrase: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an answer is read by."""

    now: datetime
    zone: str
    language: str
    found: Mapping[str, int]
    """The ids of members and resources that answers name, by what was asked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer."""

    value: Any
    """As JSON."""
    shown: Any = None
    """What words for members show in its place."""


def read_answer(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    """Return what an answer says.

    Args:
        ask: What was asked.
        text: What the person wrote; not empty.
        around: Their time, zone and language, and whom and what they name.
    """
    long = ask.kind in {AskKind.LONG, AskKind.LINES}
    most = MOST_LONG_CHARS if long else MOST_CHARS
    if len(text) > most:
        return _problem(ask, "plan.too_long", most=most)
    return _READ[ask.kind](ask, text if long else " ".join(text.split()), around)


def _text(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    return Answered(text)


def _lines(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    found = [line.strip(" \t-*•") for line in text.splitlines()]
    lines = [line for line in found if line]
    if len(lines) > MOST_LINES or any(len(each) > MOST_CHARS for each in lines):
        return _problem(ask, "plan.too_many_lines", most=MOST_LINES, most_chars=MOST_CHARS)
    return Answered(lines, ", ".join(lines))


def _number(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    words = text.split()
    found = number_of(words[0]) if len(words) <= 2 else None
    if found is None:
        return _problem(ask, "plan.no_number", said=text)
    if not ask.minimum <= found <= ask.maximum:
        return _problem(ask, "plan.not_between", minimum=ask.minimum, maximum=ask.maximum)
    return Answered(found)


def _moment(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    languages = tuple(dict.fromkeys(("en", around.language.split("-")[0])))
    at = read_moment(text, now=around.now, zone=around.zone, languages=languages)
    if at is None:
        return _problem(ask, "plan.no_moment", said=text)
    iso = at.astimezone(UTC).isoformat()
    return Answered(iso, {"time": iso})


def _weekly(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    found = read_weekly(text, around.zone)
    if found is None:
        return _problem(ask, "plan.no_weekly", said=text)
    return Answered(found.record(), text)


def _duration(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    found = read_duration(text, unit=_MINUTE)
    if found is None:
        return _problem(ask, "plan.no_duration", said=text)
    return Answered(int(found.total_seconds()), text)


def _choice(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    said = text.casefold().strip(" .")
    names = {name.casefold(): name for name in ask.choices}
    labels = {label.casefold(): name for name, label in ask.choices.items()}
    numbers = {str(number): name for number, name in enumerate(ask.choices, 1)}
    known = {**numbers, **labels, **names}
    starts = {known[each] for each in (*names, *labels) if said and each.startswith(said)}
    if said in known:
        return Answered(known[said])
    if len(starts) == 1:
        return Answered(starts.pop())
    near = get_close_matches(said, (*labels, *names), n=1)
    nearest = ask.choices[known[near[0]]] if near else ""
    return _problem(
        ask, "plan.no_choice", said=text, choices=list(ask.choices.values()), near=nearest
    )


def _member(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    id = around.found.get(ask.name)
    if id is None:
        return _problem(ask, "plan.no_member", said=text)
    return Answered(id, {"member": id})


def _resource(ask: Ask, text: str, around: Surroundings) -> Answered | Problem:
    id = around.found.get(ask.name)
    if id is None:
        return _problem(ask, "plan.no_resource", said=text)
    return Answered(id, text)


def _problem(ask: Ask, phrase: str, **values: Any) -> Problem:
    return Problem(ask.name, phrase, {"label": ask.label, **values})


_READ: Mapping[AskKind, Callable[[Ask, str, Surroundings], Answered | Problem]] = {
    AskKind.TEXT: _text,
    AskKind.LONG: _text,
    AskKind.LINES: _lines,
    AskKind.NUMBER: _number,
    AskKind.MOMENT: _moment,
    AskKind.WEEKLY: _weekly,
    AskKind.DURATION: _duration,
    AskKind.CHOICE: _choice,
    AskKind.MEMBER: _member,
    AskKind.RESOURCE: _resource,
}
