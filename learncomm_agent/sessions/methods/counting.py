"""How votes are counted: approval, Schulze, instant run-off; ties are told, never hidden. Pure.

Who votes and in which order the ballots come in makes no difference, and neither does the order of the
options, but for how options that share a place are listed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import permutations
from random import Random


class Method(StrEnum):
    """How a group decides between options."""

    APPROVAL = "approval"
    """Everyone names all they can live with; who is named most often comes first."""
    SCHULZE = "schulze"
    """Everyone ranks; options are compared two by two."""
    INSTANT_RUNOFF = "runoff"
    """Everyone ranks; the last option is struck, round by round."""

    @property
    def is_ranked(self) -> bool:
        """Whether the order on a ballot counts."""
        return self is not Method.APPROVAL


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a run-off."""

    tallies: Mapping[str, int]
    """For how many voters each option that is left is the first of those left."""
    struck: tuple[str, ...]
    """What was struck after this round; nothing after the last one."""
    exhausted: int
    """Ballots that name none of the options that are left."""


@dataclass(frozen=True, slots=True)
class Count:
    """What came out of a vote."""

    order: tuple[tuple[str, ...], ...]
    """The places, best first, every option once; tied options share a place, as they were listed."""
    tallies: Mapping[str, int]
    """Of every option: its approvals, or how many voters rank it first."""
    voters: int
    """Whose ballot names at least one option: who names none, or none that is there, has not voted."""
    winners: int = 1
    """How many were to be chosen."""
    rounds: tuple[Round, ...] = ()
    """Of a run-off, in their order; the last one is that of the options that share the first place."""

    @property
    def is_tied(self) -> bool:
        """Whether more options than are to be chosen share the last place that is to be filled."""
        return bool(self.tied())

    def chosen(self, winners: int | None = None) -> tuple[str, ...]:
        """Return what is chosen beyond doubt, best first; fewer than wanted in a tie.

        Args:
            winners: How many are wanted; as many as were counted for where None.
        """
        return self._split(winners)[0]

    def tied(self, winners: int | None = None) -> tuple[str, ...]:
        """Return the options between which the vote does not decide; none where it does.

        Args:
            winners: How many are wanted; as many as were counted for where None.
        """
        return self._split(winners)[1]

    def _split(self, winners: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        wanted = self.winners if winners is None else winners
        sure: tuple[str, ...] = ()
        for place in self.order:
            if len(sure) == wanted:
                break
            if len(sure) + len(place) > wanted:
                return sure, place
            sure += place
        return sure, ()


def count(
    method: Method,
    options: Sequence[str],
    ballots: Mapping[int, Sequence[str]],
    *,
    winners: int = 1,
) -> Count:
    """Count the ballots.

    Approval: an option's place is by the number of ballots that name it.

    Schulze (M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
    single-winner election method", Social Choice and Welfare 36, 2011): a link from a to b has the number
    of voters who rank a before b, where they are more than those who rank b before a ("winning votes"); a
    path is as strong as its weakest link; a goes before b if its strongest path to b is stronger than any
    back. The first place is for all that nothing goes before, the next one for all that nothing of what
    is left goes before. Two links of the same number are the same, whatever speaks against them.

    Instant run-off: ballots count for the first of their options that is left, and the option with the
    fewest is struck. If several have the fewest, all of them are struck at once (Robert's Rules of Order
    Newly Revised, 10th edition, §45, preferential voting), unless nothing would be left: those share the
    first place. It goes on beyond a majority, which changes no winner, so that every option gets a place:
    what was struck later stands before what was struck earlier.

    Args:
        method: How to count.
        options: Ids of all that can be chosen; doubles count once.
        ballots: By voter. Of an approval ballot the order makes no difference; a ranked one has the best
            first and may be incomplete: what it does not name shares its last place. Unknown options and
            doubles after the first are passed over.
        winners: How many are to be chosen. With several, the first ones of the order are: neither ranked
            method shares the seats out between groups of voters.

    Raises:
        ValueError: `winners` is less than one.
    """
    if winners < 1:
        raise ValueError(f"{winners!r} winners")
    known = tuple(dict.fromkeys(options))
    cast = Counter(
        ballot
        for named in ballots.values()
        if (ballot := tuple(dict.fromkeys(each for each in named if each in known)))
    )
    voters = cast.total()
    tallies = _tallies(known, cast, method)
    match method:
        case Method.APPROVAL:
            return Count(_by_tally(tallies), tallies, voters, winners)
        case Method.SCHULZE:
            return Count(_by_paths(known, cast), tallies, voters, winners)
        case Method.INSTANT_RUNOFF:
            rounds = _run_off(known, cast)
            return Count(_by_rounds(rounds), tallies, voters, winners, rounds)


def drawn(count: Count, *, seed: int) -> tuple[str, ...]:
    """Draw by lot as many of the tied options as there are open places, in the order drawn.

    All tied options are as likely, and the same seed draws the same ones. Say to people that it was drawn.

    Raises:
        ValueError: Nothing is tied.
    """
    tied = sorted(count.tied())  # how the options were listed has no part in the lot
    if not tied:
        raise ValueError("nothing is tied")
    return tuple(Random(seed).sample(tied, count.winners - len(count.chosen())))


def has_quorum(voters: int, members: int, share_or_number: float) -> bool:
    """Tell whether enough have voted. Nobody is never enough, unless 0 is asked for.

    Args:
        voters: How many voted.
        members: How many could have voted.
        share_or_number: A float is the least share of the members, from 0.0 to 1.0; an int the least
            number of voters: `1.0` asks for everyone, and `1` for one.

    Raises:
        ValueError: A number below 0, or a share that is none.
    """
    if isinstance(share_or_number, int):
        if share_or_number < 0:
            raise ValueError(f"a quorum of {share_or_number!r}")
        return voters >= share_or_number
    if not 0 <= share_or_number <= 1:
        raise ValueError(f"a quorum of {share_or_number!r}")
    if share_or_number == 0:
        return True
    # As it was written: 0.1 is a tenth, which no float is.
    return voters > 0 and voters >= Fraction(str(share_or_number)) * members


def _tallies(
    options: Sequence[str], cast: Mapping[tuple[str, ...], int], method: Method
) -> Mapping[str, int]:
    tallies = dict.fromkeys(options, 0)
    for ballot, times in cast.items():
        for option in ballot[:1] if method.is_ranked else ballot:
            tallies[option] += times
    return tallies


def _by_tally(tallies: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    places: dict[int, list[str]] = {}
    for option, tally in tallies.items():
        places.setdefault(tally, []).append(option)
    return tuple(tuple(places[tally]) for tally in sorted(places, reverse=True))


def _by_paths(
    options: Sequence[str], cast: Mapping[tuple[str, ...], int]
) -> tuple[tuple[str, ...], ...]:
    strength = _paths(options, _preferred(options, cast))
    left, places = list(options), []
    while left:
        best = [
            each
            for each in left
            if all(strength[each, other] >= strength[other, each] for other in left)
        ]
        places.append(tuple(best))
        left = [each for each in left if each not in best]
    return tuple(places)


def _preferred(
    options: Sequence[str], cast: Mapping[tuple[str, ...], int]
) -> Mapping[tuple[str, str], int]:
    """Return how many voters rank the first of two options before the second, for all pairs."""
    preferred = {(a, b): 0 for a in options for b in options}
    for ballot, times in cast.items():
        after = set(options)
        for option in ballot:
            after.discard(option)
            for other in after:
                preferred[option, other] += times
    return preferred


def _paths(
    options: Iterable[str], preferred: Mapping[tuple[str, str], int]
) -> Mapping[tuple[str, str], int]:
    """Return the strength of the strongest path between all pairs, by Floyd and Warshall."""
    strength = {(a, b): won if won > preferred[b, a] else 0 for (a, b), won in preferred.items()}
    # The middle of a path varies slowest, as the algorithm wants it.
    for via, a, b in permutations(options, 3):
        strength[a, b] = max(strength[a, b], min(strength[a, via], strength[via, b]))
    return strength


def _run_off(options: Sequence[str], cast: Mapping[tuple[str, ...], int]) -> tuple[Round, ...]:
    left = list(options)
    rounds: list[Round] = []
    while left:
        tallies, exhausted = dict.fromkeys(left, 0), 0
        for ballot, times in cast.items():
            first = next((each for each in ballot if each in tallies), None)
            if first is None:
                exhausted += times
            else:
                tallies[first] += times
        fewest = min(tallies.values())
        struck = tuple(each for each in left if tallies[each] == fewest)
        if len(struck) == len(left):
            return (*rounds, Round(tallies, (), exhausted))
        rounds.append(Round(tallies, struck, exhausted))
        left = [each for each in left if each not in struck]
    return tuple(rounds)


def _by_rounds(rounds: Sequence[Round]) -> tuple[tuple[str, ...], ...]:
    if not rounds:
        return ()
    *others, last = rounds
    return (tuple(last.tallies), *(each.struck for each in reversed(others)))
