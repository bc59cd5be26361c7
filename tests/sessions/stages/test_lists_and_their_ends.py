"""Lists of stages: how many and how long, in which order they are carried over, and what an end leaves."""

from datetime import timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import CountPoll, Keep, OpenPoll, Settle, Whom
from learncomm_agent.sessions.events import Act, Done, Entered, Ranked, Rule, Ruled, Steered
from learncomm_agent.sessions.playbook import Stage
from tests.sessions.driver import LEAD, Drive

ANA, BEN, CLEO = 2, 3, 4
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOPICS = ("cats", "law", "opera", "rivers", "compilers", "marathons")


def entries(drive: Drive, stage: str) -> list[tuple[int | None, str]]:
    return [(each.by, each.text) for each in drive.session.of(stage)]


@pytest.mark.parametrize(
    "later",
    [
        Stage("ask", "later", {"from": "asked", "all": True, "count": 8, "sources": ["members"]}),
        Stage("queue", "later", {"from": "asked", "anonymous": True, "for": "1 day"}),
    ],
    ids=["ask", "queue"],
)
def test_anonymous_questions_keep_the_order_that_was_drawn(later: Stage) -> None:
    asked = Stage("collect", "asked", {"what": "question", "anonymous": True, "for": "1 hour"})
    drive = Drive.of(asked, later)
    for n, topic in enumerate(TOPICS):
        drive(Entered(None, f"What of {topic}?", lot=n * 31 + 5))
    drive.wait(HOUR)
    first, second = [each for each in drive.posts() if each.shows][:2]
    drawn = [drive.session.entries[id].text for id in first.shows]
    shown = [drive.session.entries[id].text for id in second.shows]
    assert drawn != sorted(drawn, key=lambda text: TOPICS.index(text[8:-1]))
    assert sorted(shown, key=drawn.index) == shown
    assert len(shown) == len(TOPICS)


@pytest.mark.parametrize("kind", ["collect", "queue"])
def test_however_many_a_playbook_allows_a_list_is_bounded(kind: str) -> None:
    stage = Stage(kind, "list", {"most": 5000, "limit": 5000, "for": "1 day"})
    drive = Drive.of(stage)
    for n in range(101):
        drive(Ruled(LEAD, Rule.ADD, text=f"{chr(97 + n % 26) * 4}{n} {chr(98 + n // 26) * 5}?"))
    assert drive.told() == f"session.{kind}.full"
    assert len(drive.session.entries) == 100


@pytest.mark.parametrize("rule", [Rule.ADD, Rule.EDIT])
@pytest.mark.parametrize("text", ["x" * 1001, "", "  \n ", "?!"])
def test_what_a_leader_writes_into_a_queue_is_a_question(rule: Rule, text: str) -> None:
    drive = Drive.of(Stage("queue", "list", {"for": "1 day"}))
    drive(Entered(ANA, "What of cats?"))
    entry = None if rule is Rule.ADD else drive.session.of("list")[0].id
    drive(Ruled(LEAD, rule, entry, text=text))
    assert drive.told() == ("session.queue.long" if text.startswith("x") else "session.queue.empty")
    assert entries(drive, "list") == [(ANA, "What of cats?")]


def merged() -> tuple[Drive, list[int]]:
    """Return a list on which Ben's words, and others of Ana's own, were put together with Ana's."""
    drive = Drive.of(Stage("collect", "list", {"for": "1 day"}), Stage("wait", "after", {"for": 9}))
    for member, text in ((ANA, "Hers"), (BEN, "His"), (CLEO, "Cleo's"), (ANA, "Hers again")):
        drive(Entered(member, text))
    ids = [each.id for each in drive.session.of("list")]
    for each in ids[1:]:
        drive(Ruled(LEAD, Rule.MERGE, each, into=ids[0]))
    return drive, ids


def test_who_takes_back_what_others_were_merged_with_takes_only_their_own_words() -> None:
    drive, ids = merged()
    drive(Entered(ANA, "", fields={"take_back": str(ids[0])}))
    assert entries(drive, "list") == [(BEN, "His")]
    assert drive.session.of("list")[0].backers == (CLEO,)
    assert "Hers" not in str(drive.session)


def test_who_takes_back_what_was_merged_with_others_words_leaves_theirs() -> None:
    drive, ids = merged()
    drive(Entered(BEN, "", fields={"take_back": str(ids[0])}))
    assert entries(drive, "list") == [(ANA, "Hers")]
    assert "His" not in str(drive.session)


@pytest.mark.parametrize("act", [Act.SKIP, Act.END])
def test_single_figures_go_however_a_stage_ends(act: Act) -> None:
    drive = Drive.of(Stage("collect", "f", {"what": "figure", "for": "1 day"}), Stage("wait", "w"))
    drive(Entered(ANA, "2"))
    drive(Steered(LEAD, act))
    assert drive.session.entries == {}


@pytest.mark.parametrize("act", [Act.SKIP, Act.END, Act.NEXT])
def test_what_is_meant_for_the_library_comes_there_once(act: Act) -> None:
    drive = Drive.of(Stage("collect", "l", {"what": "link", "keeps": True, "for": "1 day"}))
    drive(Entered(ANA, "https://a.example"))
    drive(Steered(LEAD, act))
    assert [len(each.entries) for each in drive.found(Keep)] == [1]


def pressable(drive: Drive) -> list[Whom]:
    """Return to whom posts went that can still be pressed."""
    settled = {each.post for each in drive.found(Settle)}
    posts = [each for whom in Whom for each in drive.posts(whom)]
    open_ = [each for each in posts if (each.pick or each.controls) and each.id not in settled]
    return [each.to.whom for each in open_]


LISTS: list[tuple[Stage, list[Any]]] = [
    (Stage("ask", "a", {"review": 86400, "for": "9 days"}), []),
    (
        Stage("vote", "v", {"from": "c", "poll": False, "for": "1 day"}),
        [Ranked(ANA, (0,)), Ranked(BEN, (1,)), Steered(LEAD, Act.NEXT)],
    ),
    (
        Stage("queue", "q", {"moderated": True, "for": "1 day"}),
        [Entered(ANA, "What of cats?"), timedelta(minutes=3)],
    ),
]


@pytest.mark.parametrize("act", [Act.SKIP, Act.END])
@pytest.mark.parametrize(("stage", "events"), LISTS, ids=["ask", "vote", "queue"])
def test_nothing_can_be_pressed_of_a_stage_that_is_gone(
    act: Act, stage: Stage, events: list[Any]
) -> None:
    drive = Drive.of(Stage("collect", "c", {"what": "nomination", "for": "1 hour"}), stage)
    drive(Entered(ANA, "Emma"))
    drive(Entered(BEN, "Dune"))
    drive.wait(HOUR)
    ids = [each.id for each in drive.session.of("c")]
    for each in events:
        if isinstance(each, timedelta):
            drive.wait(each)
        elif isinstance(each, Ranked):
            drive(Ranked(each.member, (ids[each.options[0]],)))
        else:
            drive(each)
    assert Whom.LEAD in pressable(drive)
    drive(Steered(LEAD, act))
    assert pressable(drive) == []


def test_a_tie_that_is_settled_can_be_settled_no_more() -> None:
    stage = Stage("vote", "v", {"from": "c", "poll": False, "for": "1 day"})
    drive = Drive.of(Stage("collect", "c", {"what": "nomination", "for": "1 hour"}), stage)
    for member, text in ((ANA, "Emma"), (BEN, "Dune")):
        drive(Entered(member, text))
    drive.wait(HOUR)
    ids = [each.id for each in drive.session.of("c")]
    for member, id in zip((ANA, BEN), ids, strict=True):
        drive(Ranked(member, (id,)))
    drive(Steered(LEAD, Act.NEXT))
    drive(Ruled(LEAD, Rule.TIE, ids[1]))
    assert pressable(drive) == []


@pytest.mark.parametrize("gives_time", [True, False])
def test_a_poll_that_closes_before_its_longer_time_is_over_goes_on_as_a_list(
    gives_time: bool,
) -> None:
    stage = Stage("vote", "v", {"from": "c", "for": "1 hour"})
    drive = Drive.of(
        Stage("collect", "c", {"what": "nomination", "for": "1 hour"}),
        stage,
        Stage("wait", "after", {"for": "9 days"}),
    )
    for member, text in ((ANA, "Emma"), (BEN, "Dune")):
        drive(Entered(member, text))
    drive.wait(HOUR)
    poll = drive.found(OpenPoll)[-1]
    drive(Done(poll.id, {}))
    if gives_time:
        drive(Steered(LEAD, Act.EXTEND, "86400"))
    drive.wait(HOUR)
    votes = {"votes": {str(ANA): [poll.options[0]]}}
    drive(Done(drive.found(CountPoll)[-1].id, votes))
    if not gives_time:
        assert drive.stage == "after"
        assert drive.session.results["v"]["chosen"] == [poll.options[0]]
        return
    assert drive.posts()[-1].pick is not None
    for member in (BEN, CLEO):
        drive(Ranked(member, (poll.options[1],)))
    drive.wait(DAY)
    assert drive.session.results["v"]["voters"] == 3
    assert drive.session.results["v"]["chosen"] == [poll.options[1]]
