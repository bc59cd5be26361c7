"""A playbook tried out: it is seen through to its end, and all its words are filled in.

Finds what no look at the file alone can: a stage that never ends, words that ask for a thing that is not
there, a filter that does not exist.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_agent import templates
from learncomm_agent.documents import Document
from learncomm_agent.errors import WordsError
from learncomm_agent.sessions.planning.plans import plan_of
from learncomm_agent.sessions.planning.previewing import MARK, Preview, seen_through
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook
from learncomm_agent.sessions.playbooks.page import Page
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.state import Plan

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SPECIAL = frozenset({"entry", "member", "time", "message", "command"})
_SOMEBODY = 5
_SAMPLES: Mapping[AskKind, str] = {
    AskKind.TEXT: "320 pages",
    AskKind.LONG: "320 pages",
    AskKind.LINES: "first\nsecond",
    AskKind.MOMENT: (_NOW + timedelta(days=9, hours=9)).isoformat(),
    AskKind.WEEKLY: "Mondays 18:00",
    AskKind.DURATION: "1 hour",
    AskKind.MEMBER: MARK,
    AskKind.RESOURCE: MARK,
}


def tried(playbook: Playbook, document: Document, kinds: Kinds) -> tuple[str, ...]:
    """Return what goes wrong with a playbook, each with file and line; nothing where all goes well.

    Args:
        playbook: As its file was read.
        document: That file.
        kinds: The stage kinds that there are.
    """
    page, found = Page(document), dict.fromkeys(_flaws(playbook, kinds))
    stages = {**_places(document.front.get("stages")), **page.mapping(document.front, "says")}
    lines = []
    for stage, key, what in found:
        said = stages.get(stage)
        line = 1 if said is None else page.line(said, key if key in said else next(iter(said)))
        lines.append(f"{document.path.name}:{line}: {what}")
    return tuple(lines)


def trials(playbook: Playbook) -> Iterator[Plan]:
    """Return the plans that different answers lead to: as few as can be, all, and each choice."""
    most = {each.name: _sample(each) for each in playbook.asks}
    least = {each.name: most[each.name] for each in playbook.asks if each.is_required}
    yield _plan(playbook, least)
    yield _plan(playbook, most)
    for ask in playbook.asks:
        for choice in ask.choices:
            yield _plan(playbook, {**least, ask.name: choice})
            yield _plan(playbook, {**most, ask.name: choice})


def see_through(plan: Plan, kinds: Kinds) -> Preview:
    """Return what a tried plan posts."""
    return seen_through(plan, 1, _NOW, kinds)


def _plan(playbook: Playbook, answers: Mapping[str, str]) -> Plan:
    kinds = {AskKind.MEMBER, AskKind.RESOURCE}
    found = {each.name: _SOMEBODY for each in playbook.asks if each.kind in kinds}
    planned = plan_of(
        playbook,
        answers,
        found=found,
        language=playbook.language,
        zone="UTC",
        now=_NOW,
        room_name=MARK,
    )
    return planned.plan


def _sample(ask: Ask) -> str:
    if ask.default:
        return ask.default
    if ask.choices:
        return next(iter(ask.choices))
    return str(ask.minimum) if ask.kind is AskKind.NUMBER else _SAMPLES[ask.kind]


def _flaws(playbook: Playbook, kinds: Kinds) -> Iterator[tuple[str, str, str]]:
    """Yield stage, saying, and what is wrong."""
    for plan in trials(playbook):
        seen = see_through(plan, kinds)
        for stage in seen.endless:
            yield stage, "", f"{stage!r} has no end: say `for` or `until`"
        if seen.ends_at is None and not seen.endless:
            yield "", "", "the session never ends"
        for each in seen.upcoming:
            for saying in each.says:
                try:
                    values = {**filled(saying.values), "sign": ""}
                    templates.fill(saying.text, playbook.language, values)
                except WordsError as error:
                    yield each.stage, _name_of(playbook, each.stage, saying.text), str(error)


def _name_of(playbook: Playbook, stage: str, text: str) -> str:
    words = (it.words for it in playbook.all_stages() if it.name == stage)
    return next((name for each in words for name, said in each.items() if said == text), "")


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as words fill them in: a mark for a member, a time or an entry."""
    return {name: _filled(value) for name, value in values.items()}


def _filled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MARK if _SPECIAL & value.keys() else filled(value)
    return [_filled(each) for each in value] if isinstance(value, list | tuple) else value


def _places(stages: Any) -> dict[str, Mapping[Any, Any]]:
    """Return where each stage stands in a file, by name."""
    found: dict[str, Mapping[Any, Any]] = {}
    for said in stages or ():
        found[str(said[next(iter(said))])] = said
        found |= _places(said.get("stages"))
    return found
