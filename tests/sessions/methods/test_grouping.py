"""Small groups are even, nobody is alone in one, and who met before meets others."""

from collections.abc import Sequence
from itertools import combinations
from random import Random
from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.grouping import (
    GroupBy,
    Groups,
    Person,
    make_groups,
    place_latecomer,
    too_few,
    without,
)

PEOPLE = st.lists(
    st.builds(
        Person,
        st.integers(1, 60),
        st.none() | st.floats(0, 1),
        st.none() | st.integers(0, 3),
        st.sampled_from([None, "ants", "bees", "cats"]),
    ),
    max_size=30,
    unique_by=lambda each: each.member,
)
PAIRS = st.frozensets(st.frozensets(st.integers(1, 60), min_size=1, max_size=3), max_size=40)
SIZES = st.integers(2, 6)
SEEDS = st.integers(0, 9)
ANY = st.sampled_from(GroupBy)


def people(number: int) -> list[Person]:
    return [Person(member) for member in range(1, number + 1)]


def pairs(groups: Groups) -> list[frozenset[int]]:
    return [frozenset(pair) for group in groups for pair in combinations(group, 2)]


def sizes(groups: Groups) -> list[int]:
    return sorted(map(len, groups), reverse=True)


@given(PEOPLE, SIZES, SEEDS, ANY, PAIRS)
def test_everyone_is_in_one_group_and_nobody_alone(
    persons: list[Person], size: int, seed: int, by: GroupBy, apart: frozenset[frozenset[int]]
) -> None:
    groups = make_groups(persons, size, seed=seed, by=by, apart=apart)
    members = [member for group in groups for member in group]
    assert sorted(members) == sorted(each.member for each in persons)
    if len(persons) > 1:
        assert min(map(len, groups)) >= 2
    if groups and by is not GroupBy.CHOICE:
        assert max(map(len, groups)) - min(map(len, groups)) <= 1


@given(PEOPLE, SIZES, SEEDS, ANY, PAIRS, st.randoms(use_true_random=False))
def test_the_same_seed_makes_the_same_groups_in_whatever_order_people_come(
    persons: list[Person],
    size: int,
    seed: int,
    by: GroupBy,
    apart: frozenset[frozenset[int]],
    random: Random,
) -> None:
    met = sorted(apart, key=sorted)
    groups = make_groups(persons, size, seed=seed, by=by, apart=met)
    others, again = random.sample(persons, len(persons)), random.sample(met, len(met))
    assert make_groups(others, size, seed=seed, by=by, apart=again) == groups
    # What comes out tells nobody's rank.
    assert groups == tuple(sorted(tuple(sorted(group)) for group in groups))


@pytest.mark.parametrize("size", range(2, 8))
@pytest.mark.parametrize("by", [GroupBy.BALANCE, GroupBy.CHANCE])
def test_groups_are_within_one_of_the_wished_size_where_that_is_possible(
    size: int, by: GroupBy
) -> None:
    for number in range(2, 50):
        least, most = max(2, size - 1), size + 1
        is_possible = any(least * k <= number <= most * k for k in range(1, number))
        made = sizes(make_groups(people(number), size, seed=1, by=by))
        assert (least <= made[-1] and made[0] <= most) or not is_possible, number


@pytest.mark.parametrize(
    ("number", "size", "made"),
    [
        (0, 2, []),
        (1, 2, [1]),
        (2, 2, [2]),
        (3, 2, [3]),
        (7, 2, [3, 2, 2]),
        (4, 3, [4]),
        (5, 3, [3, 2]),
        (6, 4, [3, 3]),
        (13, 4, [5, 4, 4]),
        (7, 5, [7]),
        (9, 6, [5, 4]),
        (3, 99, [3]),
    ],
)
def test_sizes_by_example(number: int, size: int, made: list[int]) -> None:
    assert sizes(make_groups(people(number), size, seed=4, by=GroupBy.CHANCE)) == made


@pytest.mark.parametrize("by", GroupBy)
def test_another_seed_makes_other_groups(by: GroupBy) -> None:
    made = {make_groups(people(12), 4, seed=seed, by=by) for seed in range(20)}
    assert len(made) > 15


@pytest.mark.parametrize("by", [GroupBy.BALANCE, GroupBy.SKILL])
def test_no_group_has_all_the_loud_or_all_the_skilled(by: GroupBy) -> None:
    shares, skills = by is GroupBy.BALANCE, by is GroupBy.SKILL  # the other one is unknown
    persons = [
        Person(member, 1 / member if shares else None, 100 - member if skills else None)
        for member in range(1, 13)
    ]
    for seed in range(20):
        groups = make_groups(persons, 4, seed=seed, by=by)
        for first, last in ((1, 3), (4, 6), (7, 9), (10, 12)):  # three groups: one of each three
            ranks = set(range(first, last + 1))
            assert all(len(ranks & set(group)) == 1 for group in groups)


def spread(groups: Groups, persons: Sequence[Person]) -> float:
    shares = {each.member: each.talk_share or 0.0 for each in persons}
    return pvariance([mean(shares[each] for each in group) for group in groups])


def test_balance_is_far_better_than_chance() -> None:
    drawn = {by: 0.0 for by in (GroupBy.BALANCE, GroupBy.CHANCE)}
    for seed in range(40):
        random = Random(seed)
        heights = [random.expovariate(1) for _ in range(random.randint(8, 26))]
        persons = [Person(i, height / sum(heights)) for i, height in enumerate(heights)]
        size = random.choice([3, 4, 5])
        for by in drawn:
            drawn[by] += spread(make_groups(persons, size, seed=seed, by=by), persons)
    assert drawn[GroupBy.BALANCE] < drawn[GroupBy.CHANCE] / 3


def test_somebody_unknown_counts_as_the_middle() -> None:
    shares = {1: 0.4, 2: 0.3, 3: None, 4: 0.1, 5: 0.0}
    persons = [Person(member, share) for member, share in shares.items()]
    for seed in range(10):
        groups = make_groups(persons, 3, seed=seed, by=GroupBy.BALANCE)
        assert groups == ((1, 4, 5), (2, 3))


def wishing(**wishes: int) -> list[Person]:
    """Return so many people for each topic, their ids in a row; `any` is no topic."""
    topics = [None if topic == "any" else topic for topic, n in wishes.items() for _ in range(n)]
    return [Person(member, wish=topic) for member, topic in enumerate(topics, start=1)]


@pytest.mark.parametrize(
    ("wishes", "size", "made", "small"),
    [
        ({"ants": 3, "bees": 4}, 3, [{1, 2, 3}, {4, 5, 6, 7}], ()),
        # Who has no wish goes where somebody lacks, so that the topic comes about.
        ({"ants": 4, "bees": 2, "any": 1}, 4, [{1, 2, 3, 4}, {5, 6, 7}], ("bees",)),
        # Too few: to the smallest other.
        ({"ants": 5, "bees": 3, "cats": 1}, 4, [{1, 2, 3, 4, 5}, {6, 7, 8, 9}], ("cats",)),
        # Two small topics together are large enough.
        ({"ants": 4, "bees": 1, "cats": 2}, 4, [{1, 2, 3, 4}, {5, 6, 7}], ("bees", "cats")),
        # Who has no wish goes first where least lacks; of two small topics, the first by its letters.
        (
            {"ants": 3, "bees": 2, "cats": 1, "any": 1},
            4,
            [{1, 2, 3, 6}, {4, 5, 7}],
            ("bees", "cats"),
        ),
        ({"ants": 1, "bees": 1}, 5, [{1, 2}], ("ants", "bees")),
        ({"any": 3}, 4, [{1, 2, 3}], ()),
    ],
)
def test_who_wishes_the_same_comes_together(
    wishes: dict[str, int], size: int, made: list[set[int]], small: tuple[str, ...]
) -> None:
    persons = wishing(**wishes)
    for seed in range(5):
        groups = make_groups(persons, size, seed=seed, by=GroupBy.CHOICE)
        assert list(map(set, groups)) == made
    assert too_few(persons, size) == small


def test_those_of_a_small_topic_stay_together_where_it_is_merged() -> None:
    persons = wishing(ants=7, bees=2)
    for seed in range(20):
        groups = make_groups(persons, 4, seed=seed, by=GroupBy.CHOICE)
        assert sizes(groups) == [5, 4]
        assert sum(bool({8, 9} & set(group)) for group in groups) == 1


@pytest.mark.parametrize(("number", "weeks"), [(4, 3), (6, 5), (8, 6), (12, 8), (16, 15), (25, 12)])
def test_pairs_are_new_from_week_to_week(number: int, weeks: int) -> None:
    met: list[frozenset[int]] = []
    for week in range(weeks):
        groups = make_groups(people(number), 2, seed=week, by=GroupBy.CHANCE, apart=met)
        assert not set(pairs(groups)) & set(met), week
        met += pairs(groups)


def test_where_all_have_met_those_meet_who_met_least() -> None:
    persons = people(4)
    often = [frozenset({1, 2}), frozenset({3, 4}), frozenset({1, 3}), frozenset({2, 4})]
    all_met = [*often * 3, frozenset({1, 4}), frozenset({2, 3})]
    for seed in range(10):
        groups = make_groups(persons, 2, seed=seed, by=GroupBy.CHANCE, apart=all_met)
        assert groups == ((1, 4), (2, 3))


def test_meeting_others_keeps_the_balance() -> None:
    persons = [Person(member, 1 - member / 100) for member in range(1, 13)]
    before = make_groups(persons, 4, seed=1, by=GroupBy.BALANCE)
    again = make_groups(persons, 4, seed=1, by=GroupBy.BALANCE, apart=pairs(before))
    assert len(set(pairs(again)) & set(pairs(before))) < len(pairs(before)) / 3
    assert all(len({1, 2, 3} & set(group)) == 1 for group in again)


def test_many_people_are_grouped() -> None:
    persons = [Person(member, member / 500) for member in range(500)]
    first = make_groups(persons, 5, seed=1, by=GroupBy.BALANCE)
    second = make_groups(persons, 5, seed=1, by=GroupBy.BALANCE, apart=pairs(first))
    assert not set(pairs(first)) & set(pairs(second))


@pytest.mark.parametrize(
    ("persons", "size", "message"),
    [([Person(1)], 1, "groups of 1"), ([Person(1), Person(1, 0.5)], 2, "twice")],
)
def test_what_makes_no_groups_is_refused(persons: list[Person], size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_groups(persons, size, seed=1, by=GroupBy.CHANCE)


@pytest.mark.parametrize(
    ("groups", "shares", "place"),
    [
        (((1, 2, 3), (4, 5), (6, 7, 8)), {}, 1),
        (((1, 2), (3, 4), (5, 6)), {1: 0.4, 2: 0.1, 3: 0.1, 4: 0.1, 5: 0.3}, 1),
        (((1, 2), (3, 4)), {}, 0),
        (((), (1, 2, 3), (4, 5)), {}, 2),
        (((1, 2), (3,)), {}, 1),
        (((1, 2), (3, 4, 9)), {}, 1),
    ],
)
def test_a_latecomer_joins_the_smallest_group(
    groups: Groups, shares: dict[int, float], place: int
) -> None:
    assert place_latecomer(groups, Person(9), shares) == place


@pytest.mark.parametrize("groups", [(), ((), ())])
def test_a_latecomer_needs_a_group(groups: Groups) -> None:
    with pytest.raises(ValueError, match="no group"):
        place_latecomer(groups, Person(9))


@pytest.mark.parametrize(
    ("groups", "left", "merged"),
    [
        (((1, 2, 3), (4, 5)), ((2, 3), (4, 5)), ()),
        (((1, 2), (3, 4, 5), (6, 7)), ((), (3, 4, 5), (6, 7, 2)), ((0, 2),)),
        (((1, 2),), ((2,),), ()),
        (((1, 2), ()), ((2,), ()), ()),
        (((1,), (2, 3)), ((), (2, 3)), ()),
        (((1, 2), (3,)), ((), (3, 2)), ((0, 1),)),
        (((2, 3), (4,)), ((2, 3), (4,)), ()),
        ((), (), ()),
    ],
)
def test_who_is_left_alone_goes_to_the_smallest_other_group(
    groups: Groups, left: Groups, merged: tuple[tuple[int, int], ...]
) -> None:
    assert without(groups, 1) == (left, merged)


@given(PEOPLE, SIZES, SEEDS, st.data())
def test_however_people_come_and_go_nobody_is_alone(
    persons: list[Person], size: int, seed: int, data: st.DataObject
) -> None:
    groups = make_groups(persons, size, seed=seed, by=GroupBy.CHANCE)
    present = {each.member for each in persons}
    leaves = data.draw(st.permutations(sorted(present)))
    comes = data.draw(st.lists(st.booleans(), min_size=len(leaves), max_size=len(leaves)))
    for leaving, is_replaced in zip(leaves, comes, strict=True):
        groups, _ = without(groups, leaving)
        present.remove(leaving)
        if present and is_replaced:
            place = place_latecomer(groups, Person(1000 + leaving))
            groups = tuple(
                (*group, 1000 + leaving) if at == place else group
                for at, group in enumerate(groups)
            )
            present.add(1000 + leaving)
        assert sorted(each for group in groups for each in group) == sorted(present)
        if len(present) > 1:
            assert all(len(group) != 1 for group in groups)
