"""How people are put into small groups, and what happens when somebody comes late or leaves. Pure.

A group is the tuple of its members' ids in their order, and groups stand in the order of their first
members: what comes out says nothing about who talks much or knows much.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from statistics import median

Groups = tuple[tuple[int, ...], ...]

_STARTS = 12
"""How often groups are drawn anew where people meet again who met before."""


class GroupBy(StrEnum):
    """By what people are put together."""

    BALANCE = "balance"
    """Talkative and quiet ones in every group."""
    SKILL = "skill"
    """Skilled ones and beginners in every group."""
    CHOICE = "choice"
    """Who wishes the same topic."""
    CHANCE = "chance"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is to be in a group."""

    member: int
    talk_share: float | None = None
    """Of the words that were said, from 0 to 1; None where nobody knows, which counts as the middle."""
    skill: int | None = None
    """The more the higher; None where nobody knows, which counts as the middle."""
    wish: str | None = None
    """The topic; None for somebody who goes wherever one is missing."""


def make_groups(
    people: Sequence[Person],
    size: int,
    *,
    seed: int,
    by: GroupBy,
    apart: Collection[frozenset[int]] = (),
) -> Groups:
    """Put people into groups, everyone into exactly one.

    Groups differ by one person at most and come as near to the wished size as the number of people
    allows: within one of it wherever that is possible; of two ways that are as near, the one that misses
    it least in sum, then the larger groups, since somebody may leave. Nobody is alone but somebody who is
    the only one.

    Balance and skill: the people in their order are dealt out to and fro, as in a snake draft, so that
    each group gets one of the first, one of the next, and so on. Choice: groups of one topic each, as
    even as that topic allows; those without a wish fill up the topics that lack people most; topics that
    are still too small (see `too_few`) are put together with the smallest other.

    Args:
        people: In any order, which makes no difference.
        size: How many a group should have, from two on.
        seed: Of the chance between what is equally good; the same one makes the same groups.
        by: By what they are put together.
        apart: Pairs who met before, once for each time. As few of them as exchanges of two people that
            break no other rule can bring about meet again; a set of another size than two is passed over.

    Raises:
        ValueError: The size is less than two, or somebody is there twice.
    """
    if size < 2:
        raise ValueError(f"groups of {size!r}")
    ordered = sorted(people, key=lambda each: each.member)
    if len({each.member for each in ordered}) < len(ordered):
        raise ValueError("somebody is there twice")
    random, met = Random(seed), _met(apart)
    best: list[list[int]] = []
    fewest: int | None = None
    for _ in range(_STARTS):
        drawn, kinds = _draw(ordered, size, random, by)
        repeats = _exchange(drawn, kinds, met)
        if fewest is None or repeats < fewest:
            best, fewest = drawn, repeats
        if not repeats:
            break
    return tuple(sorted(tuple(sorted(group)) for group in best))


def too_few(people: Sequence[Person], size: int) -> tuple[str, ...]:
    """Return the topics that too few people wish for a group of their own, in their order by letters.

    A leader may ask those people to choose again before the groups are made.
    """
    wishes = Counter(each.wish for each in people if each.wish is not None)
    return tuple(sorted(topic for topic, number in wishes.items() if number < _least(size)))


def place_latecomer(
    groups: Sequence[Sequence[int]], person: Person, shares: Mapping[int, float] | None = None
) -> int:
    """Return the place of the group that somebody who comes late should join.

    That is the smallest one; of several, the one that talks least, then the first. Groups that all have
    left are passed over. Who is in a group already stays there.

    Args:
        groups: As they stand.
        person: Who comes.
        shares: The talk share of each member, where it is known.

    Raises:
        ValueError: There is no group.
    """
    known = shares or {}
    places = [place for place, group in enumerate(groups) if group]
    if not places:
        raise ValueError("no group to join")
    return min(
        places,
        key=lambda place: (
            person.member not in groups[place],
            len(groups[place]),
            sum(known.get(each, 0.0) for each in groups[place]),
        ),
    )


def without(
    groups: Sequence[Sequence[int]], member: int
) -> tuple[Groups, tuple[tuple[int, int], ...]]:
    """Return the groups after somebody has left, and which were merged, as places: from, to.

    Whoever is left behind alone goes to the smallest other group, of several the first. Groups keep their
    places, which stand for their threads: one that nobody is in any more stays as an empty one.

    Args:
        groups: As they stand.
        member: Who leaves; if they are in no group, nothing changes.
    """
    rest = [tuple(each for each in group if each != member) for group in groups]
    merged = []
    for place, group in enumerate(rest):
        if len(group) != 1 or len(groups[place]) == 1:
            continue
        others = [i for i, other in enumerate(rest) if other and i != place]
        if others:
            to = min(others, key=lambda i: len(rest[i]))
            rest[to], rest[place] = (*rest[to], *group), ()
            merged.append((place, to))
    return tuple(rest), tuple(merged)


def _least(size: int) -> int:
    return max(2, size - 1)


def _sizes(people: int, size: int) -> list[int]:
    """Return how many each group gets, two at least where there are two."""

    def misses(number: int) -> tuple[int, int]:
        off = [abs(each - size) for each in _even(people, number)]
        return max(off), sum(off)

    return _even(people, min(range(1, max(1, people // 2) + 1), key=misses))


def _even(people: int, number: int) -> list[int]:
    each, more = divmod(people, number)
    return [each + 1] * more + [each] * (number - more)


def _draw(
    people: Sequence[Person], size: int, random: Random, by: GroupBy
) -> tuple[list[list[int]], Mapping[int, Hashable]]:
    """Return groups, and of each member the kind: who is of one kind may change places."""
    if not people:
        return [], {}
    shuffled = random.sample(people, len(people))
    match by:
        case GroupBy.BALANCE:
            return _dealt(_falling(shuffled, lambda each: each.talk_share), size)
        case GroupBy.SKILL:
            return _dealt(_falling(shuffled, lambda each: each.skill), size)
        case GroupBy.CHOICE:
            chosen = [each for pool in _pools(shuffled, size) for each in _cut(pool, size)]
            return chosen, {each.member: each.wish for each in people}
        case GroupBy.CHANCE:
            return _cut([each.member for each in shuffled], size), {}


def _falling(people: Sequence[Person], value: Callable[[Person], float | None]) -> Sequence[int]:
    """Return the members, highest value first; who has none stands in the middle."""
    known = [found for each in people if (found := value(each)) is not None]
    middle = median(known) if known else 0.0

    def height(person: Person) -> float:
        found = value(person)
        return middle if found is None else found

    return [each.member for each in sorted(people, key=height, reverse=True)]


def _dealt(members: Sequence[int], size: int) -> tuple[list[list[int]], Mapping[int, Hashable]]:
    """Deal the members out to and fro; those who are dealt in one turn may change places."""
    number = len(_sizes(len(members), size))
    groups: list[list[int]] = [[] for _ in range(number)]
    turns = {}
    for place, member in enumerate(members):
        turn, at = divmod(place, number)
        groups[at if turn % 2 == 0 else number - 1 - at].append(member)
        turns[member] = turn
    return groups, turns


def _cut(members: Sequence[int], size: int) -> list[list[int]]:
    found, start = [], 0
    for length in _sizes(len(members), size):
        found.append(list(members[start : start + length]))
        start += length
    return found


def _pools(people: Sequence[Person], size: int) -> list[list[int]]:
    """Return who comes together by their wishes, each pool large enough for a group, if any is.

    Those of one topic stand beside each other, so that they stay together when the pool is cut.
    """
    topics: defaultdict[str, list[int]] = defaultdict(list)
    for person in people:
        if person.wish is not None:
            topics[person.wish].append(person.member)
    pools = [topics[topic] for topic in sorted(topics)]
    for person in people:
        if person.wish is None:
            if not pools:
                pools.append([])
            # First what lacks least to be large enough, so that as many topics as possible come about.
            small = [pool for pool in pools if len(pool) < _least(size)]
            (max(small, key=len) if small else min(pools, key=len)).append(person.member)
    while len(pools) > 1 and len(smallest := min(pools, key=len)) < _least(size):
        pools.remove(smallest)
        min(pools, key=len).extend(smallest)
    return pools


def _met(apart: Collection[frozenset[int]]) -> Mapping[int, Counter[int]]:
    met: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for pair in apart:
        if len(pair) == 2:
            one, other = pair
            met[one][other] += 1
            met[other][one] += 1
    return met


def _exchange(
    groups: list[list[int]], kinds: Mapping[int, Hashable], met: Mapping[int, Counter[int]]
) -> int:
    """Exchange two people at a time while fewer meet again by it; return how many still do."""

    def again(member: int, group: Sequence[int]) -> int:
        return sum(met[member][each] for each in group) if member in met else 0

    def gain(one: int, group: Sequence[int], other: int, theirs: Sequence[int]) -> int:
        before = again(one, group) + again(other, theirs)
        after = again(one, theirs) + again(other, group)
        # Each leaves before the other comes, so these two don't meet.
        return before - after + 2 * met[one][other]

    def exchanged(one: int, group: list[int]) -> bool:
        found = [
            (gain(one, group, other, theirs), theirs, place)
            for theirs in groups
            if theirs is not group
            for place, other in enumerate(theirs)
            if kinds.get(one) == kinds.get(other)
        ]
        most, theirs, place = max(found, key=lambda each: each[0], default=(0, [], 0))
        if most > 0:
            group[group.index(one)], theirs[place] = theirs[place], one
        return most > 0

    # Each exchange lowers a whole number, so this ends.
    while any(
        [exchanged(one, group) for group in groups for one in tuple(group) if again(one, group)]
    ):
        pass
    return sum(again(each, group) for group in groups for each in group) // 2
