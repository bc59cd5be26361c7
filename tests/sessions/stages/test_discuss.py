"""A discussion: opened with a question, listened to, helped along seldom, and counted without a ranking."""

import json
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import Note, Post, Wake, Whom
from learncomm_agent.sessions.events import (
    Act,
    Begun,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Progressed,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.facilitating.floor import Floor
from learncomm_agent.sessions.facilitating.moves import Decision, Move, Reason
from learncomm_agent.sessions.facilitating.moves import Kind as Way
from learncomm_agent.sessions.facilitating.participation import measure
from learncomm_agent.sessions.facilitating.remarks import Remark, read_remark
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import OWN, Scene
from learncomm_agent.sessions.stages.discuss import Discuss
from learncomm_agent.sessions.stages.discussing import moving
from learncomm_agent.sessions.stages.discussing.ladder import Ladder
from learncomm_agent.sessions.stages.discussing.talk import Talk
from learncomm_agent.sessions.stages.discussing.tally import Tally
from learncomm_agent.sessions.stages.kind import Kind
from learncomm_agent.sessions.state import Plan, Session
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.writing.language.cues import read_cues
from tests.sessions.driver import LEAD, Drive

ANA, BEN, CLEO, DAN = 2, 3, 4, 5
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUESTIONS = ("What stays with you?", "Who decides here?", "What follows from it?")
PORTIONS = [
    {"n": 1, "label": "chapter 3", "to": 0.3},
    {"n": 2, "label": "chapter 6", "to": 0.6},
]


class Given(Kind):
    """Leaves questions, and maybe has asked the first, as a stage before a discussion does."""

    name = "given"

    def enter(self, scene: Scene) -> None:
        asked = scene.param("asked", 0)
        fields = scene.param("fields", [{}] * 3)
        ids = [
            scene.put("question", text, place=n + 1, fields={**fields[n], "asked": n < asked}).id
            for n, text in enumerate(QUESTIONS)
        ]
        scene.remember("portions", PORTIONS)
        scene.leave(ids)


def talk(
    *,
    asked: int = 0,
    members: Iterable[int] = (ANA, BEN, CLEO),
    lasts: str = "1 hour",
    **params: Any,
) -> Drive:
    """Return a discussion of an hour that has begun."""
    words = params.pop("words", {})
    fields = params.pop("fields", [{}] * 3)
    stages = (
        Stage("announce", "hello", {"for": "1 day"}, {"say": "Hello"}),
        Stage("given", "ladder", {"asked": asked, "fields": fields}),
        Stage("discuss", "hour", {"from": "ladder", "for": lasts, **params}, words),
        Stage("wait", "after", {"for": "1 day"}),
    )
    drive = Drive(
        Session(Plan("test", "A test", stages, seed=7), LEAD), {**stage_kinds(), "given": Given()}
    )
    drive(Begun())
    drive.join(*members)
    drive.effects.clear()
    drive.wait(timedelta(days=1))
    return drive


def say(drive: Drive, member: int, row: int, *, words: int = 12, **told: Any) -> None:
    more = {key: told.pop(key) for key in ("group", "reply_to", "is_host") if key in told}
    terms = sorted(str(told.pop("terms", "")).split())
    drive(Said(member, row, drive.now, remark={"words": words, "terms": terms, **told}, **more))


def chat(drive: Drive, count: int, members: Iterable[int], first: int = 100, **told: Any) -> None:
    """Let members speak in turn, three a minute."""
    turns = tuple(members)
    for n in range(count):
        say(drive, turns[n % len(turns)], first + n, **told)
        drive.wait(MINUTE / 3)


def asked(drive: Drive) -> list[str]:
    """Return the questions that were posted, in order."""
    found = []
    for post in drive.posts():
        for saying in post.says:
            question = saying.values.get("question")
            if isinstance(question, dict) and saying.phrase != "session.discuss.re_ask":
                found.append(drive.session.entries[question["entry"]].text)
    return found


def reasons(drive: Drive) -> list[tuple[str, str]]:
    return [(each.content["move"], each.content["reason"]) for each in drive.found(Note)]


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({}, ["session.discuss.say"]),
        ({"asked": 1}, []),
        ({"asked": 1, "words": {"say": "We begin."}}, ["We begin."]),
        ({"from": "nothing", "questions": ["Why?", "What for?"]}, ["session.discuss.say"]),
        ({"from": "nothing"}, ["session.discuss.say"]),
        ({"from": "nothing", "words": {"say": ""}}, []),
        ({"words": {"say": ""}}, ["session.discuss.say"]),
        ({"asked": 1, "words": {"say": ""}}, []),
    ],
)
def test_it_opens_with_a_question_unless_that_stands_there_already(
    given_: dict[str, Any], says: list[str]
) -> None:
    drive = talk(**given_)
    assert drive.said() == says
    assert reasons(drive)[0] == ("open", "begins")


def test_the_next_question_comes_when_people_have_answered_and_come_to_rest() -> None:
    drive = talk()
    chat(drive, 12, (ANA, BEN, CLEO))
    assert asked(drive) == [QUESTIONS[0]]
    drive.wait(20 * MINUTE)
    assert asked(drive) == list(QUESTIONS[:2])

    say(drive, ANA, 300)
    drive.wait(HOUR)
    first, second, third = drive.session.results["ladder"]
    result = drive.session.results["hour"]
    assert result["answered"] == {str(first): 3, str(second): 1, str(third): 0}
    assert (result["messages"], result["speakers"]) == (13, 3)
    assert drive.stage == "after"


@pytest.mark.parametrize(
    ("joined", "says"), [((ANA, BEN), 2), ((), 1)], ids=["a group that is late", "nobody"]
)
def test_a_silent_room_is_asked_once_more_at_most(joined: tuple[int, ...], says: int) -> None:
    drive = talk(members=joined)
    drive.wait(59 * MINUTE)
    assert len(drive.posts()) == says
    drive.wait(HOUR)
    end = [] if joined else ["session.nobody"]
    assert drive.said() == ["session.discuss.say", "session.discuss.re_ask"][:says] + end
    assert "participation" not in drive.session.results


def test_it_is_silent_where_it_only_listens() -> None:
    drive = talk(facilitated=False, words={"close": "Thank you"})
    chat(drive, 30, (ANA, BEN))
    drive.wait(HOUR)
    assert drive.said() == ["session.discuss.say", "Thank you"]
    assert drive.session.results["participation"]["spoke"] == 2


def test_what_a_playbook_leaves_without_words_is_not_said() -> None:
    drive = talk(words={"next": "", "re_ask": "", "time": ""})
    chat(drive, 12, (ANA, BEN, CLEO))
    drive.wait(2 * HOUR)
    assert drive.said() == ["session.discuss.say"]


def test_a_talk_is_not_cut_off_at_its_end_but_ends() -> None:
    drive = talk()
    drive.wait(58 * MINUTE)
    chat(drive, 12, (ANA, BEN))
    assert drive.stage == "hour"
    chat(drive, 30, (ANA, BEN), 200)
    assert drive.stage == "after"
    assert drive.session.results["hour"]["messages"] > 12


@pytest.mark.parametrize("minute", [10, 61])
def test_a_leaders_word_ends_it_with_what_came_of_it(minute: int) -> None:
    drive = talk()
    drive.wait((minute - 3) * MINUTE)
    chat(drive, 8, (ANA, BEN))
    drive.wait(MINUTE / 3)
    drive(Steered(LEAD, Act.NEXT))
    assert drive.stage == "after"
    assert drive.session.results["hour"]["messages"] == 8


def test_a_quiet_member_is_invited_in_private_and_a_loud_one_slowed_down_there() -> None:
    drive = talk(members=(ANA, BEN, CLEO, DAN))
    drive.wait(16 * MINUTE)
    for n in range(30):
        say(drive, (ANA, ANA, BEN, CLEO)[n % 4], 100 + n, words=(60, 60, 10, 10)[n % 4])
        drive.wait(MINUTE / 2)

    private = {(each.to.which, each.says[0].phrase) for each in drive.posts(Whom.MEMBER)}
    assert private == {(ANA, "session.discuss.slow_down"), (DAN, "session.discuss.invite")}
    assert not any(each.is_humane for each in drive.posts(Whom.MEMBER))  # it is for this hour
    assert named(drive.posts()) == set()
    assert ("invite", "not_heard_yet") in reasons(drive)


@pytest.mark.parametrize("mode", [Mode.LISTEN, Mode.QUIET])
def test_who_wishes_not_to_be_invited_is_not(mode: Mode) -> None:
    drive = talk(members=(ANA, BEN))
    drive(Joined(DAN, mode))
    drive.wait(16 * MINUTE)
    chat(drive, 40, (ANA, BEN))
    drive.wait(HOUR)
    assert drive.posts(Whom.MEMBER) == []


def test_a_nudge_that_stands_unanswered_is_the_last_in_later_discussions_too() -> None:
    stage = Stage("discuss", "first", {"for": "1 hour"})
    again = Stage("discuss", "second", {"for": "1 hour"})
    drive = Drive.of(Stage("announce", "hello", {"for": "1 day"}), stage, again)
    drive.join(ANA, BEN, DAN)
    drive.wait(timedelta(days=1))
    for _ in range(2):
        drive.wait(16 * MINUTE)
        chat(drive, 20, (ANA, BEN), len(drive.effects) * 100)
        drive.wait(HOUR - 20 * MINUTE)
    assert [each.to.which for each in drive.posts(Whom.MEMBER)] == [DAN]


def test_who_takes_over_the_lead_is_no_member_to_be_nudged() -> None:
    drive = talk(members=(ANA, BEN, DAN))
    drive(Steered(LEAD, Act.HAND_OVER, str(DAN)))
    drive.wait(16 * MINUTE)
    chat(drive, 20, (ANA, BEN))
    drive.wait(HOUR)
    assert drive.posts(Whom.MEMBER) == []
    assert DAN not in [each[0] for each in drive.session.results[OWN]["parts"]]


def bridge(*nudged: int) -> tuple[Scene, Decision, Floor]:
    """Return what it takes to show two points side by side, after private words to some members."""
    drive = talk()
    floor = Floor().said(Move.OPEN, drive.now)
    for member, message in ((ANA, "200"), (BEN, "210")):
        floor = floor.hear(Remark(member, drive.now, message, 12))
    for each in nudged:
        floor = floor.said(Move.SLOW_DOWN, drive.now, member=each)
    scene = Scene(drive.session, stage_at(drive.session), drive.now, Discuss.sayings)
    about = ("200", "210")
    return scene, Decision(Way.SPEAK, Move.BRIDGE, Reason.POINTS_DIFFER, about=about), floor


def test_two_points_are_shown_side_by_side_with_links_and_the_names_of_who_made_them() -> None:
    scene, decision, floor = bridge()
    assert moving.can_be_said(scene, decision, floor, Ladder(scene))
    (saying,) = moving.words_of(scene, decision, floor, None)
    assert saying.phrase == "session.discuss.bridge"
    assert (saying.values["who"], saying.values["whom"]) == ({"member": ANA}, {"member": BEN})
    assert (saying.values["one"], saying.values["other"]) == ({"message": 200}, {"message": 210})
    assert saying.values["differ"] is True


def test_nobody_is_named_to_all_who_got_a_private_word_or_is_known_no_more() -> None:
    scene, decision, floor = bridge(BEN)
    assert not moving.can_be_said(scene, decision, floor, Ladder(scene))
    scene, decision, floor = bridge()
    assert not moving.can_be_said(scene, decision, floor.without(ANA), Ladder(scene))


@pytest.mark.parametrize(
    ("told", "saying"),
    [
        ({"has_evidence": False}, "evidence"),
        ({"has_evidence": True}, "example"),
        ({"is_off_topic": True, "has_evidence": True}, "park"),
    ],
)
def test_a_move_points_to_the_message_that_it_is_about(told: dict[str, Any], saying: str) -> None:
    drive = talk()
    chat(drive, 24, (ANA, BEN, CLEO), **told)
    say(drive, ANA, 124, words=2, **told)  # and nobody goes on
    drive.wait(4 * MINUTE)
    assert drive.said()[-1] == f"session.discuss.{saying}"
    assert drive.posts()[-1].says[0].values["message"]["message"] in {123, 124}
    assert not drive.posts()[-1].is_humane


def test_questions_that_a_stage_before_has_asked_are_taken_over_as_they_stand() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 day"}, {"say": "Hello"}),
        Stage("ask", "ladder", {"questions": list(QUESTIONS), "sources": []}),
        Stage("discuss", "hour", {"from": "ladder", "for": "1 hour"}),
    )
    drive.join(ANA, BEN)
    drive.wait(timedelta(days=1))
    before = len(drive.posts())
    assert drive.stage == "hour"
    drive(Ruled(LEAD, Rule.SKIP))
    (post,) = drive.posts()[before:]
    question = post.says[0].values["question"]
    entry = drive.session.entries[question["entry"]]
    assert (entry.text, entry.fields["asked"]) == (QUESTIONS[1], True)


@pytest.mark.parametrize(("params", "lasts"), [({"live": True}, HOUR), ({}, timedelta(days=7))])
def test_it_ends_though_a_playbook_does_not_say_when(
    params: dict[str, Any], lasts: timedelta
) -> None:
    drive = Drive.of(Stage("discuss", "talk", params), Stage("wait", "after", {"for": "1 day"}))
    drive.join(ANA)
    drive.wait(lasts - MINUTE)
    assert drive.stage == "talk"
    drive.wait(2 * MINUTE)
    assert drive.stage == "after"


def test_what_was_over_before_it_began_is_passed_over() -> None:
    late = Stage("discuss", "talk", {"until": "$when"}, {"say": "We begin."})
    drive = Drive.of(
        late,
        Stage("wait", "after", {"for": "1 day"}),
        answers={"when": "2026-03-01T09:00:00+00:00"},
    )
    assert (drive.stage, drive.said()) == ("after", [])


def test_slow_talk_goes_on_at_hours_when_people_are_awake() -> None:
    drive = talk(lasts="4 days")
    chat(drive, 9, (ANA, BEN))
    drive.wait(timedelta(days=2))
    assert [each.is_humane for each in drive.posts()][:2] == [False, True]


def test_the_lead_alone_is_offered_groups_where_many_talk() -> None:
    crowd = tuple(range(20, 34))
    drive = talk(members=crowd)
    chat(drive, 28, crowd)
    assert drive.said(Whom.LEAD) == ["session.discuss.offer_groups"]


def test_it_holds_while_people_are_in_their_groups() -> None:
    drive = talk()
    say(drive, ANA, 99)
    for n in range(20):
        say(drive, (ANA, BEN)[n % 2], 100 + n, group=1)
        drive.wait(2 * MINUTE)
    assert drive.said() == ["session.discuss.say"]
    drive.wait(HOUR)
    assert drive.session.results["hour"]["messages"] == 21


@pytest.mark.parametrize(
    ("ruling", "told", "posted"),
    [
        (Ruled(LEAD, Rule.SKIP), "skipped", [0, 1, 2]),
        (Ruled(LEAD, Rule.SWAP, 3), "swapped", [0, 2, 1]),
        (Ruled(LEAD, Rule.STRIKE, 2), "struck", [0, 2]),
        (Ruled(LEAD, Rule.MOVE, 2, place=2), "moved", [0, 2, 1]),
        (Ruled(LEAD, Rule.ADD, text=" And you? ", place=1), "added", [0, "And you?", 1, 2]),
        (Ruled(LEAD, Rule.ADD, text=" "), "no_words", [0, 1, 2]),
        (Ruled(LEAD, Rule.EDIT, 2, text="Who?"), "edited", [0, "Who?", 2]),
        (Ruled(LEAD, Rule.EDIT, 2, text="x" * 501), "too_long", [0, 1, 2]),
        (Ruled(LEAD, Rule.STRIKE, 1), "asked", [0, 1, 2]),
        (Ruled(LEAD, Rule.STRIKE, 99), "unknown", [0, 1, 2]),
    ],
)
def test_a_leader_changes_the_ladder_while_people_talk(
    ruling: Ruled, told: str, posted: list[int | str]
) -> None:
    drive = talk()
    numbers = [0, *drive.session.results["ladder"]]
    if ruling.entry is not None and ruling.entry < len(numbers):
        ruling = Ruled(LEAD, ruling.rule, numbers[ruling.entry], ruling.text, ruling.place)
    drive(ruling)
    assert drive.told() == f"session.discuss.{told}"
    for _ in range(4):
        drive(Ruled(LEAD, Rule.SKIP))
    assert drive.told() == "session.discuss.no_more"
    assert asked(drive) == [each if isinstance(each, str) else QUESTIONS[each] for each in posted]


def test_the_fence_keeps_later_portions_out_and_warns_who_is_behind_in_private() -> None:
    later = [{}, {"portion": 2}, {"place": 0.5}]
    drive = talk(fence=True, fields=later, lasts="1 day")
    assert drive.posts(Whom.MEMBER) == []

    drive(Progressed(ANA, 0.1))
    drive(Progressed(BEN, 0.3))
    for _ in range(2):
        drive(Joined(ANA))
        drive(Joined(BEN))
    (word,) = drive.posts(Whom.MEMBER)
    assert (word.to.which, word.says[0].phrase) == (ANA, "session.discuss.behind")
    assert word.says[0].values["portion"]["label"] == "chapter 3"

    drive(Ruled(LEAD, Rule.SKIP))
    assert drive.told() == "session.discuss.no_more"
    assert asked(drive) == [QUESTIONS[0]]


def test_figures_are_sums_for_the_lead_and_everyones_own_apart_and_never_in_a_post() -> None:
    drive = talk(words={"close": "Thanks"})
    say(drive, ANA, 100, terms="stone river")
    say(drive, BEN, 101, terms="stone", reply_to=100)
    say(drive, LEAD, 102, terms="river", words=400)
    say(drive, CLEO, 103)
    drive.wait(2 * HOUR)

    told = drive.session.results["participation"]
    assert (told["present"], told["spoke"], told["turns"]) == (3, 3, 3)
    own = drive.session.results[OWN]
    assert own["parts"][0] == [
        ANA,
        {"words": 12, "turns": 1, "drawn": 1, "ideas": 2, "taken_up": 2},
    ]
    assert LEAD not in [each[0] for each in own["parts"]]
    assert all(OWN not in saying.values for post in drive.posts() for saying in post.says)

    drive(Forgotten(member=ANA))
    assert [each[0] for each in drive.session.results[OWN]["parts"]] == [BEN, CLEO]


def test_who_is_forgotten_and_what_is_deleted_leaves_the_state() -> None:
    drive = talk()
    say(drive, ANA, 770077, terms="amaryllis")
    say(drive, BEN, 880088, terms="begonia")
    drive(Forgotten(messages=(880088,)))
    drive(Forgotten(member=ANA))
    kept = json.dumps(drive.session.standing and dict(drive.session.standing.data))
    assert not any(each in kept for each in ("770077", "880088", "amaryllis", "begonia"))


def test_the_tally_counts_what_is_measured_of_the_whole() -> None:
    random, tally, told = Random(3), Tally(), []
    terms = [f"term{n}" for n in range(60)]
    for n in range(200):
        remark = Remark(
            member := random.choice([LEAD, ANA, BEN, CLEO]),
            Drive.of(Stage("wait", "x")).now + n * MINUTE,
            str(n),
            random.randrange(40),
            terms=frozenset(random.sample(terms, 5)),
            replies_to=random.choice([None, ANA, BEN, LEAD]),
            is_host=member == LEAD,
        )
        told.append(remark)
        tally = Tally.of(json.loads(json.dumps(tally.hear(remark).record())))
    assert tally.participation([DAN]) == measure(told, [DAN])


def named(posts: Iterable[Post]) -> set[int]:
    """Return whom posts name in their own words; the lead is in every one's values, and no matter."""
    values = [each.values for post in posts for each in (*post.says, *post.after)]
    return {
        value["member"]
        for each in values
        for name, value in each.items()
        if name != "lead" and isinstance(value, dict) and "member" in value
    }


MOVES = frozenset(
    f"session.discuss.{name}"
    for name in ("bridge", "evidence", "example", "park", "round", "time", "unanswered")
)
MEMBERS = st.integers(2, 9)
HAPPENS = st.one_of(
    st.tuples(st.just("say"), MEMBERS, st.integers(0, 200)),
    st.tuples(st.just("say"), MEMBERS, st.integers(0, 200)),
    st.tuples(st.just("burst"), MEMBERS, st.integers(5, 30)),
    st.tuples(st.just("join"), MEMBERS, st.sampled_from(list(Mode))),
    st.tuples(st.just("leave"), MEMBERS, st.none()),
    st.tuples(st.just("rule"), st.sampled_from(list(Rule)), st.integers(0, 8)),
    st.tuples(st.just("wait"), st.integers(1, 20), st.none()),
    st.tuples(st.just("forget"), MEMBERS, st.none()),
    st.tuples(st.just("steer"), st.sampled_from([Act.PAUSE, Act.RESUME, Act.EXTEND]), st.none()),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(HAPPENS, max_size=40), st.integers(0, 99))
def test_whatever_happens_it_ends_and_keeps_to_its_limits(
    happens: list[tuple[str, Any, Any]], seed: int
) -> None:
    random, drive, row = Random(seed), talk(members=(ANA, BEN)), 100
    for what, one, other in happens:
        match what:
            case "say" | "burst":
                for n in range(other if what == "burst" else 1):
                    row += 1
                    _remark(drive, random, one + n % 3, row)
            case "join":
                drive(Joined(one, other))
            case "leave":
                drive(Left(one))
            case "rule":
                drive(Ruled(LEAD, one, other, "In other words?", other))
            case "wait":
                drive.wait(one * MINUTE)
            case "forget":
                drive(Forgotten(member=one))
            case "steer":
                drive(Steered(LEAD, one, "600"))
    drive(Steered(LEAD, Act.RESUME))
    drive.wait(timedelta(hours=12))
    assert drive.stage != "hour"
    check_limits(drive)


SECONDS = (5, 30, 240)
"""How long people wait before they say something."""


def _remark(
    drive: Drive,
    random: Random,
    member: int,
    row: int,
    seconds: tuple[int, ...] = SECONDS,
) -> None:
    say(
        drive,
        member,
        row,
        words=random.choice([1, 8, 30, 150]),
        terms=" ".join(f"term{random.randrange(30)}" for _ in range(6)),
        is_question=random.random() < 0.2,
        has_evidence=random.random() < 0.3,
        is_off_topic=random.choice([None, False, True]),
        reply_to=random.choice([None, row - 1]),
    )
    drive.wait(timedelta(seconds=random.choice(seconds)))


def check_limits(drive: Drive) -> None:
    """Check what holds of every discussion: few words of ours, none in public of who is quiet or loud."""
    private = drive.posts(Whom.MEMBER)
    nudged = {each.to.which for each in private}
    for post in drive.posts():
        first = post.says[0].phrase
        before = {each.to.which for each in private if each.id < post.id}
        assert not named([post]) & before
        assert first not in {"session.discuss.invite", "session.discuss.slow_down"}
    for whom in nudged:
        assert len([each for each in private if each.to.which == whom]) <= 2
    unasked = [each for each in drive.posts() if each.says[0].phrase in MOVES]
    assert len(unasked) <= 6


def long_talk(seed: int, count: int, members: int, span: str) -> tuple[Drive, list[int]]:
    """Return a discussion over weeks, and how many messages came before each unasked post."""
    random, seconds = Random(seed), (*SECONDS * 5, 4 * 3600)
    drive = talk(members=range(2, 2 + members), lasts=span)
    posts: list[int] = []
    for n in range(count):
        before = len(drive.effects)
        _remark(drive, random, random.randrange(2, 2 + members), 1000 + n, seconds)
        new = [each for each in drive.effects[before:] if isinstance(each, Post)]
        posts += [n for each in new if each.says[0].phrase in MOVES]
    return drive, posts


@pytest.mark.parametrize("seed", range(3))
def test_no_unasked_post_comes_before_twenty_messages_of_people(seed: int) -> None:
    drive, posts = long_talk(seed, 300, 5, "7 days")
    assert posts
    assert all(later - earlier >= 20 for earlier, later in pairwise([-1, *posts]))
    check_limits(drive)
    assert len(drive.found(Wake)) < 300
    assert len(drive.found(Note)) < 150


def test_the_state_of_a_long_talk_stays_small() -> None:
    members = range(2, 42)
    random, drive = Random(5), talk(members=members, lasts="7 days")
    scene = Scene(drive.session, stage_at(drive.session), drive.now, Discuss.sayings)
    told = Talk(scene)
    for n in range(2000):
        terms = [f"word{random.randrange(5000):06}" for _ in range(20)]
        remark = {"words": 40, "terms": terms, "is_off_topic": False, "has_evidence": True}
        member, scene.now = random.choice(members), drive.now + n * MINUTE
        said = Said(member, 10**9 + n, scene.now, remark=remark, reply_to=10**9 + n - 1)
        told.hear(said)
    told.save()
    assert told.tally.messages == 2000
    kept = json.dumps({**dump(scene.session), "data": scene.data})
    assert len(kept) < 60_000


@pytest.mark.parametrize("event", [Entered(ANA, "?"), Said(ANA, 5, Drive.of().now)])
def test_what_does_not_belong_here_is_refused_and_a_bare_message_is_heard(event: Event) -> None:
    drive = talk()
    drive(event)
    is_heard = isinstance(event, Said)
    assert drive.session.standing is not None
    assert (drive.session.standing.data["floor"]["heard"] == 1) is is_heard


def test_a_message_is_heard_as_it_was_read_where_it_came_in() -> None:
    drive = talk()
    read = read_remark("1", 99, drive.now, "Why granite, of all stones?", read_cues({}))
    remark = json.loads(json.dumps(read.record()))
    drive(Said(ANA, 500, drive.now + HOUR, remark={**remark, "of_a_later_version": 1}))
    drive(Said(BEN, 501, drive.now, reply_to=500))
    drive(Said(BEN, 501, drive.now, reply_to=500))

    assert drive.session.standing is not None
    first, second = Floor.of(drive.session.standing.data["floor"]).recent
    assert (first.member, first.message, first.is_question) == (ANA, "500", True)
    assert first.at == drive.now  # a clock that is ahead of ours keeps nobody silent
    assert (second.replies_to, second.words) == (ANA, 0)


def test_a_summary_of_a_discussion_begins_where_that_began() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 day"}),
        Stage("discuss", "hour", {"for": "1 hour"}),
        Stage("summarise", "minutes", {"from": "hour"}),
    )
    drive.join(ANA)
    drive.wait(timedelta(days=1))
    began = drive.now
    say(drive, ANA, 100)
    drive.wait(2 * HOUR)
    write = next(each for each in drive.effects if each.kind == "write")
    assert write.args["since"] == began.isoformat()
