"""Short talks for tests: who speaks at which minute of an hour with three questions."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_agent.sessions.facilitating.floor import Floor, Mode
from learncomm_agent.sessions.facilitating.look import Look
from learncomm_agent.sessions.facilitating.moves import Agenda, Budget, Move
from learncomm_agent.sessions.facilitating.remarks import Remark

START = datetime(2026, 1, 5, 18, tzinfo=UTC)
LEADER, ANA, BEN, CLEO, DAN = 9, 1, 2, 3, 4
HOUR = Agenda(START, START + timedelta(hours=1), rungs=3, leader=LEADER)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def remark(member: int, minute: float, **given: Any) -> Remark:
    message = given.pop("message", f"{member}@{minute:g}")
    terms = frozenset(given.pop("terms", "").split())
    plain = {"words": 12, "has_evidence": True, "has_example": True}
    return Remark(member, at(minute), message, **{**plain, **given, "terms": terms})


def chat(count: int, members: Iterable[int] = (ANA, BEN, CLEO), begin: float = 1) -> list[Remark]:
    """Return so many remarks, three a minute, of members in turn; nothing in them moves a rule."""
    turns = tuple(members)
    return [remark(turns[n % len(turns)], begin + n / 3) for n in range(count)]


def opened(*joined: int) -> Floor:
    """Return a floor on which the first question was asked, with those who chose to take part."""
    floor = Floor().said(Move.OPEN, START)
    for member in joined:
        floor = floor.seated(member, Mode.TAKE_PART)
    return floor


def heard(floor: Floor, *remarks: Remark) -> Floor:
    for each in remarks:
        floor = floor.hear(each)
    return floor


def look(
    floor: Floor, minute: float, *, agenda: Agenda = HOUR, budget: Budget | None = None
) -> Look:
    return Look(floor, agenda, budget or Budget(), at(minute))
