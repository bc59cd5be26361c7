"""What watches the rehearsals can fail: each rule, shown a step that breaks it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.sessions.effects import Effect, Note, Post, Saying, Target, Wake, Whom
from learncomm_agent.sessions.events import Done, Event, Ranked, Said, Woke
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Entry, Phase, Plan, Session, Standing, Step
from tests.sessions.rehearsals.recounting import assert_right, runoff, schulze, tallies
from tests.sessions.rehearsals.watching import Watch

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
STAGES = (
    Stage("discuss", "talk", {}, {"invite": "Would you like to say something?"}),
    Stage("collect", "secrets", {"anonymous": True}, {}),
    Stage("collect", "alone", {"prompts": ["Why?"]}, {}),
    Stage("collect", "books", {}, {}),
    Stage("vote", "choice", {"from": "books"}, {}),
)
PLAN = Plan("test", "A test", STAGES)


def session(stage: str = "talk", *entries: Entry, **data: Any) -> Session:
    index = [each.name for each in STAGES].index(stage)
    return Session(
        PLAN,
        1,
        Phase.OPEN,
        (Step(index),),
        visit=index + 1,
        standing=Standing(NOW, data=data),
        entries={each.id: each for each in entries},
    )


def entry(id: int, stage: str, text: str = "A fine thought", **more: Any) -> Entry:
    return Entry(id, stage, "idea", text, NOW, **more)


def watched(
    effects: tuple[Effect, ...] = (),
    event: Event | None = None,
    before: Session | None = None,
    after: Session | None = None,
    **more: Any,
) -> Passed:
    first = session() if before is None else before
    return Passed(first, event or Woke(1), after or first, effects, NOW, **more)


def said(
    values: Mapping[str, Any] | None = None, to: Whom = Whom.ROOM, id: int = 9, **more: Any
) -> Post:
    saying = Saying(more.pop("text", ""), more.pop("phrase", ""), values or {})
    return Post(id, Target(to), (saying,), **more)


def test_an_ordinary_step_is_let_through() -> None:
    watch = Watch(PLAN)
    watch(watched((said({"question": {"entry": 1}}),), after=session("talk", entry(1, "books"))))
    assert len(watch.room_posts()) == 1


@pytest.mark.parametrize(
    ("passed", "why"),
    [
        (watched((said(), said())), "twice"),
        (watched((Wake(1, NOW, 2),), is_repeat=True), "had an effect again"),
        (watched(event=Done(3), after=session(x=1), is_repeat=True), "did it again"),
        (watched((said(phrase="session.discuss.slow_down"),)), "slow_down"),
        (watched((said(text="Would you like to say something?"),)), "say something"),
        (watched((said({"mode": "listen"}),)), "takes part"),
        (watched(after=session("talk", entry(1, "secrets", by=3))), "anonymous"),
        (watched(after=session("talk", entry(1, "secrets", message=3))), "anonymous"),
        (
            watched((said({"x": "A fine thought"}),), after=session("talk", entry(1, "books"))),
            "forgetting",
        ),
        (
            watched((said({"x": {"entry": 1}}),), after=session("talk", entry(1, "alone"))),
            "asked in private",
        ),
        (watched((said(shows=(1,)),), after=session("talk", entry(1, "alone"))), "in private"),
        (
            watched(
                (said(shows=(1,), notes={"1": {"values": {"who": {"member": 4}}}}),),
                after=session("talk", entry(1, "secrets")),
            ),
            "who gave it",
        ),
        (watched((Note(8, {"move": "bridge"}),)), "bridge after 0"),
    ],
)
def test_what_must_not_be_is_seen(passed: Passed, why: str) -> None:
    watch = Watch(PLAN)
    with pytest.raises(AssertionError, match=why):
        watch(passed)


def test_what_is_for_one_member_may_be_said_to_them() -> None:
    Watch(PLAN)(watched((said(to=Whom.MEMBER, phrase="session.discuss.slow_down"),)))


@pytest.mark.parametrize(("minutes", "is_exchange"), [(1, True), (4, False)])
def test_cutting_in_is_seen_by_replies_and_by_time(minutes: int, is_exchange: bool) -> None:
    watch, begun = Watch(PLAN), NOW - timedelta(minutes=minutes + 1)
    for n, at in enumerate((begun, NOW - timedelta(minutes=minutes))):
        watch(watched(event=Said(2 + n, n, at)))
    move = watched((Note(8, {"move": "re_ask"}),))
    if is_exchange:
        with pytest.raises(AssertionError, match="cut in"):
            watch(move)
    else:
        watch(move)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"chosen": [1], "order": [[1], [2]], "voters": 2}, ""),
        ({"chosen": [2], "order": [[2], [1]], "voters": 2}, "approval"),
        ({"chosen": [1], "order": [[1], [2]], "voters": 3}, "voters"),
    ],
)
def test_a_wrong_count_is_seen(result: Mapping[str, Any], why: str) -> None:
    watch = Watch(PLAN)
    there = session("choice", entry(1, "books", "One"), entry(2, "books", "Two"), options=[1, 2])
    for member, options in ((2, (2,)), (2, (1,)), (3, (1, 2)), (4, (9,))):
        watch(watched(event=Ranked(member, options), before=there))
    left = replace(there, visit=9, results={"choice": result})
    if why:
        with pytest.raises(AssertionError, match=why):
            watch(watched(before=there, after=left))
    else:
        watch(watched(before=there, after=left))
        assert watch.recount.counted == 1


def test_a_wrong_count_beside_an_option_is_seen() -> None:
    watch = Watch(PLAN)
    there = session("choice", entry(1, "books"), options=[1])
    watch(watched(event=Ranked(2, (1,)), before=there))
    left = replace(there, visit=9, results={"choice": {"chosen": [1], "order": [[1]], "voters": 1}})
    note = {"phrase": "session.vote.beside", "values": {"votes": 2}}
    with pytest.raises(AssertionError, match="shown"):
        watch(watched((said(shows=(1,), notes={"1": note}),), before=there, after=left))


def test_the_plain_counts_are_right() -> None:
    assert tallies([1, 2, 3], [(1, 2), (1,), (2, 2)]) == {1: 2, 2: 2, 3: 0}
    circle = [(1, 2, 3), (2, 3, 1), (3, 1, 2)]
    assert schulze([1, 2, 3], circle) == {1, 2, 3}
    assert schulze([1, 2, 3], [*circle, (1, 2, 3)]) == {1}
    assert runoff(frozenset({1, 2, 3}), [(1,), (1,), (2,), (3, 2), (2,), (3, 2)]) == {1, 2, 3}
    assert runoff(frozenset({1, 2}), [(1,), (1,), (2,)]) == {1}
    with pytest.raises(AssertionError):
        assert_right("schulze", [1, 2, 3], [(1, 2, 3)], [3])
    with pytest.raises(AssertionError):
        assert_right("runoff", [1, 2], [(1, 2)], [2])
    with pytest.raises(AssertionError):
        assert_right("approval", [1, 2], [(1,)], [2])
