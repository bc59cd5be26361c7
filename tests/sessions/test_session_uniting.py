"""The engine: two members who turn out to be one person are one in all that a session holds."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from learncomm_agent.sessions.events import (
    Act,
    Backed,
    Entered,
    Joined,
    Mode,
    Progressed,
    Ranked,
    Said,
    Steered,
    United,
)
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.state import Group
from learncomm_agent.sessions.uniting import renamed
from tests.sessions.driver import LEAD, Drive

ONE, OTHER, CLEO = 2, 93, 4
DAY = 86400.0
WAIT = Stage("wait", "later", {"for": 30 * DAY})


def collecting() -> Drive:
    drive = Drive.of(Stage("queue", "questions", {"for": DAY}), WAIT)
    drive.join(ONE, CLEO)
    drive.join(OTHER, mode=Mode.QUIET)
    drive(Entered(OTHER, "Why tea?"))
    drive(Entered(CLEO, "Why cake?"))
    first, second = drive.session.entries
    drive(Backed(ONE, first))
    drive(Backed(ONE, second))
    drive(Backed(OTHER, second))
    drive(Progressed(OTHER, 0.5))
    return drive


def voting() -> Drive:
    drive = Drive.of(
        Stage("collect", "list", {"for": DAY, "limit": 9}),
        Stage("vote", "choice", {"for": DAY, "from": "list", "poll": False}),
        WAIT,
    )
    for text in "abc":
        drive(Entered(CLEO, text))
    drive.wait(timedelta(days=1))
    options = tuple(drive.session.entries)
    drive(Ranked(ONE, options[:1]))
    drive(Ranked(OTHER, options[1:]))
    return drive


def talking() -> Drive:
    drive = Drive.of(Stage("discuss", "talk", {"for": 3600.0}), WAIT)
    drive.join(ONE, OTHER, CLEO)
    for number, who in enumerate((ONE, CLEO, OTHER, CLEO, OTHER), 70):
        text = f"Kites of sort {number} fly because the wind lifts them."
        drive(Said(who, number, drive.now, text=text), after=timedelta(minutes=1))
    return drive


@pytest.mark.parametrize("make", [collecting, voting, talking])
@pytest.mark.parametrize("is_paused", [False, True])
def test_nothing_names_the_one_any_more_and_a_repeat_changes_nothing(
    make: Callable[[], Drive], is_paused: bool
) -> None:
    drive = make()
    if is_paused:
        drive(Steered(LEAD, Act.PAUSE))
        drive(Joined(OTHER))
    drive(United(OTHER, ONE))
    assert str(OTHER) not in _numbers(dump(drive.session))
    before = drive.session
    drive(United(OTHER, ONE))
    assert drive.session == before
    drive.wait(timedelta(days=3))
    drive(Steered(LEAD, Act.END))
    assert str(OTHER) not in _numbers(dump(drive.session))


def _numbers(state: object) -> set[str]:
    """Return all numbers and names of a state."""
    return set(
        json.dumps(state)
        .replace('"', " ")
        .replace(",", " ")
        .replace("]", " ")
        .replace("[", " ")
        .split()
    )


def test_who_joined_twice_is_in_once_as_they_chose_last() -> None:
    drive = collecting()
    drive(United(OTHER, ONE))
    people = drive.session.people
    assert set(people) == {ONE, CLEO}
    assert people[ONE].mode is Mode.QUIET and people[ONE].place == 0.5
    tea, cake = drive.session.entries.values()
    assert (tea.by, tea.backers) == (ONE, ())
    assert cake.backers == (ONE,)


def test_of_two_votes_one_counts() -> None:
    drive = voting()
    drive(United(OTHER, ONE))
    assert drive.session.standing is not None
    ballots = drive.session.standing.data["ballots"]
    assert ballots == {str(ONE): [next(iter(drive.session.entries))]}


def test_what_both_said_is_what_one_said() -> None:
    drive = talking()
    drive(United(OTHER, ONE))
    assert drive.session.standing is not None
    data = drive.session.standing.data
    seats = dict(data["floor"]["seats"])
    assert seats[ONE]["turns"] == 3 and OTHER not in seats
    drive.wait(timedelta(hours=3))
    own = drive.session.results[OWN]
    assert {member: part["turns"] for member, part in own["parts"]} == {ONE: 3, CLEO: 2}


def test_a_lead_leads_on_and_somebody_in_two_groups_is_in_the_open_one() -> None:
    drive = collecting()
    groups = (Group(1, (ONE, CLEO)), Group(2, (OTHER, 7), is_open=True))
    drive.session = replace(drive.session, lead=OTHER, groups=groups)
    drive(United(OTHER, ONE))
    assert drive.session.lead == ONE
    assert [each.members for each in drive.session.groups] == [(CLEO,), (ONE, 7)]


def test_what_waits_names_the_other_and_no_group_is_taken_for_a_member() -> None:
    event = United(OTHER, ONE)
    waits = {
        "to": {"whom": "member", "which": OTHER},
        "says": [{"values": {"who": {"member": OTHER}, "count": OTHER}}],
        "members": [ONE, OTHER, CLEO],
        "shows": [OTHER],
    }
    assert renamed(waits, event) == {
        "to": {"whom": "member", "which": ONE},
        "says": [{"values": {"who": {"member": ONE}, "count": OTHER}}],
        "members": [ONE, CLEO],
        "shows": [OTHER],
    }
    assert renamed({"whom": "group", "which": OTHER}, event) == {"whom": "group", "which": OTHER}
