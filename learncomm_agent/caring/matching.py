"""Who is brought together with whom: pairs of the greatest weight in all, and nobody left out needlessly; pure.

What can't be is no edge: two who avoid each other, who met before, or who share no language. Of what
can be, as many people as possible are in a pair; among such matchings, as many newcomers; among those,
the sum of the weights decides: what one offers and the other wants, hours in common, a newcomer with
somebody who knows the place. A lot of the seed settles ties. In a large community only the likeliest
partners of each are compared; whoever finds none among them is compared with all.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from random import Random

import rustworkx

from learncomm_agent.caring.weighing import UNBOUND, Bounds, Person, Role, Weights

DENSE = 150
"""Up to so many people, each is compared with each."""
LIKELIEST = 12
"""So many partners of each are compared in a larger community; and as many by lot, so that all find one."""
_ROUNDS = 3


class Reason(StrEnum):
    """Why somebody has nobody. That one of them avoids the other is never told."""

    ALONE = "alone"
    """There is nobody else."""
    LANGUAGE = "language"
    """Nobody shares a language with them."""
    MET = "met"
    """They have met all whom they could be with."""
    NOBODY = "nobody"
    """All who would fit are with somebody."""


@dataclass(frozen=True, slots=True)
class Meets:
    """What one offers meets what the other wants."""

    giver: int
    offer: int
    """Which of their offers, from 0."""
    learner: int
    want: int


@dataclass(frozen=True, slots=True)
class Why:
    """Why some were brought together."""

    languages: tuple[str, ...] = ()
    hours: int = 0
    """How many hours a week all of them are free."""
    meets: tuple[Meets, ...] = ()
    newcomer: int | None = None
    """Who is new, where somebody else is not."""


@dataclass(frozen=True, slots=True)
class Together:
    """A pair, or a group of three."""

    members: tuple[int, ...]
    mentor: int | None = None
    why: Why = Why()


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is with whom, and who is with nobody."""

    groups: tuple[Together, ...]
    unmatched: Mapping[int, Reason]


def with_roles(people: Iterable[Person]) -> list[Person]:
    """Return people as mentors and mentees.

    Who offers something and has room for somebody is a mentor. Where there is more room than
    people who learn, those mentors who want to learn something themselves become mentees, one after
    another, whoever offers least first.
    """
    found = {
        each.id: replace(
            each,
            role=Role.MENTOR if each.may_teach else Role.MENTEE,
        )
        for each in people
    }
    room = sum(each.capacity for each in found.values() if each.role is Role.MENTOR)
    learning = sum(each.role is Role.MENTEE for each in found.values())
    both = [each for each in found.values() if each.role is Role.MENTOR and each.wants]
    for each in sorted(both, key=lambda it: (len(it.offers), it.capacity, it.id)):
        if room - each.capacity >= learning + 1:
            found[each.id] = replace(each, role=Role.MENTEE)
            room, learning = room - each.capacity, learning + 1
    return sorted(found.values(), key=lambda each: each.id)


def matched(people: Iterable[Person], bounds: Bounds = UNBOUND, *, seed: int = 0) -> Matching:
    """Return who is brought together with whom; the same for the same seed, in whatever order people come."""
    found = sorted({each.id: each for each in people}.values(), key=lambda each: each.id)
    weights = Weights(found, bounds, seed)
    chosen = _chosen(weights)
    pairs = [(found[a], found[b]) for a, b in chosen]
    busy = {each.id for pair in pairs for each in pair}
    left = [each for each in found if each.id not in busy]
    groups: list[tuple[Person, ...]] = list(pairs)
    buddies = [each for each in left if each.role is Role.BUDDY]
    if buddies:
        groups = joined(groups, buddies, bounds, seed=seed)
    together = tuple(sorted((_together(each) for each in groups), key=lambda it: it.members))
    busy = {id for each in together for id in each.members}
    alone = {each.id: reason(each, found, bounds) for each in found if each.id not in busy}
    return Matching(together, alone)


def joined(
    groups: Sequence[tuple[Person, ...]],
    left: Sequence[Person],
    bounds: Bounds = UNBOUND,
    *,
    seed: int = 0,
) -> list[tuple[Person, ...]]:
    """Return groups in which those who are left have joined pairs, each where they add most; a three is full."""
    graph = rustworkx.PyGraph(multigraph=False)
    pairs = [n for n, each in enumerate(groups) if len(each) == 2]
    everyone = [*(it for n in pairs for it in groups[n]), *left]
    weights = Weights(everyone, bounds, seed)
    index = {each.id: n for n, each in enumerate(everyone)}
    graph.add_nodes_from(range(len(pairs) + len(left)))
    for place, who in enumerate(left):
        for node, n in enumerate(pairs):
            weight = _third(weights, index, groups[n], who)
            if weight is not None:
                weight += weights.newcomer * who.is_new
                graph.add_edge(node, len(pairs) + place, weight)
    more: dict[int, Person] = {}
    for one, other in rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int):
        node, place = sorted((one, other))
        more[pairs[node]] = left[place - len(pairs)]
    return [(*each, more[n]) if n in more else each for n, each in enumerate(groups)]


def may_be(
    people: Iterable[Person], groups: Iterable[Sequence[int]], bounds: Bounds = UNBOUND
) -> bool:
    """Whether groups that somebody wishes for break no rule."""
    found = list(people)
    weights, place = Weights(found, bounds, 0), {each.id: n for n, each in enumerate(found)}
    for group in groups:
        if not place.keys() >= set(group):
            return False
        languages = frozenset.intersection(*(found[place[id]].languages for id in group))
        pairs = combinations((place[id] for id in group), 2)
        if not languages or any(weights.of(a, b) is None for a, b in pairs):
            return False
    return True


def _third(
    weights: "Weights", index: Mapping[int, int], pair: Sequence[Person], who: Person
) -> int | None:
    """Return what somebody adds to a pair; None where it can't be."""
    if not frozenset.intersection(who.languages, *(each.languages for each in pair)):
        return None
    found = [weights.of(index[who.id], index[each.id]) for each in pair]
    return None if None in found else sum(each for each in found if each is not None)


def explained(members: Sequence[Person]) -> Why:
    """Return why some fit together."""
    languages = frozenset.intersection(*(each.languages for each in members))
    hours = frozenset.intersection(*(each.hours for each in members))
    new = [each.id for each in members if each.is_new]
    meets: dict[tuple[int, int], Meets] = {}
    for giver in members:
        for learner in members:
            if giver is learner or giver.role is Role.MENTEE or learner.role is Role.MENTOR:
                continue
            for want, wished in enumerate(learner.wants):
                common = [(len(wished & each), -n) for n, each in enumerate(giver.offers)]
                best = max(common, default=(0, 0))
                if best[0]:
                    key = (learner.id, want)
                    meets.setdefault(key, Meets(giver.id, -best[1], learner.id, want))
    is_mixed = 0 < len(new) < len(members)
    return Why(
        tuple(sorted(languages)), len(hours), tuple(meets.values()), new[0] if is_mixed else None
    )


def _together(members: Sequence[Person]) -> Together:
    mentor = next((each.id for each in members if each.role is Role.MENTOR), None)
    some = sorted(members, key=lambda each: (each.role is not Role.MENTOR, each.id))
    return Together(tuple(each.id for each in some), mentor, explained(some))


def reason(who: Person, people: Sequence[Person], bounds: Bounds = UNBOUND) -> Reason:
    """Return why somebody is with nobody of these people."""
    others = [each for each in people if each.id != who.id]
    if not others:
        return Reason.ALONE
    speak = [each for each in others if who.languages & each.languages]
    if not speak:
        return Reason.LANGUAGE
    met = set(bounds.met)
    if all(frozenset((who.id, each.id)) in met for each in speak):
        return Reason.MET
    return Reason.NOBODY


def _chosen(weights: Weights) -> list[tuple[int, int]]:
    """Return the pairs, by the places of people; a mentor stands in as many as they have room for."""
    count = len(weights.people)
    if count <= DENSE:
        edges = {
            (a, b): each
            for a, b in combinations(range(count), 2)
            if (each := weights.pushed(a, b)) is not None
        }
        return _solved(weights.people, edges)
    edges = _likeliest(weights)
    chosen: list[tuple[int, int]] = []
    for _ in range(_ROUNDS):
        chosen = _solved(weights.people, edges)
        busy = {each for pair in chosen for each in pair}
        left = [n for n in range(count) if n not in busy]
        more = _edges_of(weights, left)
        if len(left) < 2 or more.keys() <= edges.keys():
            break
        edges |= more
    return chosen


def _likeliest(weights: Weights) -> dict[tuple[int, int], int]:
    """Return the edges to the likeliest partners of each, and to some by lot."""
    count = len(weights.people)
    rows: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    for a in range(count):
        for b in range(a + 1, count):
            worth = weights.of(a, b)
            if worth is not None:
                edge = (worth, a, b)
                rows[a].append(edge)
                rows[b].append(edge)
    random, kept = Random(weights.seed), {}
    for row in rows:
        by_lot = random.sample(row, min(LIKELIEST, len(row)))
        for _, a, b in (*heapq.nlargest(LIKELIEST, row), *by_lot):
            kept[a, b] = weights.pushed(a, b) or 0
    return kept


def _edges_of(weights: Weights, some: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return all edges of some people."""
    found = {}
    for a in some:
        for b in range(len(weights.people)):
            low, high = min(a, b), max(a, b)
            worth = weights.pushed(low, high)
            if worth is not None:
                found[low, high] = worth
    return found


def _solved(
    people: Sequence[Person], edges: Mapping[tuple[int, int], int]
) -> list[tuple[int, int]]:
    """Return the pairs of the greatest weight among those with the most pairs; a mentor has a node for each place."""
    graph = rustworkx.PyGraph(multigraph=False)
    owners: list[int] = []
    nodes: list[list[int]] = []
    for n, each in enumerate(people):
        times = max(0, each.capacity) if each.role is Role.MENTOR else 1
        nodes.append(list(range(len(owners), len(owners) + times)))
        owners += [n] * times
    graph.add_nodes_from(owners)
    graph.add_edges_from(
        [
            (x, y, worth)
            for (a, b), worth in sorted(edges.items())
            for x in nodes[a]
            for y in nodes[b]
        ]
    )
    found = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return sorted((min(a, b), max(a, b)) for a, b in ((owners[x], owners[y]) for x, y in found))
