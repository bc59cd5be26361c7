"""What an earlier step collected goes by a leader's or its giver's wish, and stays where a later step works on it."""

from typing import Any

import pytest

from learncomm_agent.sessions.earlier import may_go
from learncomm_agent.sessions.events import Act, Entered, Rule, Ruled, Steered
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Entry
from tests.sessions.boxes import DAY, drive, entered, stage
from tests.sessions.driver import LEAD, Drive

BEN, CLEO = 2, 3


def later(*stages: Stage, **params: Any) -> tuple[Drive, Entry]:
    """Return a session one step after Ben gave a line, and that line."""
    session = drive(stage("collect", "thanks", what="thanks", **params), *stages)
    session.join(BEN, CLEO)
    who = None if params.get("anonymous") else BEN
    session(Entered(who, "Thank you for the soup."))
    session.wait(DAY)
    [line] = session.session.of("thanks")
    return session, line


def takes_back(session: Drive, member: int, entry: Entry) -> str:
    session(Entered(member, "", fields={"take_back": str(entry.id)}))
    return session.told()


TALK = stage("discuss", "talk", live=False, facilitated=False)
MORE = stage("collect", "unseen", what="thanks")
HIDDEN = stage("collect", "hidden", anonymous=True)
REST = stage("wait", "rest")


@pytest.mark.parametrize("then", [TALK, MORE, HIDDEN, REST])
def test_a_line_goes_at_any_later_step_by_a_leader_or_by_whoever_gave_it(then: Stage) -> None:
    session, line = later(then)
    session(Ruled(LEAD, Rule.STRIKE, line.id))
    assert session.told() == "session.collect.ruled" and not session.session.of("thanks")
    session, line = later(then)
    assert takes_back(session, CLEO, line) == "session.collect.not_yours"
    assert session.session.of("thanks") == (line,)
    assert takes_back(session, BEN, line) == "session.collect.taken_back"
    assert line.id not in session.session.entries
    assert session.stage == then.name


def test_it_goes_while_a_step_is_waited_for_but_not_in_a_pause() -> None:
    waits = Stage("wait", "waits", {"at": "$when", "for": 3600})
    session, line = later(waits)
    assert may_go(session.session, line.id)
    session(Steered(LEAD, Act.PAUSE))
    assert takes_back(session, BEN, line) == "session.is_paused"
    session(Steered(LEAD, Act.RESUME))
    assert takes_back(session, BEN, line) == "session.collect.taken_back"


@pytest.mark.parametrize(
    ("params", "then"),
    [
        ({}, stage("vote", "vote", from_="thanks", poll=False)),
        ({}, stage("queue", "queue", from_="thanks")),
        ({}, Stage("repeat", "all", {"each": "thanks"}, stages=(REST,))),
        ({"keeps": True}, REST),
    ],
)
def test_what_a_later_step_or_the_library_took_up_stays(
    params: dict[str, Any], then: Stage
) -> None:
    session, line = later(then, **params)
    assert not may_go(session.session, line.id)


def test_a_summary_from_it_or_a_condition_on_it_is_no_use_of_it() -> None:
    session, line = later(REST, stage("summarise", "sum", from_="thanks", if_="thanks"))
    assert may_go(session.session, line.id)


def test_an_anonymous_line_can_be_struck_and_is_nobodys_to_take_back() -> None:
    session, line = later(REST, anonymous=True)
    assert takes_back(session, BEN, line) == "session.collect.not_yours"
    session(Ruled(LEAD, Rule.STRIKE, line.id))
    assert not session.session.entries


def test_what_was_put_together_is_struck_together_and_taken_back_one_by_one() -> None:
    def both() -> tuple[Drive, list[Entry]]:
        session = drive(stage("collect", "thanks", what="thanks"), REST)
        for member in (BEN, CLEO):
            session(entered(member, f"Thank you, says {member}."))
        one, two = session.session.of("thanks")
        session(Ruled(LEAD, Rule.MERGE, two.id, into=one.id))
        session.wait(DAY)
        return session, [one, two]

    session, (one, _) = both()
    session(Ruled(LEAD, Rule.STRIKE, one.id))
    assert not session.session.entries
    session, (one, two) = both()
    takes_back(session, BEN, one)
    assert [each.text for each in session.session.of("thanks")] == [two.text]
