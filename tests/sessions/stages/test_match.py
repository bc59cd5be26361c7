"""People are brought together: asked, proposed, looked over, introduced, asked now and then, and let go kindly."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import (
    Answer,
    BringIn,
    BringTogether,
    LetGo,
    OpenGroup,
    Post,
    Propose,
    Settle,
    Whom,
)
from learncomm_agent.sessions.events import (
    Act,
    Done,
    Forgotten,
    Joined,
    Left,
    Rule,
    Ruled,
    Steered,
    United,
    Woke,
)
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.session import step
from tests.sessions.driver import LEAD, Drive, named

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def begun(members: Sequence[int] = (2, 3, 4, 5), **params: Any) -> Drive:
    """Return a session that wishes for a proposal."""
    words = {"check_in": "How is it?", "halfway": "Half of it."}
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}, {"say": "Hello"}),
        Stage("match", "pairs", {"for": "4 weeks", "every": "1 week", **params}, words),
        Stage("wait", "after", {"for": "10 days"}),
    )
    drive.join(*members)
    drive.wait(HOUR)
    return drive


def proposed(drive: Drive, *groups: Sequence[int], **more: Any) -> None:
    """Let a proposal come back."""
    made = [
        {
            "members": list(each),
            "why": {"hours": 3, "meets": [{"by": each[0], "member": each[1], "text": "knitting"}]},
            "starters": [{"kind": "offer", "by": each[0], "text": "knitting"}],
        }
        for each in groups
    ]
    drive(Done(drive.found(Propose)[-1].id, {"groups": made, **more}))


def together(drive: Drive, *groups: Sequence[int], **more: Any) -> None:
    """Let the pairs be together, each in its thread."""
    proposed(drive, *groups, **more)
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)


def opened(drive: Drive) -> None:
    for each in drive.found(OpenGroup):
        drive(Done(each.id, {"group": each.group, "room": 70 + each.group}))


def pairs(drive: Drive) -> list[tuple[int, ...]]:
    return [each.members for each in drive.session.groups if each.members]


def private(drive: Drive, member: int) -> list[str]:
    return [
        said.phrase or said.text
        for post in drive.posts(Whom.MEMBER)
        if post.to.which == member
        for said in post.says
    ]


def test_who_has_no_profile_is_asked_for_one_before_anything_is_proposed() -> None:
    drive = begun(asks="2 days")
    proposed(drive, (2, 3), (4, 5), without=[4])
    assert private(drive, 4) == ["session.match.profile"]
    assert not private(drive, 2)
    assert not drive.posts(Whom.LEAD)
    drive.wait(2 * DAY)
    assert len(drive.found(Propose)) == 2
    proposed(drive, (2, 3), (4, 5), without=[4])
    assert private(drive, 4) == ["session.match.profile"], "asked twice"
    assert drive.said(Whom.LEAD)[0] == "session.match.preview"


def test_the_leader_alone_sees_who_would_be_with_whom_and_why_and_begins() -> None:
    drive = begun()
    before = len(drive.posts())
    proposed(drive, (2, 3), (4, 5))
    (shown,) = drive.posts(Whom.LEAD)
    assert [each.act for each in shown.controls] == ["next_it", "again"]
    assert len(drive.posts()) == before
    assert not drive.found(OpenGroup)
    drive(Steered(LEAD, Act.NEXT))
    assert [each.post for each in drive.found(Settle)] == [shown.id]
    assert [each.members for each in drive.found(OpenGroup)] == [(2, 3), (4, 5)]
    assert [each.members for each in drive.found(BringTogether)] == [(2, 3), (4, 5)]
    opened(drive)
    first = drive.posts(Whom.GROUP)[0]
    assert len(first.shows) == 3
    texts = [drive.session.entries[id] for id in first.shows]
    assert (texts[0].text, texts[0].by) == ("knitting", 2)
    assert drive.stage == "pairs"


def test_without_a_word_of_the_leader_it_begins_after_the_review() -> None:
    drive = begun(review="2 days")
    proposed(drive, (2, 3), (4, 5))
    drive.wait(2 * DAY)
    assert len(drive.found(OpenGroup)) == 2


@pytest.mark.parametrize(
    ("event", "wished"),
    [
        (Ruled(LEAD, Rule.SWAP, entry=1, into=4), {"wanted": ((5, 3), (4, 2))}),
        (Ruled(LEAD, Rule.APART, entry=1, into=2), {"apart": ((2, 3),)}),
        (Ruled(LEAD, Rule.AGAIN), {"shown": ((2, 3), (4, 5))}),
    ],
)
def test_a_leader_changes_a_proposal(event: Ruled, wished: dict[str, Any]) -> None:
    drive = begun()
    proposed(drive, (2, 3), (4, 5))
    drive(event)
    last = drive.found(Propose)[-1]
    assert {name: getattr(last, name) for name in wished} == wished
    proposed(drive, (2, 5), (4, 3))
    drive(Steered(LEAD, Act.NEXT))
    assert pairs(drive) == [(2, 5), (4, 3)]
    words = [each for each in drive.session.entries.values() if each.what == "offer"]
    assert len(words) == 2, "words of a proposal that is not to be"


def test_a_wish_that_breaks_a_rule_leaves_the_proposal_as_it_was() -> None:
    drive = begun()
    proposed(drive, (2, 3), (4, 5))
    drive(Ruled(LEAD, Rule.SWAP, entry=1, into=4))
    drive(Done(drive.found(Propose)[-1].id, {"refused": True}))
    assert "session.match.cannot" in drive.said(Whom.LEAD)
    drive(Steered(LEAD, Act.NEXT))
    assert pairs(drive) == [(2, 3), (4, 5)]


@pytest.mark.parametrize("numbers", [(1, 1), (0, 3), (1, 9), (None, None)])
def test_numbers_of_nobody_are_refused(numbers: tuple[int | None, int | None]) -> None:
    drive = begun()
    proposed(drive, (2, 3), (4, 5))
    drive(Ruled(LEAD, Rule.SWAP, entry=numbers[0], into=numbers[1]))
    assert drive.told() == "session.match.no_number"


def test_it_is_asked_a_few_times_how_it_goes_in_the_middle_otherwise_and_thanked_at_the_end() -> (
    None
):
    drive = begun()
    together(drive, (2, 3), (4, 5))
    drive.wait(4 * WEEK)
    said = [drive_said for drive_said in drive.said(Whom.GROUP) if "session" not in drive_said]
    assert said == ["How is it?"] * 2 + ["Half of it."] * 2 + ["How is it?"] * 2
    assert drive.said(Whom.GROUP)[-2:] == ["session.match.close"] * 2
    assert drive.found(LetGo)[-1].groups == (1, 2)
    assert drive.stage == "after"
    assert drive.session.results["pairs"]["groups"] == 2


@pytest.mark.parametrize(
    ("params", "days", "halfway"),
    [
        ({"for": "6 weeks"}, [7, 14, 21, 35], 21),
        ({"for": "8 weeks"}, [7, 14, 28, 42], 28),
        ({"for": "3 weeks"}, [7, 11], 11),
        ({"for": "17 days"}, [7], None),
        ({"for": "1 week", "every": "1 day", "most": 5}, [1, 2, 4, 5, 6], 4),
        ({"for": "6 weeks", "most": 1}, [21], 21),
        ({"for": "6 weeks", "most": 2}, [7, 21], 21),
        ({"for": "1 week"}, [], None),
    ],
)
def test_half_of_the_time_is_over_when_that_is_said(
    params: dict[str, Any], days: list[int], halfway: int | None
) -> None:
    drive = begun((2, 3), **params)
    together(drive, (2, 3))
    since, asked = drive.now, []
    for day in range(1, 60):
        before = len(drive.posts(Whom.GROUP))
        drive.wait(since + day * DAY - drive.now)
        said = [named(each.says[0]) for each in drive.posts(Whom.GROUP)[before:]]
        asked += [(day, each) for each in said if "session" not in each]
    assert [day for day, _ in asked] == days
    assert [day for day, each in asked if each == "Half of it."] == ([halfway] if halfway else [])


def test_whom_a_leader_keeps_apart_is_kept_apart_to_the_end() -> None:
    drive = begun()
    proposed(drive, (2, 3), (4, 5))
    drive(Ruled(LEAD, Rule.APART, entry=1, into=2))
    together(drive, (2, 4), (3, 5))
    drive(Left(4))
    drive(Joined(2))
    assert drive.found(Propose)[-1].apart == ((2, 3),)
    drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    drive(United(3, 9))
    drive(Joined(6))
    assert drive.found(Propose)[-1].apart == ((2, 9),)
    drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    drive(Forgotten(member=9))
    drive(Joined(7))
    assert drive.found(Propose)[-1].apart == ()


def test_who_leaves_three_and_who_stays_hear_that_the_thread_can_be_read_still() -> None:
    drive = begun((2, 3, 4))
    together(drive, (2, 3, 4))
    before = len(drive.posts(Whom.GROUP))
    drive(Left(3))
    (said,) = drive.posts(Whom.GROUP)[before:]
    assert [named(each) for each in said.says] == ["session.match.fewer", "session.match.reads_on"]
    assert private(drive, 3) == ["session.match.went_reads", "session.match.went"]
    told = drive.posts(Whom.LEAD)[-1].says[0]
    assert told.phrase == "session.match.count_same", "no pair is less"
    drive(Joined(5))
    made = {"members": [2, 4, 5], "pair": [2, 4]}
    drive(Done(drive.found(Propose)[-1].id, {"groups": [made]}))
    said = drive.posts(Whom.GROUP)[-1]
    assert [named(each) for each in said.says] == ["session.match.joins", "session.match.reads_on"]


def test_where_all_read_along_nobody_is_told_who_reads_still() -> None:
    drive = begun((2, 3, 4), private=False)
    together(drive, (2, 3, 4))
    drive(Left(3))
    assert drive.said(Whom.GROUP)[-1] == "session.match.fewer"
    assert private(drive, 3) == ["session.match.went"]


def test_who_leaves_may_have_somebody_else_and_who_is_forgotten_hears_nothing() -> None:
    drive = begun()
    together(drive, (2, 3), (4, 5))
    drive(Left(3))
    (told,) = [post for post in drive.posts(Whom.MEMBER) if post.to.which == 3]
    assert [named(each) for each in told.says] == ["session.match.went"]
    assert [(each.act, each.arg) for each in told.controls] == [("join", "take_part")]
    assert not told.is_humane
    drive(Joined(3))
    assert drive.found(Propose)[-1].members == (3,)
    drive(Forgotten(member=4))
    assert not private(drive, 4)


def test_it_is_looked_every_day_whether_somebody_fits_who_is_alone() -> None:
    drive = begun()
    proposed(drive, (2, 3), left=[{"member": 4, "why": "language"}, {"member": 5, "why": "nobody"}])
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)
    assert private(drive, 4) == ["session.match.wait_language"]
    assert private(drive, 5) == ["session.match.wait"]
    before = len(drive.found(Propose))
    for _ in range(3):
        drive.wait(DAY)
        drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    assert [each.members for each in drive.found(Propose)[before:]] == [(4, 5)] * 3
    drive.wait(DAY)
    drive(Done(drive.found(Propose)[-1].id, {"groups": [{"members": [4, 5]}]}))
    assert (4, 5) in pairs(drive)
    count = len(drive.found(Propose))
    drive.wait(WEEK)
    assert len(drive.found(Propose)) == count, "nobody is alone"
    assert private(drive, 5).count("session.match.wait") == 1


def test_what_waits_to_be_said_is_taken_back_once_they_are_together() -> None:
    drive = begun((2, 3, 4))
    proposed(drive, (2, 3), left=[{"member": 4, "why": "nobody"}])
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)
    (waits,) = [post.id for post in drive.posts(Whom.MEMBER)]
    drive(Joined(5))
    assert waits not in [each.post for each in drive.found(Settle)]
    drive(Done(drive.found(Propose)[-1].id, {"groups": [{"members": [4, 5]}]}))
    assert waits in [each.post for each in drive.found(Settle)]


def test_whoever_is_left_is_told_kindly_and_can_have_somebody_new() -> None:
    drive = begun()
    together(drive, (2, 3), (4, 5))
    drive(Left(3))
    assert [(each.groups, each.member) for each in drive.found(LetGo)] == [((1,), 3)]
    assert private(drive, 2) == ["session.match.ended"]
    assert drive.said(Whom.LEAD)[-1] == "session.match.count"
    told = [post for post in drive.posts(Whom.MEMBER) if post.to.which == 2][-1]
    assert [(each.act, each.arg) for each in told.controls] == [("join", "take_part")]
    assert 3 not in [
        value.get("member") for value in told.says[0].values.values() if isinstance(value, dict)
    ]
    drive(Joined(2))
    wish = drive.found(Propose)[-1]
    assert (wish.members, wish.pairs) == ((2,), ((4, 5),))
    made = {"members": [2, 4, 5], "pair": [4, 5], "starters": [], "why": {}}
    drive(Done(wish.id, {"groups": [made]}))
    assert pairs(drive) == [(4, 5, 2)]
    assert drive.found(BringIn)[-1].members == (2,)
    assert drive.found(BringTogether)[-1].members == (4, 5, 2)


def test_who_comes_late_and_fits_nobody_is_told_once_and_brought_together_with_the_next() -> None:
    drive = begun()
    together(drive, (2, 3), (4, 5))
    drive(Joined(6))
    for _ in range(2):
        drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
        drive(Joined(6))
    assert private(drive, 6) == ["session.match.wait"]
    drive(Joined(7))
    drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    last = drive.found(Propose)[-1]
    assert last.members == (6, 7)
    drive(Done(last.id, {"groups": [{"members": [6, 7]}]}))
    assert (6, 7) in pairs(drive)


def test_the_one_who_goes_while_a_proposal_is_made_is_in_none() -> None:
    drive = begun()
    drive(Left(5))
    proposed(drive, (2, 3), (4, 5))
    assert not drive.posts(Whom.LEAD)
    assert drive.found(Propose)[-1].members == (2, 3, 4)
    proposed(drive, (2, 3, 4))
    drive(Forgotten(member=2))
    assert drive.found(Propose)[-1].members == (3, 4)
    assert not [each for each in drive.session.entries.values() if each.by == 2]
    drive(Left(3))
    drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    assert drive.said()[-1] == "session.match.nobody"
    assert drive.stage == "after"


def test_two_who_are_one_person_are_one_in_a_pair() -> None:
    drive = begun()
    together(drive, (2, 3), (4, 5))
    drive(United(5, 9))
    drive(Left(9))
    assert private(drive, 4) == ["session.match.ended"]


def test_where_there_are_no_threads_each_is_told_in_private() -> None:
    drive = begun()
    proposed(drive, (2, 3), (4, 5))
    drive(Steered(LEAD, Act.NEXT))
    first, second = drive.found(OpenGroup)
    drive(Done(first.id, is_failed=True))
    assert private(drive, 2) == ["session.match.in_private", "session.match.task"]
    drive.wait(HOUR)
    assert private(drive, 5) == ["session.match.in_private", "session.match.task"]
    assert drive.session.groups[0].members == (2, 3)
    drive(Done(second.id, {"group": 2, "room": 7}))
    assert drive.posts(Whom.GROUP)[-1].to.which == 2


def test_fewer_than_two_are_thanked_and_a_failed_proposal_ends_kindly() -> None:
    alone = begun((2,))
    assert alone.stage == "after"
    assert alone.said()[-1] == "session.match.nobody"
    failed = begun()
    failed(Done(failed.found(Propose)[-1].id, is_failed=True))
    assert failed.stage == "after"


def test_a_look_at_what_would_come_of_it_changes_nothing() -> None:
    drive = begun()
    together(drive, (2, 3), (4, 5))
    before = dump(drive.session)
    step(drive.session, Left(3), drive.now, drive.kinds)
    step(drive.session, Woke(drive.session.turn), drive.now + 30 * DAY, drive.kinds)
    assert dump(drive.session) == before


def test_a_mentor_who_has_another_gets_who_is_alone_and_hears_which_pair_has_ended() -> None:
    drive = begun((2, 3, 4, 5), by="mentors")
    made = [{"members": [2, each], "mentor": 2} for each in (3, 4)]
    left = [{"member": 5, "why": "nobody"}]
    drive(Done(drive.found(Propose)[-1].id, {"groups": made, "left": left}))
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)
    drive(Left(3))
    told = [post for post in drive.posts(Whom.MEMBER) if post.to.which == 2][-1]
    assert told.says[0].phrase == "session.match.one_ended"
    assert told.says[0].values["others"] == [{"member": 4}]
    wish = drive.found(Propose)[-1]
    assert (wish.members, wish.pairs, wish.mentors) == ((5,), ((2, 4),), (2,))
    drive(Done(wish.id, {"groups": []}))
    drive(Joined(2))
    assert drive.told() == "session.match.has_room"
    wish = drive.found(Propose)[-1]
    assert (wish.members, wish.mentors) == ((5,), (2,))
    drive(Done(wish.id, {"groups": [{"members": [2, 5], "mentor": 2}]}))
    assert pairs(drive) == [(2, 4), (2, 5)]


def test_the_leader_is_told_where_equals_meet_as_there_are_no_mentors() -> None:
    drive = begun(by="mentors")
    proposed(drive, (2, 3), (4, 5), are_equals=True)
    assert drive.said(Whom.LEAD)[:2] == ["session.match.preview", "session.match.no_mentors"]
    drive(Ruled(LEAD, Rule.AGAIN))
    proposed(drive, (2, 3), (4, 5))
    assert drive.said(Whom.LEAD).count("session.match.no_mentors") == 1


def test_a_leader_is_told_of_others_and_the_pair_of_themselves() -> None:
    drive = begun(by="mentors")
    drive(Done(drive.found(Propose)[-1].id, {"groups": [{"members": [2, 3], "mentor": 2}]}))
    (line,) = [
        each
        for post in drive.posts(Whom.LEAD)
        for each in post.says
        if each.phrase == "session.match.line"
    ]
    assert line.values["why"]["values"]["is_to_lead"]
    assert line.values["why"]["values"]["mentor"] == {"member": 2}
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)
    says = drive.posts(Whom.GROUP)[0].says[0]
    assert not says.values["why"]["values"]["is_to_lead"]


def test_a_mentor_has_several_and_each_is_let_go_where_the_mentor_goes() -> None:
    drive = begun(by="mentors")
    made = [{"members": [2, each], "mentor": 2} for each in (3, 4)]
    drive(
        Done(
            drive.found(Propose)[-1].id, {"groups": made, "left": [{"member": 5, "why": "nobody"}]}
        )
    )
    drive(Steered(LEAD, Act.NEXT))
    opened(drive)
    assert pairs(drive) == [(2, 3), (2, 4)]
    assert private(drive, 5) == ["session.match.wait"]
    drive(Joined(5))
    assert drive.found(Answer)[-1].saying.phrase == "session.match.seeks"
    drive(Done(drive.found(Propose)[-1].id, {"groups": []}))
    assert private(drive, 5) == ["session.match.wait"]
    drive(Left(2))
    assert not pairs(drive)
    assert private(drive, 3) == private(drive, 4) == ["session.match.ended"]
    assert isinstance(drive.posts()[-1], Post)
