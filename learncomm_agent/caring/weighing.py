"""What bringing two people together would be worth, by what they said about themselves; pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Pair = frozenset[int]
_MEETS, _MOST_MEETS = 120, 4
_HOUR, _MOST_HOURS = 6, 20
_EXPERIENCED = 150
_SHOWN_BEFORE = -400
_BASE = 1_000
LOT = 1_024
"""Below so much a lot decides, where all else is alike."""


class Role(StrEnum):
    """As what somebody is matched."""

    BUDDY = "buddy"
    MENTOR = "mentor"
    MENTEE = "mentee"


@dataclass(frozen=True, slots=True)
class Person:
    """One who is to be matched."""

    id: int
    offers: tuple[frozenset[str], ...] = ()
    """The stems of each thing that they can help with."""
    wants: tuple[frozenset[str], ...] = ()
    """The stems of each thing that they want to learn."""
    languages: frozenset[str] = frozenset()
    hours: frozenset[int] = frozenset()
    """The hours of a week, in UTC, when they are free: 0 to 167 from Monday on."""
    role: Role = Role.BUDDY
    capacity: int = 1
    """How many a mentor can take on."""
    is_new: bool = False
    avoided: frozenset[int] = frozenset()
    """Whom they do not wish to be with."""

    @property
    def may_teach(self) -> bool:
        """Whether they offer something and take somebody on."""
        return bool(self.offers) and self.capacity > 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can't be, or is to be avoided where it can."""

    met: Collection[Pair] = frozenset()
    """Who was together before: never again."""
    apart: Collection[Pair] = frozenset()
    """Whom a leader keeps apart."""
    shown: Collection[Pair] = frozenset()
    """Who was proposed before, where another proposal is wished for."""


UNBOUND = Bounds()


@dataclass(slots=True)
class Weights:
    """What each pair would be worth, by the places of the two among the people."""

    people: Sequence[Person]
    bounds: Bounds
    seed: int
    newcomer: int = 0
    """What a newcomer who is in adds: more than all else together."""
    _offers: list[int] = field(default_factory=list)
    _wants: list[int] = field(default_factory=list)
    _hours: list[int] = field(default_factory=list)
    _languages: list[int] = field(default_factory=list)
    _never: dict[int, set[int]] = field(default_factory=dict)
    _shown: set[Pair] = field(default_factory=set)
    _scale: int = 1

    def __post_init__(self) -> None:
        """Write what is compared as bits, so that comparing many is quick."""
        bits: dict[str, int] = {}
        for each in self.people:
            self._offers.append(_bits(bits, each.offers))
            self._wants.append(_bits(bits, each.wants))
            self._hours.append(sum(1 << hour for hour in each.hours))
            self._languages.append(_bits(bits, (each.languages,)))
        self._never = {each.id: set(each.avoided) for each in self.people}
        for pair in (*self.bounds.met, *self.bounds.apart):
            for id in pair:
                if id in self._never:
                    self._never[id] |= pair - {id}
        for each in self.people:
            for id in each.avoided:
                if id in self._never:
                    self._never[id].add(each.id)
        self._shown = set(self.bounds.shown)
        self._scale = LOT * max(1, len(self.people))
        self.newcomer = 4 * _BASE * self._scale * max(1, len(self.people))

    def of(self, a: int, b: int) -> int | None:
        """Return what a pair is worth; None where it can't be."""
        one, other = self.people[a], self.people[b]
        if (
            not self._languages[a] & self._languages[b]
            or one.id == other.id
            or other.id in self._never[one.id]
            or (one.role is other.role and one.role is not Role.BUDDY)
        ):
            return None
        meets = 0
        if one.role is not Role.MENTEE:
            meets += (self._offers[a] & self._wants[b]).bit_count()
        if other.role is not Role.MENTEE:
            meets += (self._offers[b] & self._wants[a]).bit_count()
        hours = (self._hours[a] & self._hours[b]).bit_count()
        worth = _BASE + _MEETS * min(meets, _MOST_MEETS) + _HOUR * min(hours, _MOST_HOURS)
        if one.is_new is not other.is_new:
            worth += _EXPERIENCED
        if self._shown and frozenset((one.id, other.id)) in self._shown:
            worth += _SHOWN_BEFORE
        return worth * self._scale + self._lot(one.id, other.id)

    def pushed(self, a: int, b: int) -> int | None:
        """Return the same with what newcomers add."""
        worth = self.of(a, b)
        if worth is None:
            return None
        return worth + self.newcomer * (self.people[a].is_new + self.people[b].is_new)

    def _lot(self, one: int, other: int) -> int:
        low, high = (one, other) if one < other else (other, one)
        drawn = (
            low * 2_654_435_761 ^ high * 2_246_822_519 ^ self.seed * 3_266_489_917
        ) & 0xFFFFFFFF
        drawn = (drawn ^ drawn >> 15) * 2_654_435_761 & 0xFFFFFFFF
        return (drawn >> 13) % LOT


def _bits(known: dict[str, int], some: Iterable[Iterable[str]]) -> int:
    found = 0
    for each in some:
        for word in each:
            found |= 1 << known.setdefault(word, len(known))
    return found
