"""Whether all who can read one room can read another, by their rules. Pure.

Who reads a room, now or later and with nobody's leave: who is in it or invited; all, where it is public;
where it is restricted, those who are in the rooms that it names, or come into them in the same way. Who is
banned comes in by no rule. What may be read by anybody without joining is read by those who are banned, too.

Somebody who is brought by hand into a room is shown its past knowingly. Whoever brings them into a space
does not think of all rooms that this opens: so those who will be in a space later count as its members.

Such a set of readers is, exactly, some people by name, and some *crowds*: everyone, or the members of
another room, now where the agent is not in it, and later; each without some people by name, and
without those whom a *gate* keeps out: servers that a room does not let in. One set is within another if
each of its people is in that, and each of its crowds is covered by one there, with all its members that
the other does without. Of a crowd nobody knows, all that might be in it are counted for the room that
asks, none for the one that is asked for; so where the two are not the same, the answer is no.

A guest's account is one that anybody may get, so guests are no less than everyone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from learncomm_matrix.directory.state import RoomState

EVERYONE = "*"
_MOST_CROWDS = 20
"""Whoever makes spaces that open each other in more ways than this is not followed through them."""
_RESTRICTED = {"restricted": 8, "knock_restricted": 10}
"""Since which version of rooms these rules are known."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Which servers' people come in."""

    only: str | None = None
    """One server alone."""
    allow: tuple[str, ...] = (EVERYONE,)
    deny: tuple[str, ...] = ()

    def lets(self, user_id: str) -> bool:
        """Whether somebody comes in."""
        server = user_id.partition(":")[2]
        if self.only is not None and server != self.only:
            return False
        host = server.rpartition(":")[0] if server.rpartition(":")[2].isdecimal() else server
        is_denied = any(_fits(host, each) for each in self.deny)
        return not is_denied and any(_fits(host, each) for each in self.allow)


@dataclass(frozen=True, slots=True)
class Crowd:
    """People of whom nobody knows all: everyone, or who is in an unknown room; behind some gates."""

    of: str
    gates: frozenset[Gate] = frozenset()

    def covers(self, other: "Crowd") -> bool:
        """Whether whoever is in the other one is in this one."""
        return self.of in (EVERYONE, other.of) and self.gates <= other.gates

    def has(self, user_id: str) -> bool:
        """Whether somebody is in it for certain."""
        return self.of == EVERYONE and all(gate.lets(user_id) for gate in self.gates)


@dataclass(frozen=True, slots=True)
class People:
    """Who reads: some by name, and crowds without some by name."""

    named: frozenset[str] = frozenset()
    crowds: Mapping[Crowd, frozenset[str]] = field(default_factory=dict)

    def __or__(self, other: "People") -> "People":
        """Return those who are in either."""
        crowds = dict(self.crowds)
        for crowd, without in other.crowds.items():
            crowds[crowd] = crowds[crowd] & without if crowd in crowds else without
        return People(self.named | other.named, crowds)

    def without(self, people: frozenset[str]) -> "People":
        """Return them without some by name."""
        if not people:
            return self
        crowds = {crowd: without | people for crowd, without in self.crowds.items()}
        return People(self.named - people, crowds)

    def behind(self, gates: frozenset[Gate]) -> "People":
        """Return those of them whom these gates let in."""
        if not gates:
            return self
        named = frozenset(each for each in self.named if all(gate.lets(each) for gate in gates))
        crowds: dict[Crowd, frozenset[str]] = {}
        for crowd, without in self.crowds.items():
            narrower = Crowd(crowd.of, crowd.gates | gates)
            crowds[narrower] = crowds.get(narrower, without) & without
        return People(named, crowds)

    def tidy(self) -> "People":
        """Return the same without crowds that others hold."""
        kept = {
            crowd: without
            for crowd, without in self.crowds.items()
            if not any(
                other != crowd and other.covers(crowd) and left_out <= without
                for other, left_out in self.crowds.items()
            )
        }
        return People(self.named, kept)

    def has(self, user_id: str) -> bool:
        """Whether somebody is among them for certain."""
        return user_id in self.named or any(
            user_id not in without and crowd.has(user_id) for crowd, without in self.crowds.items()
        )

    def within(self, other: "People") -> bool:
        """Whether all of them are certainly among the others."""
        if not all(map(other.has, self.named - other.named)):
            return False
        return all(other._hold(crowd, without) for crowd, without in self.crowds.items())

    def _hold(self, crowd: Crowd, without: frozenset[str]) -> bool:
        """Whether all of a crowd are here, but for some by name."""
        covering = [left_out for each, left_out in self.crowds.items() if each.covers(crowd)]
        if not covering:
            return False
        left_out = frozenset.intersection(*covering) - without - self.named
        return not any(
            all(gate.lets(each) for gate in crowd.gates) and not self.has(each) for each in left_out
        )


class Rules:
    """All rules at one time; what is asked once is kept."""

    def __init__(self, rooms: Mapping[str, RoomState], me: str) -> None:
        """Take all rooms that the agent is in, and its own account, which is no reader to ask about."""
        self._rooms = {id: room for id, room in rooms.items() if room.is_known}
        self._me = me
        self._reached: dict[str, People] = {}
        self._most: dict[str, People] = {}
        self._sure: dict[str, People] = {}

    def most(self, room_id: str) -> People:
        """Return all who may read what will be written in a room: none of them is forgotten."""
        if room_id not in self._most:
            room = self._rooms[room_id]
            found = self._reach(room_id)
            if room.visibility == "world_readable":
                found |= People(crowds={Crowd(EVERYONE): frozenset()})
            crowds = {each: found.crowds[each] for each in found.crowds if each.of != room_id}
            self._most[room_id] = People(found.named, crowds).without(frozenset({self._me}))
        return self._most[room_id]

    def sure(self, room_id: str) -> People:
        """Return those who can surely read all that was written in a room; see `hides_past`."""
        if room_id not in self._sure:
            room = self._rooms[room_id]
            found = People()
            if not room.hides_past and not room.was_narrow:
                found = self._reach(room_id) | _unknown(room_id)
                if room.visibility == "world_readable":
                    # Other servers tell their people only of rooms in which somebody of theirs is.
                    mine = Gate(only=self._me.partition(":")[2])
                    found |= People(crowds={Crowd(EVERYONE, frozenset({mine})): frozenset()})
            self._sure[room_id] = found
        return self._sure[room_id]

    def implies(self, here: str, there: str) -> bool:
        """Whether all who read one room can read all that was written in another."""
        if here not in self._rooms or there not in self._rooms:
            return False
        return here == there or self.most(here).within(self.sure(there))

    def may_read(self, room_id: str, user_id: str) -> bool:
        """Whether somebody is in a room, or may surely come in."""
        return room_id in self._rooms and self._reach(room_id).has(user_id)

    def _reach(self, room_id: str) -> People:
        """Return who is in a room or can come in with nobody's leave."""
        if not self._reached:
            self._spread()
        return self._reached[room_id]

    def _spread(self) -> None:
        """Let people in by rules that lead from room to room, in rings maybe, until nobody more comes."""
        self._reached = {
            id: People(room.joined | room.invited) | self._coming(room)
            for id, room in self._rooms.items()
        }
        leading = [room for room in self._rooms.values() if _lets_members_in(room)]
        gates = {room.id: gates_of(room) for room in leading}
        banned = {room.id: room.banned for room in leading}
        lost: set[str] = set()
        is_settled = False
        while not is_settled:
            is_settled = True
            for room in leading:
                before = self._reached[room.id]
                found = before
                for each in room.allowed:
                    others = self._reached.get(each, People()) | _unknown(each)
                    found |= others.behind(gates[room.id]).without(banned[room.id])
                found = found.tidy()
                if room.id in lost or len(found.crowds) > _MOST_CROWDS:
                    lost.add(room.id)
                    found = People(found.named) | _unknown(f"by {room.id}")
                if found != before:
                    is_settled = False
                    self._reached[room.id] = found

    def _coming(self, room: RoomState) -> People:
        """Return who is let in by the rule, but for the members of other rooms."""
        found = People()
        if room.join_rule == "public":
            found = People(crowds={Crowd(EVERYONE): frozenset()})
        elif room.join_rule in _RESTRICTED and (room.allows_unknown or room.number is None):
            # In a version of which nobody knows what it lets them do, it may be anybody.
            found = _unknown(f"by {room.id}")
        return found.behind(gates_of(room)).without(room.banned)


def _lets_members_in(room: RoomState) -> bool:
    first = _RESTRICTED.get(room.join_rule)
    return first is not None and room.number is not None and room.number >= first


def gates_of(room: RoomState) -> frozenset[Gate]:
    """Return what keeps servers out of a room."""
    found = set()
    if not room.is_federated:
        creator = min(room.creators, default="")
        found.add(Gate(only=creator.partition(":")[2]))
    if room.acl is not None:
        allow, deny = room.acl
        found.add(Gate(None, allow, deny))
    return frozenset(found)


def _unknown(room_id: str) -> People:
    return People(crowds={Crowd(room_id): frozenset()})


def _fits(host: str, glob: str) -> bool:
    return fnmatchcase(host.lower(), glob.lower().replace("[", "[[]"))
