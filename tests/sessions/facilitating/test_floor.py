import json
from datetime import timedelta

import pytest

from learncomm_agent.sessions.facilitating.floor import KEPT, Floor, Mode
from learncomm_agent.sessions.facilitating.moves import Move
from learncomm_agent.sessions.facilitating.remarks import Remark
from tests.sessions.facilitating.talking import (
    ANA,
    BEN,
    CLEO,
    LEADER,
    at,
    chat,
    heard,
    opened,
    remark,
)


def test_what_is_heard_is_counted_once() -> None:
    said = remark(ANA, 1, words=5)
    floor = heard(opened(ANA), said, said)
    assert (floor.heard, floor.seat(ANA).turns, floor.seat(ANA).words) == (1, 1, 5)
    assert floor.voices == {ANA}


def test_what_we_say_ourselves_is_not_heard() -> None:
    assert heard(opened(), remark(0, 1, is_agent=True)) == opened()


def test_a_host_is_no_voice_of_the_group() -> None:
    floor = heard(opened(), remark(LEADER, 1, is_host=True))
    assert not floor.voices
    assert floor.seat(LEADER).is_host


def test_a_late_remark_goes_to_its_place() -> None:
    floor = heard(opened(), remark(ANA, 1), remark(BEN, 30), remark(ANA, 10))
    assert [each.at for each in floor.recent] == [at(1), at(10), at(30)]
    assert floor.last_at == at(30)


@pytest.mark.parametrize(
    ("first", "second", "exchange"),
    [
        ((ANA, 1), (BEN, 3), 3),
        ((ANA, 1), (BEN, 5), None),
        ((ANA, 1), (ANA, 2), None),
    ],
)
def test_who_speaks_soon_after_another_answers(
    first: tuple[int, float], second: tuple[int, float], exchange: float | None
) -> None:
    floor = heard(opened(), remark(*first), remark(*second))
    assert floor.exchange_at == (None if exchange is None else at(exchange))


def test_a_reply_is_an_answer_however_late() -> None:
    floor = heard(opened(), remark(ANA, 1), remark(BEN, 50, replies_to=ANA))
    assert floor.exchange_at == at(50)


def test_an_answer_that_comes_in_late_does_not_turn_time_back() -> None:
    talk = (remark(ANA, 20), remark(BEN, 21), remark(CLEO, 1, replies_to=ANA))
    assert heard(opened(), *talk).exchange_at == at(21)


@pytest.mark.parametrize(
    ("after", "answered"),
    [
        ([remark(BEN, 2)], True),
        ([remark(BEN, 2, is_question=True)], False),
        ([remark(ANA, 2), remark(BEN, 3)], False),
        ([remark(ANA, 2), remark(BEN, 3, replies_to=ANA)], True),
        ([remark(ANA, 2), remark(BEN, 3, terms="mentor")], True),
        ([remark(ANA, 2, terms="mentor")], False),
    ],
)
def test_a_question_is_answered_by_who_takes_it_up(after: list[Remark], answered: bool) -> None:
    asked = remark(ANA, 1, is_question=True, terms="mentor goals")
    floor = heard(opened(), asked, *after)
    assert floor.recent[0].answered is answered


def test_only_who_chose_to_take_part_may_be_nudged() -> None:
    floor = opened(ANA).seated(BEN, Mode.LISTEN).seated(CLEO, Mode.QUIET)
    floor = floor.seated(LEADER, Mode.TAKE_PART, is_host=True).hear(remark(7, 1))
    allowed = {member for member, seat in floor.seats.items() if seat.may_be_nudged}
    assert allowed == {ANA}


def test_a_nudge_is_awaited_until_they_speak() -> None:
    floor = opened(ANA).said(Move.INVITE, at(5), member=ANA)
    assert not floor.seat(ANA).may_be_nudged
    assert floor.hear(remark(ANA, 6)).seat(ANA).may_be_nudged
    assert floor.nudges == 1
    assert floor.posted_at == at(0)


def test_the_leader_is_offered_groups_without_a_nudge_being_counted() -> None:
    floor = opened().said(Move.OFFER_GROUPS, at(5), member=LEADER)
    assert floor.nudges == 0
    assert Move.OFFER_GROUPS in floor.done


def test_posts_are_counted_by_whether_somebody_asked_for_them() -> None:
    floor = heard(opened(ANA), *chat(5)).said(Move.NEXT_RUNG, at(9))
    assert (floor.unasked, floor.since_unasked, floor.rung, floor.voices) == (0, 5, 1, frozenset())
    floor = floor.said(Move.RE_ASK, at(10), about=("m",))
    assert (floor.unasked, floor.since_unasked, floor.is_re_asked) == (1, 0, False)
    assert floor.said(Move.RE_ASK, at(11)).is_re_asked
    assert floor.in_a_row == 2
    assert floor.hear(remark(ANA, 12)).in_a_row == 0


def test_what_is_deleted_or_forgotten_is_gone() -> None:
    floor = heard(opened(ANA), *chat(6), remark(BEN, 9, message="gone", terms="secret"))
    floor = floor.said(Move.RE_ASK, at(10), about=("gone",)).forget("gone")
    assert "secret" not in json.dumps(floor.record())
    assert "gone" not in json.dumps(floor.record())
    without = floor.without(ANA)
    assert ANA not in without.seats
    assert all(each.member != ANA for each in without.recent)


def test_a_floor_stays_small_and_comes_back_from_json() -> None:
    talk = chat(5 * KEPT)
    floor = heard(opened(ANA, BEN), *talk, remark(CLEO, 200, terms="one two", is_off_topic=False))
    floor = floor.said(Move.BRIDGE, at(201), about=(talk[-1].message,)).seated(7, Mode.QUIET)
    assert len(floor.recent) == KEPT
    assert floor.heard == 5 * KEPT + 1
    assert Floor.of(json.loads(json.dumps(floor.record()))) == floor
    assert len(json.dumps(floor.record())) < 30_000


def test_an_empty_floor_comes_back_from_json() -> None:
    assert Floor.of(json.loads(json.dumps(Floor().record()))) == Floor()


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    floor = heard(opened(), remark(ANA, 1))
    record = floor.record()
    record["last_at"] = (
        (at(1) + timedelta()).isoformat().replace("18:01:00+00:00", "20:01:00+02:00")
    )
    assert Floor.of(record).last_at == at(1)
