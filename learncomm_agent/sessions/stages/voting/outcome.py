"""What ballots come to, and whom a tie leaves open. Pure; the counting itself is in `methods.counting`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.sessions.methods.counting import Count, Method, count, drawn


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a vote, as far as the ballots decide."""

    order: tuple[tuple[int, ...], ...]
    """The places, best first, every option once."""
    chosen: tuple[int, ...]
    """Beyond doubt."""
    tied: tuple[int, ...]
    """Those between which the open places are not decided."""
    voters: int
    tallies: Mapping[int, int]
    """Of an approval: how many voted for each. Of the others: how many have it first."""


def outcome(
    method: Method, options: Sequence[int], ballots: Mapping[int, Sequence[int]], winners: int
) -> Outcome:
    """Count ballots.

    In an approval, what nobody voted for is never chosen, and so nothing is tied among such options.

    Args:
        method: How to count.
        options: What can be chosen.
        ballots: By voter; what is no option is passed over.
        winners: How many are to be chosen.
    """
    named = {voter: [str(each) for each in ballot] for voter, ballot in ballots.items()}
    counted = count(method, [str(each) for each in options], named, winners=winners)
    chosen, tied = _ints(counted.chosen()), _ints(counted.tied())
    tallies = {int(option): tally for option, tally in counted.tallies.items()}
    if not method.is_ranked:
        chosen, tied = (tuple(each for each in some if tallies[each]) for some in (chosen, tied))
    return Outcome(
        tuple(_ints(place) for place in counted.order), chosen, tied, counted.voters, tallies
    )


def by_lot(tied: Sequence[int], places: int, *, seed: int) -> tuple[int, ...]:
    """Draw as many of some options as there are places, in the order drawn; all, where they suffice."""
    if places <= 0 or len(tied) <= places:
        return tuple(tied) if places > 0 else ()
    names = tuple(str(each) for each in tied)
    return _ints(drawn(Count((names,), dict.fromkeys(names, 0), 0, places), seed=seed))


def settled(
    order: Sequence[Sequence[int]], chosen: Sequence[int], second: Sequence[Sequence[int]] = ()
) -> list[list[int]]:
    """Return the places with what is chosen first, each in a place of its own, where a tie was broken.

    Args:
        order: The places as they were counted.
        chosen: What was chosen in the end, best first.
        second: The places of a second round among those that were tied.
    """
    again = [id for place in second for id in place]
    places: list[list[int]] = []
    for place in order:
        taken = [id for id in chosen if id in place]
        rest = [id for id in place if id not in taken]
        if not taken or not rest:
            places.append(list(place))
            continue
        places += [[id] for id in taken]
        later = [[id for id in each if id in rest] for each in second]
        places += [each for each in later if each]
        rest = [id for id in rest if id not in again]
        places += [rest] if rest else []
    return places


def votes_of(result: Mapping[str, Any]) -> dict[int, list[int]]:
    """Return the votes of a platform's own poll, by member; what is none is passed over."""
    votes = result.get("votes")
    if not isinstance(votes, Mapping):
        return {}
    return {
        int(voter): [int(each) for each in ballot if str(each).isdecimal()]
        for voter, ballot in votes.items()
        if str(voter).isdecimal() and isinstance(ballot, list | tuple)
    }


def _ints(options: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(each) for each in options)
