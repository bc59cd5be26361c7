"""Meetings of shipped playbooks: each has one that can be moved, and what hangs on it follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from learncomm_agent.sessions.effects import Calendar, Post
from learncomm_agent.sessions.events import Act, Begun, Entered, Steered
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.planning.plans import plan_of
from learncomm_agent.sessions.playbook import Playbook
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.sessions.state import Session
from learncomm_agent.words import Words
from tests.sessions.driver import LEAD, START, Drive

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHEN = "2026-03-16 18:00"
BASICS = {"topic": "Keys", "when": WHEN, "exercise": "Try.", "material": "A page", "guest": "Ada"}
MINUTES = {
    "case-study": 75,
    "group-discussion": 60,
    "guest-speaker": 60,
    "one-two-four-all": 45,
    "study-club": 60,
    "workshop": 70,
}

AT_IT = frozenset({"ideas_ladder", "alone", "facts", "showing", "hour", "talk"})
"""The stages that begin with the meeting, or an hour before it."""


@cache
def shipped() -> Mapping[str, Playbook]:
    return {each.name: each for each in Playbooks(Words(), stage_kinds()).all("community", "en")}


def begun(name: str, **answers: str) -> Drive:
    playbook = shipped()[name]
    asked = {each.name for each in playbook.asks}
    given = {name: each for name, each in {**BASICS, **answers}.items() if name in asked}
    planned = plan_of(
        playbook, given, found={}, language="en", zone="UTC", now=START, room_name="hall"
    )
    assert not planned.problems
    assert not planned.plan.missing
    drive = Drive(Session(planned.plan, LEAD))
    drive(Begun())
    return drive


def until(drive: Drive, stage: str) -> None:
    while drive.stage != stage and not drive.is_over:
        drive.wait(HOUR)
    assert drive.stage == stage


@pytest.mark.parametrize("name", sorted(MINUTES))
def test_one_that_meets_once_stands_in_calendars_and_can_be_moved(name: str) -> None:
    drive = begun(name, case="The keys are gone.")
    entry, file = drive.found(Calendar)[0], [each for each in drive.posts() if each.file]
    assert entry.begins_at == datetime.fromisoformat(f"{WHEN}+00:00")
    assert entry.ends_at - entry.begins_at == timedelta(minutes=MINUTES[name])
    assert [each.says[0].values["meeting"] for each in file] == [
        {"time": entry.begins_at.isoformat()}
    ]
    assert file[0].controls  # the invitation itself bears it, so nothing more is posted

    drive.join(7, 8, 9)
    drive(Entered(7, "What about keys?"))
    later = entry.begins_at + 3 * DAY
    drive(Steered(LEAD, Act.MOVE, later.isoformat()))
    before = len(drive.effects)
    while drive.stage not in AT_IT and not drive.is_over:
        if drive.stage in {"before", "marks", "wishes", "questions"}:
            drive(Entered(8, "A thing that I wonder about"))
        drive.wait(HOUR)
    assert drive.stage in AT_IT
    opened = later - HOUR if name == "group-discussion" else later
    assert abs(drive.now - opened) <= HOUR
    said = [each for each in drive.effects[before:] if isinstance(each, Post) and each.says]
    assert {"time": later.isoformat()} in [each.says[0].values.get("meeting") for each in said]


ROUNDS: Mapping[str, Mapping[str, Any]] = {
    "book-club": {"book": "Emma", "contents": "320 pages", "lasts": "90 minutes"},
    "knowledge-sharing": {"lasts": "90 minutes"},
}


@pytest.mark.parametrize(
    ("name", "brought"), [("book-club", "marks"), ("knowledge-sharing", "finds")]
)
def test_questions_wait_for_a_meeting_that_is_moved_while_they_are_looked_over(
    name: str, brought: str
) -> None:
    drive = begun(name, **ROUNDS[name])
    drive.join(7, 8, 9)
    until(drive, brought)
    drive(Entered(7, "A page to argue with"))
    until(drive, "questions")
    at = datetime.fromisoformat(drive.session.results["meetings"][0]["at"])
    drive(Steered(LEAD, Act.MOVE, (at + 3 * DAY).isoformat()))
    before = len(drive.posts())
    until(drive, "talk")
    assert drive.now == at + 3 * DAY
    assert len(drive.posts()) == before + 1
    entry = drive.found(Calendar)[0]
    assert entry.ends_at - entry.begins_at == timedelta(minutes=90)


def test_questions_that_a_leader_asks_early_leave_the_talk_to_the_meeting() -> None:
    drive = begun("book-club", **ROUNDS["book-club"])
    drive.join(7, 8, 9)
    until(drive, "marks")
    drive(Entered(7, "A page to argue with"))
    until(drive, "questions")
    drive(Steered(LEAD, Act.NEXT))
    assert drive.session.standing is not None
    at = drive.session.results["meetings"][0]["at"]
    assert drive.session.standing.begins_at == datetime.fromisoformat(at)
