"""Votes counted again, from what was cast and by the plainest means, beside what a session says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.events import Done, Ranked
from learncomm_agent.sessions.state import Phase
from learncomm_agent.sessions.walking import stage_at

Ballots = dict[int, tuple[int, ...]]


@dataclass
class Recount:
    """Keeps each vote that was cast, and compares when a count is told."""

    ballots: Ballots = field(default_factory=dict)
    counted: int = 0
    """How many votes were compared."""
    chosen: list[int] = field(default_factory=list)
    """The entries that were chosen by votes, one for each count."""
    _visit: int = 0
    _is_second: bool = False
    _polled: Ballots = field(default_factory=dict)
    _second: Ballots = field(default_factory=dict)
    """Those of a second round among what was tied in the first."""

    def __call__(self, it: Passed) -> None:
        before = it.before
        if before.phase is not Phase.OPEN or before.standing is None or not before.path:
            return
        if stage_at(before).kind != "vote" or before.standing.entered_at is None:
            return
        if before.visit != self._visit:
            self._visit, self._is_second = before.visit, False
            self.ballots, self._polled, self._second = {}, {}, {}
        data = before.standing.data
        if "first" in data and "tied" not in data:
            self._is_second = True
        self._cast(it)
        self._compare(it)

    def _cast(self, it: Passed) -> None:
        assert it.before.standing is not None
        data, entries = it.before.standing.data, it.before.entries
        ballots = self._second if self._is_second else self.ballots
        if isinstance(it.event, Ranked) and not {"counting", "tied"} & data.keys():
            kept = [id for id in data.get("options", ()) if not entries[id].is_struck]
            named = tuple(id for id in dict.fromkeys(it.event.options) if id in kept)
            if not it.event.options:
                ballots.pop(it.event.member, None)
            elif named:
                ballots[it.event.member] = named
        if isinstance(it.event, Done) and "votes" in it.event.result and "counting" in data:
            votes = it.event.result["votes"]
            self._polled = {int(who): tuple(ids) for who, ids in votes.items()}

    def _compare(self, it: Passed) -> None:
        """Compare with what was told to all, in the step in which the stage was left."""
        stage = stage_at(it.before)
        result = it.after.results.get(stage.name)
        is_left = it.after.visit != it.before.visit or it.after.phase is Phase.ENDED
        if not is_left or not isinstance(result, Mapping) or not result.get("voters"):
            return
        if it.before.results.get(stage.name) is result:
            return
        options = [id for place in result["order"] for id in place]
        ballots = {
            who: tuple(id for id in ids if id in options)
            for who, ids in {**self._polled, **self.ballots}.items()
        }
        ballots = {who: ids for who, ids in ballots.items() if ids}
        assert result["voters"] == len(ballots), "voters"
        method = str(stage.params.get("method") or "approval")
        assert_right(method, options, list(ballots.values()), result["chosen"])
        if method == "approval":
            _assert_shown(it, tallies(options, ballots.values()))
        if self._second and not result["by_lot"] and len(result["chosen"]) == 1:
            assert it.before.standing is not None
            tied = it.before.standing.data["options"]
            assert_right(method, tied, list(self._second.values()), result["chosen"])
        self.counted += 1
        self.chosen.append(result["chosen"][0])


def assert_right(
    method: str, options: Sequence[int], ballots: Sequence[Sequence[int]], chosen: Sequence[int]
) -> None:
    """Fail where what was chosen is not what the ballots say, as far as they say it."""
    if method == "approval":
        counts = tallies(options, ballots)
        worst = min(counts[id] for id in chosen)
        assert worst > 0, "chosen without a vote"
        assert all(counts[id] <= worst for id in options if id not in chosen), "approval"
    elif method == "schulze":
        assert chosen[0] in schulze(options, ballots), "schulze"
    else:
        assert chosen[0] in runoff(frozenset(options), ballots), "runoff"


def tallies(options: Iterable[int], ballots: Iterable[Sequence[int]]) -> dict[int, int]:
    counts = dict.fromkeys(options, 0)
    for ballot in ballots:
        for id in set(ballot):
            counts[id] += 1
    return counts


def schulze(options: Sequence[int], ballots: Sequence[Sequence[int]]) -> set[int]:
    """Return all that nothing beats, along the strongest paths."""

    def place(ballot: Sequence[int], id: int) -> int:
        return ballot.index(id) if id in ballot else len(options)

    wins = {
        (a, b): sum(place(ballot, a) < place(ballot, b) for ballot in ballots)
        for a in options
        for b in options
        if a != b
    }
    strong = {pair: n if n > wins[pair[::-1]] else 0 for pair, n in wins.items()}
    for by in options:
        for a in options:
            for b in options:
                if len({a, b, by}) == 3:
                    strong[a, b] = max(strong[a, b], min(strong[a, by], strong[by, b]))
    return {a for a in options if all(strong[a, b] >= strong[b, a] for b in options if b != a)}


def runoff(options: frozenset[int], ballots: Sequence[Sequence[int]]) -> set[int]:
    """Return all that may win, whichever of those that are tied goes out."""
    if len(options) == 1:
        return set(options)
    firsts = dict.fromkeys(options, 0)
    for ballot in ballots:
        left = [id for id in ballot if id in options]
        if left:
            firsts[left[0]] += 1
    best = max(firsts, key=lambda id: firsts[id])
    if firsts[best] * 2 > sum(firsts.values()):
        return {best}
    least = min(firsts.values())
    goes = [id for id in options if firsts[id] == least]
    return set().union(*(runoff(options - {id}, ballots) for id in goes))


def _assert_shown(it: Passed, counts: Mapping[int, int]) -> None:
    """Fail where other counts are shown to all than there were."""
    posts = [each for each in it.effects if isinstance(each, Post) and each.to.whom is Whom.ROOM]
    noted = [
        (int(id), note["values"]["votes"])
        for post in posts
        for id, note in post.notes.items()
        if isinstance(note, Mapping) and note.get("phrase") == "session.vote.beside"
    ]
    for id, votes in noted:
        assert votes == counts[id], "the count that is shown"
