"""Who comes into which small group of a stage, by the methods of grouping and what the session knows."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.facilitating.participation import Participation
from learncomm_agent.sessions.methods.grouping import (
    GroupBy,
    Groups,
    Person,
    make_groups,
    place_latecomer,
    without,
)
from learncomm_agent.sessions.scene import OWN, Scene
from learncomm_agent.sessions.stages.parameters import number
from learncomm_agent.sessions.state import Group

MERGE = "merge"
SIZE, _MOST = 4, 50
TOPIC = "#"
"""Before the number of an entry that is the topic of a group."""
_FIGURE = re.compile(r"\d{1,3}")


def those_here(scene: Scene) -> tuple[int, ...]:
    """Return who comes into groups: who takes part; the lead only where they joined."""
    people, lead = scene.session.people, scene.session.lead
    return tuple(id for id in scene.active() if id != lead or not people[id].is_met)


def made(scene: Scene) -> tuple[Group, ...]:
    """Return the groups of a stage, under numbers that no earlier ones of the session have."""
    here = those_here(scene)
    if not here:
        return ()
    by = str(scene.param("by", GroupBy.BALANCE))
    wishes = _wishes(scene)
    if by == MERGE and (joined := _two_by_two(scene, here)):
        sets: Sequence[Sequence[int]] = joined
    else:
        kind = GroupBy(by) if by in set(GroupBy) else GroupBy.BALANCE
        size = min(number(scene, "size", SIZE, least=2), _MOST)
        people = [_person(scene, each, wishes) for each in here]
        sets = make_groups(people, size, seed=scene.seed, by=kind, apart=_met(scene))
    first = 1 + max((each.number for each in scene.session.groups), default=0)
    names = [_topic(each, wishes) for each in sets]
    return tuple(
        Group(first + n, tuple(each), name=names[n] if by == GroupBy.CHOICE else "")
        for n, each in enumerate(sets)
    )


def placed(scene: Scene, groups: Sequence[Group], member: int) -> int:
    """Return the place of the group for somebody who comes late: the smallest one."""
    sets = [each.members for each in groups]
    if not any(sets):
        return 0
    return place_latecomer(sets, _person(scene, member, {}), _shares(scene))


def left(
    groups: Sequence[Group], member: int
) -> tuple[tuple[Group, ...], Sequence[tuple[int, int]]]:
    """Return the groups after somebody has left, and which were merged, as places: from, to."""
    # Who was forgotten is in none any more: they are put back where they may have left somebody alone.
    is_in = any(member in each.members for each in groups)
    sets: Sequence[Sequence[int]] = [
        (*each.members, member) if not is_in and len(each.members) == 1 else each.members
        for each in groups
    ]
    if sum(member in each for each in sets) > 1:
        return tuple(groups), ()
    rest: Groups
    rest, merged = without(sets, member)
    kept = (replace(each, members=rest[place]) for place, each in enumerate(groups))
    return tuple(kept), merged


def _person(scene: Scene, member: int, wishes: Mapping[int, str]) -> Person:
    known = scene.session.people.get(member)
    figure = _FIGURE.search(known.wish) if known is not None else None
    return Person(
        member,
        _shares(scene).get(member),
        None if figure is None else int(figure[0]),
        wishes.get(member),
    )


def _shares(scene: Scene) -> Mapping[int, float]:
    """Return who spoke how much of it in the last discussion, where it was measured."""
    own = scene.session.results.get(OWN)
    parts = Participation.of(own).parts if own else {}
    words = sum(each.words for each in parts.values())
    return {id: each.words / words for id, each in parts.items()} if words else {}


def _wishes(scene: Scene) -> Mapping[int, str]:
    """Return what each would like to work on: what they back in an earlier stage, or said on joining."""
    people = scene.session.people.items()
    found = {id: f"“{each.wish.strip().casefold()}" for id, each in people if each.wish.strip()}
    if stage := scene.param("from"):
        for entry in scene.entries(str(stage)):
            for member in (entry.by, *entry.backers):
                if member is not None:
                    found[member] = f"{TOPIC}{entry.id}"
    return found


def _topic(members: Sequence[int], wishes: Mapping[int, str]) -> str:
    """Return the entry that most of a group wish to work on, if there is one.

    What they wrote on joining is no name for a group: it is theirs, and can be forgotten.
    """
    counted = Counter(
        found for each in members if (found := wishes.get(each, "")).startswith(TOPIC)
    )
    return max(counted.items(), key=lambda each: (each[1], each[0]), default=("", 0))[0]


def _two_by_two(scene: Scene, here: Sequence[int]) -> list[list[int]]:
    """Return the earlier groups joined two by two; whoever is left over comes into the smallest."""
    there = [[m for m in each.members if m in here] for each in scene.session.groups]
    there = [each for each in there if each]
    joined = [[*one, *other] for one, other in zip(there[::2], there[1::2], strict=False)]
    joined = joined or there
    known = {member for each in joined for member in each}
    for member in here:
        if joined and member not in known:
            min(joined, key=len).append(member)
    return [sorted(each) for each in joined]


def _met(scene: Scene) -> list[frozenset[int]]:
    groups = scene.session.groups
    return [frozenset(pair) for each in groups for pair in combinations(sorted(each.members), 2)]


def is_listening(scene: Scene, member: int) -> bool:
    """Whether a member only listens."""
    person = scene.session.people.get(member)
    return person is None or person.mode is Mode.LISTEN
