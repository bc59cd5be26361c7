"""Votes are counted right: against published examples, and against references written another way."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.counting import (
    Count,
    Method,
    Round,
    count,
    drawn,
    has_quorum,
)

Places = tuple[frozenset[str], ...]

OPTIONS = st.integers(1, 5).map(lambda number: "ABCDE"[:number])
NAMED = st.lists(st.sampled_from("ABCDEX"), max_size=7)
BALLOTS = st.lists(NAMED, max_size=9).map(lambda ballots: dict(enumerate(ballots)))
ANY = st.sampled_from(Method)


def voters(**ballots: int) -> dict[int, Sequence[str]]:
    """Return so many voters for each ballot, which is written as a word."""
    cast = [ballot for ballot, times in ballots.items() for _ in range(times)]
    return dict(enumerate(cast))


def places(counted: Count) -> Places:
    return tuple(map(frozenset, counted.order))


# Schulze 2011, example 1 of the encyclopedias: 45 voters, five options.
FORTY_FIVE = voters(ACBED=5, ADECB=5, BEDAC=8, CABED=3, CAEBD=7, CBADE=2, DCEBA=7, EBADC=8)


def test_schulze_ranks_the_published_example_of_45_voters() -> None:
    counted = count(Method.SCHULZE, "ABCDE", FORTY_FIVE)
    assert counted.order == (("E",), ("A",), ("C",), ("B",), ("D",))
    assert counted.tallies == {"A": 10, "B": 8, "C": 12, "D": 7, "E": 8}
    assert (counted.voters, counted.chosen(), counted.is_tied) == (45, ("E",), False)


@pytest.mark.parametrize(
    ("ballots", "order"),
    [
        ({1: "AB", 2: "D"}, (("A", "D"), ("B",), ("C",))),
        ({1: "CAD", 2: "BAD", 3: "C", 4: "D"}, (("C",), ("A",), ("D",), ("B",))),
    ],
)
def test_schulze_takes_no_path_over_two_options_that_are_level(
    ballots: dict[int, str], order: object
) -> None:
    assert count(Method.SCHULZE, "ABCD", ballots).order == order


def test_the_run_off_strikes_as_in_the_published_example_of_tennessee() -> None:
    cities = ("Memphis", "Nashville", "Chattanooga", "Knoxville")
    m, n, c, k = cities
    shares = {(m, n, c, k): 42, (n, c, k, m): 26, (c, k, n, m): 15, (k, c, n, m): 17}
    cast = [ballot for ballot, times in shares.items() for _ in range(times)]
    ballots = dict(enumerate(cast))
    counted = count(Method.INSTANT_RUNOFF, cities, ballots)
    assert counted.order == ((k,), (m,), (n,), (c,))
    assert counted.rounds == (
        Round({m: 42, n: 26, c: 15, k: 17}, (c,), 0),
        Round({m: 42, n: 26, k: 32}, (n,), 0),
        Round({m: 42, k: 58}, (m,), 0),
        Round({k: 100}, (), 0),
    )
    # The same voters, asked two by two: nothing beats Nashville.
    assert count(Method.SCHULZE, cities, ballots).chosen() == (n,)


def test_what_ties_for_the_last_place_is_struck_at_once() -> None:
    counted = count(Method.INSTANT_RUNOFF, "ABCD", voters(A=4, BA=3, CBA=2, D=2))
    assert counted.rounds == (
        Round({"A": 4, "B": 3, "C": 2, "D": 2}, ("C", "D"), 0),
        Round({"A": 4, "B": 5}, ("A",), 2),
        Round({"B": 5}, (), 6),
    )
    assert counted.order == (("B",), ("A",), ("C", "D"))


def test_what_a_ballot_does_not_name_shares_its_last_place() -> None:
    ballots = voters(A=2, BC=1)
    assert count(Method.SCHULZE, "ABCD", ballots).order == (("A",), ("B",), ("C",), ("D",))
    assert count(Method.SCHULZE, "ABCD", voters(A=2)).order == (("A",), ("B", "C", "D"))


@pytest.mark.parametrize("method", Method)
def test_unknown_options_and_doubles_are_passed_over(method: Method) -> None:
    plain = count(method, "ABC", {1: "AB", 2: "BC", 3: "C"})
    noisy = count(method, "ABCA", {1: "XAAB", 2: "BBCB", 3: "?CX", 4: "", 5: "XY"})
    assert noisy == plain
    assert noisy.voters == 3


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize(
    ("options", "ballots", "order", "is_tied"),
    [
        ("", {1: "A"}, (), False),
        ("A", {}, (("A",),), False),
        ("ABC", {}, (("A", "B", "C"),), True),
        ("ABC", {1: "", 2: ()}, (("A", "B", "C"),), True),
        ("CBA", {1: "ABC", 2: "BCA", 3: "CAB"}, (("C", "B", "A"),), True),
        ("AB", {1: "A", 2: "B"}, (("A", "B"),), True),
    ],
)
def test_where_votes_decide_nothing_all_share_the_place(
    method: Method, options: str, ballots: Mapping[int, str], order: object, is_tied: bool
) -> None:
    counted = count(method, options, ballots)
    assert (counted.order, counted.is_tied) == (order, is_tied)


def test_several_are_chosen_as_far_as_the_votes_decide() -> None:
    ballots = voters(ABCD=1, ABC=1, AB=1, AC=1)  # A 4, B 3, C 3, D 1
    counted = count(Method.APPROVAL, "DCBA", ballots, winners=2)
    assert counted.order == (("A",), ("C", "B"), ("D",))
    assert (counted.chosen(), counted.tied(), counted.is_tied) == (("A",), ("C", "B"), True)
    assert (counted.chosen(1), counted.tied(1)) == (("A",), ())
    assert (counted.chosen(3), counted.tied(3)) == (("A", "C", "B"), ())
    assert (counted.chosen(9), counted.tied(9)) == (("A", "C", "B", "D"), ())
    assert not count(Method.APPROVAL, "DCBA", ballots, winners=3).is_tied
    with pytest.raises(ValueError, match="0 winners"):
        count(Method.APPROVAL, "AB", {}, winners=0)


def test_a_tie_is_broken_by_lot_alone() -> None:
    counted = count(Method.APPROVAL, "ABCD", voters(ABC=2))
    listed_otherwise = count(Method.APPROVAL, "CDBA", voters(CAB=2))
    lots = [drawn(counted, seed=seed)[0] for seed in range(300)]
    assert lots == [drawn(listed_otherwise, seed=seed)[0] for seed in range(300)]
    assert set(lots) == {"A", "B", "C"}
    assert min(Counter(lots).values()) > 70
    two = count(Method.APPROVAL, "ABCD", voters(ABC=2), winners=2)
    assert len(set(drawn(two, seed=1))) == 2
    with pytest.raises(ValueError, match="nothing is tied"):
        drawn(count(Method.APPROVAL, "AB", voters(A=1)), seed=1)


@pytest.mark.parametrize(
    ("voted", "members", "wanted", "is_enough"),
    [
        (3, 10, 3, True),
        (2, 10, 3, False),
        (3, 30, 0.1, True),  # a tenth of 30 is 3.0000000000000004 to a float
        (2, 30, 0.1, False),
        (5, 9, 0.5, True),
        (4, 9, 0.5, False),
        (1, 9, 1, True),
        (8, 9, 1.0, False),
        (9, 9, 1.0, True),
        (0, 0, 0.5, False),
        (0, 9, 0, True),
        (0, 9, 0.0, True),
        (3, 3, 5, False),
    ],
)
def test_a_quorum_is_a_share_or_a_number(
    voted: int, members: int, wanted: float, is_enough: bool
) -> None:
    assert has_quorum(voted, members, wanted) is is_enough


@pytest.mark.parametrize("wanted", [-1, -0.1, 1.1, float("nan")])
def test_a_quorum_that_is_none_is_refused(wanted: float) -> None:
    with pytest.raises(ValueError, match="a quorum of"):
        has_quorum(1, 2, wanted)


# References. They are slow and say what the methods mean.


def rank(ballot: Sequence[str], option: str) -> int:
    return list(ballot).index(option) if option in ballot else len(ballot)


def strongest(options: str, ballots: Sequence[Sequence[str]], one: str, other: str) -> int:
    """Return the strongest of all paths, each written out."""

    def before(a: str, b: str) -> int:
        return sum(rank(each, a) < rank(each, b) for each in ballots)

    def links() -> Iterator[list[int]]:
        between = [each for each in options if each not in (one, other)]
        for length in range(len(between) + 1):
            for middle in permutations(between, length):
                path = [one, *middle, other]
                pairs = list(pairwise(path))
                if all(before(a, b) > before(b, a) for a, b in pairs):
                    yield [before(a, b) for a, b in pairs]

    return max(map(min, links()), default=0)


def beatpath(options: str, ballots: Sequence[Sequence[str]]) -> Places:
    pairs = list(permutations(options, 2))
    strength = {pair: strongest(options, ballots, *pair) for pair in pairs}
    beats = {(a, b) for a, b in pairs if strength[a, b] > strength[b, a]}
    left, found = set(options), []
    while left:
        best = {each for each in left if not any((other, each) in beats for other in left)}
        found.append(frozenset(best))
        left -= best
    return tuple(found)


def naive_run_off(options: str, ballots: Sequence[Sequence[str]]) -> Places:
    piles = Counter({each: 0 for each in options})
    for ballot in ballots:
        piles.update([each for each in ballot if each in options][:1])
    last = {each for each, height in piles.items() if height == min(piles.values())}
    if last == set(options):
        return (frozenset(last),)
    rest = "".join(each for each in options if each not in last)
    return (*naive_run_off(rest, ballots), frozenset(last))


def named_most(options: str, ballots: Sequence[Sequence[str]]) -> Places:
    named = Counter(option for ballot in ballots for option in set(ballot) & set(options))
    heights = sorted({named[each] for each in options}, reverse=True)
    return tuple(frozenset(o for o in options if named[o] == height) for height in heights)


REFERENCES = {
    Method.APPROVAL: named_most,
    Method.SCHULZE: beatpath,
    Method.INSTANT_RUNOFF: naive_run_off,
}


@pytest.mark.parametrize("method", Method)
@given(OPTIONS, BALLOTS)
def test_every_method_agrees_with_its_reference(
    method: Method, options: str, ballots: dict[int, list[str]]
) -> None:
    clean = [[each for each in ballot if each in options] for ballot in ballots.values()]
    assert places(count(method, options, ballots)) == REFERENCES[method](options, clean)


@given(OPTIONS, BALLOTS)
def test_what_beats_every_other_two_by_two_is_chosen_by_schulze(
    options: str, ballots: dict[int, list[str]]
) -> None:
    def beats(a: str, b: str) -> bool:
        ranks = [(rank(each, a), rank(each, b)) for each in clean]
        return sum(x < y for x, y in ranks) > sum(x > y for x, y in ranks)

    clean = [[each for each in ballot if each in options] for ballot in ballots.values()]
    for winner in options:
        if all(beats(winner, other) for other in options if other != winner):
            assert count(Method.SCHULZE, options, ballots).order[0] == (winner,)


@given(ANY, OPTIONS, BALLOTS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_neither_who_votes_nor_how_options_are_called_or_listed_counts(
    method: Method, options: str, ballots: dict[int, list[str]], random: Random, winners: int
) -> None:
    others = dict(zip(options, random.sample(options, len(options)), strict=True))
    ids = random.sample(range(100), len(ballots))
    cast = random.sample(list(ballots.values()), len(ballots))
    renamed = {
        voter: [others.get(each, each) for each in ballot]
        for voter, ballot in zip(ids, cast, strict=True)
    }
    listed = random.sample(options, len(options))
    before = count(method, options, ballots, winners=winners)
    after = count(method, listed, renamed, winners=winners)
    assert places(after) == tuple(frozenset(map(others.get, each)) for each in before.order)
    assert (after.voters, after.is_tied) == (before.voters, before.is_tied)


@given(ANY, OPTIONS, BALLOTS, st.integers(1, 6))
def test_every_option_has_one_place_and_the_chosen_are_never_too_many(
    method: Method, options: str, ballots: dict[int, list[str]], winners: int
) -> None:
    counted = count(method, options, ballots, winners=winners)
    assert sorted(each for place in counted.order for each in place) == sorted(options)
    wanted = min(winners, len(options))
    assert len(counted.chosen()) <= wanted
    assert (len(counted.chosen()) < wanted) is counted.is_tied
    if counted.is_tied:
        assert len(counted.chosen()) + len(counted.tied()) > wanted
        assert len(counted.chosen() + drawn(counted, seed=3)) == wanted


@given(OPTIONS, BALLOTS, st.data())
def test_one_more_approval_never_moves_an_option_back(
    options: str, ballots: dict[int, list[str]], data: st.DataObject
) -> None:
    option = data.draw(st.sampled_from(options))
    more = {**ballots, 99: [option]}
    before, after = (places(count(Method.APPROVAL, options, each)) for each in (ballots, more))

    def in_front(order: Places) -> int:
        place = next(i for i, each in enumerate(order) if option in each)
        return sum(map(len, order[:place]))

    assert in_front(after) <= in_front(before)


def test_many_ballots_are_counted() -> None:
    options = [f"option {number}" for number in range(40)]
    ballots = {voter: options[voter % 40 :] + options[: voter % 40] for voter in range(2_000)}
    for method in Method:
        assert len(count(method, options, ballots).order[0]) == 40
