"""`schedule`: meetings that stay at their hour, portions people manage, and a plan that says both."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent.sessions.effects import Calendar, Post, Whom
from learncomm_agent.sessions.events import Act, Begun, Steered
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Plan, Session
from tests.sessions.driver import LEAD, START, Drive
from tests.sessions.stages.speaking import spoken

DAY = timedelta(days=1)
WAIT = Stage("wait", "later", {"for": 9 * 86400.0})
CONTENTS = """
1 The river ...... 1
2 The hill ....... 21
3 The house ...... 61
4 The road ....... 81
5 The end ........ 101
Total: 120 pages
"""


def schedule(zone: str = "UTC", answers: dict[str, Any] | None = None, **params: Any) -> Drive:
    plan = Plan(
        "test",
        "Readers",
        (Stage("schedule", "plan", params), WAIT),
        answers or {},
        zone=zone,
        seed=7,
    )
    drive = Drive(Session(plan, LEAD))
    drive(Begun())
    return drive


def moments(drive: Drive) -> list[str]:
    return [each["at"] for each in drive.session.results.get("meetings", ())]


def plan(drive: Drive) -> Post:
    return drive.posts()[-1]


def lines(drive: Drive) -> list[Any]:
    return [each.values for each in plan(drive).says[1:]]


def test_the_plan_is_pinned_with_every_meeting_and_goes_into_calendars() -> None:
    drive = schedule(weekly="Mondays 18:00", times=3, minutes=90)
    expected = [datetime(2026, 3, day, 18, tzinfo=UTC) for day in (9, 16, 23)]
    assert moments(drive) == [each.isoformat() for each in expected]
    assert [(each["minutes"], each["sequence"]) for each in drive.session.results["meetings"]] == [
        (90, 0)
    ] * 3
    assert (plan(drive).pins, plan(drive).file) == (True, "calendar")
    assert plan(drive).says[0].phrase == "session.schedule.say"
    assert [each["at"] for each in lines(drive)] == [
        {"time": each.isoformat()} for each in expected
    ]
    entries = drive.found(Calendar)
    assert [(each.begins_at, each.ends_at - each.begins_at) for each in entries] == [
        (each, timedelta(minutes=90)) for each in expected
    ]
    assert len({each.meeting for each in entries}) == 3
    assert drive.stage == "later"
    assert drive.session.results["plan"] == {"meetings": 3, "portions": 0}


def test_a_session_that_ends_early_calls_off_what_was_still_to_come() -> None:
    drive = schedule(weekly="Mondays 18:00", times=3)
    made = drive.found(Calendar)
    drive.wait(8 * DAY)
    drive(Steered(LEAD, Act.END))
    gone = [each.meeting for each in drive.found(Calendar) if each.is_cancelled]
    assert gone == [each.meeting for each in made[1:]]


def test_only_one_of_several_meetings_bears_a_number() -> None:
    for times in (1, 2):
        drive = schedule(weekly="Mondays 18:00", times=times)
        assert [each.title.values["count"] for each in drive.found(Calendar)] == [times] * times


def test_a_monday_evening_stays_one_across_the_change_of_clocks() -> None:
    zone = "Europe/Berlin"
    drive = schedule(zone, weekly="Mondays 18:00", times=5)
    local = [datetime.fromisoformat(at).astimezone(ZoneInfo(zone)) for at in moments(drive)]
    assert {(each.weekday(), each.hour) for each in local} == {(0, 18)}
    assert len({each.utcoffset() for each in local}) == 2


@pytest.mark.parametrize(
    ("weekly", "first"),
    [
        ("Mondays 18:00", 9),  # it is Monday 9:00: this evening is too soon
        ("Tuesdays 08:00", 10),  # less than a day away
        ("Tuesdays 10:00", 3),
        ({"weekday": 3, "time": "10:00", "zone": "UTC", "every": 2, "since": None}, 5),
    ],
)
def test_the_first_meeting_is_a_day_away_at_least(weekly: Any, first: int) -> None:
    drive = schedule(answers={"meets": weekly}, weekly="$meets", times=2)
    days = [datetime.fromisoformat(at).day for at in moments(drive)]
    assert days[0] == first
    assert days[1] - first == (14 if isinstance(weekly, dict) else 7)


def test_a_playbook_may_say_how_long_people_need_before_the_first_one() -> None:
    drive = schedule(weekly="Mondays 18:00", ahead=10 * 86400.0)
    assert moments(drive) == ["2026-03-16T18:00:00+00:00"]


def test_a_weekly_time_is_taken_as_the_plan_keeps_it() -> None:
    kept = read_weekly("Wednesdays 19:30", "America/New_York")
    assert kept is not None
    drive = schedule("UTC", {"meets": kept.record()}, weekly="$meets")
    assert moments(drive) == ["2026-03-05T00:30:00+00:00"]


@pytest.mark.parametrize(
    ("answer", "when", "expected"),
    [
        ("2026-03-20T18:00:00+01:00", "$when", "2026-03-20T17:00:00+00:00"),
        ("2026-03-20T18:00:00+01:00", "$when - 1 day", "2026-03-19T17:00:00+00:00"),
        ("2026-03-20T18:00:00", "$when", "2026-03-20T18:00:00+00:00"),
    ],
)
def test_one_meeting_may_be_at_a_moment(answer: str, when: str, expected: str) -> None:
    drive = schedule(answers={"when": answer}, when=when)
    assert moments(drive) == [expected]
    assert len(drive.found(Calendar)) == 1


def test_a_meeting_that_has_passed_is_told_to_the_leader_alone() -> None:
    drive = schedule(answers={"when": "2026-03-01T18:00:00+00:00"}, when="$when")
    assert drive.said(Whom.LEAD) == ["session.schedule.past"]
    assert not drive.found(Calendar)
    assert drive.stage == "later"


@pytest.mark.parametrize("weekly", ["whenever", {"weekday": 9}, {"weekday": 1, "time": "x"}, 7])
def test_a_time_that_can_not_be_read_is_told_to_the_leader_alone(weekly: Any) -> None:
    drive = schedule(answers={"meets": weekly}, weekly="$meets", times=3)
    assert drive.said(Whom.LEAD) == ["session.schedule.no_time"]
    assert drive.said() == []
    assert not {"meetings", "plan"} & set(drive.session.results)


@pytest.mark.parametrize(
    ("params", "answers"),
    [({}, {}), ({"weekly": "$meets", "reads": "$contents", "when": "$when"}, {"meets": ""})],
)
def test_where_nothing_is_to_be_planned_nothing_is_said(
    params: dict[str, Any], answers: dict[str, Any]
) -> None:
    drive = schedule(answers=answers, **params)
    assert not drive.posts() and not drive.posts(Whom.LEAD)
    assert drive.stage == "later"


def test_a_contents_page_is_read_in_portions() -> None:
    drive = schedule(
        weekly="Mondays 18:00", times=3, reads="$contents", answers={"contents": CONTENTS}
    )
    portions = drive.session.results["portions"]
    assert [(each["first"], each["last"], each["size"], each["to"]) for each in portions] == [
        (1, 2, 60, 0.5),
        (3, 4, 40, 0.8333),
        (5, 5, 20, 1.0),
    ]
    assert portions[0]["label"] == "1 The river – 2 The hill"
    assert {each["unit"] for each in portions} == {"chapter"}
    assert [each["portion"]["n"] for each in lines(drive)] == [1, 2, 3]
    assert [each["named"] for each in lines(drive)] == ["label"] * 3
    assert not drive.posts(Whom.LEAD)


@pytest.mark.parametrize(
    ("reads", "times", "labels", "named"),
    [
        ("100 pages", 2, ["1 – 50", "51 – 100"], "page"),
        ("100 pages", None, ["1 – 50", "51 – 100"], "page"),  # at a humane pace
        ("4 chapters", 2, ["1 – 2", "3 – 4"], "chapter"),
        (90, 2, ["1 – 45", "46 – 90"], "page"),
        ("2 chapters", 2, ["1", "2"], "chapter"),
    ],
)
def test_what_is_known_of_a_book_may_be_its_length(
    reads: Any, times: int | None, labels: list[str], named: str
) -> None:
    params: dict[str, Any] = {} if times is None else {"times": times}
    drive = schedule(weekly="Mondays 18:00", reads=reads, **params)
    assert [each["label"] for each in drive.session.results["portions"]] == labels
    assert [each["named"] for each in lines(drive)] == [named] * 2
    assert len(moments(drive)) == 2


def test_more_meetings_than_chapters_end_without_a_portion() -> None:
    drive = schedule(weekly="Mondays 18:00", times=4, reads="3 chapters")
    assert [each["portion"] is not None for each in lines(drive)] == [True, True, True, False]


def test_a_reading_needs_no_meetings() -> None:
    drive = schedule(reads="120 pages")
    assert moments(drive) == []
    assert plan(drive).file == ""
    assert [each["at"] for each in lines(drive)] == [None, None]


@pytest.mark.parametrize(
    ("reads", "times", "needed"),
    [("600 pages", 2, 10), ("1 One 1\n2 Two 400\nTotal: 410 pages", 2, 0)],
)
def test_a_steep_plan_is_told_to_the_leader_alone(reads: str, times: int, needed: int) -> None:
    drive = schedule(weekly="Mondays 18:00", times=times, reads=reads)
    (post,) = drive.posts(Whom.LEAD)
    assert post.says[0].phrase == "session.schedule.steep"
    assert (post.says[0].values["needed"], post.says[0].values["weeks"]) == (needed, times)
    assert len(drive.said()) == 1 + times


@pytest.mark.parametrize("reads", ["a good book", "30000 pages", "x" * 30_000, -3])
def test_contents_that_can_not_be_read_are_told_to_the_leader_alone(reads: Any) -> None:
    drive = schedule(weekly="Mondays 18:00", times=2, reads=reads)
    assert drive.said(Whom.LEAD) == ["session.schedule.unreadable"]
    assert "portions" not in drive.session.results
    assert len(moments(drive)) == 2


@pytest.mark.parametrize("times", [0, -2, 1, 500])
def test_there_are_as_many_meetings_as_make_sense(times: int) -> None:
    drive = schedule(weekly="Mondays 18:00", times=times)
    assert len(moments(drive)) == max(1, min(times, 104))


def test_effects_stay_small_whatever_a_leader_pasted() -> None:
    long = CONTENTS + "\n" * 15_000
    drive = schedule(weekly="Mondays 18:00", times=5, reads="$contents", answers={"contents": long})
    assert all(len(str(each.title)) < 500 for each in drive.found(Calendar))
    assert all(len(str(each)) < 1000 for each in plan(drive).says[1:])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"weekly": "Mondays 18:00", "reads": "100 pages"}, "1. [time]: pages 1 to 50"),
        ({"weekly": "Mondays 18:00", "reads": "3 chapters", "times": 3}, "2. [time]: chapter 2"),
        ({"reads": "1 One 1\n2 Two 40\nTotal: 60 pages"}, "1. 1 One – 2 Two"),
        ({"weekly": "Mondays 18:00", "times": 2}, "2. [time]"),
        ({"when": "$when"}, "1. [time]"),
        ({"weekly": "sometimes", "reads": "nothing", "times": 2}, ""),
        ({"reads": "600 pages", "times": 2}, "1. pages 1 to 300"),
    ],
)
def test_the_plan_reads_well(params: dict[str, Any], words: str) -> None:
    drive = schedule(answers={"when": "2026-03-01T18:00:00+00:00"}, **params)
    said = spoken(drive)
    assert words in said if words else len(said) == 2
    assert len(spoken(drive, "de")) == len(said)


def test_the_leader_moves_a_meeting_that_was_planned() -> None:
    drive = schedule(weekly="Mondays 18:00", times=2)
    drive(Steered(LEAD, Act.MOVE, "2026-03-10T18:00:00+00:00"))
    assert moments(drive)[0] == "2026-03-10T18:00:00+00:00"
    first, moved = drive.found(Calendar)[0], drive.found(Calendar)[-1]
    assert (moved.meeting, moved.sequence) == (first.meeting, 1)


def test_a_second_plan_takes_the_place_of_the_first() -> None:
    drive = Drive.of(
        Stage("schedule", "first", {"weekly": "Mondays 18:00", "times": 3, "reads": "100 pages"}),
        Stage("schedule", "second", {"weekly": "Fridays 18:00", "times": 1}),
        WAIT,
    )
    assert len(drive.session.results["meetings"]) == 1
    assert "portions" not in drive.session.results
    assert len({each.meeting for each in drive.found(Calendar)}) == 4
    assert drive.now == START
