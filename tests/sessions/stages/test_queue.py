"""Questions to a speaker: one line, alike ones once, the most wanted next, each answered at a place."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import Effect, Post, Settle, Wake, Whom
from learncomm_agent.sessions.events import (
    Backed,
    Begun,
    Entered,
    Event,
    Forgotten,
    Rule,
    Ruled,
    Said,
)
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.kind import Kind
from learncomm_agent.sessions.stages.queue import Queue
from learncomm_agent.sessions.state import Plan, Session
from tests.sessions.driver import LEAD, Drive

SPEAKER, ANA, BEN, CLEO = 5, 2, 3, 4
MINUTE = timedelta(minutes=1)
HOW, WHY, WHO = "How did you begin?", "Why stone and not wood?", "Who taught you?"


class Bag(Kind):
    """Holds questions of before, as a stage that collects them does."""

    name = "bag"

    def hear(self, scene: Scene, event: Event) -> bool:
        if isinstance(event, Entered):
            scene.put("question", event.text, by=event.member)
        return True


def queue(
    before: Iterable[tuple[int, str]] = (), words: Mapping[str, str] | None = None, **params: Any
) -> Drive:
    """Return a queue of an hour that has begun, maybe with questions of before."""
    stages = (
        Stage("bag", "before", {"for": "1 day"}),
        Stage(
            "queue",
            "hour",
            {"speaker": SPEAKER, "from": "before", "for": "1 hour", **params},
            words or {},
        ),
        Stage("wait", "after", {"for": "1 day"}),
    )
    plan = Plan("test", "A test", stages, seed=7)
    drive = Drive(Session(plan, LEAD), {**stage_kinds(), "bag": Bag()})
    drive(Begun())
    drive.join(ANA, BEN, CLEO)
    for member, text in before:
        drive(Entered(member, text))
    drive.effects.clear()
    drive.wait(timedelta(days=1))
    return drive


def ask(drive: Drive, member: int | None, text: str, **more: Any) -> str:
    drive(Entered(member, text, **more))
    return drive.told()


def number(drive: Drive, text: str) -> int:
    return next(id for id, each in drive.session.entries.items() if each.text == text)


def say(
    drive: Drive, member: int, row: int, *, words: int = 20, reply_to: int | None = None
) -> None:
    drive(Said(member, row, drive.now, remark={"words": words}, reply_to=reply_to))


def rule(drive: Drive, rule: Rule, which: str | None = None, **more: Any) -> str:
    entry = None if which is None else number(drive, which)
    drive(Ruled(LEAD, rule, entry, **more))
    return drive.told()


def up(drive: Drive) -> str:
    """Return the question that the speaker has."""
    assert drive.session.standing is not None
    id = drive.session.standing.data.get("up")
    return "" if id is None else drive.session.entries[id].text


def to_come(drive: Drive) -> list[str]:
    drive.wait(20 * MINUTE)
    return [drive.session.entries[id].text for id in drive.posts()[-1].shows]


def shown(drive: Drive) -> set[int]:
    """Return every entry that the room has seen."""
    seen: set[int] = set()
    for post in drive.posts():
        seen.update(post.shows)
        for each in (*post.says, *post.after):
            question = each.values.get("question") or {}
            seen.update(question.values())
    return seen


def test_questions_of_before_are_taken_over_alike_ones_once_and_the_most_wanted_is_up() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY), (CLEO, "Why stone, and not wood?")])

    first = drive.posts()[0]
    assert up(drive) == WHY
    assert drive.session.entries[number(drive, WHY)].backers == (CLEO,)
    assert [drive.session.entries[id].text for id in first.shows] == [WHY, HOW]
    assert drive.said() == ["session.queue.say", "session.queue.asked"]
    assert first.pick is not None
    assert (first.pick.act, first.pick.entries) == ("back", first.shows)


def test_one_list_and_the_question_that_is_up_are_all_that_is_posted() -> None:
    drive = queue()

    told = [ask(drive, ANA, HOW), ask(drive, BEN, WHY), ask(drive, CLEO, WHO)]

    assert told == ["session.queue.noted"] * 3
    assert drive.said() == ["session.queue.say", "session.queue.asked"]
    assert up(drive) == HOW
    drive.wait(30 * MINUTE)
    assert drive.said()[2:] == ["session.queue.top"]
    assert len(drive.found(Settle)) == 1


def test_the_second_who_asks_backs_the_first_and_the_leader_can_take_them_apart() -> None:
    drive = queue([(BEN, HOW)])
    ask(drive, ANA, WHY)
    ask(drive, CLEO, WHO)

    assert ask(drive, BEN, "why stone and not wood") == "session.queue.merged"
    assert ask(drive, ANA, "Why stone and not wood??") == "session.queue.known"
    assert to_come(drive) == [WHY, WHO]

    assert rule(drive, Rule.EDIT, "why stone and not wood", text="What of wood?") == (
        "session.queue.apart"
    )
    assert drive.session.entries[number(drive, WHY)].backers == ()
    assert to_come(drive) == [WHY, WHO, "What of wood?"]


def test_the_most_backed_comes_next_then_the_oldest() -> None:
    drive = queue([(ANA, HOW)])
    for member, text in ((ANA, WHY), (ANA, WHO), (BEN, "What do you read?")):
        ask(drive, member, text)
    for member in (BEN, CLEO, BEN):
        drive(Backed(member, number(drive, WHO)))
    drive(Backed(CLEO, number(drive, "What do you read?")))
    assert to_come(drive) == [WHO, "What do you read?", WHY]

    drive(Backed(CLEO, number(drive, "What do you read?"), is_added=False))
    assert to_come(drive) == [WHO, WHY, "What do you read?"]
    notes = drive.posts()[-1].notes
    assert notes == {
        str(number(drive, WHO)): {"phrase": "session.queue.votes", "values": {"votes": 2}}
    }


def test_who_asks_anonymously_leaves_no_trace_and_counts_all_the_same() -> None:
    drive = queue(anonymous=True, limit=2)
    ask(drive, None, HOW, message=77)
    drive.wait(MINUTE)
    ask(drive, BEN, WHY, message=78)

    assert ask(drive, None, WHY.upper()) == "session.queue.merged"
    assert ask(drive, None, WHY, count=1) == "session.queue.merged"
    assert ask(drive, None, WHO, count=2) == "session.queue.enough"
    assert {(each.by, each.message) for each in drive.session.entries.values()} == {(None, None)}
    assert len({each.at for each in drive.session.entries.values()}) == 1
    assert to_come(drive) == [WHY]
    assert drive.posts()[-1].notes[str(number(drive, WHY))]["values"] == {"votes": 2}
    standing = drive.session.standing
    assert standing is not None and not {"tokens", "asked"} & standing.data.keys()


def test_anonymous_questions_change_numbers_until_somebody_has_seen_them() -> None:
    orders, first = set(), set()
    for lot in range(40):
        drive = queue(anonymous=True, moderated=True)
        for n, text in enumerate((HOW, WHO)):
            ask(drive, None, text, lot=lot + n)
        drive.wait(10 * MINUTE)  # the leader is told
        seen = {id: each.text for id, each in drive.session.entries.items()}
        ask(drive, None, WHY, lot=lot)
        assert seen.items() <= {id: each.text for id, each in drive.session.entries.items()}.items()
        orders.add(tuple(text for _, text in sorted(seen.items())))
        drive(Ruled(LEAD, Rule.ADD, min(seen)))
        first.add(drive.session.entries[min(seen)].text)
    assert len(orders) == 2 and first == {HOW, WHO}


def test_moderated_questions_wait_for_the_leader_who_is_told_once_for_many() -> None:
    drive = queue(moderated=True)
    for member, text in ((ANA, HOW), (BEN, WHY), (CLEO, WHO)):
        assert ask(drive, member, text) == "session.queue.waits"
        drive.wait(MINUTE / 2)
    assert ask(drive, CLEO, HOW) == "session.queue.waits"
    drive(Backed(BEN, number(drive, HOW)))
    assert drive.told() == "session.queue.no_such"

    drive.wait(10 * MINUTE)
    (batch,) = drive.posts(Whom.LEAD)
    assert [drive.session.entries[id].text for id in batch.shows] == [HOW, WHY, WHO]
    assert shown(drive) == set()

    assert rule(drive, Rule.SKIP, WHY) == "session.queue.kept_back"
    assert rule(drive, Rule.STRIKE, WHO) == "session.queue.struck"
    assert rule(drive, Rule.ADD, HOW) == "session.queue.admitted"
    assert up(drive) == HOW
    drive.wait(timedelta(hours=1))
    assert shown(drive) == {number(drive, HOW)}
    assert drive.session.results["hour"] == {"answered": [], "left": [number(drive, HOW)]}
    assert len(drive.posts(Whom.LEAD)) == 1


def test_the_speakers_words_answer_what_is_up_and_the_next_comes_when_talk_rests() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY)])

    say(drive, SPEAKER, 900, words=2)  # a greeting
    drive.wait(10 * MINUTE)
    assert up(drive) == HOW
    say(drive, SPEAKER, 901)
    drive.wait(2 * MINUTE)
    say(drive, SPEAKER, 902)
    drive.wait(2 * MINUTE)
    assert up(drive) == HOW
    drive.wait(2 * MINUTE)
    assert up(drive) == WHY
    drive.wait(timedelta(hours=1))

    assert drive.session.results["hour"] == {
        "answered": [number(drive, HOW)],
        "left": [number(drive, WHY)],
    }
    answered, leftovers = drive.posts()[-2:]
    assert drive.said()[-2:] == ["session.queue.answered", "session.queue.leftovers"]
    assert leftovers.shows == (number(drive, WHY),)
    beside = answered.notes[str(number(drive, HOW))]
    assert beside["values"] == {"message": {"message": 901}}


def test_an_answer_does_not_wait_for_others_to_stop_talking() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY)])
    say(drive, SPEAKER, 900)
    for minute in range(11):
        drive.wait(MINUTE)
        say(drive, ANA, 901 + minute)
    assert up(drive) == WHY
    assert len(drive.found(Wake)) < 8


def test_a_reply_to_the_message_of_a_question_answers_that_one() -> None:
    drive = queue()
    ask(drive, ANA, HOW, message=500)
    ask(drive, BEN, WHY, message=501)
    say(drive, SPEAKER, 900, words=1, reply_to=501)

    assert up(drive) == HOW
    drive.wait(timedelta(hours=1))
    assert drive.session.results["hour"]["answered"] == [number(drive, WHY)]


@pytest.mark.parametrize(
    ("ruling", "told", "up_next", "left"),
    [
        ((Rule.ANSWERED, None, {}), "session.queue.marked", WHY, [WHO]),
        ((Rule.ANSWERED, WHO, {}), "session.queue.marked", HOW, [WHY]),
        ((Rule.SKIP, None, {}), "session.queue.passed", WHY, [WHO, HOW]),
        ((Rule.SWAP, WHO, {}), "session.queue.next_one", WHO, [HOW, WHY]),
        ((Rule.STRIKE, HOW, {}), "session.queue.struck", WHY, [WHO]),
        ((Rule.MOVE, WHO, {"place": 1}), "session.queue.moved", HOW, [WHO, WHY]),
        ((Rule.MOVE, HOW, {"place": 1}), "session.queue.not_in_line", HOW, [WHY, WHO]),
        ((Rule.EDIT, WHY, {"text": " Why not?"}), "session.queue.edited", HOW, ["Why not?", WHO]),
        ((Rule.EDIT, WHY, {"text": " "}), "session.queue.empty", HOW, [WHY, WHO]),
        (
            (Rule.ADD, None, {"text": "And now?"}),
            "session.queue.noted",
            HOW,
            [WHY, WHO, "And now?"],
        ),
        ((Rule.TIE, WHY, {}), "session.not_now", HOW, [WHY, WHO]),
    ],
)
def test_what_a_leader_says_is_done(
    ruling: tuple[Rule, str | None, dict[str, Any]], told: str, up_next: str, left: list[str]
) -> None:
    drive = queue([(ANA, HOW), (BEN, WHY), (CLEO, WHO)])
    assert rule(drive, ruling[0], ruling[1], **ruling[2]) == told
    assert up(drive) == up_next
    if told != "session.not_now":
        assert to_come(drive) == left


def test_two_can_be_put_together_and_unknown_numbers_do_no_harm() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY), (CLEO, WHO)])
    assert rule(drive, Rule.MERGE, HOW, into=number(drive, WHO)) == "session.queue.put_together"
    assert (up(drive), drive.session.entries[number(drive, WHO)].backers) == (WHO, (ANA,))
    drive(Backed(CLEO, number(drive, WHY)))
    drive(Backed(BEN, number(drive, WHO)))
    rule(drive, Rule.MERGE, WHO, into=number(drive, WHY))
    assert drive.session.entries[number(drive, WHY)].backers == (ANA, CLEO)
    assert up(drive) == WHY
    for each in (Rule.ANSWERED, Rule.STRIKE, Rule.SKIP):
        drive(Ruled(LEAD, each, 4711))
        assert drive.told() == "session.queue.no_such"
    drive(Backed(ANA, 4711))
    assert drive.told() == "session.queue.no_such"


@pytest.mark.parametrize("text", ["", "   ", "?!", "x" * 1001])
def test_what_is_no_question_is_refused(text: str) -> None:
    drive = queue()
    assert ask(drive, ANA, text) in {"session.queue.empty", "session.queue.long"}
    assert drive.session.entries == {}


def test_there_are_never_too_many() -> None:
    drive = queue(most=3, limit=2)
    told = [ask(drive, ANA, f"What about number {n * 7}?") for n in range(3)]
    told += [ask(drive, BEN, f"Where is place {n * 11}?") for n in range(2)]
    assert [each.removeprefix("session.queue.") for each in told] == [
        *("noted", "noted", "enough"),
        *("noted", "full"),
    ]


def test_a_member_who_is_forgotten_takes_their_question_along() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY)])
    say(drive, SPEAKER, 900)
    drive(Forgotten(member=ANA))
    drive.wait(MINUTE)
    assert up(drive) == WHY
    say(drive, SPEAKER, 901)
    drive(Forgotten(messages=(901,)))
    drive.wait(timedelta(hours=1))
    assert drive.posts()[-1].notes == {}


def test_nobody_is_told_kindly_where_people_were_there_and_silence_is_left_alone() -> None:
    drive = queue()
    say(drive, ANA, 900)
    drive.wait(timedelta(hours=1))
    assert drive.said() == ["session.queue.say", "session.queue.nobody"]

    drive = queue([(ANA, HOW)])
    drive.wait(timedelta(hours=1))
    assert drive.said() == ["session.queue.say", "session.queue.asked"]


def test_a_playbook_may_leave_out_any_of_its_words() -> None:
    drive = queue([(ANA, HOW), (BEN, WHY)], dict.fromkeys(Queue.sayings, ""))
    ask(drive, CLEO, WHO)
    say(drive, SPEAKER, 900)
    drive.wait(timedelta(hours=2))
    assert [each for each in drive.said() if each] == []
    assert len(drive.found(Wake)) < 8
    assert drive.session.results["hour"]["answered"] == [number(drive, HOW)]


ACTS = st.one_of(
    st.tuples(st.just("ask"), st.integers(2, 6), st.integers(0, 12)),
    st.tuples(st.just("back"), st.integers(2, 6), st.integers(0, 40)),
    st.tuples(st.just("say"), st.integers(2, 6), st.integers(0, 40)),
    st.tuples(st.just("rule"), st.sampled_from(list(Rule)), st.integers(0, 40)),
    st.tuples(st.just("wait"), st.integers(1, 9), st.just(0)),
    st.tuples(st.just("forget"), st.integers(2, 6), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=40), st.booleans(), st.booleans())
def test_whatever_happens_it_ends_and_what_waits_is_never_seen(
    acts: list[tuple[str, Any, int]], moderated: bool, anonymous: bool
) -> None:
    drive = queue([(ANA, HOW)], moderated=moderated, anonymous=anonymous)
    topics = [
        "amber",
        "birch",
        "copper",
        "delta",
        "ember",
        "flint",
        "grain",
        "hazel",
        "iris",
        "jade",
        "kelp",
        "lapis",
        "moss",
    ]
    admitted: set[int] = set()
    for act, who, what in acts:
        match act:
            case "ask":
                drive(Entered(None if anonymous else who, f"What is {topics[what]}?", lot=what))
            case "back":
                drive(Backed(who, what))
            case "say":
                say(drive, who, 1000 + what, words=what)
            case "rule":
                drive(Ruled(LEAD, who, what or None, "In other words?", place=2, into=what + 1))
                admitted |= {what} if who in {Rule.ADD, Rule.SWAP} else set()
            case "wait":
                drive.wait(who * MINUTE)
            case "forget":
                drive(Forgotten(member=who))
    drive.wait(timedelta(hours=2))
    assert drive.stage == "after"
    result = drive.session.results["hour"]
    assert not set(result["answered"]) & set(result["left"])
    assert len(set(result["answered"])) == len(result["answered"])
    if moderated:
        own = {id for id, each in drive.session.entries.items() if each.by == LEAD}
        assert shown(drive) <= admitted | own
    assert all(_is_nameless(each) for each in drive.effects)


def _is_nameless(effect: Effect) -> bool:
    """Whether a post to all names nobody but the speaker and the lead."""
    if not isinstance(effect, Post) or effect.to.whom is not Whom.ROOM:
        return True
    values = [each.values for each in (*effect.says, *effect.after)]
    named = {v["member"] for each in values for v in each.values() if _is_member(v)}
    return named <= {SPEAKER, LEAD}


def _is_member(value: Any) -> bool:
    return isinstance(value, dict) and "member" in value
