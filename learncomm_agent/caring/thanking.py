"""How often two people thank each other in words that all can read, before it says no more; pure.

Thanks are worth what they cost: a pair that thanks each other over and over fills a room and says
little to it. What is kept back is only one more, for some days; nobody is blamed, and nothing is counted
for anybody to see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

WEEK = timedelta(weeks=1)
MOST = 3
"""Thanks from one to the other within a week, in all rooms together."""
MOST_RETURNS = 3
"""So often within a week thanks may answer thanks of the other: twice to and fro; the third time is a game."""


class Reason(StrEnum):
    """Why one more would say no more."""

    SAME_WORDS = "same_words"
    """They were thanked in these words within the week."""
    ENOUGH = "enough"
    """They were thanked by the same giver `MOST` times within the week."""
    BACK_AND_FORTH = "back_and_forth"
    """The two have answered each other's thanks `MOST_RETURNS` times within the week."""


@dataclass(frozen=True, slots=True)
class Past:
    """Thanks between the two."""

    is_mine: bool
    """Whether whoever gives thanks now gave these, too."""
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """What thanks have to wait for."""

    reason: Reason
    until: datetime
    """From when on they can be given."""


def waits(past: Sequence[Past], why: str, now: datetime) -> Later | None:
    """Return why thanks can't be given now, and when they can; None where they can.

    Args:
        past: What the two have thanked each other for, in any order; what is older than a week, or from
            a clock that was ahead, does not count.
        why: What it is for now.
        now: The present moment.
    """
    recent = sorted((each for each in past if now - WEEK < each.at <= now), key=lambda it: it.at)
    mine = [each for each in recent if each.is_mine]
    words = _folded(why)
    same = [each.at for each in mine if words and _folded(each.why) == words]
    if same:
        return Later(Reason.SAME_WORDS, same[-1] + WEEK)
    if len(mine) >= MOST:
        return Later(Reason.ENOUGH, mine[-MOST].at + WEEK)
    returns = [after.at for before, after in pairwise(recent) if before.is_mine != after.is_mine]
    if recent and not recent[-1].is_mine and len(returns) >= MOST_RETURNS:
        return Later(Reason.BACK_AND_FORTH, returns[-MOST_RETURNS] + WEEK)
    return None


def _folded(why: str) -> str:
    """Return words as they are compared: signs and capitals make no difference."""
    return "".join(each for each in why.casefold() if each.isalnum())
