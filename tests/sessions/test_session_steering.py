"""The engine: what a leader does to a session."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import (
    Calendar,
    LetGo,
    OpenGroup,
    Propose,
    Settle,
    Whom,
    Write,
)
from learncomm_agent.sessions.events import (
    Act,
    Begun,
    Done,
    Joined,
    Ranked,
    Rule,
    Ruled,
    Steered,
    Woke,
)
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Ending, Phase, Plan, Session
from tests.sessions.boxes import DAY, HOUR, KINDS, Box, box, drive, entered, stage
from tests.sessions.driver import LEAD, START, Drive, named


def test_a_pause_takes_no_time_and_nothing_is_entered_in_it() -> None:
    session = drive(box("one"), box("two"))
    session(entered(2), after=timedelta(hours=20))
    session(Steered(LEAD, Act.PAUSE))
    session.wait(timedelta(days=9))
    session(entered(3))
    assert session.told() == "session.is_paused"
    assert session.session.wake_at is None
    session(Steered(LEAD, Act.RESUME))
    session.wait(timedelta(hours=3))
    assert session.stage == "one"
    session.wait(timedelta(hours=1))
    assert session.stage == "two"


def test_what_comes_back_during_a_pause_is_heard_after_it() -> None:
    session = drive(box("one"), box("two"))
    session.session = replace(session.session, awaits={40: session.session.visit})
    session(Steered(LEAD, Act.PAUSE))
    session(Done(40))
    assert session.session.standing is not None
    assert session.session.standing.data == {}
    session(Steered(LEAD, Act.RESUME))
    assert session.session.standing.data == {"heard": 1}
    assert session.session.held == ()


@pytest.mark.parametrize(
    ("act", "said"),
    [(Act.NEXT, ["test.say", "test.result", "test.say"]), (Act.SKIP, ["test.say", "test.say"])],
)
def test_a_leader_goes_on_with_or_without_what_came_of_a_stage(act: Act, said: list[str]) -> None:
    session = drive(box("one"), box("two"))
    session(entered(2))
    session(Steered(LEAD, act))
    assert session.stage == "two"
    assert session.said() == said


def test_a_leader_goes_on_from_a_stage_that_would_stay() -> None:
    session = drive(box("one", kind="stubborn"), box("two"))
    session(Steered(LEAD, Act.NEXT))
    assert session.stage == "two"


def test_a_stage_that_stays_does_not_wake_for_ever() -> None:
    session = drive(box("one", kind="stubborn"))
    session(entered(2))
    session.wait(DAY)
    assert session.stage == "one"
    assert session.session.wake_at is None


def test_a_stage_is_given_more_time() -> None:
    session = drive(box("one"), box("two"))
    session(entered(2))
    session(Steered(LEAD, Act.EXTEND, str(DAY.total_seconds())))
    session.wait(1.5 * DAY)
    assert session.stage == "one"
    session.wait(DAY)
    assert session.stage == "two"


def test_a_meeting_that_is_moved_takes_along_what_hangs_on_it() -> None:
    session = drive(
        box("before", **dict[str, Any]({"for": None}), until="meeting - 1 day"),
        box("meeting", at="meeting"),
    )
    meeting = {"id": "m1", "at": (START + 3 * DAY).isoformat(), "minutes": 60, "sequence": 0}
    results = {"meetings": [meeting]}
    session.session = replace(session.session, results=results, standing=None, path=())
    session.session = replace(session.session, phase=Phase.PLANNED)
    session(Begun())
    assert session.session.wake_at == START + 2 * DAY
    moved = (START + 5 * DAY).isoformat()
    session(Steered(LEAD, Act.MOVE, moved))
    assert session.session.wake_at == START + 4 * DAY
    [change] = session.found(Calendar)
    assert (change.begins_at, change.sequence) == (START + 5 * DAY, 1)
    assert session.session.results["meetings"][0]["at"] == moved
    session(entered(2))
    session.wait(4 * DAY)
    assert session.session.wake_at == START + 5 * DAY
    session.wait(DAY)
    assert session.stage == "meeting"


def test_a_lead_is_handed_over() -> None:
    session = drive(box())
    session(Steered(LEAD, Act.HAND_OVER, "5"))
    assert session.session.lead == 5
    assert 5 in session.session.people


def test_an_early_end_sums_up_where_there_is_something_to_sum_up() -> None:
    stages = (box("one"), box("two"), Stage("summarise", "sum", {"for": HOUR.total_seconds()}))
    kinds = {**KINDS, "summarise": Box()}
    for is_active in (True, False):
        session = Drive(Session(Plan("test", "A test", stages, seed=1), LEAD), kinds)
        session(Begun())
        if is_active:
            session(entered(2))
        session(Steered(LEAD, Act.END))
        assert session.stage == ("sum" if is_active else "")
        session.wait(HOUR)
        assert session.session.ending is Ending.EARLY


def test_a_plan_can_be_dropped_and_nothing_else_be_done_with_it() -> None:
    session = Drive(Session(Plan("test", "A test", (box(),)), LEAD), KINDS)
    session(Steered(LEAD, Act.NEXT))
    assert session.told() == "session.not_begun"
    for late in (Joined(2), entered(2), Woke(0), Done(1)):
        assert session(late) == []
    session(Steered(LEAD, Act.END))
    assert session.session.ending is Ending.DROPPED
    assert session(Begun()) == []


def test_after_the_summary_of_an_early_end_nothing_follows() -> None:
    session = drive(
        box("one"), stage("summarise", "sum"), stage("wait", "rest", hours=900), box("again")
    )
    session(entered(2))
    session(Steered(LEAD, Act.END))
    assert session.stage == "sum"
    session.wait(DAY)
    assert session.session.ending is Ending.EARLY


@pytest.mark.parametrize("act", [Act.NEXT, Act.SKIP, Act.END])
def test_who_is_together_hears_that_it_ends_whatever_it_ends_by(act: Act) -> None:
    session = drive(stage("announce", "hello"), stage("match", "pairs"), stage("wait", "rest"))
    session.join(2, 3)
    session.wait(DAY)
    groups = [{"members": [2, 3], "why": {}, "starters": []}]
    session(Done(session.found(Propose)[-1].id, {"groups": groups}))
    session(Steered(LEAD, Act.NEXT))
    [opens] = session.found(OpenGroup)
    session(Done(opens.id, {"group": opens.group, "room": 7}))
    session(Steered(LEAD, act))
    assert session.said(Whom.GROUP)[-1] == "session.match.close"
    assert [each.groups for each in session.found(LetGo)] == [(opens.group,)]
    assert session.stage == ("" if act is Act.END else "rest")


def test_a_proposal_that_is_skipped_brings_nobody_together() -> None:
    session = drive(stage("announce", "hello"), stage("match", "pairs"), stage("wait", "rest"))
    session.join(2, 3)
    session.wait(DAY)
    groups = [{"members": [2, 3], "why": {}, "starters": []}]
    session(Done(session.found(Propose)[-1].id, {"groups": groups}))
    session(Steered(LEAD, Act.SKIP))
    assert session.stage == "rest" and session.found(OpenGroup) == []


def test_an_early_end_passes_over_a_summary_that_is_not_wished_for() -> None:
    session = drive(box("one"), stage("summarise", "sum", if_="never"))
    session(entered(2))
    session(Steered(LEAD, Act.END))
    assert session.session.ending is Ending.EARLY
    assert session.found(Write) == []


@pytest.mark.parametrize("act", [Act.SKIP, Act.NEXT])
def test_what_a_closed_stage_showed_is_taken_away_once(act: Act) -> None:
    session = drive(stage("announce", "hello"))
    session.join(2)
    session(Steered(LEAD, act))
    assert session.session.ending is Ending.DONE
    settled = [each.post for each in session.found(Settle)]
    assert len(settled) == len(set(settled))


def _meetings(*days: int) -> Drive:
    session = drive(box(**dict[str, Any]({"for": 90 * DAY.total_seconds()})))
    meetings = [
        {"id": f"m{n}", "at": (START + day * DAY).isoformat(), "minutes": 60, "sequence": 0}
        for n, day in enumerate(days)
    ]
    session.session = replace(session.session, results={"meetings": meetings})
    return session


@pytest.mark.parametrize(
    ("to", "told"),
    [
        (-1, "session.move_past"),
        (0, "session.move_past"),
        (14, "session.move_beyond"),
        (20, "session.move_beyond"),
        (13, "session.moved"),
    ],
)
def test_a_meeting_is_moved_to_before_the_next_one_and_never_into_the_past(
    to: int, told: str
) -> None:
    session = _meetings(14, 7, 21)
    before = [each["at"] for each in session.session.results["meetings"]]
    session(Steered(LEAD, Act.MOVE, (START + to * DAY).isoformat()))
    assert session.told() == told
    after = [each["at"] for each in session.session.results["meetings"]]
    wanted = (START + to * DAY).isoformat() if told == "session.moved" else before[1]
    assert after == [before[0], wanted, before[2]]


@pytest.mark.parametrize(
    ("kind", "params"),
    [("collect", {}), ("vote", {"from": "ideas", "poll": False}), ("queue", {}), ("group", {})],
)
def test_a_stage_whose_time_was_over_before_it_began_is_gone_past(
    kind: str, params: dict[str, Any]
) -> None:
    late = Stage(kind, "late", {**params, "until": "$when"})
    when = (START - DAY).isoformat()
    session = drive(stage("collect", "ideas"), late, stage("wait", "rest"), when=when)
    session.session = replace(session.session, results={"late": ["of an earlier round"]})
    session.join(2, 3, 4)
    for text in ("a lamp", "some tea"):
        session(entered(2, text))
    before = session.said()
    session.wait(DAY)
    assert session.stage == "rest"
    assert session.said() == [*before, "session.collect.result"]
    assert "late" not in session.session.results
    assert session.session.quiet == 0


def test_what_needs_no_vote_is_chosen_though_there_is_no_time_left() -> None:
    late = Stage("vote", "late", {"from": "ideas", "until": "$when"})
    when = (START - DAY).isoformat()
    session = drive(stage("collect", "ideas"), late, stage("wait", "rest"), when=when)
    session(entered(2, "a lamp"))
    session.wait(DAY)
    [idea] = session.session.of("ideas")
    assert session.session.results["chosen"] == {"entry": idea.id}


def test_a_new_lead_is_asked_what_the_lead_alone_is_asked() -> None:
    asked = stage("collect", "case", from_="lead", prompts=["What happened?"])
    session = drive(asked, stage("wait", "rest"))
    [first] = session.posts(Whom.LEAD)
    session(Steered(LEAD, Act.HAND_OVER, "5"))
    again = session.posts(Whom.LEAD)[1:]
    assert [[*map(named, each.says)] for each in again] == [[*map(named, first.says)]]
    assert [each.post for each in session.found(Settle)] == [first.id]


def test_a_new_lead_sees_the_questions_before_they_are_asked() -> None:
    session = drive(stage("ask", "questions", review=3600))
    [first] = session.posts(Whom.LEAD)
    session(Steered(LEAD, Act.HAND_OVER, "5"))
    assert [each.shows for each in session.posts(Whom.LEAD)] == [first.shows] * 2


def test_a_new_lead_settles_a_tie() -> None:
    vote = stage("vote", "vote", from_="ideas", poll=False)
    session = drive(stage("collect", "ideas"), vote, stage("wait", "rest"))
    for text in ("a lamp", "some tea"):
        session(entered(2, text))
    session.wait(DAY)
    one, other = [each.id for each in session.session.of("ideas")]
    for member, choice in ((2, one), (3, other)):
        session(Ranked(member, (choice,)))
    session(Steered(LEAD, Act.NEXT))
    session(Steered(LEAD, Act.HAND_OVER, "5"))
    picks = [each.pick for each in session.posts(Whom.LEAD)]
    assert [each.entries for each in picks if each is not None] == [(one, other)] * 2
    session(Ruled(5, Rule.TIE, other))
    assert session.session.results["chosen"] == {"entry": other}
