"""What each rule would do, and what it leaves alone. That it may be done at all is tested with `decide`."""

from dataclasses import replace

import pytest

from learncomm_agent.sessions.facilitating import rules
from learncomm_agent.sessions.facilitating.floor import Floor, Mode
from learncomm_agent.sessions.facilitating.moves import Budget, Move, Reason
from learncomm_agent.sessions.facilitating.remarks import Remark
from learncomm_agent.sessions.facilitating.rules import Proposal
from tests.sessions.facilitating.talking import (
    ANA,
    BEN,
    CLEO,
    DAN,
    HOUR,
    LEADER,
    at,
    chat,
    heard,
    look,
    opened,
    remark,
)

CROWD = range(20, 33)
BARE = {"has_evidence": False, "has_example": False}
GROUP = opened(ANA, BEN, CLEO)


def bare(*members: int, **given: object) -> list[Remark]:
    """Return claims without reason or example, one a minute."""
    return [remark(each, 10 + n, **{**BARE, **given}) for n, each in enumerate(members)]


def long_winded(share: int, others: int) -> list[Remark]:
    """Return twenty remarks of which every other one is Ana's, with so many words each."""
    turns = [(ANA, share), (BEN, others), (ANA, share), (CLEO, others)]
    return [remark(turns[n % 4][0], 5 + n, words=turns[n % 4][1]) for n in range(20)]


FAR = "mentor weekly"
POINTS = [
    remark(ANA, 10, terms=FAR),
    *chat(6, (CLEO, DAN), begin=11),
    remark(BEN, 14, terms=FAR, message="b"),
]


CASES = {
    "groups above twelve": (
        rules.offer_groups,
        heard(opened(), *chat(13, CROWD)),
        20,
        Proposal(Move.OFFER_GROUPS, Reason.MANY_HERE, LEADER),
    ),
    "no groups for twelve": (rules.offer_groups, heard(opened(), *chat(12, CROWD)), 20, None),
    "no groups twice": (
        rules.offer_groups,
        heard(opened(), *chat(13, CROWD)).said(Move.OFFER_GROUPS, at(6), member=LEADER),
        20,
        None,
    ),
    "no groups near the end": (rules.offer_groups, heard(opened(), *chat(13, CROWD)), 50, None),
    "slow down who says most": (
        rules.slow_down,
        heard(GROUP, *long_winded(40, 8)),
        30,
        Proposal(Move.SLOW_DOWN, Reason.MORE_VOICES, ANA),
    ),
    "many turns of few words are fine": (
        rules.slow_down,
        heard(GROUP, *long_winded(10, 12)),
        30,
        None,
    ),
    "nobody is slowed down at the beginning": (
        rules.slow_down,
        heard(GROUP, *long_winded(40, 8)),
        14,
        None,
    ),
    "nobody is slowed down twice": (
        rules.slow_down,
        heard(GROUP.said(Move.SLOW_DOWN, at(4), member=ANA), *long_winded(40, 8)),
        30,
        None,
    ),
    "two alone have no even share": (
        rules.slow_down,
        heard(opened(ANA, BEN), *(remark(1 + n % 2, 5 + n, words=9 + n % 2) for n in range(20))),
        30,
        None,
    ),
    "who spoke much lately and little before is let be": (
        rules.slow_down,
        heard(GROUP, remark(BEN, 2, words=2000), *long_winded(40, 8)),
        30,
        None,
    ),
    "a host is not slowed down": (
        rules.slow_down,
        heard(GROUP.seated(ANA, Mode.TAKE_PART, is_host=True), *long_winded(40, 8)),
        30,
        None,
    ),
    "invite the unheard": (
        rules.invite,
        heard(opened(ANA, BEN, DAN), *chat(6, (ANA, BEN))),
        20,
        Proposal(Move.INVITE, Reason.NOT_HEARD_YET, DAN),
    ),
    "not at the beginning": (
        rules.invite,
        heard(opened(ANA, BEN, DAN), *chat(6, (ANA, BEN))),
        10,
        None,
    ),
    "not at the end": (
        rules.invite,
        heard(opened(ANA, BEN, DAN), *chat(6, (ANA, BEN))),
        56,
        None,
    ),
    "not into a monologue": (rules.invite, heard(opened(ANA, DAN), *chat(6, (ANA,))), 20, None),
    "not before others talk": (
        rules.invite,
        heard(opened(ANA, BEN, DAN), *chat(5, (ANA, BEN))),
        20,
        None,
    ),
    "not who listens": (
        rules.invite,
        heard(opened(ANA, BEN).seated(DAN, Mode.LISTEN), *chat(6, (ANA, BEN))),
        20,
        None,
    ),
    "not who wants no invitation": (
        rules.invite,
        heard(opened(ANA, BEN).seated(DAN, Mode.QUIET), *chat(6, (ANA, BEN))),
        20,
        None,
    ),
    "not twice": (
        rules.invite,
        heard(opened(ANA, BEN, DAN).said(Move.INVITE, at(2), member=DAN), *chat(6, (ANA, BEN))),
        20,
        None,
    ),
    "time is nearly over": (
        rules.check_time,
        heard(GROUP, *chat(3)),
        50,
        Proposal(Move.TIME_CHECK, Reason.LITTLE_TIME),
    ),
    "there is time": (rules.check_time, heard(GROUP, *chat(3)), 40, None),
    "it is too late to say so": (rules.check_time, heard(GROUP, *chat(3)), 58, None),
    "nobody to tell": (rules.check_time, GROUP, 50, None),
    "it was said": (
        rules.check_time,
        heard(GROUP.said(Move.TIME_CHECK, at(48)), remark(ANA, 49)),
        50,
        None,
    ),
    "park what several speak of": (
        rules.park,
        heard(GROUP, *bare(ANA, BEN, ANA, BEN, is_off_topic=True)),
        20,
        Proposal(Move.PARK, Reason.OFF_TOPIC, about=("1@12", "2@13")),
    ),
    "one alone is not parked": (
        rules.park,
        heard(GROUP, *bare(ANA, ANA, ANA, ANA, is_off_topic=True)),
        20,
        None,
    ),
    "nobody knows whether it is off": (
        rules.park,
        heard(GROUP, *bare(ANA, BEN, ANA, BEN, ANA, BEN)),
        20,
        None,
    ),
    "they came back by themselves": (
        rules.park,
        heard(
            GROUP,
            *bare(ANA, BEN, ANA, BEN, is_off_topic=True),
            *(remark(ANA, 15 + n, is_off_topic=False) for n in range(3)),
        ),
        20,
        None,
    ),
    "a question is left": (
        rules.open_question,
        heard(
            GROUP,
            remark(ANA, 5, is_question=True, terms="mentor goals", message="q"),
            remark(ANA, 6),
            remark(BEN, 7),
            remark(CLEO, 8),
        ),
        20,
        Proposal(Move.RE_ASK, Reason.QUESTION_OPEN, about=("q",)),
    ),
    "it was taken up": (
        rules.open_question,
        heard(
            GROUP,
            remark(ANA, 5, is_question=True, terms="mentor goals"),
            remark(BEN, 7),
            remark(CLEO, 8),
        ),
        20,
        None,
    ),
    "nobody has spoken since": (
        rules.open_question,
        heard(GROUP, remark(ANA, 5, is_question=True, terms="mentor goals"), remark(ANA, 6)),
        20,
        None,
    ),
    "a host's question is the host's": (
        rules.open_question,
        heard(
            GROUP,
            remark(LEADER, 5, is_question=True, terms="mentor goals", is_host=True),
            remark(LEADER, 6, is_host=True),
            remark(BEN, 7),
            remark(CLEO, 8),
        ),
        20,
        None,
    ),
    "a question of nothing": (
        rules.open_question,
        heard(
            GROUP, remark(ANA, 5, is_question=True), remark(ANA, 6), remark(BEN, 7), remark(3, 8)
        ),
        20,
        None,
    ),
    "on to the next question": (
        rules.next_rung,
        heard(GROUP, *chat(4)),
        12,
        Proposal(Move.NEXT_RUNG, Reason.READY_FOR_NEXT),
    ),
    "it has had too little time": (rules.next_rung, heard(GROUP, *chat(4)), 9, None),
    "one answer is little": (rules.next_rung, heard(GROUP, remark(ANA, 5)), 12, None),
    "one answer is enough after all its time": (
        rules.next_rung,
        heard(GROUP, remark(ANA, 5)),
        21,
        Proposal(Move.NEXT_RUNG, Reason.READY_FOR_NEXT),
    ),
    "nobody goes on alone": (rules.next_rung, GROUP, 40, None),
    "no time for another": (rules.next_rung, heard(GROUP, *chat(4)), 52, None),
    "there is no other": (
        rules.next_rung,
        heard(replace(GROUP, rung=2), *chat(4)),
        12,
        None,
    ),
    "ask again": (rules.ask_again, GROUP, 10, Proposal(Move.RE_ASK, Reason.FEW_ANSWERS)),
    "two have answered": (rules.ask_again, heard(GROUP, *chat(2)), 10, None),
    "it was asked again": (rules.ask_again, GROUP.said(Move.RE_ASK, at(6)), 20, None),
    "not right before the end": (rules.ask_again, GROUP, 57, None),
    "nothing was asked": (rules.ask_again, Floor(), 10, None),
    "ask for reasons": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN)),
        21,
        Proposal(Move.ASK_EVIDENCE, Reason.NO_REASONS, about=("2@14",)),
    ),
    "others answer a long thought first": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN)),
        18,
        None,
    ),
    "a short word ends a thought": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN), remark(CLEO, 15, words=2)),
        18,
        Proposal(Move.ASK_EVIDENCE, Reason.NO_REASONS, about=("2@14",)),
    ),
    "one of them gave a reason": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN), remark(CLEO, 12.5), *bare(ANA, BEN)),
        25,
        None,
    ),
    "one person is not pressed": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, ANA, ANA, ANA, ANA)),
        25,
        None,
    ),
    "short words claim nothing": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN, words=3)),
        25,
        None,
    ),
    "questions claim nothing": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN, is_question=True)),
        25,
        None,
    ),
    "they talk of something else by now": (
        rules.ask_evidence,
        heard(
            GROUP,
            *bare(ANA, BEN, CLEO, ANA, BEN),
            *(remark(CLEO, 15 + n / 3, words=2) for n in range(10)),
        ),
        25,
        None,
    ),
    "a claim is asked about once": (
        rules.ask_evidence,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN)).said(
            Move.ASK_EVIDENCE, at(15), about=("2@14",)
        ),
        25,
        None,
    ),
    "ask for an example": (
        rules.ask_example,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN, has_evidence=True)),
        21,
        Proposal(Move.ASK_EXAMPLE, Reason.NO_EXAMPLES, about=("2@14",)),
    ),
    "reasons go before examples": (
        rules.ask_example,
        heard(GROUP, *bare(ANA, BEN, CLEO, ANA, BEN)),
        25,
        None,
    ),
    "there was an example": (rules.ask_example, heard(GROUP, *chat(6)), 20, None),
    "points meet": (
        rules.bridge,
        heard(GROUP, *POINTS),
        20,
        Proposal(Move.BRIDGE, Reason.POINTS_MEET, about=("1@10", "b")),
    ),
    "points differ": (
        rules.bridge,
        heard(GROUP, *POINTS[:-1], replace(POINTS[-1], is_contrary=True)),
        20,
        Proposal(Move.BRIDGE, Reason.POINTS_DIFFER, about=("1@10", "b")),
    ),
    "one answers the other": (
        rules.bridge,
        heard(GROUP, *POINTS[:-1], replace(POINTS[-1], replies_to=ANA)),
        20,
        None,
    ),
    "they stand side by side": (rules.bridge, heard(GROUP, POINTS[0], POINTS[-1]), 20, None),
    "everyone uses these words": (
        rules.bridge,
        heard(GROUP, remark(CLEO, 9, terms=FAR), *POINTS),
        20,
        None,
    ),
    "one word in common is chance": (
        rules.bridge,
        heard(GROUP, *POINTS[:-1], replace(POINTS[-1], terms=frozenset({"mentor"}))),
        20,
        None,
    ),
}


@pytest.mark.parametrize(("rule", "floor", "minute", "expected"), CASES.values(), ids=CASES)
def test_a_rule(rule: rules.Rule, floor: Floor, minute: float, expected: Proposal | None) -> None:
    assert rule(look(floor, minute)) == expected


def test_every_rule_is_shown_to_speak_and_to_leave_alone() -> None:
    shown = {(rule, expected is None) for rule, _, _, expected in CASES.values()}
    shown |= {(rules.go_round, True), (rules.go_round, False)}  # below
    assert shown == {(rule, is_left) for rule in rules.RULES for is_left in (True, False)}


UNHEARD = heard(opened(ANA, BEN, CLEO, DAN), *chat(8, (ANA, BEN)))
INVITED = UNHEARD.said(Move.INVITE, at(15), member=CLEO).said(Move.INVITE, at(20), member=DAN)


@pytest.mark.parametrize(
    ("floor", "minute", "nudges", "is_offered"),
    [
        (INVITED, 35, 6, True),
        (UNHEARD, 35, 6, False),
        (UNHEARD, 35, 0, True),
        (INVITED, 25, 6, False),
        (INVITED, 50, 6, False),
        (INVITED.hear(remark(DAN, 30)), 35, 6, False),
        (INVITED.said(Move.ROUND, at(34)), 35, 6, False),
    ],
)
def test_a_round_comes_after_private_words_alone(
    floor: Floor, minute: float, nudges: int, is_offered: bool
) -> None:
    offered = rules.go_round(look(floor, minute, budget=Budget(nudges=nudges)))
    assert offered == (Proposal(Move.ROUND, Reason.FEW_VOICES) if is_offered else None)


def test_without_a_leader_nobody_is_offered_groups() -> None:
    floor = heard(opened(), *chat(13, CROWD))
    assert rules.offer_groups(look(floor, 20, agenda=replace(HOUR, leader=None))) is None
