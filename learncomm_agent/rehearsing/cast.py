"""Who plays in a rehearsal: a leader, members who are willing, and members as they are elsewhere too. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

LEAD = 1
"""The member who leads."""
MOST = 100


class Role(StrEnum):
    """How a member behaves."""

    LEAD = "lead"
    WILLING = "willing"
    """Comes, puts in what is asked for, answers, votes."""
    TALKATIVE = "talkative"
    """Does all that, at length."""
    SILENT = "silent"
    """Joins, reads, and says nothing."""
    LATE = "late"
    """Joins when the others have begun."""
    OFF_TOPIC = "off_topic"
    HOSTILE = "hostile"
    LEAVING = "leaving"
    """Leaves half-way."""


ORDER = (
    *(Role.WILLING, Role.TALKATIVE, Role.SILENT, Role.LATE),
    *(Role.OFF_TOPIC, Role.HOSTILE, Role.LEAVING),
)
CORE = (Role.WILLING, Role.WILLING, Role.TALKATIVE)
"""Who plays where there is no room for everyone."""


@dataclass(frozen=True, slots=True)
class Character:
    """One who plays."""

    id: int
    name: str
    role: Role

    @property
    def is_core(self) -> bool:
        """Whether they do what is asked for, each time."""
        return self.role in {Role.WILLING, Role.TALKATIVE}


def cast_of(
    size: int, seed: int, names: Sequence[str], leader: str, *, is_silent: bool = False
) -> tuple[Character, ...]:
    """Return the leader and so many members; the same for the same seed.

    Args:
        size: How many members, 1 to 100.
        seed: For who is what, where there are more members than sorts of them.
        names: Those of the members, one after another.
        leader: The name of the leader.
        is_silent: Whether nobody but the leader does anything.
    """
    size, random = max(1, min(size, MOST)), Random(seed)
    roles = list(CORE[:size] if size < len(ORDER) else ORDER)
    while len(roles) < size:
        roles.append(Role.WILLING if len(roles) % 2 else random.choice(ORDER))
    if is_silent:
        roles = [Role.SILENT] * size
    members = (Character(LEAD + 1 + n, _named(names, n), role) for n, role in enumerate(roles))
    return (Character(LEAD, leader, Role.LEAD), *members)


def _named(names: Sequence[str], number: int) -> str:
    again, place = divmod(number, len(names))
    return names[place] if not again else f"{names[place]} {again + 1}"
