"""Whether all who can see one channel can read another, by the rules of their server. Pure.

Who sees a channel is shown what is posted there while they look; who reads it, also what was posted
before, for which Discord asks for one right more. A reply in R is seen by all who see R, and what it
quotes of A was posted before.

Discord lets a member do either if, for each right that this asks for, its algorithm says yes: what their
roles give in the whole server; over that what the channel takes and gives everyone; over that what it
takes from their roles, then what it gives them; last what it takes from or gives to themselves. With S for
a member's roles, everyone's among them, that is for one right and one channel

    has it = S meets `allow`, or S meets `give` and does not meet `deny`.

Those who see R and can't read A are thus one of a few cases, each made of conditions of two sorts only: *S
meets these roles* and *S meets none of those*. Where any S fulfils a case, the largest one without the
roles that must not be in it does so too, as more roles take nothing from the first sort. So one look at
that S a case is an exact answer, for all sets of roles that members have or will ever have.

A member of whom R or A speaks by name is such a question again, with what it takes and gives them put in.
Owners and administrators read everything. A time-out passes and changes no rule, so it is left out. The
agent itself is no reader, nor is the role that Discord made for it alone.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_EVERYONE = 1
"""The bit of the role that all members have; it stands in no `allow` and no `deny`."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel gives and takes, as Discord's bits."""

    allow: int = 0
    deny: int = 0


_NOTHING = Overwrite()


@dataclass(frozen=True, slots=True)
class Server:
    """The roles of a server."""

    everyone: int
    """The id of the role that all members have."""
    roles: Mapping[int, int]
    """What each role gives in the whole server, by its id, everyone's among them."""
    administrator: int
    """The bit of the right to do everything."""
    aside: frozenset[int] = frozenset()
    """Members that are no readers to ask about, the owner among them, and roles that no reader has."""


@dataclass(frozen=True, slots=True)
class Place:
    """The rule by which a channel is seen and read."""

    asked: tuple[int, ...]
    """The bits of the rights without which nobody reads it."""
    seen: tuple[int, ...]
    """Those of them without which nobody sees what is posted there."""
    is_restricted: bool = False
    """Whether it is for adults alone, which Discord asks of whoever opens it."""
    roles: Mapping[int, Overwrite] = field(default_factory=dict)
    members: Mapping[int, Overwrite] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Right:
    """Who has one right in one channel, as sets of roles in bits."""

    bit: int
    allow: int
    deny: int
    give: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """The rule of a channel, so that two with the same readers are equal in most cases."""

    seeing: tuple[_Right, ...]
    reading: tuple[_Right, ...]
    members: frozenset[tuple[int, Overwrite]]
    is_restricted: bool


class Rules:
    """All rules of a server at one time; what is asked once is kept."""

    def __init__(self, server: Server, places: Mapping[int, Place]) -> None:
        """Read the rules of these channels, by their ids."""
        self._server = server
        self._is_open = bool(server.roles.get(server.everyone, 0) & server.administrator)
        self._bits = {server.everyone: _EVERYONE} | {
            id: 2 << place
            for place, id in enumerate(
                id
                for id, given in server.roles.items()
                if id not in {server.everyone, *server.aside} and not given & server.administrator
            )
        }
        self._given: dict[int, int] = {}
        self._rules: dict[int, _Rule] = {id: self._rule(place) for id, place in places.items()}
        self._places: dict[_Rule, list[int]] = {}
        for id, rule in self._rules.items():
            self._places.setdefault(rule, []).append(id)
        self._found: dict[_Rule, frozenset[int]] = {}

    def readable(self, place: int) -> frozenset[int]:
        """Return the channels that all who can see this one can read; none where it is not known."""
        here = self._rules.get(place)
        if here is None:
            return frozenset()
        if here not in self._found:
            self._found[here] = frozenset(
                id
                for there, places in self._places.items()
                if self._implies(here, there)
                for id in places
            )
        return self._found[here]

    def _rule(self, place: Place) -> _Rule:
        aside = self._server.aside
        asked = sum(place.asked)
        members = (
            (id, Overwrite(each.allow & asked, each.deny & asked))
            for id, each in place.members.items()
            if id not in aside
        )
        rights = {bit: self._right(place, bit) for bit in place.asked}
        return _Rule(
            tuple(rights[bit] for bit in place.seen),
            tuple(rights.values()),
            frozenset(each for each in members if each[1] != _NOTHING),
            place.is_restricted,
        )

    def _right(self, place: Place, bit: int) -> _Right:
        to_all = place.roles.get(self._server.everyone, _NOTHING)
        named = [
            (self._bits[id], each)
            for id, each in place.roles.items()
            if id in self._bits and id != self._server.everyone
        ]
        if to_all.allow & bit:
            give = _EVERYONE
        elif to_all.deny & bit:
            give = 0
        else:
            give = self._giving(bit)
        allow = sum(mask for mask, each in named if each.allow & bit)
        deny = sum(mask for mask, each in named if each.deny & bit)
        # Whoever is given it all the same need not be looked at for what else happens to them.
        return _Right(bit, allow, deny, _EVERYONE if give & _EVERYONE else give)

    def _giving(self, bit: int) -> int:
        """Return the roles that give a right in the whole server."""
        if bit not in self._given:
            roles = self._server.roles
            masks = (mask for id, mask in self._bits.items() if roles.get(id, 0) & bit)
            self._given[bit] = sum(masks)
        return self._given[bit]

    def _implies(self, here: _Rule, there: _Rule) -> bool:
        """Whether all who can see one can read the other."""
        if there.is_restricted and not here.is_restricted:
            return False
        if self._is_open:
            return True
        mine, theirs = dict(here.members), dict(there.members)
        special = {
            (mine.get(id, _NOTHING), theirs.get(id, _NOTHING)) for id in mine.keys() | theirs.keys()
        }
        return not any(
            _differ(here.seeing, there.reading, by_name)
            for by_name in ((_NOTHING, _NOTHING), *special)
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """The sets of roles that meet each of some and none of others."""

    without: int = 0
    meets: tuple[int, ...] = ()


def _differ(
    here: tuple[_Right, ...], there: tuple[_Right, ...], by_name: tuple[Overwrite, Overwrite]
) -> bool:
    """Whether some set of roles has all rights here and not there, for a member whom the two name so."""
    shut = list(_shut(there, by_name[1]))
    return any(
        _is_possible(having, missing) for having in _having(here, by_name[0]) for missing in shut
    )


def _is_possible(one: _Case, other: _Case) -> bool:
    largest = ~(one.without | other.without)
    return all(largest & roles for roles in (*one.meets, *other.meets))


def _having(rights: tuple[_Right, ...], named: Overwrite) -> Iterator[_Case]:
    """Yield the cases in which somebody has all rights."""
    for ways in itertools.product(*(_ways(right, named) for right in rights)):
        without = 0
        for way in ways:
            without |= way.without
        yield _Case(without, tuple(roles for way in ways for roles in way.meets))


def _ways(right: _Right, named: Overwrite) -> list[_Case]:
    """Return the cases in which somebody has a right."""
    if named.allow & right.bit:
        return [_Case()]
    if named.deny & right.bit:
        return []
    if right.give & _EVERYONE and not right.deny:
        return [_Case()]
    return [_Case(0, (right.allow,)), _Case(right.deny, (right.give,))]


def _shut(rights: tuple[_Right, ...], named: Overwrite) -> Iterator[_Case]:
    """Yield the cases in which somebody lacks some right."""
    for right in rights:
        if named.allow & right.bit:
            continue
        if named.deny & right.bit:
            yield _Case()
            continue
        yield _Case(right.allow, (right.deny,))
        if not right.give & _EVERYONE:
            yield _Case(right.allow | right.give)
