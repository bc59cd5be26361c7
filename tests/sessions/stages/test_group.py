"""Small groups: everybody is in one, nobody alone, whoever comes late or leaves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import BringIn, OpenGroup, Post, Whom
from learncomm_agent.sessions.events import (
    Act,
    Done,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Said,
    Steered,
)
from learncomm_agent.sessions.facilitating.participation import Part, Participation
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Group, Phase
from tests.sessions.driver import LEAD, Drive

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL = range(2, 10)


def begun(
    members: Any = ALL, *, before: tuple[Stage, ...] = (), lasts: str = "1 day", **params: Any
) -> Drive:
    """Return a session whose members are in groups now."""
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}, {"say": "Hello"}),
        *before,
        Stage("group", "few", {"for": lasts, "by": "chance", **params}),
        Stage("wait", "after", {"for": "10 days"}),
    )
    drive.join(*members)
    drive.wait(HOUR)
    return drive


def opened(drive: Drive, *, but: tuple[int, ...] = ()) -> None:
    """Let threads be opened; of some groups they can't be."""
    for each in drive.found(OpenGroup):
        if each.group in but:
            drive(Done(each.id, is_failed=True))
        else:
            drive(Done(each.id, {"group": each.group, "room": 70 + each.group}))


def groups(drive: Drive) -> list[tuple[int, ...]]:
    return [each.members for each in drive.session.groups]


def test_everybody_is_told_who_is_with_whom_and_each_group_gets_its_thread_and_task() -> None:
    drive = begun()
    assert drive.said() == ["Hello", "session.group.say", *2 * ["session.group.line"]]
    lines = drive.posts()[-1].says[1:]
    told = [tuple(each["member"] for each in line.values["members"]) for line in lines]
    assert told == groups(drive)
    assert sorted(sum(told, ())) == list(ALL)
    assert [each.members for each in drive.found(OpenGroup)] == groups(drive)
    assert all(each.is_private for each in drive.found(OpenGroup))

    opened(drive)
    assert [each.to.which for each in drive.posts(Whom.GROUP)] == [1, 2]
    assert drive.said(Whom.GROUP) == 2 * ["session.group.task", "session.group.release"]
    assert all(each.is_open for each in drive.session.groups)
    drive(Said(groups(drive)[0][0], 50, drive.now, group=1))
    drive.wait(DAY)
    assert drive.stage == "after"
    assert drive.session.results["few"] == {
        "groups": 2,
        "numbers": [1, 2],
        "spoke": [1],
        "in_room": [],
        "release": True,
        "since": "2026-03-02T10:00:00+00:00",
    }


def test_what_is_not_released_and_not_private_is_neither() -> None:
    drive = begun(release="no", private=False)
    opened(drive)
    assert drive.said(Whom.GROUP) == 2 * ["session.group.task"]
    assert not any(each.is_private for each in drive.found(OpenGroup))


@pytest.mark.parametrize(("many", "size"), [(1, 4), (2, 2), (3, 2), (5, 5)])
def test_few_stay_together_in_the_room(many: int, size: int) -> None:
    drive = begun(range(2, 2 + many), size=size)
    assert drive.said() == ["Hello", "session.group.alone", "session.group.task"]
    assert [len(each) for each in groups(drive)] == [many]
    assert drive.found(OpenGroup) == []
    drive(Joined(20))
    assert groups(drive) == [(*range(2, 2 + many), 20)]
    drive(Said(20, 50, drive.now))
    drive.wait(DAY)
    assert drive.session.results["few"]["spoke"] == [1]


def test_a_stage_with_nobody_is_left_at_once() -> None:
    drive = begun(())
    assert (drive.stage, drive.said()) == ("after", ["Hello"])
    assert drive.session.results["few"]["groups"] == 0


def test_who_listens_or_only_leads_is_in_no_group() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}),
        Stage("collect", "ideas", {"for": "1 hour"}),
        Stage("group", "few", {"size": 2}),
    )
    drive.join(2, 3, 4, 5)
    drive.join(6, mode=Mode.LISTEN)
    drive.wait(HOUR)
    drive(Entered(LEAD, "A thought", 40))
    drive.wait(HOUR)
    assert sorted(sum(groups(drive), ())) == [2, 3, 4, 5]
    drive.join(LEAD)
    assert LEAD in sum(groups(drive), ())


def test_who_wishes_the_same_comes_together_under_its_name() -> None:
    topics = Stage("collect", "topics", {"for": "1 hour", "what": "nomination"})
    drive = begun(before=(topics,), by="choice", size=4, **{"from": "topics"})
    for member in ALL:
        drive(Entered(member, "Tea" if member % 2 == 0 else "Milk", 40 + member))
    tea, milk = drive.session.of("topics")
    drive.wait(HOUR)
    assert groups(drive) == [(2, 4, 6, 8), (3, 5, 7, 9)]
    lines = drive.posts()[-1].says[1:]
    assert [each.values["group_topic"] for each in lines] == [{"entry": tea.id}, {"entry": milk.id}]


@pytest.mark.parametrize(
    ("by", "wishes", "together"),
    [
        ("choice", ("Tea", "milk", " tea", "Milk"), True),
        ("skill", ("3", "1", "level 3", "1"), False),
    ],
)
def test_what_they_wrote_on_joining_puts_them_together_and_stays_theirs(
    by: str, wishes: tuple[str, ...], together: bool
) -> None:
    drive = begun((), by=by, before=(Stage("wait", "pause", {"for": "1 hour"}),), size=2)
    for member, wish in enumerate(wishes, 2):
        drive(Joined(member, wish=wish))
    drive.wait(HOUR)
    assert any({2, 4} <= set(each) for each in groups(drive)) is together
    assert [each.name for each in drive.session.groups] == ["", ""]


@pytest.mark.parametrize(
    ("joined", "then"),
    [
        ([(2, 3), (4, 5), (6, 7), (8, 9)], [(2, 3, 4, 5), (6, 7, 8, 9)]),
        ([(2, 3, 4), (5, 6), (7, 8, 9)], [tuple(ALL)]),
        ([(2, 3), (4, 5), (6,), ()], [tuple(range(2, 10))]),
        ([(2, 3), (4, 5), (6,), (7,), (8, 9)], [(2, 3, 4, 5), (6, 7, 8, 9)]),
        ([(2, 3), (4, 5), (6, 7), (11, 12)], [(2, 3, 4, 5, 6, 7, 8, 9)]),
        ([(2, 3)], [tuple(ALL)]),
        ([], None),
    ],
)
def test_groups_are_joined_two_by_two_with_all_who_are_here(
    joined: list[tuple[int, ...]], then: list[tuple[int, ...]] | None
) -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}),
        Stage("group", "few", {"by": "merge", "size": 4}),
    )
    drive.join(*ALL)
    earlier = tuple(Group(n, each) for n, each in enumerate(joined, 3))
    drive.session = replace(drive.session, groups=earlier)
    drive.wait(HOUR)
    assert sorted(sum(groups(drive), ())) == list(ALL)
    if then is not None:
        assert [tuple(sorted(each)) for each in groups(drive)] == then
        first = 3 + len(joined)
        numbers = [each.number for each in drive.session.groups]
        assert numbers == list(range(first, first + len(then)))


def test_talkative_and_quiet_ones_are_in_every_group() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}),
        Stage("group", "few", {"by": "balance", "size": 4}),
    )
    drive.join(*ALL)
    parts = {member: Part(words=100 if member < 6 else 1) for member in ALL}
    own = {OWN: {**Participation(parts).record(), "past": []}}
    drive.session = replace(drive.session, results=own)
    drive.wait(HOUR)
    assert [sum(each < 6 for each in group) for group in groups(drive)] == [2, 2]


# Threads that can't be opened


@pytest.mark.parametrize("is_told", [True, False], ids=["failed", "never came back"])
def test_without_threads_the_groups_talk_in_the_room(is_told: bool) -> None:
    drive = begun()
    if is_told:
        opened(drive, but=(1, 2))
    drive.wait(11 * MINUTE)
    assert drive.said()[-2:] == ["session.group.here", "session.group.task"]
    assert len(drive.posts()) == 3
    assert drive.posts(Whom.GROUP) == []
    drive(Joined(20))
    assert drive.told() == "session.group.yours"
    assert len(drive.posts()) == 3
    drive(Said(20, 50, drive.now))
    drive.wait(DAY)
    found = drive.session.results["few"]
    assert (len(found["spoke"]), found["in_room"]) == (1, [1, 2])


def test_one_group_without_a_thread_is_named_and_a_late_thread_is_used() -> None:
    drive = begun()
    opened(drive, but=(2,))
    last = drive.posts()[-1]
    assert [each.values.get("number") for each in last.says[1:]] == [2, 0]
    assert drive.said(Whom.GROUP) == ["session.group.task", "session.group.release"]

    drive = begun()
    drive.wait(11 * MINUTE)
    opened(drive)
    assert len(drive.posts(Whom.GROUP)) == 2
    drive.wait(DAY)
    assert drive.session.results["few"]["in_room"] == []


def test_a_thread_that_nobody_is_in_any_more_is_told_nothing() -> None:
    drive = begun(range(2, 6), size=2)
    drive(Left(groups(drive)[0][0]))
    before = len(drive.posts(Whom.GROUP))
    opened(drive)
    assert [each.to.which for each in drive.posts(Whom.GROUP)[before:]] == [2]


# Coming and going


def test_who_comes_late_is_brought_into_the_smallest_group_once() -> None:
    drive = begun(range(2, 9))
    opened(drive)
    small = min(drive.session.groups, key=lambda each: len(each.members))
    drive(Joined(20))
    drive(Joined(20))
    assert [(each.group, each.members) for each in drive.found(BringIn)] == [(small.number, (20,))]
    assert drive.said(Whom.GROUP)[-1] == "session.group.late"
    assert 20 in groups(drive)[small.number - 1]
    drive.join(21, mode=Mode.LISTEN)
    assert 21 not in sum(groups(drive), ())


@pytest.mark.parametrize("goes", [Left, lambda each: Joined(each, Mode.LISTEN), Forgotten])
def test_who_is_left_alone_is_brought_into_another_group(goes: Any) -> None:
    drive = begun(range(2, 6), size=2)
    opened(drive)
    (alone, gone), others = groups(drive)
    drive(goes(gone))
    assert groups(drive) == [(), (*others, alone)]
    assert [(each.group, each.members) for each in drive.found(BringIn)] == [(2, (alone,))]
    merged, late = drive.posts(Whom.GROUP)[-2:]
    assert (merged.to.which, merged.says[0].phrase) == (1, "session.group.merged")
    assert merged.says[0].values["who"] == [{"member": alone}]
    assert (late.to.which, late.says[0].phrase) == (2, "session.group.late")


def test_the_stage_ends_where_everybody_has_left() -> None:
    drive = begun(range(2, 6), size=2)
    for each in range(2, 6):
        assert drive.stage == "few"
        drive(Left(each))
    assert drive.stage == "after"


def test_who_speaks_in_a_thread_without_having_joined_belongs_to_it() -> None:
    drive = begun()
    opened(drive)
    drive(Said(20, 50, drive.now, group=2))
    drive(Said(LEAD, 51, drive.now, group=1))
    assert 20 in groups(drive)[1]
    assert LEAD not in sum(groups(drive), ())
    drive.wait(DAY)
    assert drive.session.results["few"]["spoke"] == [2]


def test_without_an_end_it_lasts_a_day() -> None:
    drive = begun(lasts="")
    drive(Said(2, 50, drive.now, group=1))
    drive.wait(DAY)
    assert drive.stage == "after"


# Whatever happens

MEMBERS = st.integers(1, 9)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Joined, MEMBERS, st.sampled_from(Mode)),
    st.builds(Left, MEMBERS),
    st.builds(Forgotten, st.none() | MEMBERS, st.just((50,))),
    st.builds(
        Said, MEMBERS, st.integers(50, 60), st.just(Drive.now), st.none() | st.integers(0, 5)
    ),
    st.builds(
        Done,
        st.integers(0, 30),
        st.fixed_dictionaries({}, optional={"group": st.integers(0, 5)}),
        st.booleans(),
    ),
    st.builds(Steered, st.just(LEAD), st.sampled_from([Act.PAUSE, Act.RESUME])),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sets(MEMBERS),
    st.integers(2, 4),
    st.sampled_from(["balance", "skill", "choice", "chance", "merge"]),
    st.lists(st.tuples(EVENTS, st.sampled_from([0, 5, 120])), max_size=30),
)
def test_whatever_happens_everybody_is_in_one_group_and_nobody_alone(
    members: set[int], size: int, by: str, events: list[tuple[Event, int]]
) -> None:
    drive = begun(sorted(members), size=size, by=by)
    for event, minutes in events:
        drive(event, after=minutes * MINUTE)
        if drive.stage != "few":
            break
        if drive.session.phase is Phase.PAUSED:
            continue  # it hears of all that after the pause
        inside = [each for group in groups(drive) for each in group]
        assert len(inside) == len(set(inside))
        assert set(inside) <= set(drive.session.people)
        if len(inside) >= 2:
            assert 1 not in map(len, groups(drive))
    if drive.session.phase is Phase.PAUSED:
        drive(Steered(LEAD, Act.RESUME))
    drive.wait(20 * DAY)
    assert drive.is_over
    assert len({each.id for each in drive.found(Post)}) == len(drive.found(Post))
    assert not any("session.group.release" in repr(each) for each in drive.posts())
