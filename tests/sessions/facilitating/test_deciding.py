"""What is decided on a floor, and that the limits hold whatever people do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.facilitating.deciding import decide
from learncomm_agent.sessions.facilitating.floor import Floor, Mode
from learncomm_agent.sessions.facilitating.limits import refusal
from learncomm_agent.sessions.facilitating.moves import (
    Agenda,
    Budget,
    Decision,
    Kind,
    Move,
    Reason,
)
from learncomm_agent.sessions.facilitating.remarks import Remark
from learncomm_agent.sessions.facilitating.rules import Proposal
from learncomm_agent.words import Words
from tests.sessions.facilitating.talking import (
    ANA,
    BEN,
    CLEO,
    DAN,
    HOUR,
    LEADER,
    START,
    at,
    chat,
    heard,
    look,
    opened,
    remark,
)

WEEK = Agenda(START, START + timedelta(days=7), rungs=3, leader=LEADER)
THREE_MINUTES = timedelta(minutes=3)
ASKED = Proposal(Move.ASK_EVIDENCE, Reason.NO_REASONS, about=("m",))
NEXT = Proposal(Move.NEXT_RUNG, Reason.READY_FOR_NEXT)
TIME = Proposal(Move.TIME_CHECK, Reason.LITTLE_TIME)
INVITED = Proposal(Move.INVITE, Reason.NOT_HEARD_YET, DAN)
GROUP = opened(ANA, BEN, CLEO, DAN)
TALKED = heard(GROUP, *chat(20))
"""Until 18:07:20."""


def said(floor: Floor, minute: float, agenda: Agenda = HOUR) -> tuple[Kind, Move, Reason]:
    decision = decide(floor, agenda, Budget(), at(minute))
    return decision.kind, decision.move, decision.reason


@pytest.mark.parametrize(
    ("floor", "minute", "expected"),
    [
        (Floor(), -5, (Kind.HOLD, Move.NONE, Reason.NOT_YET)),
        (Floor(), 0, (Kind.SPEAK, Move.OPEN, Reason.BEGINS)),
        (Floor(), 70, (Kind.SPEAK, Move.CLOSE, Reason.ENDS)),
        (GROUP, 1, (Kind.HOLD, Move.NONE, Reason.JUST_OPENED)),
        (GROUP, 6, (Kind.SPEAK, Move.RE_ASK, Reason.FEW_ANSWERS)),
        (GROUP.said(Move.RE_ASK, at(6)), 30, (Kind.HOLD, Move.NONE, Reason.NOBODY_HERE)),
        (TALKED, 8, (Kind.HOLD, Move.NONE, Reason.TALKING_WELL)),
        (TALKED, 13, (Kind.SPEAK, Move.NEXT_RUNG, Reason.READY_FOR_NEXT)),
        (heard(GROUP, remark(ANA, 1)), 2, (Kind.HOLD, Move.NONE, Reason.TALKING_WELL)),
        (GROUP, 60, (Kind.SPEAK, Move.CLOSE, Reason.ENDS)),
        (heard(GROUP, *chat(6, begin=58)), 60, (Kind.HOLD, Move.NONE, Reason.TALKING_WELL)),
        (heard(GROUP, *chat(20, begin=60)), 66.5, (Kind.SPEAK, Move.CLOSE, Reason.ENDS)),
        (GROUP.said(Move.CLOSE, at(60)), 61, (Kind.HOLD, Move.NONE, Reason.OVER)),
    ],
)
def test_what_is_decided(floor: Floor, minute: float, expected: tuple[Kind, Move, Reason]) -> None:
    assert said(floor, minute) == expected


def test_a_nudge_goes_to_one_while_the_others_talk() -> None:
    floor = heard(opened(ANA, BEN, DAN), *chat(12, (ANA, BEN), begin=14))
    decision = decide(floor, HOUR, Budget(), at(18))
    assert (decision.kind, decision.move, decision.member) == (Kind.NUDGE, Move.INVITE, DAN)
    after = floor.said(decision.move, at(18), member=DAN)
    assert decide(after, HOUR, Budget(), at(18.1)).kind is Kind.HOLD


def test_a_week_has_a_slower_pace_than_an_hour() -> None:
    talk = [remark(1 + n % 3, 60 * n) for n in range(20)]
    floor = heard(GROUP, *talk)
    last = 60 * 19
    assert said(floor, last + 6, WEEK)[2] is Reason.TALKING_WELL
    assert said(floor, last + 60 * 13, WEEK)[2] is Reason.TALKING_WELL
    assert said(floor, 60 * 40, WEEK)[1] is Move.NEXT_RUNG


def test_a_silent_group_gets_three_posts_and_is_looked_at_seldom() -> None:
    for agenda in (HOUR, WEEK):
        floor = Floor().seated(ANA, Mode.TAKE_PART).seated(BEN, Mode.TAKE_PART)
        moves, looks, now = [], 0, agenda.starts
        while True:
            decision = decide(floor, agenda, Budget(), now)
            if decision.kind is not Kind.HOLD:
                moves.append(decision.move)
                floor = floor.said(decision.move, now, member=decision.member)
            looks += 1
            if decision.next_look is None:
                break
            assert decision.next_look > now
            now = decision.next_look
        assert moves == [Move.OPEN, Move.RE_ASK, Move.CLOSE]
        assert looks <= 15


@pytest.mark.parametrize(
    ("proposal", "floor", "minute", "budget", "reason"),
    [
        (ASKED, TALKED, 10.5, Budget(), None),
        (ASKED, TALKED, 10.3, Budget(), Reason.TALKING_WELL),
        (ASKED, heard(GROUP, *chat(19)), 15, Budget(), Reason.BUDGET_SPENT),
        (ASKED, TALKED, 15, Budget(messages_per_post=1), None),
        (ASKED, heard(GROUP, *chat(19)), 15, Budget(messages_per_post=1), Reason.BUDGET_SPENT),
        (ASKED, TALKED, 15, Budget(messages_per_post=21), Reason.BUDGET_SPENT),
        (ASKED, TALKED, 15, Budget(posts=0), Reason.BUDGET_SPENT),
        (ASKED, TALKED.said(Move.PARK, at(9)), 15, Budget(), Reason.BUDGET_SPENT),
        (ASKED, TALKED.said(Move.NEXT_RUNG, at(9)), 15, Budget(), Reason.TOO_SOON),
        (ASKED, heard(TALKED, remark(ANA, 14)), 15, Budget(), Reason.TALKING_WELL),
        (TIME, heard(TALKED, remark(ANA, 14)), 15, Budget(), None),
        (TIME, heard(TALKED, remark(ANA, 12), remark(BEN, 13)), 15, Budget(), Reason.TALKING_WELL),
        (NEXT, TALKED, 15, Budget(posts=0), None),
        (NEXT, TALKED, 11, Budget(), Reason.TALKING_WELL),
        (NEXT, TALKED.said(Move.RE_ASK, at(14)), 15, Budget(), Reason.TOO_SOON),
        (NEXT, replace(TALKED, in_a_row=2), 30, Budget(), Reason.NOBODY_HERE),
        (NEXT, heard(TALKED, remark(ANA, 20, replies_to=BEN)), 22, Budget(), Reason.TALKING_WELL),
        (INVITED, TALKED, 7.5, Budget(), None),
        (INVITED, TALKED, 7.5, Budget(nudges=0), Reason.BUDGET_SPENT),
        (INVITED, TALKED, 7.5, Budget(nudges_per_member=0), Reason.BUDGET_SPENT),
        (INVITED, TALKED.said(Move.INVITE, at(5), member=ANA), 7.5, Budget(), Reason.TOO_SOON),
        (INVITED, TALKED.said(Move.INVITE, at(5), member=ANA), 8.5, Budget(), None),
        (INVITED, TALKED.said(Move.INVITE, at(5), member=DAN), 50, Budget(), Reason.NOTHING_TO_ADD),
        (INVITED, TALKED.seated(DAN, Mode.LISTEN), 8, Budget(), Reason.NOTHING_TO_ADD),
        (INVITED, TALKED.seated(DAN, Mode.QUIET), 8, Budget(), Reason.NOTHING_TO_ADD),
        (INVITED, TALKED.without(DAN), 8, Budget(), Reason.NOTHING_TO_ADD),
    ],
)
def test_a_limit(
    proposal: Proposal, floor: Floor, minute: float, budget: Budget, reason: Reason | None
) -> None:
    assert refusal(proposal, look(floor, minute, budget=budget)) is reason


@pytest.mark.parametrize(
    ("mode", "reason"), [(Mode.LISTEN, None), (Mode.QUIET, Reason.NOTHING_TO_ADD)]
)
def test_a_leader_who_wants_no_invitations_is_offered_no_groups(
    mode: Mode, reason: Reason | None
) -> None:
    offer = Proposal(Move.OFFER_GROUPS, Reason.MANY_HERE, LEADER)
    assert refusal(offer, look(TALKED.seated(LEADER, mode), 8)) is reason


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_reason_has_a_sentence_for_leaders(language: str) -> None:
    for reason in Reason:
        assert Words().phrase(f"facilitator.reason.{reason}", language=language)


# Random discussions.


@dataclass(frozen=True)
class Played:
    remarks: tuple[Remark, ...]
    decisions: tuple[tuple[datetime, Decision], ...]
    agenda: Agenda
    floor: Floor
    modes: dict[int, Mode]

    def spoken(self) -> list[tuple[datetime, Decision]]:
        return [each for each in self.decisions if each[1].kind is not Kind.HOLD]


BUDGET = Budget(posts=3, nudges=3, nudges_per_member=1)
PLAIN = {"has_evidence": True, "has_example": True}
PROFILES: Sequence[dict[str, bool]] = (
    {},
    {"has_evidence": True},
    {"is_off_topic": True, **PLAIN},
    {"is_question": True, **PLAIN},
    {"is_contrary": True, **PLAIN},
    PLAIN,
)
TERMS = ("goals weekly", "", "trust", "", "lunch pairs", "goals weekly", "")


@dataclass(frozen=True)
class Stretch:
    """Some remarks of one kind; a rule needs several that are alike."""

    kind: int
    count: int
    voices: int
    """So many speak in turn ..."""
    first: int
    """... from this one on."""
    busy: float
    replies: int
    """Every so manieth remark is a reply; 0 is none."""
    rest: float
    """The silence before, in usual gaps."""


STRETCHES = st.builds(
    Stretch,
    kind=st.integers(0, len(PROFILES) - 1),
    count=st.integers(1, 25),
    voices=st.integers(1, 14),
    first=st.integers(0, 4),
    busy=st.sampled_from([0.05, 0.3, 1.0]),
    replies=st.sampled_from([0, 0, 3]),
    rest=st.sampled_from([0.0, 2.0, 15.0]),
)


@st.composite
def discussions(draw: st.DrawFn) -> Played:
    agenda = draw(st.sampled_from([HOUR, WEEK, replace(HOUR, rungs=8, leader=None)]))
    pace = agenda.length / draw(st.sampled_from([60, 200]))
    quiet = draw(st.integers(0, 6))  # the first so many members chose not to take part
    modes = {
        member: (Mode.LISTEN, Mode.QUIET)[member % 2] if member < quiet else Mode.TAKE_PART
        for member in range(18)
    }
    now, remarks = agenda.starts, list[Remark]()
    for stretch in draw(st.lists(STRETCHES, max_size=8)):
        now += pace * stretch.rest
        for n in range(stretch.count):
            now += pace * stretch.busy
            member = stretch.first + n % stretch.voices
            is_reply = bool(stretch.replies) and n % stretch.replies == 1 and stretch.voices > 1
            one = Remark(
                member,
                now,
                f"m{len(remarks)}",
                5 + 20 * (member % 3 == 1),
                terms=frozenset(TERMS[n % len(TERMS)].split()),
                replies_to=stretch.first + (n - 1) % stretch.voices if is_reply else None,
                is_host=member == 0,
                **PROFILES[stretch.kind],
            )
            remarks.append(one)
    return play(tuple(remarks), agenda, modes)


def play(remarks: Sequence[Remark], agenda: Agenda, modes: dict[int, Mode]) -> Played:
    """Hear it all, decide after each remark and at each alarm, through JSON before each move."""
    floor = Floor()
    for member, mode in modes.items():
        floor = floor.seated(member, mode)
    decided: list[tuple[datetime, Decision]] = []
    now: datetime = agenda.starts
    waiting = list(remarks)
    while True:
        decision = decide(floor, agenda, BUDGET, now)
        decided.append((now, decision))
        if decision.kind is not Kind.HOLD:
            whom, about = decision.member, decision.about
            floor = Floor.of(json.loads(json.dumps(floor.record())))
            assert decide(floor, agenda, BUDGET, now) == decision
            floor = floor.said(decision.move, now, member=whom, about=about)
        alarm = decision.next_look
        assert alarm is None or alarm > now
        if waiting and (alarm is None or waiting[0].at <= alarm):
            now = waiting[0].at
            floor = floor.hear(waiting.pop(0))
        elif alarm is None:
            return Played(tuple(remarks), tuple(decided), agenda, floor, modes)
        else:
            now = alarm


@given(discussions())
@settings(max_examples=100, deadline=None)
def test_the_limits_hold_whatever_people_do(played: Played) -> None:
    assert_posts_are_few(played)
    assert_nobody_is_cut_off(played)
    assert_nudges_are_wanted(played)
    assert_it_begins_and_ends_once(played)
    assert len(played.floor.recent) <= 60
    assert len(json.dumps(played.floor.record())) < 30_000
    assert len(played.decisions) <= 6 * len(played.remarks) + 30


def assert_posts_are_few(played: Played) -> None:
    unasked = [now for now, decision in played.spoken() if decision.is_unasked]
    assert len(unasked) <= BUDGET.posts
    for earlier, later in zip([START - timedelta(days=1), *unasked], unasked, strict=False):
        assert sum(earlier < each.at <= later for each in played.remarks) >= 20


def assert_nobody_is_cut_off(played: Played) -> None:
    for now, decision in played.spoken():
        if decision.kind is Kind.NUDGE or decision.move in (Move.OPEN, Move.CLOSE):
            continue
        lately = [each for each in played.remarks if now - THREE_MINUTES <= each.at <= now]
        assert len({each.member for each in lately}) < 2
        assert all(each.replies_to is None for each in lately)


def assert_nudges_are_wanted(played: Played) -> None:
    nudged: dict[int, datetime] = {}
    count = 0
    for now, decision in played.spoken():
        if decision.kind is not Kind.NUDGE or decision.move is Move.OFFER_GROUPS:
            assert decision.member is None or decision.member == played.agenda.leader
            continue
        member = decision.member
        assert member is not None
        assert played.modes[member] is Mode.TAKE_PART
        count += 1
        if member in nudged:
            assert any(
                each.member == member and nudged[member] < each.at <= now for each in played.remarks
            )
        nudged[member] = now
    assert count <= BUDGET.nudges


def assert_it_begins_and_ends_once(played: Played) -> None:
    moves = [decision.move for _, decision in played.spoken()]
    assert (moves[0], moves[-1]) == (Move.OPEN, Move.CLOSE)
    assert moves.count(Move.OPEN) == moves.count(Move.CLOSE) == 1
    assert moves.count(Move.NEXT_RUNG) < max(1, played.agenda.rungs)
    for once in (Move.TIME_CHECK, Move.ROUND, Move.OFFER_GROUPS):
        assert moves.count(once) <= 1
