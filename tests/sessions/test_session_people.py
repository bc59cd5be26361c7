"""The engine: who takes part, and what becomes of a session when nobody does."""

import json
from datetime import timedelta

import pytest

from learncomm_agent.sessions import scene
from learncomm_agent.sessions.effects import Whom
from learncomm_agent.sessions.events import (
    Act,
    Done,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Progressed,
    Said,
    Steered,
)
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.state import Ending
from tests.sessions.boxes import DAY, HOUR, box, drive, entered, stage
from tests.sessions.driver import LEAD


def test_a_session_without_anybody_ends_kindly_after_three_posts_at_most() -> None:
    session = drive(*(box(f"stage {n}") for n in range(9)))
    session.wait(timedelta(days=30))
    assert session.said() == ["test.say", "test.say", "session.nobody"]
    assert session.session.ending is Ending.NOBODY


def test_one_quiet_stage_ends_nothing_and_a_group_that_was_there_is_given_longer() -> None:
    session = drive(*(box(f"stage {n}") for n in range(9)))
    session.wait(DAY)
    session(entered(2))
    session.wait(5 * DAY)
    assert not session.is_over
    session.wait(3 * DAY)
    assert session.session.ending is Ending.NOBODY


def test_what_the_lead_does_alone_makes_no_group() -> None:
    session = drive(box("one"), box("two"), box("three"))
    session(entered(LEAD))
    session.wait(DAY)
    session(entered(LEAD))
    session.wait(DAY)
    assert session.session.ending is Ending.NOBODY


def test_a_stage_that_needs_people_ends_the_session_without_them() -> None:
    session = drive(box("one", needs=2), box("two"))
    session(Joined(2))
    session.wait(DAY)
    assert session.session.ending is Ending.NOBODY
    assert session.said()[-1] == "session.too_few"
    alone = drive(box("one", needs=2), box("two"))
    alone(Joined(LEAD))
    alone.wait(DAY)
    assert alone.said()[-1] == "session.nobody"


def test_members_join_leave_and_read_on() -> None:
    session = drive(box())
    session(Joined(2, Mode.LISTEN))
    session(Progressed(2, 0.4))
    session(Progressed(3, 7.0))
    assert session.session.people[2].place == 0.4
    assert session.session.people[3].place == 1.0
    assert session.session.people[3].is_met
    session(Left(2))
    assert set(session.session.people) == {3}
    session(Left(2))
    assert session.told() == "session.not_in"


def test_who_merely_writes_in_the_room_makes_nobody_one_who_takes_part() -> None:
    session = drive(stage("announce", "invitation", joins=True), stage("discuss", "talk"))
    for member in (LEAD, 2, 3):
        session(Said(member, 100 + member, session.now))
    assert session.session.people == {}
    assert not session.session.was_active
    session.join(2)
    session.wait(DAY)
    for member in (LEAD, 3):
        session(Said(member, 200 + member, session.now, remark={"words": 5}))
    assert {id: each.is_met for id, each in session.session.people.items()} == {2: False, 3: True}
    assert session.session.was_active


def test_only_so_many_are_counted_in_who_never_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "MOST_MET", 2)
    session = drive(box())
    session.join(9)
    for member in range(2, 8):
        session(entered(member))
    assert set(session.session.people) == {2, 3, 9}


def test_a_lead_who_only_reads_along_is_not_counted_as_one_who_joined() -> None:
    session = drive(box("one"), box("two"))
    session(Progressed(LEAD, 0.5))
    session.join(2)
    session.wait(DAY)
    assert [each.says[0].values["joined"] for each in session.posts()] == [0, 1]


def test_who_only_listens_is_none_of_those_who_are_needed() -> None:
    session = drive(box("one", needs=2), box("two"))
    session.join(2, 3, mode=Mode.LISTEN)
    session.wait(DAY)
    assert session.said()[-1] == "session.too_few"


@pytest.mark.parametrize("goes", [Left(2), Forgotten(2)], ids=["left", "forgotten"])
def test_a_group_that_everybody_has_left_is_not_waited_for_long(goes: Event) -> None:
    session = drive(*(box(f"stage {n}") for n in range(9)))
    session(entered(2))
    session.wait(DAY)
    session(goes)
    session.wait(2 * DAY)
    assert session.session.ending is Ending.NOBODY


def test_who_comes_into_a_deserted_group_makes_it_one_again() -> None:
    session = drive(*(box(f"stage {n}") for n in range(9)))
    session(entered(2))
    session.wait(DAY)
    session(Left(2))
    session(entered(3))
    session.wait(4 * DAY)
    assert not session.is_over


def test_who_spoke_in_a_pause_was_heard_and_is_not_invited_as_silent() -> None:
    session = drive(stage("discuss", "talk", hours=7 * 24, questions=["Why?"]))
    session.join(2, 3, 4)
    session(Steered(LEAD, Act.PAUSE))
    for row in range(3):
        session(Said(2, 50 + row, session.now, remark={"words": 9}, text="Because of the lock."))
    assert "lock" not in json.dumps(dump(session.session))
    assert len(session.session.held) == 1
    session(Steered(LEAD, Act.RESUME))
    row = 100
    for n in range(20):
        row += 1
        session(Said(3 + n % 2, row, session.now, remark={"words": 9}), after=5 * HOUR)
    assert session.posts(Whom.MEMBER) == []


def test_of_what_happens_in_a_pause_the_last_counts_of_each_member() -> None:
    session = drive(box())
    session.join(2)
    session(Steered(LEAD, Act.PAUSE))
    for n in range(9):
        session(Progressed(2, n / 10))
        session(Left(2))
        session(Joined(2))
        session(Done(4711))
    assert session.session.held == (Progressed(2, 0.8), Left(2), Joined(2), Done(4711))
