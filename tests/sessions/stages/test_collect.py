"""`collect`: what comes in and what does not, who sees what, and what is left of figures."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.sessions.effects import Answer, Keep, Post, Settle, Whom
from learncomm_agent.sessions.events import (
    Act,
    Entered,
    Event,
    Forgotten,
    Left,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.stages.collect import form_of
from learncomm_agent.sessions.stages.collecting.sameness import is_same
from learncomm_agent.sessions.state import Standing
from tests.sessions.driver import LEAD, Drive
from tests.sessions.stages.speaking import spoken

ANA, BEN, CLEO, DAN = 2, 3, 4, 5
DAY = timedelta(days=1)
WAIT = Stage("wait", "later", {"for": 10 * 86400.0})


def collect(**params: Any) -> Drive:
    """Return a session that collects for three days, after somebody joined it."""
    drive = Drive.of(
        Stage("collect", "list", {"for": 3 * 86400.0, **params}),
        WAIT,
        answers={"asked": ["{{ a }}"]},
    )
    drive.join(ANA)
    return drive


def enter(drive: Drive, member: int | None, *texts: str, **more: Any) -> str:
    """Let somebody enter some texts; return what they were told at last."""
    for text in texts:
        drive(Entered(member, text, **more))
    return drive.told()


def texts(drive: Drive) -> list[str]:
    return [each.text for each in drive.session.of("list")]


def standing(drive: Drive) -> Standing:
    assert drive.session.standing is not None
    return drive.session.standing


def beside(member: int, *, others: int) -> dict[str, Any]:
    values = {"who": {"member": member}, "others": others}
    return {"phrase": "session.collect.beside", "values": values}


def shown(drive: Drive) -> Post:
    """Return the post that lists what came in."""
    return next(each for each in drive.posts() if each.shows)


def test_a_list_is_shown_with_who_gave_what_and_left_to_later_stages() -> None:
    drive = collect(what="nomination")
    enter(drive, ANA, "Dune", "Emma")
    enter(drive, BEN, "dune, by Frank Herbert")
    drive.wait(3 * DAY)
    first, second = drive.session.of("list")
    post = shown(drive)
    assert post.shows == (first.id, second.id)
    assert post.notes == {
        str(first.id): beside(ANA, others=1),
        str(second.id): beside(ANA, others=0),
    }
    assert drive.session.results["list"] == [first.id, second.id]
    assert [each.post for each in drive.found(Settle)] == [drive.posts()[0].id]
    assert drive.said() == ["session.collect.say", "session.collect.result"]


@pytest.mark.parametrize(
    ("params", "given_before", "event", "told"),
    [
        ({}, [], Entered(BEN, "  \n "), "session.collect.empty"),
        ({}, [], Entered(BEN, "x" * 2001), "session.collect.long"),
        ({"what": "nomination"}, [], Entered(BEN, "x" * 301), "session.collect.long"),
        ({}, [], Entered(None, "Mine"), "session.collect.by_name"),
        ({"from": "lead"}, [], Entered(BEN, "Mine"), "session.collect.lead_only"),
        ({"from": "lead"}, [], Entered(None, "Mine"), "session.collect.lead_only"),
        ({"limit": 1}, [(BEN, "One")], Entered(BEN, "Two"), "session.collect.limit"),
        (
            {"limit": 0},
            [(BEN, "One"), (BEN, "Two")],
            Entered(BEN, "Three"),
            "session.collect.thanks",
        ),
        ({"most": 1}, [(ANA, "One")], Entered(BEN, "Two"), "session.collect.full"),
        ({}, [(BEN, "One")], Entered(BEN, "one"), "session.collect.already"),
        ({}, [(ANA, "One")], Entered(BEN, "One"), "session.collect.thanks"),
        ({"what": "link"}, [], Entered(BEN, "example.org"), "session.collect.no_link"),
        (
            {"what": "link"},
            [(ANA, "https://example.org/a?utm_source=x")],
            Entered(BEN, "See https://example.org/a"),
            "session.collect.seconded",
        ),
        (
            {"what": "nomination", "limit": 1},
            [(ANA, "Dune"), (BEN, "Emma")],
            Entered(BEN, "Dune"),
            "session.collect.limit",
        ),
        (
            {"what": "nomination", "limit": 1},
            [(ANA, "Dune"), (BEN, "The Dune")],
            Entered(BEN, "Emma"),
            "session.collect.limit",
        ),
        (
            {"what": "nomination"},
            [(ANA, "Dune"), (BEN, "The Dune")],
            Entered(BEN, "dune"),
            "session.collect.already",
        ),
        ({"what": "figure"}, [], Entered(BEN, "6"), "session.collect.no_figure"),
        ({"what": "figure"}, [], Entered(BEN, "0"), "session.collect.no_figure"),
        ({"what": "figure"}, [], Entered(BEN, "4.5"), "session.collect.no_figure"),
        ({"what": "figure"}, [], Entered(BEN, "fine"), "session.collect.no_figure"),
        (
            {"what": "figure", "lowest": 0, "highest": 10},
            [],
            Entered(BEN, "10"),
            "session.collect.thanks",
        ),
        ({"what": "figure", "most": 1}, [(ANA, "3")], Entered(BEN, "3"), "session.collect.full"),
        ({}, [], Entered(BEN, "", fields={"take_back": "999"}), "session.collect.not_yours"),
        ({}, [], Entered(BEN, "", fields={"take_back": "many"}), "session.collect.not_yours"),
    ],
)
def test_whoever_enters_something_is_told_how_it_went(
    params: dict[str, Any], given_before: Sequence[tuple[int, str]], event: Entered, told: str
) -> None:
    drive = collect(**params)
    for member, text in given_before:
        enter(drive, member, text)
    before = texts(drive)
    drive(event)
    answer = drive.found(Answer)[-1]
    assert answer.saying.phrase == told
    is_fine = told in {"session.collect.thanks", "session.collect.seconded"}
    assert answer.is_refused is not is_fine
    assert len(texts(drive)) == len(before) + (told == "session.collect.thanks")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("The Left Hand of Darkness", "left hand of darkness", True),
        ("Left Hand of Darkness, by Ursula K. Le Guin", "The left hand of darkness", True),
        ("Der Prozess (Kafka)", "der prozess", True),
        ("Dune - Frank Herbert", "Dune", True),
        ("Midlemarch", "Middlemarch", True),
        ("Catch-22", "Catch 22", True),
        ("Left-hand", "lefthand", True),
        ("Dune", "Dune Messiah", False),
        ("Men in Black", "Man in Black", False),
        ("Foundation 1", "Foundation 2", False),
        ("Part II", "Part III", False),
        ("1984", "1985", False),
        ("Emma by Alexander", "Emma by Barbara", False),
        ("Stand by Me", "The Stand", False),
        ("", "", False),
        ("\N{PARTY POPPER}", "\N{BOOKS}", False),
    ],
)
def test_the_same_nomination_in_other_words_is_seen(one: str, other: str, expected: bool) -> None:
    assert is_same(one, other) is expected
    assert is_same(other, one) is expected


def test_a_message_that_is_delivered_twice_counts_once() -> None:
    drive = collect()
    enter(drive, ANA, "An idea", "An idea", message=70)
    assert texts(drive) == ["An idea"]
    told = [each.saying.phrase for each in drive.found(Answer)]
    assert told == ["session.begun", "session.joined", "session.collect.thanks"]


def test_what_somebody_gave_can_be_taken_back_by_them_alone() -> None:
    drive = collect(what="nomination")
    enter(drive, ANA, "Dune", message=70)
    enter(drive, ANA, "Emma")
    enter(drive, BEN, "Dune")
    dune, emma = drive.session.of("list")

    def take_back(member: int, entry: int) -> str:
        return enter(drive, member, "", fields={"take_back": str(entry)})

    assert take_back(CLEO, dune.id) == "session.collect.not_yours"
    assert take_back(ANA, dune.id) == "session.collect.taken_back"
    left = [(each.text, each.by, each.backers, each.message) for each in drive.session.of("list")]
    assert left == [("Dune", BEN, (), None), ("Emma", ANA, (), None)]
    assert take_back(ANA, emma.id) == "session.collect.taken_back"
    assert emma.id not in drive.session.entries
    enter(drive, CLEO, "dune")
    assert take_back(CLEO, dune.id) == "session.collect.taken_back"
    assert drive.session.of("list")[0].backers == ()
    assert take_back(BEN, dune.id) == "session.collect.taken_back"
    assert texts(drive) == []


def test_of_an_anonymous_entry_nothing_tells_whose_it_is() -> None:
    drive = collect(anonymous=True, limit=2, what="story")
    for n, member in enumerate((ANA, BEN, CLEO, DAN)):
        drive.wait(timedelta(hours=1))
        drive(Entered(None, f"Story {n}", lot=n))
        drive(Entered(member, f"Tale {n}", message=50 + n, count=1, lot=9 + n))
    assert enter(drive, None, "One more", count=2) == "session.collect.limit"
    assert enter(drive, None, "And one") == "session.collect.thanks"
    entries = drive.session.of("list")
    assert {(each.by, each.message) for each in entries} == {(None, None)}
    assert len({each.at for each in entries}) == 1
    assert {key for key in standing(drive).data} == {"post"}
    own = enter(drive, ANA, "", fields={"take_back": str(entries[0].id)})
    assert own == "session.collect.not_yours"
    drive.wait(3 * DAY)
    assert shown(drive).notes == {}


def test_neither_numbers_nor_places_tell_in_which_order_anonymous_entries_came() -> None:
    begun = collect(anonymous=True)
    given_as, found = ("One", "Two", "Three"), set()
    for seed in range(400):
        drive, random = Drive(begun.session), Random(seed)
        for text in given_as:
            drive(Entered(None, text, lot=random.getrandbits(64)))
        entries = drive.session.of("list")
        by_number = sorted(entries, key=lambda each: each.id)
        found.add((*(each.text for each in by_number), *(each.text for each in entries)))
        assert len(entries) == 3 and by_number[-1].id == max(drive.session.entries)
    assert len(found) == 36  # each order of numbers with each order of places


def test_what_a_leader_did_to_an_anonymous_entry_holds_when_others_come() -> None:
    for lot in range(20):
        drive = collect(anonymous=True)
        enter(drive, None, "Bees")
        enter(drive, None, "More bees")
        bees, more = sorted(drive.session.of("list"), key=lambda each: each.text)
        drive(Ruled(LEAD, Rule.MERGE, more.id, into=bees.id))
        enter(drive, None, "Honey", lot=lot)
        heads = {each.text: each.id for each in drive.session.of("list")}
        assert set(heads) == {"Bees", "Honey"}
        assert {each.merged_into for each in drive.session.entries.values()} == {
            None,
            heads["Bees"],
        }


@pytest.mark.parametrize(
    ("figures", "at_least", "result", "said"),
    [
        ([3, 4, 5, 4, 4], 5, {"count": 5, "mean": 4.0, "spread": 0.6}, "session.collect.result"),
        ([1, 5, 3], 1, {"count": 3, "mean": 3.0, "spread": 1.6}, "session.collect.result"),
        ([1, 5], 1, None, "session.collect.few"),
        ([3, 3, 3, 3], 5, None, "session.collect.few"),
        ([], 5, None, "session.collect.nobody"),
    ],
)
def test_figures_are_shown_as_a_whole_or_not_at_all(
    figures: Sequence[int], at_least: int, result: Any, said: str
) -> None:
    drive = collect(what="figure", at_least=at_least)
    for member, figure in enumerate(figures, 10):
        enter(drive, member, "1", str(figure))  # the last one counts
    drive.wait(3 * DAY)
    assert drive.session.results.get("list") == result
    assert drive.said()[-1] == said
    assert not drive.session.entries
    assert all(not each.shows for each in drive.posts())


def test_an_anonymous_figure_is_given_once() -> None:
    drive = collect(what="figure", anonymous=True)
    assert enter(drive, None, "four") == "session.collect.thanks"
    assert enter(drive, None, "5", count=1) == "session.collect.limit"
    assert texts(drive) == ["4"]


@pytest.mark.parametrize("is_anonymous", [False, True])
def test_an_interview_asks_each_person_one_thing_after_another(is_anonymous: bool) -> None:
    drive = collect(
        prompts=["What?", "So what?", "Now what?"], what="answer", anonymous=is_anonymous
    )

    counts = dict.fromkeys((ANA, BEN), 0)

    def say(member: int, text: str) -> str:
        before = len(drive.session.entries)
        drive(Entered(None if is_anonymous else member, text, count=counts[member]))
        counts[member] += len(drive.session.entries) - before
        last = drive.found(Answer)[-1]
        return last.saying.phrase or last.saying.text

    assert say(ANA, "") == "What?"
    assert say(ANA, "A1") == "So what?"
    assert say(BEN, "B1") == "So what?"  # whoever knows the first one may begin with its answer
    assert say(ANA, " ") == "So what?"
    asked = form_of(drive.session, drive.now, member=ANA, count=counts[ANA])
    assert asked is not None and asked.text == "So what?"
    assert say(ANA, "A2") == "Now what?"
    assert say(ANA, "A3") == "session.collect.thanks"
    assert say(ANA, "A4") == "session.collect.all_said"
    assert form_of(drive.session, drive.now, member=ANA, count=counts[ANA]) is None
    drive.wait(3 * DAY)
    assert drive.said() == ["session.collect.say"]  # what was said in private is not shown
    left = [drive.session.entries[id].text for id in drive.session.results["list"]]
    assert sorted(left) == ["A1", "A2", "A3", "B1"]
    if not is_anonymous:
        assert left == ["A1", "A2", "A3", "B1"]


def test_an_interview_lets_in_so_many_people() -> None:
    drive = collect(prompts=["One?", "Two?"], most=1)
    enter(drive, ANA, "A1")
    assert enter(drive, BEN, "B1") == "session.collect.full"
    assert enter(drive, ANA, "A2") == "session.collect.thanks"


def test_the_leader_is_asked_at_once_and_the_stage_goes_on_with_the_last_answer() -> None:
    drive = collect(prompts=["Who?", "What is hard?"], **{"from": "lead"})
    assert drive.said(Whom.LEAD) == ["session.collect.say", "Who?"]
    assert drive.said() == []
    enter(drive, LEAD, "A teacher")
    assert drive.stage == "list"
    enter(drive, LEAD, "Time")
    assert drive.stage == "later"
    assert [drive.session.entries[id].text for id in drive.session.results["list"]] == [
        "A teacher",
        "Time",
    ]


def test_what_a_leader_wrote_is_no_template() -> None:
    drive = collect(prompts="$asked", **{"from": "lead"})
    saying = drive.posts(Whom.LEAD)[0].says[1]
    assert (saying.text, saying.values["prompt"]) == ("{{ prompt }}", "{{ a }}")


def test_a_leader_who_is_asked_alone_is_not_anonymous() -> None:
    drive = collect(anonymous=True, **{"from": "lead"})
    enter(drive, LEAD, "Mine")
    assert drive.session.of("list")[0].by == LEAD


def test_a_leaders_own_stage_is_no_sign_that_nobody_is_there() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": 86400.0}, {"say": "Hello"}),
        Stage("collect", "case", {"for": 86400.0, "from": "lead"}),
        WAIT,
    )
    drive.wait(3 * DAY)
    assert drive.stage == "later"


def rules() -> list[tuple[Callable[[list[int]], Ruled], str, list[str]]]:
    return [
        (lambda ids: Ruled(LEAD, Rule.STRIKE, ids[0]), "ruled", ["b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.EDIT, ids[1], "B"), "ruled", ["a", "B", "c"]),
        (lambda ids: Ruled(LEAD, Rule.EDIT, ids[1], " "), "empty", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.MOVE, ids[2], place=1), "ruled", ["c", "a", "b"]),
        (lambda ids: Ruled(LEAD, Rule.MOVE, ids[0], place=99), "ruled", ["b", "c", "a"]),
        (lambda ids: Ruled(LEAD, Rule.MOVE, ids[2], place=-1), "ruled", ["c", "a", "b"]),
        (lambda ids: Ruled(LEAD, Rule.EDIT, ids[1], "x" * 2001), "long", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.ADD, text="d"), "ruled", ["a", "b", "c", "d"]),
        (lambda ids: Ruled(LEAD, Rule.ADD, text=""), "empty", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.MERGE, ids[0], into=ids[2]), "ruled", ["b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.MERGE, ids[0], into=ids[0]), "no_such", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.MERGE, ids[0]), "no_such", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.STRIKE, 999), "no_such", ["a", "b", "c"]),
        (lambda ids: Ruled(LEAD, Rule.STRIKE), "no_such", ["a", "b", "c"]),
    ]


@pytest.mark.parametrize(("ruled", "told", "left"), rules())
def test_the_leader_keeps_the_list(
    ruled: Callable[[list[int]], Ruled], told: str, left: list[str]
) -> None:
    drive = collect()
    enter(drive, ANA, "a", "b", "c")
    drive(ruled([each.id for each in drive.session.of("list")]))
    assert drive.told() == f"session.collect.{told}"
    assert texts(drive) == left
    enter(drive, BEN, "last")
    assert texts(drive) == [*left, "last"]


def test_whoever_gave_what_is_merged_backs_what_stays() -> None:
    drive = collect()
    enter(drive, ANA, "a", "also a")
    enter(drive, BEN, "b")
    first, *others = drive.session.of("list")
    for each in others:
        drive(Ruled(LEAD, Rule.MERGE, each.id, into=first.id))
    assert drive.session.of("list")[0].backers == (BEN,)


def test_nobody_rules_over_figures_or_live_questions() -> None:
    drive = collect(what="figure")
    enter(drive, ANA, "3")
    drive(Ruled(LEAD, Rule.STRIKE, drive.session.of("list")[0].id))
    assert drive.told() == "session.not_now"
    other = collect()
    other(Ruled(LEAD, Rule.SKIP))
    assert other.told() == "session.not_now"


def test_what_is_kept_goes_into_the_library() -> None:
    drive = collect(keeps=True, shows=False)
    enter(drive, ANA, "One", "Two")
    drive.wait(3 * DAY)
    assert [each.entries for each in drive.found(Keep)] == [tuple(drive.session.results["list"])]
    assert drive.said() == ["session.collect.say"]


LINK = "Look at https://example.org/a"


@pytest.mark.parametrize(
    ("params", "said", "is_taken"),
    [
        ({"what": "link", "hears": True}, {"text": LINK}, True),
        (
            {"what": "link", "hears": True},
            {"text": "No link?", "remark": {"is_question": True}},
            False,
        ),
        ({"what": "link"}, {"text": LINK}, False),
        ({"what": "link", "hears": True, "anonymous": True}, {"text": LINK}, False),
        ({"what": "link", "hears": True, "from": "lead"}, {"text": LINK}, False),
        ({"what": "link", "hears": True}, {"text": LINK, "group": 1}, False),
        (
            {"what": "question", "hears": True},
            {"text": "Why?", "remark": {"is_question": True}},
            True,
        ),
        ({"what": "question", "hears": True}, {"text": "So.", "remark": {}}, False),
        ({"what": "story", "hears": True}, {"text": "Once", "post": "own"}, True),
        ({"what": "story", "hears": True}, {"text": "Once", "post": 99}, False),
        ({"what": "story", "hears": True}, {"text": "Once", "reply_to": 5}, False),
        ({"what": "story"}, {"text": "Once", "post": "own"}, False),
    ],
)
def test_a_message_that_brings_something_is_heard_in_silence(
    params: dict[str, Any], said: dict[str, Any], is_taken: bool
) -> None:
    drive = collect(**params)
    drive.session = replace(drive.session, standing=replace(standing(drive), is_active=False))
    if said.get("post") == "own":
        said = {**said, "post": standing(drive).data["post"]}
    before = len(drive.found(Answer))
    for _ in range(2):
        drive(Said(BEN, 8, drive.now, **said))
    assert len(drive.found(Answer)) == before
    assert standing(drive).is_active is is_taken
    taken = [(each.text, each.by, each.message) for each in drive.session.of("list")]
    assert taken == ([(said["text"], BEN, 8)] if is_taken else [])


def test_a_message_that_can_not_be_taken_is_left_alone_in_silence() -> None:
    drive = collect(what="link", hears=True, limit=1)
    before = len(drive.found(Answer))
    for n in range(3):
        drive(Said(BEN, n, drive.now, text=f"https://example.org/{n}"))
    assert [each.message for each in drive.session.of("list")] == [0]
    assert len(drive.found(Answer)) == before


def test_where_nobody_comes_it_ends_with_three_posts_and_kindly() -> None:
    drive = Drive.of(
        Stage("announce", "hello", {"for": 86400.0}, {"say": "Hello"}),
        Stage("collect", "list", {"for": 86400.0}),
        WAIT,
    )
    drive.wait(30 * DAY)
    assert drive.is_over
    assert drive.said() == ["Hello", "session.collect.say", "session.nobody"]


def test_that_nothing_came_in_is_not_said_to_nobody() -> None:
    drive = Drive.of(Stage("collect", "list", {"for": 86400.0}), WAIT)
    drive.wait(DAY)
    assert drive.stage == "later"
    assert drive.said() == ["session.collect.say"]


def test_where_people_came_and_nothing_came_in_it_says_so_and_goes_on() -> None:
    drive = collect()
    drive.wait(3 * DAY)
    assert drive.said() == ["session.collect.say", "session.collect.nobody"]
    assert drive.stage == "later"
    assert "list" not in drive.session.results


def test_a_later_round_begins_with_an_empty_list() -> None:
    inner = Stage("collect", "list", {"for": 86400.0, "limit": 1})
    drive = Drive.of(Stage("repeat", "weeks", {"times": 2}, stages=(inner,)), WAIT)
    assert enter(drive, ANA, "One") == "session.collect.thanks"
    drive.wait(DAY)
    assert "list" not in drive.session.results
    assert enter(drive, ANA, "One") == "session.collect.thanks"
    drive.wait(DAY)
    assert len(drive.session.results["list"]) == 1
    assert len(drive.session.of("list")) == 2


EVENTS = st.lists(
    st.one_of(
        st.builds(
            Entered,
            st.sampled_from([None, LEAD, ANA, BEN, CLEO]),
            st.sampled_from(["", "Dune", "The Dune", "3", "5", "x" * 2500, "https://a.example/b"]),
            message=st.sampled_from([None, 60, 61]),
            count=st.sampled_from([0, 1, 2]),
            lot=st.integers(0, 9),
            fields=st.sampled_from([{}, {"take_back": "7"}, {"take_back": "x"}, {"visit": "99"}]),
        ),
        st.builds(
            Ruled,
            st.just(LEAD),
            st.sampled_from(Rule),
            st.sampled_from([None, *range(5, 20)]),
            st.sampled_from(["", "new"]),
            st.sampled_from([None, -1, 1, 9]),
            st.sampled_from([None, *range(5, 20)]),
        ),
        st.builds(Left, st.sampled_from([ANA, BEN])),
        st.builds(Forgotten, st.sampled_from([ANA, BEN]), st.just((60,))),
        st.builds(Steered, st.just(LEAD), st.sampled_from([Act.PAUSE, Act.RESUME])),
    ),
    max_size=25,
)
PARAMS = st.fixed_dictionaries(
    {
        "what": st.sampled_from(["idea", "nomination", "figure", "link", "story"]),
        "anonymous": st.booleans(),
        "limit": st.sampled_from([1, 2]),
        "most": st.sampled_from([2, 25]),
    },
    optional={"prompts": st.just(["One?", "Two?"]), "from": st.just("lead")},
)


@settings(max_examples=60, deadline=None)
@given(PARAMS, EVENTS)
def test_whatever_comes_limits_hold_and_the_stage_ends(
    params: dict[str, Any], events: list[Event]
) -> None:
    drive = collect(**params)
    people = 2 if params["what"] != "figure" else 1
    for event in events:
        drive(event)
    entries = drive.session.of("list")
    if params["anonymous"] and params.get("from") != "lead":
        assert all(
            each.by is None and each.message is None for each in entries if each.text != "new"
        )
    elif "prompts" not in params:
        added = sum(isinstance(each, Ruled) and each.rule is Rule.ADD for each in events)
        for member in (ANA, BEN, CLEO):
            given_by = [each for each in entries if each.by == member or member in each.backers]
            assert len(given_by) <= max(params["limit"], people)
        assert len(entries) <= max(params["most"], added)
    assert not any(id == 99 for each in entries for id in (each.fields["visit"],))
    drive(Steered(LEAD, Act.RESUME))
    drive.wait(20 * DAY)
    assert drive.stage != "list"
    assert all(spoken(drive, language) for language in ("en", "de"))
    assert all(not each.shows or each.to.whom is Whom.ROOM for each in drive.found(Post))


@pytest.mark.parametrize(
    ("params", "is_shown"),
    [
        ({}, True),
        ({"anonymous": True}, True),
        ({"shows": False}, False),
        ({"review": "1 hour"}, False),
        ({"moderated": True}, False),
        ({"from": "lead"}, False),
    ],
)
def test_what_was_given_for_all_is_shown_where_the_session_ends_early(
    params: dict[str, Any], is_shown: bool
) -> None:
    drive = collect(**params)
    who = LEAD if "from" in params else None if "anonymous" in params else BEN
    enter(drive, who, "The lamp")
    drive(Steered(LEAD, Act.END))
    assert drive.is_over
    shown = [post for post in drive.posts() if post.shows]
    assert [len(each.shows) for each in shown] == [1] * is_shown
    assert drive.said()[-1] == "session.ended_early"


def test_what_a_leader_sees_already_is_shown_where_they_end_the_session() -> None:
    drive = collect(review="1 hour")
    enter(drive, BEN, "The lamp", "The tea")
    drive.wait(3 * DAY)
    one = drive.posts(Whom.LEAD)[-1].shows[0]
    drive(Ruled(LEAD, Rule.STRIKE, one))
    drive(Steered(LEAD, Act.END))
    assert [len(post.shows) for post in drive.posts() if post.shows] == [1]


@pytest.mark.parametrize(("count", "is_shown"), [(2, False), (5, True)])
def test_figures_of_enough_people_are_shown_at_an_early_end_and_none_is_kept(
    count: int, is_shown: bool
) -> None:
    drive = collect(what="figure")
    for member in range(2, 2 + count):
        enter(drive, member, "3")
    drive(Steered(LEAD, Act.END))
    assert ("session.collect.result" in drive.said()) is is_shown
    assert not drive.session.entries
