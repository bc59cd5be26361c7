"""Members who are willing and nobody: what they do in a stage, so that a plan can be seen through; pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from learncomm_agent.sessions.effects import (
    Answer,
    CountPoll,
    Effect,
    OpenGroup,
    OpenPoll,
    Propose,
    Write,
)
from learncomm_agent.sessions.events import Decided, Done, Entered, Event, Ranked, Said
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.stages.report import PARTS
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import stage_at, value_of

_DISCUSS, _GROUP, _SUMMARY = "discuss", "group", "summary"
_NOTES = ("amber lantern", "northern harbour", "quiet meadow", "seventh bridge", "paper boat")
_LENGTH = "320 pages"
"""What is said of a book, as a plan for reading can't be made from notes."""


def acts(session: Session, ghosts: Sequence[int], now: datetime, serial: int) -> Iterator[Event]:
    """Yield what everybody does once in the stage on which a session stands.

    Args:
        session: The session.
        ghosts: The members.
        now: The moment, in UTC.
        serial: Goes up with every event, so that no message comes twice.
    """
    stage = stage_at(session)
    prompts = stage.params.get("prompts") or ()
    is_length = stage.name in _are_read(session)
    is_figure = stage.params.get("what") == "figure"
    options = tuple(each.id for each in session.of(str(stage.params.get("from"))))
    for number, member in enumerate((session.lead, *ghosts)):
        for turn in range(max(1, len(prompts))):
            text = "3" if is_figure else f"{_NOTES[number % len(_NOTES)]} {number}.{turn}"
            text = _LENGTH if is_length else text
            is_anonymous = value_of(session, stage.params.get("anonymous")) in (True, "yes")
            yield Entered(None if is_anonymous else member, text, count=turn)
        if options:
            yield Ranked(member, options[:1])
        if stage.kind == _DISCUSS:
            yield Said(member, -(serial * 100 + number), now)
        for group in session.groups:
            if stage.kind == _GROUP and member in group.members:
                yield Said(member, -(serial * 100 + number), now, group.number)


def outcomes(session: Session, effect: Effect) -> Iterator[Event]:
    """Yield what comes of an effect that is awaited."""
    if isinstance(effect, Answer) or effect.id not in session.awaits:
        return
    id = effect.id
    if isinstance(effect, OpenPoll):
        yield Done(id, is_failed=True)
    elif isinstance(effect, OpenGroup):
        yield Done(id, {"group": effect.group, "room": -effect.group})
    elif isinstance(effect, Propose):
        yield Done(id, {"groups": _two_by_two(effect), "without": list(effect.members)})
    elif isinstance(effect, CountPoll):
        yield Done(id, {"votes": {}})
    elif isinstance(effect, Write):
        yield Done(id, _written(effect))
        yield Decided(id, is_published=True)
    else:
        yield Done(id, {"message": -id})


def _are_read(session: Session) -> frozenset[str]:
    """Return the names of the stages in which it is asked how long something is."""
    found = (each.params.get("reads") for each in walk(session.plan.stages))
    return frozenset(str(each).removeprefix("$") for each in found if each)


def _written(effect: Write) -> dict[str, Any]:
    """Return what comes back of something that is to be written."""
    if effect.task == _SUMMARY:
        return {"writing": effect.id, "lines": len(_NOTES)}
    points = [f"{each}?" for each in _NOTES]
    return {"lines": points, **{part: [points[n]] for n, part in enumerate(PARTS)}}


def _two_by_two(effect: Propose) -> list[dict[str, Any]]:
    """Return members as groups, the last of three where their number is odd."""
    rest, groups = list(effect.members), []
    while len(rest) > 1:
        size = len(rest) if len(rest) == 3 else 2
        some, rest = rest[:size], rest[size:]
        groups.append({"members": some, "why": {"hours": 2}})
    return groups
