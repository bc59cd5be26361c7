"""Questions: gathered in their order, the leader's to change, asked at their time, and never fewer than three."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import Post, Settle, Whom, Write
from learncomm_agent.sessions.events import (
    Act,
    Done,
    Entered,
    Event,
    Forgotten,
    Joined,
    Left,
    Mode,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Entry, Phase
from tests.sessions.driver import LEAD, Drive

ANA, BEN, CEM = 2, 3, 4
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LADDER = ["Why one?", "Why two?", "Why three?"]
LINES = [
    {"text": "What is tea?", "source": "library", "evidence": [{"message": 90}, 91]},
    {"text": "Who pours?", "source": "patterns"},
    {"text": "Who drinks?", "source": "model"},
]


def begun(*given: tuple[int | None, str, str], **params: Any) -> Drive:
    """Return a session whose members gave something, each who, what and the words, and in which is asked."""
    stages = [
        Stage("collect", f"marks{n}", {"what": what, "for": "1 hour"}, {"say": "Say"})
        for n, what in enumerate(dict.fromkeys(each[1] for each in given))
    ]
    params = {**({"from": stages[0].name} if stages else {}), **params}
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}, {"say": "Hello"}),
        *stages,
        Stage("ask", "questions", params),
        Stage("wait", "after", {"for": "1 day"}),
    )
    drive.join(ANA, BEN, CEM)
    drive.wait(HOUR)
    for what in dict.fromkeys(each[1] for each in given):
        for message, (member, kind, text) in enumerate(given, 100):
            if kind == what:
                drive(Entered(member, text, message))
        drive.wait(HOUR)
    return drive


def listed(drive: Drive) -> list[Entry]:
    return list(drive.session.of("questions"))


def asked(drive: Drive) -> list[str]:
    """Return what was asked of all so far: the words, or the key of the sentence they stand in."""
    found = []
    for post in drive.posts():
        for each in post.says:
            if each.phrase == "session.ask.question":
                found.append(drive.session.entries[each.values["question"]["entry"]])
        if post.says and post.says[0].phrase == "session.ask.say" and post.shows:
            found += [drive.session.entries[id] for id in post.shows]
    return [each.phrase or each.text for each in found]


def texts(drive: Drive) -> list[str]:
    return [each.phrase or each.text for each in listed(drive)]


def test_a_ladder_is_asked_from_its_first_question_and_the_rest_is_left() -> None:
    drive = begun(questions=LADDER)
    assert (drive.stage, asked(drive)) == ("after", ["Why one?"])
    assert drive.session.results["questions"] == [each.id for each in listed(drive)]
    assert texts(drive) == LADDER


def test_all_can_be_asked_at_once() -> None:
    drive = begun(questions=LADDER, all=True)
    assert asked(drive) == LADDER
    assert len(drive.posts()) == 2
    assert drive.posts(Whom.LEAD) == []


def test_members_come_after_the_ladder_in_turns_and_what_they_marked_becomes_a_question() -> None:
    drive = begun(
        (ANA, "highlight", "Tea is late"),
        (ANA, "highlight", "Is tea late?"),
        (BEN, "highlight", "Milk first"),
        questions="Why one?",
        count=3,
    )
    assert [(each.text, each.phrase) for each in listed(drive)] == [
        ("Why one?", ""),
        ("Tea is late", "session.ask.mark"),
        ("Milk first", "session.ask.mark"),
    ]
    assert [(each.by, each.message) for each in listed(drive)[1:]] == [(ANA, 100), (BEN, 102)]


def test_no_name_goes_with_a_members_question() -> None:
    drive = begun((ANA, "question", "Why tea?"), all=True, sources="members", fallback=LADDER)
    post = drive.posts()[-1]
    assert asked(drive)[0] == "Why tea?"
    assert "member" not in repr((post.notes, post.after))


def test_who_wishes_to_be_named_is() -> None:
    drive = begun((ANA, "question", "Why tea?"), sources="members", review="1 day")
    first = listed(drive)[0]
    named = replace(first, fields={**first.fields, "named": "yes"})
    drive.session = replace(drive.session, entries={**drive.session.entries, first.id: named})
    drive.wait(DAY)
    said = drive.posts()[-1].says[-1]
    assert (said.phrase, said.values["who"]) == ("session.ask.note_named", {"member": ANA})


def test_what_is_missing_is_written_from_what_there_is() -> None:
    drive = begun((ANA, "question", "Why tea?"), about=12, notes="On tea", count=4, review="1 day")
    (write,) = drive.found(Write)
    (own,) = drive.session.of("marks0")
    assert write.task == "questions"
    assert write.args == {
        "resource": 12,
        "topic": "",
        "notes": "On tea",
        "count": 3,
        "sources": ["notes", "library", "patterns"],
        "entries": [own.id],
        "known": [listed(drive)[0].id],
    }
    drive(Done(write.id, {"lines": LINES}))
    drive.wait(DAY)
    assert texts(drive) == ["Why tea?", "What is tea?", "Who pours?", "Who drinks?"]
    assert [each.fields.get("label") for each in listed(drive)] == ["", "", "general", "memory"]
    assert listed(drive)[1].message == 90
    assert asked(drive) == ["Why tea?"]


@pytest.mark.parametrize(
    ("params", "sources"),
    [
        ({"memory": "yes"}, ["notes", "library", "patterns", "model"]),
        ({"memory": "no"}, ["notes", "library", "patterns"]),
        ({"sources": ["members", "library"]}, ["library"]),
        ({"sources": "members"}, None),
        ({"about": ""}, None),
        ({"questions": [f"Why {n}?" for n in range(5)]}, None),
    ],
)
def test_a_model_remembers_only_where_the_leader_allows_it(
    params: dict[str, Any], sources: list[str] | None
) -> None:
    writes = begun(**{"about": "tea", **params}).found(Write)
    assert [each.args["sources"] for each in writes] == ([] if sources is None else [sources])


@pytest.mark.parametrize(
    "event",
    [
        Done(0, is_failed=True),
        Done(0, {"lines": []}),
        Done(0, {"lines": "no list"}),
        Done(0, {"lines": [None, 5, {"text": ""}, {"text": 7}, {"words": "x"}]}),
        None,
    ],
    ids=["failed", "nothing", "no list", "broken", "never"],
)
@pytest.mark.parametrize("review", ["", "5 minutes", "1 day"])
def test_without_anything_written_it_opens_at_its_time_with_three(
    event: Done | None, review: str
) -> None:
    drive = begun(about="tea", fallback=["Why not?"], **({"review": review} if review else {}))
    (write,) = drive.found(Write)
    if event is not None:
        drive(Done(write.id, event.result, event.is_failed))
    drive.wait(DAY if review == "1 day" else HOUR)
    assert (drive.stage, asked(drive)) == ("after", ["Why not?"])
    assert texts(drive) == ["Why not?", "session.ask.general.1", "session.ask.general.2"]


def test_what_comes_late_takes_the_place_of_fillers_that_nobody_touched() -> None:
    drive = begun(about="tea", review="1 day")
    (write,) = drive.found(Write)
    drive.wait(11 * MINUTE)
    first, second, _ = listed(drive)
    drive(Ruled(LEAD, Rule.EDIT, first.id, "Why at all?"))
    drive(Done(write.id, {"lines": LINES[:1]}))
    assert texts(drive) == ["Why at all?", "What is tea?", "session.ask.general.1"]
    shown = drive.posts(Whom.LEAD)
    assert len(shown) == 2
    assert [each.post for each in drive.found(Settle)] == [shown[0].id]
    assert second.id not in shown[1].shows


def test_what_comes_after_it_was_asked_changes_nothing() -> None:
    drive = begun(about="tea", **{"for": "1 day"})
    (write,) = drive.found(Write)
    drive.wait(11 * MINUTE)
    before = texts(drive)
    assert drive(Done(write.id, {"lines": LINES})) == []
    assert texts(drive) == before


def test_the_next_week_has_other_general_questions_and_only_new_ones_of_members() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": "1 hour"}),
        Stage(
            "repeat",
            "weeks",
            {"times": 2},
            stages=(
                Stage("collect", "marks", {"what": "question", "for": "1 hour"}),
                Stage("ask", "questions", {"from": "marks", "all": True, "sources": "members"}),
            ),
        ),
    )
    drive.join(ANA)
    drive.wait(HOUR)
    drive(Entered(ANA, "Why tea?", 100))
    drive.wait(HOUR)
    drive.wait(HOUR)
    one, two = asked(drive)[:3], asked(drive)[3:]
    assert one[0] == "Why tea?"
    assert len(two) == 3
    assert not {*one} & {*two}


# The leader


def test_the_leader_sees_the_list_in_private_before_and_it_goes_out_untouched() -> None:
    drive = begun(
        (ANA, "question", "Why tea?"), questions=LADDER, sources="members", review="1 day"
    )
    (post,) = drive.posts(Whom.LEAD)
    assert post.says[0].phrase == "session.ask.review"
    assert post.shows == tuple(each.id for each in listed(drive))
    assert post.notes[str(post.shows[3])] == {"phrase": "session.ask.source_members", "values": {}}
    assert post.pick is not None
    assert asked(drive) == []
    drive.wait(DAY)
    assert asked(drive) == ["Why one?"]
    assert drive.found(Settle)[-1].post == post.id


@pytest.mark.parametrize(
    ("rule", "which", "text", "place", "told", "then"),
    [
        (Rule.STRIKE, 1, "", None, "struck", ["Why one?", "Why three?", "Why four?"]),
        (Rule.STRIKE, None, "", None, "unknown", None),
        (Rule.EDIT, 0, " Why\n not? ", None, "edited", ["Why not?", *LADDER[1:], "Why four?"]),
        (Rule.EDIT, 0, " ", None, "no_words", None),
        (Rule.EDIT, 0, "x" * 501, None, "too_long", None),
        (Rule.MOVE, 3, "", 1, "moved", ["Why four?", *LADDER]),
        (Rule.MOVE, 0, "", 99, "moved", [*LADDER[1:], "Why four?", "Why one?"]),
        (Rule.SWAP, 2, "", None, "swapped", ["Why three?", *LADDER[:2], "Why four?"]),
        (Rule.ADD, None, "Why me?", None, "added", [*LADDER, "Why four?", "Why me?"]),
        (Rule.ADD, None, "Why me?", 1, "added", ["Why me?", *LADDER, "Why four?"]),
        (Rule.ADD, None, "why  ONE", None, "there", None),
        (Rule.SKIP, None, "", None, "no_more", None),
    ],
)
def test_the_leader_changes_the_list(
    rule: Rule, which: int | None, text: str, place: int | None, told: str, then: list[str] | None
) -> None:
    drive = begun(questions=[*LADDER, "Why four?"], review="1 day")
    entry = 999 if which is None else listed(drive)[which].id
    drive(Ruled(LEAD, rule, None if rule is Rule.ADD else entry, text, place))
    assert drive.told() == f"session.ask.{told}"
    assert texts(drive) == (then or [*LADDER, "Why four?"])
    drive.wait(DAY)
    assert asked(drive) == texts(drive)[:1]


@pytest.mark.parametrize(
    ("review", "lasts", "at"),
    [("5 minutes", "", 5), ("1 day", "2 hours", 120), ("1 hour", "2 hours", 60)],
)
def test_the_leader_sees_it_though_nothing_is_ever_written(
    review: str, lasts: str, at: int
) -> None:
    drive = begun(about="tea", review=review, **({"for": lasts} if lasts else {}))
    entered = drive.now
    drive.wait(11 * MINUTE)
    post = drive.posts(Whom.LEAD)[0]
    assert post.says[0].values["posts"] == {"time": (entered + at * MINUTE).isoformat()}
    drive.wait(2 * HOUR)
    assert len(asked(drive)) == 1


def test_a_leader_who_goes_on_lets_it_be_asked_now() -> None:
    drive = begun(questions=LADDER, sources="members", review="1 day")
    drive(Steered(LEAD, Act.NEXT))
    assert (drive.stage, asked(drive)) == ("after", ["Why one?"])


def test_what_is_struck_does_not_come_back_and_yet_there_are_three() -> None:
    drive = begun((ANA, "question", "Why tea?"), sources="members", fallback="No?", review="1 day")
    for each in listed(drive):
        drive(Ruled(LEAD, Rule.STRIKE, each.id))
    assert drive.told() == "session.ask.struck"
    drive.wait(DAY)
    assert texts(drive) == [f"session.ask.general.{n}" for n in (2, 3, 4)]


def test_the_list_is_shown_anew_where_it_grew() -> None:
    drive = begun(questions=LADDER, review="1 day", sources="members")
    drive(Ruled(LEAD, Rule.ADD, text="Why me?", place=2))
    first, second = drive.posts(Whom.LEAD)
    assert [drive.session.entries[id].text for id in second.shows][1] == "Why me?"
    assert [each.post for each in drive.found(Settle)][-1] == first.id


def test_the_list_has_an_end() -> None:
    drive = begun(questions=LADDER, review="1 day")
    for n in range(20):
        drive(Ruled(LEAD, Rule.ADD, text=f"Why {n}?"))
    assert (drive.told(), len(listed(drive))) == ("session.ask.enough", 20)


def test_what_was_asked_stays_and_the_next_one_can_be_changed_live() -> None:
    drive = begun(questions=[*LADDER, "Why four?"], **{"for": "1 day"})
    (shown,) = drive.posts(Whom.LEAD)
    assert shown.says[0].phrase == "session.ask.first_asked"
    one, _, three, four = listed(drive)
    drive(Ruled(LEAD, Rule.EDIT, one.id, "No?"))
    assert drive.told() == "session.ask.asked"
    drive(Ruled(LEAD, Rule.SWAP, four.id))
    drive(Ruled(LEAD, Rule.MOVE, three.id, place=1))
    drive(Ruled(LEAD, Rule.SKIP))
    assert (drive.told(), asked(drive)) == ("session.ask.skipped", ["Why one?", "Why three?"])
    drive(Steered(LEAD, Act.NEXT))
    assert texts(drive) == ["Why one?", "Why three?", "Why four?", "Why two?"]
    assert len(drive.posts(Whom.LEAD)) == 1
    assert [bool(each.fields.get("asked")) for each in listed(drive)] == [True, True, False, False]


def test_in_a_pause_nothing_goes_out() -> None:
    drive = begun(about="tea")
    (write,) = drive.found(Write)
    drive(Steered(LEAD, Act.PAUSE))
    drive(Done(write.id, {"lines": LINES}))
    drive(Ruled(LEAD, Rule.SKIP))
    drive.wait(DAY)
    assert asked(drive) == []
    drive(Steered(LEAD, Act.RESUME))
    drive.wait(MINUTE)
    assert asked(drive) == ["What is tea?"]


# One after another


def test_questions_come_at_their_distance_as_long_as_somebody_answers() -> None:
    drive = begun(questions=[*LADDER, "Why four?"], every="1 day")
    for n in range(1, 4):
        assert len(asked(drive)) == n
        drive(Said(ANA, 200 + n, drive.now))
        drive.wait(DAY)
    assert asked(drive) == [*LADDER, "Why four?"]
    assert drive.stage == "questions"
    drive.wait(DAY)
    assert drive.stage == "after"


def test_no_more_are_asked_where_two_in_a_row_stay_without_an_answer() -> None:
    drive = begun(questions=[*LADDER, "Why four?"], every="1 day")
    drive(Said(LEAD, 200, drive.now))
    drive.wait(10 * DAY)
    assert asked(drive) == ["Why one?", "Why two?"]
    assert drive.is_over


def test_with_an_end_they_go_on_once_somebody_speaks() -> None:
    drive = begun(questions=[*LADDER, "Why four?"], every="1 day", **{"for": "9 days"})
    drive.wait(5 * DAY)
    assert len(asked(drive)) == 2
    drive(Said(ANA, 200, drive.now))
    drive.wait(DAY)
    assert len(asked(drive)) == 3


def test_where_nobody_ever_came_it_ends_after_one() -> None:
    drive = Drive.of(Stage("ask", "questions", {"questions": LADDER, "every": "1 day"}))
    drive.wait(9 * DAY)
    assert drive.is_over
    assert drive.said() == ["session.ask.say", "session.ask.question", "session.nobody"]


# Whatever happens

PUBLIC = {
    "session.ask.say",
    "session.ask.question",
    "session.ask.note_general",
    "session.ask.note_memory",
}
MEMBERS = st.integers(1, 6)
TEXTS = st.sampled_from(["", "Why?", "Why tea?", "y" * 600, "What for?"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Joined, MEMBERS, st.sampled_from(Mode)),
    st.builds(Left, MEMBERS),
    st.builds(Said, MEMBERS, st.integers(300, 310), st.just(Drive.now)),
    st.builds(
        Ruled,
        st.just(LEAD),
        st.sampled_from(Rule),
        st.none() | st.integers(0, 60),
        TEXTS,
        st.none() | st.integers(-2, 30),
    ),
    st.builds(
        Done,
        st.integers(0, 40),
        st.fixed_dictionaries({"lines": st.sampled_from([LINES, [], None, [{}]])}),
        st.booleans(),
    ),
    st.builds(Forgotten, st.none() | MEMBERS, st.sampled_from([(), (90,), (100, 101)])),
    st.builds(Steered, st.just(LEAD), st.sampled_from([Act.PAUSE, Act.RESUME, Act.NEXT])),
)
PARAMS = st.fixed_dictionaries(
    {"about": st.sampled_from(["", "tea"]), "count": st.sampled_from([1, 3, 7])},
    optional={
        "review": st.just("2 hours"),
        "every": st.just("3 hours"),
        "for": st.just("9 hours"),
        "all": st.booleans(),
        "questions": st.just(LADDER[:2]),
        "fallback": st.just(["Why not?"]),
    },
)


@settings(max_examples=120, deadline=None)
@given(PARAMS, st.lists(st.tuples(EVENTS, st.integers(0, 90)), max_size=25))
def test_whatever_happens_it_ends_having_asked_out_of_three_or_more(
    params: dict[str, Any], events: list[tuple[Event, int]]
) -> None:
    drive = begun((ANA, "question", "Why tea?"), (None, "question", "Anon?"), **params)
    sizes = _watch(drive)
    for event, minutes in events:
        drive(event, after=minutes * MINUTE)
        sizes += _watch(drive)
    if drive.session.phase is Phase.PAUSED:
        drive(Steered(LEAD, Act.RESUME))
    drive.wait(5 * DAY)
    assert drive.is_over
    posted = [each for each in drive.posts() if "session.ask.say" in {s.phrase for s in each.says}]
    assert len(posted) == 1
    assert all(each >= 3 for each in sizes)
    ours = [each for each in drive.posts() if "session.ask." in repr(each.says)]
    said = {each.phrase for post in ours for each in (*post.says, *post.after)}
    assert said <= PUBLIC
    assert not any("member" in repr(each.notes) or each.controls for each in ours)
    assert len({each.id for each in drive.found(Post)}) == len(drive.found(Post))


def _watch(drive: Drive) -> list[int]:
    """Return out of how many questions the first was asked, or how many at once, where that is done."""
    for post in drive.posts():
        if post.says and post.says[0].phrase == "session.ask.say":
            return [len(post.shows) or post.says[1].values["count"]]
    return []
