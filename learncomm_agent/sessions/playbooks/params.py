"""What a stage is told in a playbook, checked by the kind of each parameter."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from learncomm_agent.sessions.methods.durations import read_duration
from learncomm_agent.sessions.playbook import Ask, AskKind, Stage
from learncomm_agent.sessions.playbooks.page import MOST_CHARS, Page, plain
from learncomm_agent.sessions.stages.kind import Param, ParamKind
from learncomm_agent.sessions.walking import REPEAT

LISTS = ("meetings", "portions")
"""What a stage may leave that a repetition goes through."""
MEETING = "meeting"
_ALWAYS = frozenset({MEETING, *LISTS, "chosen", "first", "last", "warm_up"})
"""What conditions may name beside what is asked, and earlier stages."""
_HOLDS: Mapping[ParamKind, frozenset[AskKind]] = {
    ParamKind.NUMBER: frozenset({AskKind.NUMBER}),
    ParamKind.FLAG: frozenset({AskKind.CHOICE}),
    ParamKind.DURATION: frozenset({AskKind.DURATION}),
    ParamKind.DURATIONS: frozenset({AskKind.DURATION}),
    ParamKind.MOMENT: frozenset({AskKind.MOMENT}),
    ParamKind.TEXTS: frozenset({AskKind.LINES, AskKind.LONG, AskKind.TEXT}),
}
"""What has to be asked for, where a parameter is what a leader answers."""
_MOST_TEXTS = 40
_FROM: Mapping[str, frozenset[str]] = {
    "vote": frozenset({"collect"}),
    "report": frozenset({"group"}),
    "queue": frozenset({"collect"}),
    "ask": frozenset({"collect"}),
    "discuss": frozenset({"ask"}),
}
"""By the kind that takes something from an earlier stage: of which kind that has to be."""


@dataclass(slots=True)
class Known:
    """What can be named so far in a file."""

    asks: Mapping[str, Ask]
    stages: dict[str, Stage] = field(default_factory=dict)


def read_param(page: Page, said: Mapping[Any, Any], param: Param, known: Known) -> Any:
    """Return what stands under a parameter, as plain JSON.

    Raises:
        PlaybookError: It is nothing of the parameter's kind.
    """
    value = plain(said[param.name])
    if param.kind is ParamKind.MOMENT:
        return _moment(page, said, param.name, value, known)
    if param.kind is ParamKind.CONDITION:
        return _condition(page, said, param.name, value, known)
    if isinstance(value, str) and value.startswith("$"):
        return _asked(page, said, param, value, known)
    if param.name == "each":
        return _each(page, said, value)
    if param.kind is ParamKind.STAGE:
        return _stage(page, said, param, value, known)
    if param.kind is ParamKind.DURATIONS and isinstance(value, list) and value:
        return _durations(page, said, param, value, known)
    found = _READ[param.kind](value, param)
    if found is None:
        what = f"{_short(value)} is no {param.kind}"
        page.fail(said, param.name, what, str(value), param.choices)
    return found


def _number(value: Any, param: Param) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: Any, param: Param) -> Any:
    return value if isinstance(value, bool) else None


def _choice(value: Any, param: Param) -> Any:
    return value if isinstance(value, str) and value in param.choices else None


def _duration(value: Any, param: Param) -> Any:
    span = read_duration(value) if isinstance(value, str) else None
    return None if span is None else span.total_seconds()


def _text(value: Any, param: Param) -> Any:
    return value if isinstance(value, str) and len(value) <= MOST_CHARS else None


def _texts(value: Any, param: Param) -> Any:
    found = [value] if isinstance(value, str) else value
    is_fine = isinstance(found, list) and 0 < len(found) <= _MOST_TEXTS
    if not is_fine or not all(isinstance(each, str) and len(each) <= MOST_CHARS for each in found):
        return None
    if param.choices and not all(each in param.choices for each in found):
        return None
    return found


def _any(value: Any, param: Param) -> Any:
    return value


_READ: Mapping[ParamKind, Callable[[Any, Param], Any]] = {
    ParamKind.NUMBER: _number,
    ParamKind.FLAG: _flag,
    ParamKind.CHOICE: _choice,
    ParamKind.DURATION: _duration,
    ParamKind.DURATIONS: _duration,
    ParamKind.TEXT: _text,
    ParamKind.TEXTS: _texts,
    ParamKind.ANY: _any,
}


def _asked(page: Page, said: Mapping[Any, Any], param: Param, value: str, known: Known) -> str:
    """Return `$name`, where a leader is asked for something that fits, or an earlier stage has a text."""
    if value[1:] in known.stages and param.kind in {ParamKind.TEXT, ParamKind.ANY}:
        return value
    ask = _ask_of(page, said, param.name, value[1:], known)
    wanted = _HOLDS.get(param.kind)
    if param.name == "each":
        wanted = frozenset({AskKind.LINES})
    if wanted is not None and ask.kind not in wanted:
        page.fail(said, param.name, f"{value!r} is asked as {ask.kind}, not as {_or(wanted)}")
    if param.kind is ParamKind.CHOICE:
        for each in ask.choices:
            if each not in param.choices:
                page.fail(said, param.name, f"{each!r} of {value!r} is no choice here")
    return value


def _ask_of(page: Page, said: Mapping[Any, Any], key: str, name: str, known: Known) -> Ask:
    ask = known.asks.get(name)
    if ask is None:
        page.fail(said, key, f"nobody is asked for {_short(name)}", name, tuple(known.asks))
    return ask


def _durations(
    page: Page, said: Mapping[Any, Any], param: Param, values: list[Any], known: Known
) -> list[Any]:
    """Return lengths of time that follow each other, each in words or as a leader answers it."""
    found = []
    for each in values:
        is_asked = isinstance(each, str) and each.startswith("$")
        span = _asked(page, said, param, each, known) if is_asked else _duration(each, param)
        if span is None:
            page.fail(said, param.name, f"{_short(each)} is no {ParamKind.DURATION}", str(each))
        found.append(span)
    return found


def _each(page: Page, said: Mapping[Any, Any], value: Any) -> str:
    if value not in LISTS:
        what = f"{_short(value)} is no list: {_or(LISTS)}, or `$name` of lines that are asked"
        page.fail(said, "each", what, str(value), LISTS)
    return str(value)


def _stage(page: Page, said: Mapping[Any, Any], param: Param, value: Any, known: Known) -> str:
    stage = known.stages.get(value) if isinstance(value, str) else None
    wanted = _FROM.get(str(next(iter(said))), frozenset())
    names = [
        name
        for name, each in known.stages.items()
        if each.kind != REPEAT and (not wanted or each.kind in wanted)
    ]
    if stage is None:
        what = f"no stage before it is called {_short(value)}"
    elif stage.name not in names:
        what = f"{value!r} is of the kind {stage.kind!r}, not {_or(wanted) or 'a single stage'}"
    else:
        return stage.name
    page.fail(said, param.name, what, str(value), names)


def _moment(page: Page, said: Mapping[Any, Any], key: str, value: Any, known: Known) -> str:
    """Return `meeting` or `$name`, and maybe a duration before or after it."""
    parts = value.split() if isinstance(value, str) else []
    if not parts:
        page.fail(said, key, f"{_short(value)} is no moment, such as `meeting - 1 day`")
    name = parts[0]
    if name.startswith("$"):
        ask = _ask_of(page, said, key, name[1:], known)
        if ask.kind is not AskKind.MOMENT:
            page.fail(said, key, f"{name!r} is asked as {ask.kind}, not as a moment")
    elif name != MEETING:
        moments = [f"${each.name}" for each in known.asks.values() if each.kind is AskKind.MOMENT]
        page.fail(said, key, f"{_short(name)} is no moment", name, (MEETING, *moments))
    is_fine = len(parts) > 2 and parts[1] in {"+", "-"} and read_duration(" ".join(parts[2:]))
    if len(parts) > 1 and not is_fine:
        page.fail(said, key, f"{_short(value)} is no moment, such as `{name} - 1 day`")
    return " ".join(parts)


def _condition(page: Page, said: Mapping[Any, Any], key: str, value: Any, known: Known) -> Any:
    """Return a name, or names with the values that they must have."""
    if isinstance(value, str):
        _check_name(page, said, key, value.removeprefix("$"), known)
        return value
    if not isinstance(value, dict) or not value:
        page.fail(said, key, f"{_short(value)} is no condition: a name, or names with values")
    for name, wanted in value.items():
        _check_name(page, said, key, name, known)
        if not isinstance(wanted, str | int):
            page.fail(said, key, f"{_short(wanted)} is neither text nor number")
        ask = known.asks.get(name)
        if ask is not None and ask.choices and wanted not in ask.choices:
            what = f"{_short(wanted)} is none of its choices"
            page.fail(said, key, what, str(wanted), tuple(ask.choices))
    return value


def _check_name(page: Page, said: Mapping[Any, Any], key: str, name: str, known: Known) -> None:
    names = {*known.asks, *known.stages, *_ALWAYS}
    if name not in names:
        page.fail(said, key, f"nothing is called {_short(name)}", name, names)


def _short(value: Any) -> str:
    found = repr(value)
    return found if len(found) <= 60 else f"{found[:57]}…"


def _or(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
