"""The engine: what a session holds no more once somebody or something is forgotten."""

import json
from dataclasses import replace

from learncomm_agent.sessions.effects import CountPoll, OpenPoll
from learncomm_agent.sessions.events import (
    Act,
    Begun,
    Done,
    Forgotten,
    Joined,
    Progressed,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.state import NOBODY, Phase, Plan, Session
from tests.sessions.boxes import DAY, HOUR, KINDS, box, drive, entered, stage
from tests.sessions.driver import LEAD, Drive


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


def _asked(*texts: tuple[int, str]) -> tuple[Drive, list[int]]:
    session = drive(stage("collect", "questions", what="question"), stage("wait", "rest"))
    for member, text in texts:
        session(entered(member, text))
    return session, [each.id for each in session.session.of("questions")]


def test_a_question_stays_when_who_asked_the_same_first_is_forgotten() -> None:
    session, (first, second, third, other) = _asked(
        (2, "How do you plan?"), (3, "What is a plan?"), (4, "Why plan?"), (5, "Why tea?")
    )
    for merged in (second, third):
        session(Ruled(LEAD, Rule.MERGE, merged, into=first))
    session.wait(DAY)
    assert session.session.results["questions"] == [first, other]
    session(Forgotten(2))
    assert [each.id for each in session.session.of("questions")] == [second, other]
    assert session.session.entries[second].backers == (4,)
    assert session.session.entries[third].merged_into == second
    assert session.session.results["questions"] == [second, other]
    session(Forgotten(3))
    assert [each.text for each in session.session.of("questions")] == ["Why plan?", "Why tea?"]


def test_what_was_merged_by_way_of_somebody_who_is_forgotten_stays_merged() -> None:
    session, (first, second, third) = _asked(
        (2, "How do you plan?"), (3, "What is a plan?"), (4, "Why plan?")
    )
    session(Ruled(LEAD, Rule.MERGE, third, into=second))
    session(Ruled(LEAD, Rule.MERGE, second, into=first))
    session(Forgotten(3))
    assert [each.id for each in session.session.of("questions")] == [first]
    assert session.session.entries[third].merged_into == first


def test_a_question_that_was_answered_is_not_asked_again_for_whom_asked_the_same() -> None:
    session = drive(stage("queue", "line", speaker=9), stage("wait", "rest"))
    session(entered(2, "How do you plan your week?", message=50))
    session(entered(3, "How do you plan your weeks?"))
    session(Said(9, 60, session.now, reply_to=50, remark={"words": 20}))
    session.wait(HOUR)
    session(Forgotten(2))
    [left] = session.session.of("line")
    assert (left.by, left.fields["turn"]) == (3, "answered")
    session.wait(DAY)
    assert session.session.results["line"] == {"answered": [left.id], "left": []}


def test_the_words_of_a_lead_go_though_another_one_leads_by_now() -> None:
    answers = {"story": "Anna’s dog", "times": 4, "word": "Middlemarch", "old": "two words"}
    kinds = {"story": "long", "times": "number", "word": "text"}
    plan = Plan("test", "A test", (box(),), answers, kinds=kinds, seed=7)
    session = Drive(Session(plan, LEAD), KINDS)
    session(Begun())
    session(Steered(LEAD, Act.HAND_OVER, "5"))
    session(Forgotten(5))
    assert session.session.plan.answers == answers
    session(Forgotten(LEAD))
    wordless = {"story": "", "times": 4, "word": "", "old": ""}
    assert session.session.plan.answers == wordless


def test_an_answer_that_names_a_member_names_nobody_once_they_are_forgotten() -> None:
    answers = {"guest": 71, "times": 71}
    plan = Plan(
        "test",
        "A test",
        (box(),),
        answers,
        asked={"guest": "Ana", "times": "71"},
        shown={"guest": {"member": 71}},
        kinds={"guest": "member", "times": "number"},
        seed=7,
    )
    session = Drive(Session(plan, LEAD), KINDS)
    session(Begun())
    session(Forgotten(71))
    found = session.session.plan
    assert found.answers == {"guest": NOBODY, "times": 71}
    assert (found.shown, found.asked) == ({"guest": {"member": NOBODY}}, {"times": "71"})


def test_a_discussion_knows_no_more_to_whom_somebody_answered_or_who_is_behind() -> None:
    portion = {"n": 1, "unit": "page", "first": 1, "last": 9, "label": "1–9", "size": 9, "to": 0.9}
    session = drive(stage("discuss", "talk", fence=True, questions=["Why?"]), box())
    session.session = replace(
        session.session,
        path=(),
        standing=None,
        phase=Phase.PLANNED,
        results={"portions": [portion]},
    )
    session.effects.clear()
    session.join(7001)
    session(Begun())
    for row, member, reply in ((1, 7001, None), (2, 2, 1)):
        session(Progressed(member, 0.1))
        session(Joined(member))
        session(Said(member, row, session.now, reply_to=reply, remark={"words": 9}))
    assert "7001" in json.dumps(dump(session.session))
    assert session.session.standing is not None
    assert 7001 in session.session.standing.data["warned"]
    session(Forgotten(7001))
    assert "7001" not in json.dumps(dump(session.session))


def test_a_vote_that_waits_for_the_end_of_a_pause_goes_with_its_member() -> None:
    vote = stage("vote", "vote", from_="ideas")
    session = drive(stage("collect", "ideas"), vote, stage("wait", "rest"))
    for text in ("a lamp", "some tea"):
        session(entered(2, text))
    session.wait(DAY)
    [poll] = session.found(OpenPoll)
    session(Done(poll.id))
    session.wait(DAY)
    [count] = session.found(CountPoll)
    session(Steered(LEAD, Act.PAUSE))
    votes = {"7001": [poll.options[0]], "3": [poll.options[1]]}
    session(Done(count.id, {"votes": votes}))
    session(Said(7001, 90, session.now))
    session(Forgotten(7001))
    assert "7001" not in json.dumps(dump(session.session))
    session(Steered(LEAD, Act.RESUME))
    assert session.session.results["vote"]["chosen"] == [poll.options[1]]
    assert 7001 not in session.session.people


def test_what_was_said_in_a_pause_goes_with_its_message() -> None:
    session = drive(box())
    session(Steered(LEAD, Act.PAUSE))
    session(Said(2, 90, session.now))
    session(Forgotten(messages=(90,)))
    assert session.session.held == ()


def test_groups_in_which_nobody_is_left_end_with_the_pause_and_not_so_long_after_it() -> None:
    session = drive(stage("announce", "hello"), stage("group", "groups"), stage("wait", "rest"))
    session.join(2, 3)
    session.wait(DAY)
    session(Steered(LEAD, Act.PAUSE))
    session.wait(5 * DAY)
    for member in (2, 3, 4):
        session(Forgotten(member))
    assert session.stage == "groups"
    session(Steered(LEAD, Act.RESUME))
    assert session.stage == "rest"
