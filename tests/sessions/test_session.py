"""The engine: what holds for every session, whatever its stages are."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import learncomm_agent
from learncomm_agent.errors import PluginError, StorageError
from learncomm_agent.sessions.diagram import diagram
from learncomm_agent.sessions.effects import Post, Wake
from learncomm_agent.sessions.events import (
    Act,
    Backed,
    Begun,
    Decided,
    Done,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Progressed,
    Ranked,
    Rule,
    Ruled,
    Said,
    Steered,
    United,
    Woke,
)
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.session import TRANSITIONS, step
from learncomm_agent.sessions.state import Ending, Phase, Plan, Session
from tests.sessions.boxes import DAY, HOUR, KINDS, box, drive, entered
from tests.sessions.driver import LEAD, START, Drive, wakes

ROOT = Path(learncomm_agent.__path__[0]).parent


def test_a_session_runs_from_stage_to_stage_by_its_own_wakes() -> None:
    session = drive(box("one"), box("two"))
    session(entered(2), after=HOUR)
    session.wait(DAY)
    assert session.stage == "two"
    session(entered(3))
    session.wait(DAY)
    assert session.said() == ["test.say", "test.result", "test.say", "test.result"]
    assert session.session.ending is Ending.DONE
    texts = [session.session.entries[each].text for each in session.session.results["one"]]
    assert texts == ["a thought"]


def test_every_wake_counts_once_and_an_outdated_one_not_at_all() -> None:
    session = drive(box("one"), box("two"))
    session(entered(2))
    turn = session.session.turn
    session.now += DAY
    session(Woke(turn))
    assert session.stage == "two"
    for late in (turn, turn, 0, turn + 99):
        assert session(Woke(late)) == []
    assert session.stage == "two"


def test_what_fell_due_while_nobody_ran_it_is_done_at_once_in_order() -> None:
    session = drive(box("one"), box("two", at="$when"), when=(START + 2 * DAY).isoformat())
    session(entered(2))
    session.now += timedelta(days=30)
    session(Woke(session.session.turn))
    assert session.stage == "two"
    assert session.said() == ["test.say", "test.result", "test.say"]


def test_a_stage_waits_for_its_moment_and_takes_nothing_before() -> None:
    session = drive(box("later", at="$when"), when=(START + 2 * DAY).isoformat())
    session(entered(2))
    assert session.told() == "session.not_now"
    assert session.said() == []
    session.wait(2 * DAY)
    assert session.said() == ["test.say"]


def test_conditions_and_repetitions_go_by_answers_and_results() -> None:
    repeat = Stage(
        "repeat", "weeks", {"each": "$steps"}, {}, (box("first", **{"if": "first"}), box("each"))
    )
    session = drive(
        box("yes", **dict[str, Any]({"if": {"goal": "solve"}})),
        box("no", unless="goal"),
        box("never", **{"if": "no"}),
        repeat,
        box("end"),
        goal="solve",
        steps=["a", "b"],
    )
    seen = []
    while not session.is_over:
        seen.append((session.stage, session.session.path[0].round))
        session(entered(2))
        session.wait(DAY)
    assert seen == [("yes", 0), ("first", 0), ("each", 0), ("each", 1), ("end", 0)]


def test_nothing_to_repeat_is_passed_over() -> None:
    repeat = Stage("repeat", "weeks", {"each": "meetings"}, {}, (box("each"),))
    assert drive(repeat).session.ending is Ending.DONE


def test_a_session_without_what_it_needs_does_not_begin() -> None:
    plan = Plan("test", "A test", (box(),), missing=("book",))
    session = Drive(Session(plan, LEAD), KINDS)
    session(Begun())
    assert session.told() == "session.missing"
    assert session.session.phase is Phase.PLANNED


def test_what_comes_back_is_heard_once_and_only_by_the_stage_that_asked() -> None:
    session = drive(box("one"), box("two"))
    session.session = replace(session.session, awaits={40: session.session.visit, 41: 99})
    session(Done(40))
    session(Done(40))
    session(Done(41))
    session(Done(4711))
    assert session.session.standing is not None
    assert session.session.standing.data == {"heard": 1}


def test_the_diagram_in_the_documentation_is_the_table() -> None:
    page = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page


def test_every_event_and_phase_has_at_most_one_line_and_every_event_one_at_least() -> None:
    lines = [(line.phase, line.event) for line in TRANSITIONS]
    assert len(lines) == len(set(lines))
    assert {event for _, event in lines} == set(get_args(Event))


def _events() -> st.SearchStrategy[Event]:
    member, entry = st.integers(1, 5), st.integers(0, 12)
    return st.one_of(
        st.builds(Begun),
        st.builds(Joined, member, st.sampled_from(Mode)),
        st.builds(Left, member),
        st.builds(Progressed, member, st.floats(-1, 2)),
        st.builds(Entered, st.none() | member, st.text(max_size=9), st.none() | entry),
        st.builds(Ranked, member, st.lists(entry, max_size=4).map(tuple)),
        st.builds(Backed, member, entry),
        st.builds(Said, member, entry, st.just(START)),
        st.builds(Ruled, member, st.sampled_from(Rule), st.none() | entry, st.text(max_size=9)),
        st.builds(Woke, entry),
        st.builds(Done, entry, is_failed=st.booleans()),
        st.builds(Decided, entry, st.booleans()),
        st.builds(Forgotten, st.none() | member, st.lists(entry, max_size=3).map(tuple)),
        st.builds(United, member, st.integers(6, 9)),
        st.sampled_from([Act.NEXT, Act.SKIP, Act.PAUSE, Act.RESUME, Act.END]).map(
            lambda act: Steered(1, act)
        ),
    )


@given(st.lists(st.tuples(_events(), st.floats(0, 90_000)), max_size=30))
def test_no_story_breaks_the_table(story: list[tuple[Event, float]]) -> None:
    """Whatever happens: only what the table says, numbers that only grow, and an end after enough time."""
    inner = (box("three"), Stage("announce", "four", {}, {"say": "On we go."}))
    session = Drive(
        Session(
            Plan(
                "test",
                "A test",
                (box("one"), box("two"), Stage("repeat", "r", {"times": 3}, {}, inner)),
                seed=3,
            ),
            LEAD,
        ),
        KINDS,
    )
    allowed = {(line.phase, line.event): line.to for line in TRANSITIONS}
    for event, away in [(Begun(), 0.0), *story]:
        session.wait(timedelta(seconds=away))
        before = session.session
        effects = session(event)
        to = allowed.get((before.phase, type(event)), (before.phase,))
        assert session.session.phase in to
        numbers = [each.id for each in effects if isinstance(each, Post | Wake)]
        assert numbers == sorted(set(numbers))
        assert all(before.serial < number <= session.session.serial for number in numbers)
    if session.session.phase is Phase.PAUSED:
        session(Steered(LEAD, Act.RESUME))
    session.wait(timedelta(days=60))
    assert session.session.phase in (Phase.ENDED, Phase.PLANNED)
    if session.is_over:
        assert session.session.wake_at is None


def test_a_wake_is_wished_for_once_as_long_as_it_stays_the_same() -> None:
    session = drive(box("one"))
    assert wakes(session.effects) == [START + DAY]
    session(entered(2))
    session(Joined(3))
    assert wakes(session.effects) == [START + DAY]


def test_step_changes_nothing_that_it_is_given() -> None:
    session = drive(box()).session
    record = dump(session)
    step(session, entered(2), START, KINDS)
    assert dump(session) == record


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 0},
        {"version": 999},
        {"version": "1"},
        {"version": 1},
        {"version": 1, "plan": None},
    ],
)
def test_a_state_that_is_none_is_refused_and_never_guessed_at(broken: dict[str, object]) -> None:
    with pytest.raises(StorageError):
        load(broken)


@pytest.mark.parametrize("act", [Act.NEXT, Act.SKIP, Act.EXTEND, Act.END])
def test_what_a_leader_means_for_a_stage_that_is_over_is_not_done_to_the_next(act: Act) -> None:
    drive = Drive.of(*(Stage("collect", each, {"for": 86400.0}) for each in ("a", "b", "c")))
    drive(Steered(LEAD, Act.NEXT, visit=1))
    before = drive.session
    drive(Steered(LEAD, act, "60", visit=1))
    assert (drive.told(), drive.session) == ("session.further", before)
    drive(Entered(2, "for the first one", visit=1))
    assert (drive.told(), drive.session) == ("session.step_over", before)
    drive(Entered(2, "for this one", visit=2))
    assert [each.stage for each in drive.session.entries.values()] == ["b"]
    drive(Steered(LEAD, act, "60", visit=2))
    assert drive.told() != "session.further"


def test_a_kind_whose_plugin_is_gone_is_named_and_the_session_stays_as_it_was() -> None:
    session = drive(box())
    before = dump(session.session)
    with pytest.raises(PluginError, match="no stage kind 'box'"):
        step(session.session, entered(2), START, stage_kinds())
    assert dump(session.session) == before
