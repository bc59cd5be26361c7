"""A summary: drafted for the leader, published by them alone, and never in anybody's way."""

from datetime import timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import Whom, Write
from learncomm_agent.sessions.events import Act, Decided, Done, Said, Steered
from learncomm_agent.sessions.playbook import Stage
from tests.sessions.driver import LEAD, START, Drive

ANA = 2
DAY = timedelta(days=1)
DRAFT = {"writing": 31, "lines": 6}


def begun(**params: Any) -> tuple[Drive, Write]:
    """Return a session in which a summary is being written."""
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 day"}, {"say": "Hello"}),
        Stage("summarise", "minutes", params, {"say": "Here it is"}),
        Stage("wait", "after", {"for": "1 day"}),
    )
    drive.join(ANA)
    drive.wait(DAY)
    (write,) = drive.found(Write)
    return drive, write


def test_the_leader_is_told_of_the_draft_and_its_publishing_ends_the_stage() -> None:
    drive, write = begun(task="What we decided")
    assert write.task == "summary"
    assert write.args == {"since": START.isoformat(), "task": "What we decided"}

    drive(Done(write.id, DRAFT))
    assert drive.said(Whom.LEAD) == ["session.summarise.draft"]
    assert drive.said() == ["Hello"]
    drive(Decided(write.id, is_published=True))

    assert (drive.stage, drive.session.results["minutes"]) == ("after", {"writing": 31})
    assert drive.said() == ["Hello", "Here it is"]


def test_a_dropped_draft_is_not_spoken_of() -> None:
    drive, write = begun()
    drive(Done(write.id, DRAFT))
    drive(Decided(write.id, is_published=False))
    assert (drive.stage, drive.said()) == ("after", ["Hello"])
    assert "minutes" not in drive.session.results


@pytest.mark.parametrize("done", [Done(0, is_failed=True), Done(0, {"writing": 31, "lines": 0})])
def test_where_nothing_can_be_summed_up_that_is_said_kindly(done: Done) -> None:
    drive, write = begun()
    drive(Done(write.id, done.result, done.is_failed))
    assert (drive.stage, drive.said()) == ("after", ["Hello", "session.summarise.thin"])


def test_after_silence_nothing_is_written() -> None:
    drive = Drive.of(
        Stage("wait", "rest", {"for": "1 day"}),
        Stage("summarise", "minutes"),
    )
    drive.wait(DAY)
    assert (drive.is_over, drive.found(Write)) == (True, [])
    assert drive.said() == ["session.summarise.thin"]


@pytest.mark.parametrize(
    ("params", "stays"),
    [({}, 2 * DAY), ({"for": "5 days"}, 5 * DAY), ({"for": "3 hours"}, DAY / 8)],
)
@pytest.mark.parametrize("is_written", [True, False])
def test_a_leader_who_decides_nothing_holds_nobody_up(
    params: dict[str, Any], stays: timedelta, is_written: bool
) -> None:
    drive, write = begun(**params)
    if is_written:
        drive(Done(write.id, DRAFT))
    drive.wait(stays - timedelta(minutes=1))
    assert drive.stage == "minutes"
    drive.wait(timedelta(minutes=1))

    assert (drive.stage, drive.said()) == ("after", ["Hello"])
    assert drive.session.results.get("minutes") == ({"writing": 31} if is_written else None)
    before = drive.session
    drive(Done(write.id, DRAFT))
    drive(Decided(write.id, is_published=True))
    assert (drive.said(), drive.session.path) == (["Hello"], before.path)


@pytest.mark.parametrize("act", [Act.NEXT, Act.SKIP, Act.END])
def test_a_leader_may_go_on_without_it(act: Act) -> None:
    drive, write = begun()
    drive(Done(write.id, DRAFT))
    drive(Steered(LEAD, act))
    assert drive.is_over if act is Act.END else drive.stage == "after"
    assert "Here it is" not in drive.said()


def test_another_drafts_fate_does_not_matter_and_talk_goes_on() -> None:
    drive, write = begun()
    drive(Done(write.id, DRAFT))
    drive(Decided(write.id + 1, is_published=True))
    drive(Said(ANA, 900, drive.now))
    assert drive.stage == "minutes"


def test_a_pause_keeps_what_the_leader_decided() -> None:
    drive, write = begun()
    drive(Done(write.id, DRAFT))
    drive(Steered(LEAD, Act.PAUSE))
    drive(Decided(write.id, is_published=True))
    drive(Steered(LEAD, Act.RESUME))
    assert (drive.stage, drive.session.results["minutes"]) == ("after", {"writing": 31})
