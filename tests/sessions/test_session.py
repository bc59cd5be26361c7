"""The engine: what holds for every session, whatever its stages are."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import learncomm_agent
from learncomm_agent.errors import StorageError
from learncomm_agent.sessions.diagram import diagram
from learncomm_agent.sessions.effects import Calendar, Post, Wake
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
    Woke,
)
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import ROOM, Scene
from learncomm_agent.sessions.session import TRANSITIONS, step
from learncomm_agent.sessions.stages.kind import Kind
from learncomm_agent.sessions.state import Ending, Phase, Plan, Session
from tests.sessions.driver import LEAD, START, Drive, wakes

ROOT = Path(learncomm_agent.__path__[0]).parent
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Box(Kind):
    """Takes entries, and says at its end how many there are; the least that is a stage."""

    name = "box"
    sayings: ClassVar = {"say": "test.say", "result": "test.result"}

    def enter(self, scene: Scene) -> None:
        scene.post(ROOM, scene.say("say"))

    def hear(self, scene: Scene, event: Event) -> bool:
        match event:
            case Entered(member=by, text=text):
                scene.put("idea", text, by=by, message=event.message)
            case Said() | Done():
                scene.data["heard"] = scene.data.get("heard", 0) + 1
            case _:
                return False
        return True

    def close(self, scene: Scene) -> None:
        if scene.entries():
            scene.post(ROOM, scene.say("result"), shows=scene.entries())
        scene.leave([each.id for each in scene.entries()])


class Stubborn(Box):
    """Waits for something that never comes."""

    name = "stubborn"

    def close(self, scene: Scene) -> None:
        scene.data["asked"] = True


KINDS = {**stage_kinds(), "box": Box(), "stubborn": Stubborn()}


def box(name: str = "box", *, kind: str = "box", **params: Any) -> Stage:
    return Stage(kind, name, {"for": DAY.total_seconds(), **params})


def drive(*stages: Stage, **answers: object) -> Drive:
    made = Drive(Session(Plan("test", "A test", stages, answers, seed=7), LEAD), KINDS)
    made(Begun())
    return made


def entered(member: int, text: str = "a thought", message: int | None = None) -> Entered:
    return Entered(member, text, message)


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


def test_what_comes_back_is_heard_once_and_only_by_the_stage_that_asked() -> None:
    session = drive(box("one"), box("two"))
    session.session = replace(session.session, awaits={40: session.session.visit, 41: 99})
    session(Done(40))
    session(Done(40))
    session(Done(41))
    session(Done(4711))
    assert session.session.standing is not None
    assert session.session.standing.data == {"heard": 1}


def test_who_is_forgotten_leaves_nothing_of_theirs() -> None:
    session = drive(box())
    session.join(2, 3)
    session(entered(2, "mine", message=70))
    session(entered(3, "theirs", message=71))
    session(entered(3, "more", message=72))
    session(Forgotten(member=2))
    session(Forgotten(messages=(71,)))
    assert [entry.text for entry in session.session.entries.values()] == ["more"]
    assert set(session.session.people) == {3}
    assert "mine" not in json.dumps(dump(session.session))
    session.wait(DAY)
    session(Forgotten(member=3))
    assert session.session.entries == {}
    session(Forgotten(member=LEAD))
    assert session.session.lead == 0


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
