"""`vote`: every vote counts once and as it stands at the end, ties are settled, nobody's choice is told."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import Answer, CountPoll, OpenPoll, Post, Settle, Whom
from learncomm_agent.sessions.events import (
    Act,
    Backed,
    Done,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Ranked,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.stages.voting.ballot import options_of
from tests.sessions.driver import LEAD, Drive
from tests.sessions.stages.speaking import spoken

ANA, BEN, CLEO, DAN, EVA = 2, 3, 4, 5, 6
DAY = timedelta(days=1)
WAIT = Stage("wait", "later", {"for": 30 * 86400.0})


@dataclass
class Poll:
    """A vote that has begun, with its options by the first letters of their names."""

    drive: Drive
    ids: list[int]
    poll: int | None = None

    @classmethod
    def of(cls, names: str = "abc", *, native: bool = False, **params: Any) -> "Poll":
        drive = Drive.of(
            Stage("collect", "list", {"for": 86400.0, "limit": 9}),
            Stage("vote", "choice", {"for": 2 * 86400.0, "from": "list", **params}),
            WAIT,
        )
        for name in names:
            drive(Entered(ANA, name))
        drive.wait(DAY)
        opened = drive.found(OpenPoll)
        if opened:
            drive(Done(opened[-1].id, is_failed=not native))
        ids = [each.id for each in drive.session.of("list")]
        return cls(drive, ids, opened[-1].id if opened and native else None)

    def vote(self, member: int, names: str) -> str:
        self.drive(Ranked(member, tuple(self[name] for name in names)))
        return self.drive.told()

    def __getitem__(self, name: str) -> int:
        return self.ids["abcde".index(name)] if name in "abcde"[: len(self.ids)] else 9999

    def names(self, ids: Sequence[int]) -> str:
        return "".join("abcde"[self.ids.index(id)] for id in ids)

    def close(self, votes: Mapping[int, str] | None = None) -> None:
        """Let the time pass, and where there is a native poll, let its votes come."""
        self.drive.wait(2 * DAY)
        if self.poll is not None:
            found = {
                str(member): [self[name] for name in names]
                for member, names in (votes or {}).items()
            }
            self.drive(Done(self.drive.found(CountPoll)[-1].id, {"votes": found}))

    @property
    def result(self) -> Any:
        return self.drive.session.results.get("choice")

    @property
    def chosen(self) -> str:
        return self.names(self.result["chosen"]) if self.result else ""

    @property
    def tallies(self) -> dict[str, int]:
        """What is told of each option."""
        notes = self.last.notes.items()
        return {self.names([int(id)]): note["values"]["votes"] for id, note in notes}

    @property
    def last(self) -> Post:
        return self.drive.posts()[-1]


# How it goes


def test_the_most_votes_win_and_only_their_numbers_are_told() -> None:
    vote = Poll.of()
    menu = vote.last
    assert menu.pick is not None
    assert (menu.pick.act, menu.pick.entries, menu.pick.at_most) == ("vote", tuple(vote.ids), 3)
    assert menu.notes == {}
    vote.vote(ANA, "ab")
    vote.vote(BEN, "b")
    assert vote.vote(CLEO, "c") == "session.vote.cast"
    vote.close()
    assert vote.result == {
        "chosen": [vote["b"]],
        "order": [[vote["b"]], [vote["a"], vote["c"]]],
        "voters": 3,
        "by_lot": False,
        "votes": {str(vote["b"]): 2},
        "at": vote.drive.now.isoformat(),
    }
    assert vote.drive.session.results["chosen"] == {"entry": vote["b"]}
    assert [each.post for each in vote.drive.found(Settle)][-1] == menu.id
    assert vote.last.says[0].phrase == "session.vote.result"
    assert vote.names(vote.last.shows) == "bac"
    assert vote.tallies == {"b": 2, "a": 1, "c": 1}
    assert "ballots" not in json.dumps(dump(vote.drive.session))


@pytest.mark.parametrize(
    ("votes", "told", "chosen"),
    [
        ([(ANA, "a"), (ANA, "b")], "session.vote.cast", "b"),
        ([(ANA, "a"), (ANA, "")], "session.vote.withdrawn", ""),
        ([(ANA, "a"), (ANA, "x")], "session.vote.no_such", "a"),
        ([(ANA, "a"), (BEN, "bxb")], "session.vote.cast", "ab"),
        ([(LEAD, "c")], "session.vote.cast", "c"),
    ],
)
def test_the_last_vote_of_a_member_counts(
    votes: list[tuple[int, str]], told: str, chosen: str
) -> None:
    vote = Poll.of(winners=2, quorum=0)
    answers = [vote.vote(member, names) for member, names in votes]
    assert answers[-1] == told
    vote.close()
    assert vote.chosen == chosen


def test_ranked_votes_are_given_by_numbers() -> None:
    vote = Poll.of(method="schulze")
    assert not vote.drive.found(OpenPoll)
    assert vote.last.pick is None
    assert [each.act for each in vote.last.controls] == ["vote"]
    for member, order in ((ANA, "abc"), (BEN, "bca"), (CLEO, "ba"), (DAN, "cb")):
        vote.vote(member, order)
    vote.close()
    assert vote.chosen == "b"
    assert vote.last.notes == {}


@pytest.mark.parametrize(
    ("names", "winners", "said", "chosen"),
    [
        ("a", 1, "session.vote.one", "a"),
        ("ab", 2, "session.vote.one", "ab"),
        ("abc", 5, "session.vote.one", "abc"),
    ],
)
def test_without_a_choice_there_is_no_vote(
    names: str, winners: int, said: str, chosen: str
) -> None:
    vote = Poll.of(names, winners=winners)
    assert vote.drive.stage == "later"
    assert vote.drive.said()[-1] == said
    assert vote.chosen == chosen
    assert vote.result["voters"] == 0
    assert vote.drive.session.results["chosen"] == {"entry": vote["a"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [({}, ["session.collect.say", "session.collect.nobody"]), ({"nobody": "No"}, [..., ..., "No"])],
)
def test_that_nothing_came_in_is_said_once(words: dict[str, str], said: list[Any]) -> None:
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list"}, words),
        WAIT,
    )
    drive.join(ANA)
    drive.wait(DAY)
    assert drive.stage == "later"
    assert drive.said() == [
        mine if mine is not ... else theirs for mine, theirs in zip(said, drive.said(), strict=True)
    ]
    assert not {"choice", "chosen"} & set(drive.session.results)


@pytest.mark.parametrize("method", ["approval", "schulze"])
@pytest.mark.parametrize(
    ("voters", "quorum", "said"),
    [
        (0, 1, "session.vote.nobody"),
        (2, 3, "session.vote.no_quorum"),
        (3, 3, "session.vote.result"),
        (0, 0, "session.vote.nobody"),
    ],
)
def test_enough_must_vote(voters: int, quorum: int, said: str, method: str) -> None:
    vote = Poll.of(quorum=quorum, method=method)
    for member in range(10, 10 + voters):
        vote.vote(member, "a")
    vote.close()
    assert vote.drive.said()[-1] == said
    assert vote.chosen == ("a" if said == "session.vote.result" else "")
    assert vote.drive.stage == "later"


def test_nobody_is_spoken_to_where_nobody_ever_came() -> None:
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list"}),
        WAIT,
    )
    drive(Entered(LEAD, "a"))
    drive(Entered(LEAD, "b"))
    drive.wait(30 * DAY)
    assert drive.is_over
    assert drive.said()[-1] == "session.nobody"
    assert len(drive.posts()) <= 3


def test_that_nobody_voted_is_not_said_to_nobody() -> None:
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0, "from": "lead"}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list", "poll": False}),
        WAIT,
    )
    drive(Entered(LEAD, "a"))
    drive(Entered(LEAD, "b"))
    drive.wait(2 * DAY)
    assert drive.stage == "later"
    assert drive.said() == ["session.collect.result", "session.vote.say"]


def test_after_a_list_that_was_skipped_its_own_round_is_voted_on() -> None:
    inner = (
        Stage("collect", "list", {"for": 86400.0}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list", "poll": False}),
    )
    drive = Drive.of(Stage("repeat", "weeks", {"times": 2}, stages=inner), WAIT)
    for name in "ab":
        drive(Entered(ANA, name))
    drive.wait(2 * DAY)
    for name in "cd":
        drive(Entered(ANA, name))
    drive(Steered(LEAD, Act.SKIP))
    options = [drive.session.entries[id].text for id in options_of(drive.session)]
    assert options == ["c", "d"]


# A poll of the platform's own


def test_a_native_poll_takes_the_place_of_the_list_and_its_votes_count() -> None:
    vote = Poll.of(native=True)
    poll = vote.drive.found(OpenPoll)[0]
    assert (poll.options, poll.is_multiple) == (tuple(vote.ids), True)
    assert poll.closes_at == vote.drive.session.standing.ends_at  # type: ignore[union-attr]
    assert [each.says[0].phrase for each in vote.drive.posts()][1:] == ["session.collect.result"]
    vote.vote(ANA, "c")
    vote.close({ANA: "a", BEN: "c", CLEO: "bc", DAN: "x"})
    assert vote.drive.found(CountPoll)[0].poll == poll.id
    assert vote.result["voters"] == 3  # Ana's own vote went before that in the poll
    assert vote.tallies == {"c": 3, "b": 1, "a": 0}
    assert {BEN, CLEO} <= set(vote.drive.session.people)
    assert DAN not in vote.drive.session.people


@pytest.mark.parametrize(
    "votes",
    [None, [], {"x": [1]}, {"2": "ab"}, {"2": [None, "y", {}]}, {"2": [10**30]}],
)
def test_a_poll_that_makes_no_sense_counts_nothing(votes: Any) -> None:
    vote = Poll.of(native=True)
    vote.vote(BEN, "a")
    vote.drive.wait(2 * DAY)
    vote.drive(Done(vote.drive.found(CountPoll)[0].id, {"votes": votes}))
    assert (vote.chosen, vote.result["voters"]) == ("a", 1)


@pytest.mark.parametrize("way", ["failed", "never", "next"])
def test_a_poll_that_can_not_be_counted_holds_nothing_up(way: str) -> None:
    vote = Poll.of(native=True)
    vote.vote(BEN, "a")
    vote.drive.wait(2 * DAY)
    assert vote.vote(CLEO, "b") == "session.vote.closed"
    assert vote.drive.stage == "choice"
    if way == "failed":
        vote.drive(Done(vote.drive.found(CountPoll)[0].id, is_failed=True))
    elif way == "next":
        vote.drive(Steered(LEAD, Act.NEXT))
    else:
        vote.drive.wait(timedelta(hours=1))
    assert (vote.chosen, vote.drive.stage) == ("a", "later")


def test_a_leader_who_goes_on_loses_no_votes_of_a_poll() -> None:
    vote = Poll.of(native=True)
    vote.drive(Steered(LEAD, Act.NEXT))
    assert vote.drive.stage == "choice"
    vote.drive(Done(vote.drive.found(CountPoll)[0].id, {"votes": {"3": [vote["c"]]}}))
    assert (vote.chosen, vote.drive.stage) == ("c", "later")


def test_the_count_of_a_poll_waits_while_the_session_rests() -> None:
    vote = Poll.of(native=True)
    vote.drive.wait(2 * DAY)
    vote.drive(Steered(LEAD, Act.PAUSE))
    vote.drive(Done(vote.drive.found(CountPoll)[0].id, {"votes": {"3": [vote["c"]]}}))
    assert vote.drive.stage == "choice"
    vote.drive.wait(2 * DAY)
    vote.drive(Steered(LEAD, Act.RESUME))
    vote.drive.wait(timedelta())
    assert (vote.chosen, vote.drive.stage) == ("c", "later")


def test_votes_in_a_poll_alone_are_a_sign_of_life() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": 86400.0}, {"say": "Hello"}),
        Stage("collect", "list", {"for": 86400.0, "from": "lead"}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list"}),
        WAIT,
    )
    drive.wait(DAY)
    drive(Entered(LEAD, "a"))
    drive(Entered(LEAD, "b"))
    drive.wait(DAY)
    drive(Done(drive.found(OpenPoll)[0].id))
    drive.wait(DAY)
    options = drive.found(OpenPoll)[0].options
    drive(Done(drive.found(CountPoll)[0].id, {"votes": {str(ANA): [options[1]]}}))
    assert drive.session.results["chosen"] == {"entry": options[1]}
    assert drive.session.was_active


# Ties


def tied(**params: Any) -> Poll:
    vote = Poll.of(**params)
    vote.vote(ANA, "a")
    vote.vote(BEN, "b")
    vote.close()
    return vote


def test_the_leader_settles_a_tie_in_private() -> None:
    vote = tied()
    asked = vote.drive.posts(Whom.LEAD)[-1]
    assert asked.pick is not None
    assert (asked.pick.act, vote.names(asked.pick.entries)) == ("tie", "ab")
    assert vote.drive.said()[-1] == "session.vote.say"
    assert vote.vote(CLEO, "a") == "session.vote.closed"
    for wrong in (vote["c"], 9999, None):
        vote.drive(Ruled(LEAD, Rule.TIE, wrong))
        assert vote.drive.told() == "session.vote.no_such"
    vote.drive(Ruled(LEAD, Rule.TIE, vote["b"]))
    assert vote.drive.found(Answer)[-1].saying.phrase == "session.vote.settled"
    assert (vote.chosen, vote.result["by_lot"]) == ("b", False)
    assert vote.result["order"][:2] == [[vote["b"]], [vote["a"]]]
    assert vote.last.says[0].values["how"] == "lead"


def test_a_tie_about_several_places_is_settled_one_by_one() -> None:
    vote = Poll.of("abcd", winners=2)
    for member, name in ((ANA, "a"), (BEN, "b"), (CLEO, "c")):
        vote.vote(member, name)
    vote.close()
    vote.drive(Ruled(LEAD, Rule.TIE, vote["c"]))
    assert vote.drive.stage == "choice"
    vote.drive(Ruled(LEAD, Rule.TIE, vote["c"]))
    assert vote.drive.told() == "session.vote.no_such"
    vote.drive(Ruled(LEAD, Rule.TIE, vote["a"]))
    assert vote.chosen == "ca"


@pytest.mark.parametrize("way", ["late", "next", "lot", "no_lead"])
def test_the_lot_settles_a_tie_that_nobody_settles(way: str) -> None:
    if way == "no_lead":
        vote = Poll.of()
        vote.drive(Forgotten(LEAD))
        vote.vote(ANA, "a")
        vote.vote(BEN, "b")
        vote.close()
    else:
        vote = tied(ties="lot" if way == "lot" else "lead")
    if way == "late":
        vote.drive.wait(DAY)
    elif way == "next":
        vote.drive(Steered(LEAD, Act.NEXT))
    assert vote.chosen in {"a", "b"}
    assert vote.result["by_lot"] is True
    assert vote.last.says[0].values["how"] == "lot"
    vote.drive(Ruled(LEAD, Rule.TIE, vote["a"]))
    assert vote.drive.told() == "session.not_now"


def test_no_tie_no_word_of_the_leader() -> None:
    vote = Poll.of()
    vote.drive(Ruled(LEAD, Rule.TIE, vote["a"]))
    assert vote.drive.told() == "session.vote.no_tie"
    vote.drive(Ruled(LEAD, Rule.MOVE, vote["a"], place=2))
    assert vote.drive.told() == "session.not_now"


@pytest.mark.parametrize(
    ("votes", "chosen", "how"),
    [
        ([(ANA, "b"), (BEN, "b")], "b", "again"),
        ([(ANA, "a"), (BEN, "b")], "", "lot"),
        ([], "", "lot"),
        ([(CLEO, "c")], "", "lot"),
    ],
)
@pytest.mark.parametrize("native", [False, True])
def test_a_tie_may_be_voted_on_once_more(
    votes: list[tuple[int, str]], chosen: str, how: str, native: bool
) -> None:
    vote = Poll.of(ties="again", native=native)
    vote.vote(ANA, "a")
    vote.vote(BEN, "b")
    vote.close()
    assert vote.drive.stage == "choice"
    assert options_of(vote.drive.session) == (vote["a"], vote["b"])
    assert vote.last.says[0].phrase == "session.vote.tie"
    for member, names in votes:
        vote.vote(member, names)
    vote.drive.wait(DAY)
    assert vote.drive.stage == "later"
    assert vote.chosen in ({chosen} if chosen else {"a", "b"})
    assert vote.last.says[0].values["how"] == how
    assert (vote.result["by_lot"], vote.result["voters"]) == (how == "lot", 2)


# What happens meanwhile


def test_what_is_struck_or_forgotten_drops_out_of_all_ballots() -> None:
    vote = Poll.of("abc")
    vote.drive(Entered(BEN, "late"))
    vote.vote(ANA, "ab")
    vote.vote(BEN, "a")
    vote.vote(CLEO, "b")
    vote.drive(Ruled(LEAD, Rule.STRIKE, vote["a"]))
    assert vote.drive.told() == "session.vote.struck"
    assert options_of(vote.drive.session) == tuple(vote.ids)  # the numbers stay
    assert vote.vote(DAN, "a") == "session.vote.no_such"
    vote.drive(Ruled(LEAD, Rule.STRIKE, vote["a"]))
    assert vote.drive.told() == "session.vote.no_such"
    vote.close()
    assert (vote.chosen, vote.result["voters"]) == ("b", 2)


def test_a_struck_option_may_settle_a_tie() -> None:
    vote = tied()
    vote.drive(Ruled(LEAD, Rule.STRIKE, vote["a"]))
    assert vote.chosen == "b"


def test_a_tie_waits_while_the_session_rests() -> None:
    vote = tied()
    vote.drive(Steered(LEAD, Act.PAUSE))
    for rule in (Rule.TIE, Rule.STRIKE):
        vote.drive(Ruled(LEAD, rule, vote["a"]))
        assert vote.drive.told() == "session.is_paused"
    vote.drive(Steered(LEAD, Act.RESUME))
    vote.drive.wait(DAY)
    assert vote.result["by_lot"] is True


def test_what_was_chosen_for_sure_may_be_forgotten_before_a_tie_is_settled() -> None:
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0}),
        Stage("vote", "choice", {"for": 86400.0, "from": "list", "poll": False, "winners": 2}),
        WAIT,
    )
    for member, name in ((ANA, "a"), (BEN, "b"), (BEN, "c")):
        drive(Entered(member, name))
    drive.wait(DAY)
    first, second, third = options_of(drive.session)
    drive(Ranked(CLEO, (first, second)))
    drive(Ranked(DAN, (first, third)))
    drive.wait(DAY)
    drive(Forgotten(ANA))
    drive(Ruled(LEAD, Rule.TIE, third))
    assert drive.session.results["choice"]["chosen"] == [third]
    assert drive.session.results["chosen"] == {"entry": third}


def test_everything_that_is_chosen_may_be_forgotten_before_it_is_told() -> None:
    vote = tied()
    vote.drive(Forgotten(ANA))  # who had suggested everything
    vote.drive.wait(DAY)
    assert vote.drive.stage == "later"
    assert vote.drive.said()[-1] == "session.vote.nobody"
    assert vote.result is None


def test_the_vote_of_somebody_who_left_stays_and_of_somebody_forgotten_goes() -> None:
    vote = Poll.of()
    vote.drive(Joined(BEN))
    for member in (BEN, CLEO):
        vote.vote(member, "b")
    vote.vote(DAN, "a")
    vote.drive(Left(BEN))
    vote.drive(Forgotten(CLEO))
    vote.close()
    asked = vote.drive.posts(Whom.LEAD)[-1]
    assert vote.names(asked.shows) == "ab"  # one vote each: Ben's and Dan's


# Counted right, whatever happens: against another way of counting


@dataclass
class Reference:
    """What the vote should come to, kept by hand."""

    options: list[int]
    ballots: dict[int, list[int]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        match event:
            case Ranked(member, ()):
                self.ballots.pop(member, None)
            case Ranked(member, named):
                known = list(dict.fromkeys(each for each in named if each in self.options))
                if known:
                    self.ballots[member] = known
            case Ruled(rule=Rule.STRIKE, entry=entry):
                self.options = [each for each in self.options if each != entry]
            case Forgotten(member=member):
                self.ballots.pop(member or 0, None)

    def cast(self, polled: Mapping[int, Sequence[int]]) -> list[list[int]]:
        both: dict[int, Sequence[int]] = {**polled, **self.ballots}
        kept = [
            list(dict.fromkeys(each for each in ballot if each in self.options))
            for ballot in both.values()
        ]
        return [ballot for ballot in kept if ballot]


def best(method: str, options: Sequence[int], ballots: Sequence[Sequence[int]]) -> set[int]:
    """Return what shares the first place, by the definitions and not by their algorithms."""
    if method == "approval":
        tally = Counter(each for ballot in ballots for each in ballot)
        return {each for each in options if tally[each] == max(tally.values())}
    return (_schulze if method == "schulze" else _runoff)(options, ballots)


def _schulze(options: Sequence[int], ballots: Sequence[Sequence[int]]) -> set[int]:
    def prefers(a: int, b: int) -> int:
        return sum(
            a in ballot and (b not in ballot or ballot.index(a) < ballot.index(b))
            for ballot in ballots
        )

    def link(a: int, b: int) -> int:
        return prefers(a, b) if prefers(a, b) > prefers(b, a) else 0

    def strongest(a: int, b: int) -> int:
        others = [each for each in options if each not in (a, b)]
        ways = (way for n in range(len(others) + 1) for way in permutations(others, n))
        return max(
            min(link(x, y) for x, y in zip((a, *way), (*way, b), strict=True)) for way in ways
        )

    return {
        a for a in options if all(strongest(a, b) >= strongest(b, a) for b in options if b != a)
    }


def _runoff(options: Sequence[int], ballots: Sequence[Sequence[int]]) -> set[int]:
    left = set(options)
    while True:
        firsts = [next((each for each in ballot if each in left), None) for ballot in ballots]
        tally = {each: firsts.count(each) for each in left}
        last = {each for each in left if tally[each] == min(tally.values())}
        if last == left:
            return left
        left -= last


MEMBERS = (LEAD, ANA, BEN, CLEO, DAN, EVA)
NAMES = st.text("abcdx", max_size=6)
MEANWHILE = st.lists(
    st.one_of(
        st.tuples(st.just("rank"), st.sampled_from(MEMBERS), NAMES),
        st.tuples(st.just("rank"), st.sampled_from(MEMBERS), NAMES),
        st.tuples(st.just("strike"), st.just(LEAD), st.sampled_from("abx")),
        st.tuples(
            st.sampled_from(["left", "joined", "forgotten", "said", "entered", "backed", "done"]),
            st.sampled_from(MEMBERS[2:]),
            st.sampled_from("abx"),
        ),
    ),
    max_size=25,
)


def event_of(vote: Poll, kind: str, member: int, names: str) -> Event:
    ids = tuple(vote[name] for name in names)
    match kind:
        case "rank":
            return Ranked(member, ids)
        case "strike":
            return Ruled(member, Rule.STRIKE, ids[0])
        case "left":
            return Left(member)
        case "joined":
            return Joined(member)
        case "forgotten":
            return Forgotten(member)
        case "said":
            return Said(member, 900, vote.drive.now)
        case "entered":
            return Entered(member, names)
        case "backed":
            return Backed(member, ids[0])
    return Done(ids[0], {"votes": {str(member): list(ids)}})


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["approval", "schulze", "runoff"]),
    st.booleans(),
    st.dictionaries(st.sampled_from(MEMBERS), NAMES, max_size=4),
    MEANWHILE,
    MEANWHILE,
)
def test_votes_are_always_counted_right(
    method: str,
    native: bool,
    polled: dict[int, str],
    meanwhile: list[tuple[str, int, str]],
    late: list[tuple[str, int, str]],
) -> None:
    vote = Poll.of("abcd", native=native, method=method, ties="lot")
    reference = Reference(list(vote.ids))
    for kind, member, names in meanwhile:
        event = event_of(vote, kind, member, names)
        vote.drive(event)
        reference.take(event)
    is_native = vote.poll is not None
    vote.close(polled)
    theirs = {id: [vote[name] for name in names] for id, names in polled.items()}
    ballots = reference.cast(theirs if is_native else {})
    before = dump(vote.drive.session)["results"]
    for kind, member, names in late:
        if kind != "forgotten":
            vote.drive(event_of(vote, kind, member, names))
    assert dump(vote.drive.session)["results"] == before
    assert vote.drive.stage == "later"
    if len(reference.options) <= 1:
        assert vote.result is None or vote.result["chosen"] == reference.options
    elif not ballots:
        assert vote.result is None
    else:
        first = best(method, reference.options, ballots)
        assert set(vote.result["chosen"]) <= first
        assert vote.result["by_lot"] is (len(first) > 1)
        assert vote.result["voters"] == len(ballots)
        assert sorted(each for place in vote.result["order"] for each in place) == sorted(
            reference.options
        )
        if method == "approval":
            tally = Counter(each for ballot in ballots for each in ballot)
            assert vote.tallies == {vote.names([each]): tally[each] for each in reference.options}
    assert all(spoken(vote.drive, language) for language in ("en", "de"))
    told = [each for each in vote.drive.posts() if each.says[0].phrase.startswith("session.vote.")]
    assert "member" not in json.dumps([dict(each.notes) for each in told])


# What is forgotten in a poll


def forgotten_in_a_poll() -> Poll:
    """A native poll on what Ana and Cleo gave, of whom Cleo is forgotten."""
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0, "limit": 9}),
        Stage("vote", "choice", {"for": 2 * 86400.0, "from": "list"}),
        WAIT,
    )
    for member, name in ((ANA, "a"), (ANA, "b"), (CLEO, "c")):
        drive(Entered(member, name))
    drive.wait(DAY)
    opened = drive.found(OpenPoll)[-1].id
    drive(Done(opened))
    vote = Poll(drive, [each.id for each in drive.session.of("list")], opened)
    vote.vote(BEN, "b")
    drive(Forgotten(CLEO))
    return vote


@pytest.mark.parametrize("is_late", [False, True])
def test_a_poll_that_shows_what_is_forgotten_is_counted_and_a_list_takes_its_place(
    *, is_late: bool
) -> None:
    vote = forgotten_in_a_poll()
    (asked,) = vote.drive.found(CountPoll)
    votes = {str(DAN): [vote["a"], vote["c"]], str(BEN): [vote["a"]], str(EVA): [vote["a"]]}
    if is_late:  # the time was up before the votes came
        vote.drive.wait(2 * DAY)
        assert vote.result is None
    vote.drive(Done(asked.id, {"votes": votes}))
    if not is_late:
        assert vote.last.pick is not None
        assert vote.last.shows == (vote["a"], vote["b"])
        vote.vote(EVA, "b")
        vote.drive.wait(2 * DAY)
    assert vote.drive.found(CountPoll) == [asked]
    assert vote.tallies == ({"a": 2, "b": 1} if is_late else {"b": 2, "a": 1})


def test_a_member_who_gave_nothing_to_a_poll_leaves_it_open() -> None:
    vote = Poll.of(native=True)
    vote.vote(BEN, "a")
    vote.drive(Forgotten(BEN))
    assert vote.drive.found(CountPoll) == []


def test_a_poll_that_did_not_open_in_time_is_awaited_no_longer() -> None:
    drive = Drive.of(
        Stage("collect", "list", {"for": 86400.0, "limit": 9}),
        Stage("vote", "choice", {"for": 2 * 86400.0, "from": "list"}),
        WAIT,
    )
    for name in "abc":
        drive(Entered(ANA, name))
    drive.wait(DAY)
    options = drive.session.of("list")
    drive(Ranked(ANA, (options[0].id,)))
    drive(Ranked(BEN, (options[1].id,)))
    drive.wait(2 * DAY)
    assert drive.session.standing is not None
    assert "tied" in drive.session.standing.data
    assert drive.found(OpenPoll)[-1].id not in drive.session.awaits
