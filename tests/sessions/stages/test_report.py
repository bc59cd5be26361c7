"""What groups found: told to all where they knew that before, side by side, and never in anybody's way."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import OpenGroup, Post, Whom, Write
from learncomm_agent.sessions.events import (
    Act,
    Done,
    Event,
    Forgotten,
    Joined,
    Left,
    Said,
    Steered,
)
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Phase
from tests.sessions.driver import LEAD, START, Drive

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SYNTHESIS = {
    "agree": [{"text": "Tea is late", "evidence": [90]}],
    "differ": ["Milk first", "Milk last"],
    "missed": [{"text": f"Sugar {n}"} for n in range(9)],
}


def begun(*spoke: int, many: int = 9, lasts: str = "", **params: Any) -> Drive:
    """Return a session that reports of three groups, in so many of which somebody spoke."""
    of_group = {name: params.pop(name) for name in ("release",) if name in params}
    if lasts:
        params["for"] = lasts
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}, {"say": "Hello"}),
        Stage("group", "few", {"for": "1 hour", "size": 3, "by": "chance", **of_group}),
        Stage("report", "found", {"from": "few", **params}),
        Stage("wait", "after", {"for": "10 days"}),
    )
    drive.join(*range(2, 2 + many))
    drive.wait(HOUR)
    for each in drive.found(OpenGroup):
        drive(Done(each.id, {"group": each.group}))
    for message, number in enumerate(spoke, 50):
        member = drive.session.groups[number - 1].members[0]
        drive(Said(member, message, drive.now, group=number if many > 3 else None))
    drive.wait(HOUR)
    return drive


def lines(number: int, many: int = 2) -> dict[str, Any]:
    found = [{"text": f"{number}.{n}", "evidence": [{"message": 50 + number}]} for n in range(many)]
    return {"lines": found}


def writes(drive: Drive, task: str = "group_summary") -> list[Write]:
    return [each for each in drive.found(Write) if each.task == task]


def summed_up(drive: Drive, *but: int) -> None:
    for each in writes(drive):
        number = each.args["group"]
        drive(Done(each.id, lines(number), is_failed=number in but))


def shown(drive: Drive) -> list[list[str]]:
    """Return what was listed in each post to all."""
    entries = drive.session.entries
    return [[entries[id].text for id in each.shows] for each in drive.posts() if each.shows]


def test_each_group_is_told_of_then_what_they_share() -> None:
    drive = begun(1, 2, 3)
    since = (START + HOUR).isoformat()
    assert [each.args for each in writes(drive)] == [
        {"group": n, "since": since, "members": []} for n in (1, 2, 3)
    ]
    for each in reversed(writes(drive)):
        assert shown(drive) == []
        drive(Done(each.id, lines(each.args["group"])))
    assert shown(drive) == [["1.0", "1.1"], ["2.0", "2.1"], ["3.0", "3.1"]]
    assert drive.said()[-3:] == 3 * ["session.report.group"]

    (write,) = writes(drive, "synthesis")
    told = [each.id for each in drive.session.of("found")]
    assert write.args["groups"] == [1, 2, 3]
    assert sorted(write.args["entries"]) == told
    drive(Done(write.id, SYNTHESIS))
    post = drive.posts()[-1]
    assert [each.phrase for each in post.says] == [
        "session.report.synthesis",
        "session.report.agree",
        "session.report.differ",
        "session.report.missed",
    ]
    assert [len(each.values["points"]) for each in post.says[1:]] == [1, 2, 3]
    assert drive.stage == "after"
    result = drive.session.results["found"]
    assert [len(result["groups"][n]) for n in ("1", "2", "3")] == [2, 2, 2]
    assert [len(result[each]) for each in ("agree", "differ", "missed")] == [1, 2, 3]


def test_lines_are_few_and_go_with_what_they_rest_on() -> None:
    drive = begun(1, 2)
    one, two = writes(drive)
    drive(Done(one.id, lines(1, 30)))
    assert len(drive.session.of("found")) == 5
    drive(Forgotten(messages=(51,)))
    drive(Done(two.id, {"lines": [{"text": "2.0", "evidence": [{"message": 60}, 61]}]}))
    assert shown(drive) == [["2.0"]]
    assert len(drive.session.of("found")) == 1
    drive(Forgotten(messages=(61,)))
    assert drive.session.of("found") == ()


def test_silent_groups_and_those_that_could_not_be_summed_up_are_named_kindly() -> None:
    drive = begun(1, 2)
    summed_up(drive, 2)
    (post,) = [each for each in drive.posts() if each.shows]
    assert [(each.phrase, each.values["numbers"]) for each in post.after] == [
        ("session.report.silent", [3]),
        ("session.report.lost", [2]),
    ]
    assert writes(drive, "synthesis") == []
    assert drive.stage == "after"


@pytest.mark.parametrize(
    ("spoke", "params", "written", "said"),
    [
        ((), {}, 0, ["session.report.nothing"]),
        ((1,), {"release": "no"}, 0, []),
        ((1, 2), {}, 2, ["session.report.nothing"]),
    ],
    ids=["silent", "not released", "failed"],
)
def test_without_anything_to_tell_it_goes_on(
    spoke: tuple[int, ...], params: dict[str, Any], written: int, said: list[str]
) -> None:
    drive = begun(*spoke, **params)
    assert len(writes(drive)) == written
    summed_up(drive, 1, 2)
    assert drive.stage == "after"
    assert drive.said()[5:] == said


def test_one_group_in_the_room_is_summed_up_and_not_compared() -> None:
    drive = begun(1, many=3)
    (write,) = writes(drive)
    assert write.args["members"] == [2, 3, 4]
    drive(Done(write.id, lines(1)))
    assert (drive.stage, shown(drive)) == ("after", [["1.0", "1.1"]])


def test_what_never_comes_is_not_awaited_for_ever() -> None:
    drive = begun(1, 2, 3)
    for each in writes(drive)[:2]:
        drive(Done(each.id, lines(each.args["group"])))
    drive.wait(31 * MINUTE)
    assert shown(drive) == [["1.0", "1.1"], ["2.0", "2.1"]]
    drive(Done(writes(drive)[2].id, lines(3)))
    assert shown(drive)[-1] == ["3.0", "3.1"]
    drive.wait(31 * MINUTE)
    assert drive.stage == "after"


def test_with_an_end_it_stays_for_people_to_talk_and_tells_what_comes_late() -> None:
    drive = begun(1, 2, lasts="2 days")
    summed_up(drive)
    drive.wait(HOUR)
    assert drive.stage == "found"
    (write,) = writes(drive, "synthesis")
    drive(Done(write.id, SYNTHESIS))
    drive(Done(write.id, SYNTHESIS))
    drive.wait(2 * DAY)
    assert drive.said().count("session.report.synthesis") == 1
    assert drive.stage == "after"
    assert drive.said().count("session.report.group") == 2


def test_in_a_pause_nothing_is_told() -> None:
    drive = begun(1, 2)
    drive(Steered(LEAD, Act.PAUSE))
    summed_up(drive)
    assert shown(drive) == []
    drive.wait(DAY)
    drive(Steered(LEAD, Act.RESUME))
    drive.wait(MINUTE)
    assert len(shown(drive)) == 2


def test_a_leader_who_goes_on_lets_it_tell_what_came() -> None:
    drive = begun(1, 2, 3)
    drive(Done(writes(drive)[1].id, lines(2)))
    drive(Steered(LEAD, Act.NEXT))
    assert (drive.stage, shown(drive)) == ("after", [["2.0", "2.1"]])


# Whatever happens

EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Joined, st.integers(1, 20)),
    st.builds(Left, st.integers(1, 20)),
    st.builds(Forgotten, st.none() | st.integers(1, 20), st.sampled_from([(), (51,), (90, 61)])),
    st.builds(Said, st.integers(1, 20), st.integers(50, 60), st.just(START)),
    st.builds(
        Done,
        st.integers(10, 60),
        st.sampled_from([lines(1), lines(2), SYNTHESIS, {}, {"lines": [None]}, {"agree": 5}]),
        st.booleans(),
    ),
    st.builds(Steered, st.just(LEAD), st.sampled_from([Act.PAUSE, Act.RESUME])),
)


@settings(max_examples=120, deadline=None)
@given(
    st.sets(st.integers(1, 3)),
    st.sampled_from(["", "3 hours"]),
    st.sampled_from(["yes", "no"]),
    st.lists(st.tuples(EVENTS, st.sampled_from([0, 5, 40])), max_size=25),
)
def test_whatever_happens_it_ends_and_tells_nothing_twice(
    spoke: set[int], lasts: str, release: str, events: list[tuple[Event, int]]
) -> None:
    drive = begun(*spoke, release=release, lasts=lasts)
    for event, minutes in events:
        drive(event, after=minutes * MINUTE)
    if drive.session.phase is Phase.PAUSED:
        drive(Steered(LEAD, Act.RESUME))
    drive.wait(20 * DAY)
    assert drive.is_over
    listed = [id for each in drive.posts() for id in each.shows]
    assert len(listed) == len(set(listed))
    assert not listed or release == "yes"
    assert drive.said().count("session.report.synthesis") <= 1
    assert drive.said().count("session.report.nothing") <= 1
    assert drive.posts(Whom.LEAD) == []
    assert len({each.id for each in drive.found(Post)}) == len(drive.found(Post))
