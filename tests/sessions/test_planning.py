"""From what a leader answers to a plan, its changes, and everything that it will post."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from learncomm_agent import templates
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.events import Begun
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump, load
from learncomm_agent.sessions.planning.plans import (
    Planned,
    plan_of,
    with_span,
    with_words,
    without_stage,
)
from learncomm_agent.sessions.planning.previewing import preview, seen_through
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage, walk
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.sessions.playbooks.trial import filled
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.state import Session
from learncomm_agent.words import Words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
LEAD, NGOZI, BOOK = 1, 7, 12
KINDS = stage_kinds()
PLAYBOOKS = {each.name: each for each in Playbooks(Words(), KINDS).all("community", "en")}
DAY = 86400.0


def ask(kind: str, **more: Any) -> Ask:
    return Ask("it", "What?", AskKind(kind), **more)


def planned(playbook: Playbook, *, language: str = "en", **answers: str) -> Planned:
    found = {"account": NGOZI, "it": BOOK} if "nobody" not in answers.values() else {}
    return plan_of(
        playbook,
        answers,
        found=found,
        language=language,
        zone="Europe/Berlin",
        now=NOW,
        room_name="Reading room",
    )


def one(asked: Ask, text: str) -> Planned:
    stage = Stage("announce", "hello", {}, {"say": "{{ it }}"})
    return planned(Playbook("x", "X", "x", (stage,), (asked,)), it=text)


CHOICES = {"explore": "Explore ideas", "decide": "Make a decision", "no": "No"}


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (ask("text"), "  two \n words ", "two words"),
        (ask("long"), "two\nlines", "two\nlines"),
        (ask("lines"), "- one\n\n• two\n", ["one", "two"]),
        (ask("number"), "six", 6),
        (ask("number"), "6 weeks", 6),
        (ask("moment"), "Tuesday 18:30", "2026-03-03T17:30:00+00:00"),
        (ask("moment"), "3.3.2026 um 18 Uhr", "2026-03-03T17:00:00+00:00"),
        (ask("duration"), "anderthalb Stunden", 5400),
        (ask("duration"), "90", 5400),
        (
            ask("weekly"),
            "montags 18 Uhr",
            {"weekday": 0, "time": "18:00", "zone": "Europe/Berlin", "every": 1, "since": None},
        ),
        (ask("choice", choices=CHOICES), "Make a decision", "decide"),
        (ask("choice", choices=CHOICES), "EXPLORE", "explore"),
        (ask("choice", choices=CHOICES), "2", "decide"),
        (ask("choice", choices=CHOICES), "expl", "explore"),
        (ask("member"), "@ngozi", BOOK),
        (ask("resource"), "Middlemarch", BOOK),
        (ask("text", default="four"), "", "four"),
        (ask("number", default="4"), "", 4),
        (ask("lines"), "", []),
        (ask("number"), "", ""),
    ],
    ids=str,
)
def test_an_answer_is_read_as_people_write_it(asked: Ask, text: str, value: Any) -> None:
    found = one(asked, text)
    assert found.problems == ()
    assert found.plan.answers["it"] == value
    assert load(dump(Session(found.plan, LEAD))).plan == found.plan


@pytest.mark.parametrize(
    ("asked", "text", "phrase"),
    [
        (ask("text"), "x" * 301, "plan.too_long"),
        (ask("long"), "x" * 20_001, "plan.too_long"),
        (ask("lines"), "x\n" * 201, "plan.too_many_lines"),
        (ask("number"), "many", "plan.no_number"),
        (ask("number", maximum=5), "6", "plan.not_between"),
        (ask("moment"), "2020-01-01 18:00", "plan.no_moment"),
        (ask("moment"), "at seven", "plan.no_moment"),
        (ask("duration"), "not long", "plan.no_duration"),
        (ask("weekly"), "sometimes", "plan.no_weekly"),
        (ask("choice", choices=CHOICES), "exlpore", "plan.no_choice"),
        (ask("member"), "nobody", "plan.no_member"),
        (ask("resource"), "nobody", "plan.no_resource"),
    ],
    ids=str,
)
def test_what_cant_be_read_is_told_and_the_default_stands(
    asked: Ask, text: str, phrase: str
) -> None:
    found = one(asked, text)
    (problem,) = found.problems
    assert (problem.name, problem.phrase) == ("it", phrase)
    for language in ("en", "de"):
        assert "What?" in Words().phrase(phrase, language=language, **problem.values)
    assert found.plan.answers["it"] in ("", [])


def test_a_default_stands_where_an_answer_cant_be_read() -> None:
    found = one(ask("number", default="4", is_required=True), "many")
    assert found.plan.answers["it"] == 4
    assert found.plan.missing == ()
    assert found.plan.asked == {"it": "many"}


def test_what_nobody_asked_is_told_with_the_nearest() -> None:
    (problem,) = planned(PLAYBOOKS["book-club"], weks="4").problems
    assert problem.phrase == "plan.not_asked"
    assert problem.values["near"] == "weeks"


def test_what_is_needed_and_not_answered_is_missing() -> None:
    discussion = PLAYBOOKS["group-discussion"]
    assert planned(discussion).plan.missing == ("topic", "when")
    plan = planned(discussion, topic="Welcoming", when="Friday 18:00").plan
    assert plan.missing == ()
    assert plan.title == "Group discussion: Welcoming"
    assert len(planned(discussion, topic="x" * 300).plan.title) == 100


def test_members_and_times_are_shown_as_such() -> None:
    plan = planned(
        PLAYBOOKS["guest-speaker"],
        topic="Maps",
        guest="Ngozi",
        account="@ngozi",
        when="in 9 days at 18:00",
    ).plan
    assert plan.answers["account"] == NGOZI
    assert plan.shown["account"] == {"member": NGOZI}
    assert plan.shown["when"] == {"time": plan.answers["when"]}
    assert plan.shown["lasts"] == "1 hour"
    assert plan.answers["room"] == "Reading room"


@pytest.mark.parametrize(
    ("name", "after", "seconds"),
    [("group-discussion", "opening", 600), ("book-club", "invitation", DAY)],
)
def test_a_warm_up_comes_where_the_session_begins(name: str, after: str, seconds: float) -> None:
    names = [each.name for each in planned(PLAYBOOKS[name]).plan.stages]
    assert "warm_up" not in names
    stages = planned(PLAYBOOKS[name], warm_up="yes").plan.stages
    place = [each.name for each in stages].index("warm_up")
    assert stages[place - 1].name == after
    assert stages[place].params["for"] == seconds


# Changes to a plan

CLUB = planned(PLAYBOOKS["book-club"], weeks="2", contents="320 pages").plan


def test_words_and_spans_can_be_changed_also_within_a_repetition() -> None:
    plan = with_span(with_words(CLUB, "marks", "say", "Read on."), "marks", 2 * DAY)
    (marks,) = (each for each in walk(plan.stages) if each.name == "marks")
    assert marks.words["say"] == "Read on."
    assert marks.params["for"] == 2 * DAY
    assert "until" not in marks.params
    others = [each for each in walk(plan.stages) if each.name not in {"marks", "meetups"}]
    assert others == [each for each in walk(CLUB.stages) if each.name not in {"marks", "meetups"}]


def test_a_stage_can_be_left_out_unless_another_needs_it() -> None:
    plan = without_stage(CLUB, "looking_back")
    assert "looking_back" not in {each.name for each in walk(plan.stages)}
    assert plan.shown["looking_back"] == ""  # other words may ask what came of it
    for name, by in (("books", "choice"), ("marks", "questions"), ("reading_plan", "meetups")):
        with pytest.raises(UsageError) as caught:
            without_stage(CLUB, name)
        assert caught.value.advice.phrase == "plan.needed"
        assert caught.value.advice.values["by"] == by


def test_a_repetition_goes_with_its_last_stage_and_the_last_stage_stays() -> None:
    inner = Stage("wait", "rest", {"for": DAY})
    plan = one(ask("text"), "x").plan
    stages = (*plan.stages, Stage("repeat", "again", {"times": 2}, {}, (inner,)))
    left = without_stage(replace(plan, stages=stages), "rest")
    assert [each.name for each in left.stages] == ["hello"]
    with pytest.raises(UsageError, match="the last stage"):
        without_stage(left, "hello")


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: without_stage(plan, "mraks"),
        lambda plan: with_words(plan, "mraks", "say", "x"),
        lambda plan: with_span(plan, "mraks", 60),
    ],
)
def test_a_stage_that_is_not_there_is_told_with_the_nearest(change: Any) -> None:
    with pytest.raises(NotFoundError) as caught:
        change(CLUB)
    assert caught.value.advice.values["near"] == "marks"
    assert Words().phrase(caught.value.advice.phrase, language="de", **caught.value.advice.values)


# What will be posted


def said(upcoming: Any) -> list[str]:
    return [
        templates.fill(each.text, "en", filled(each.values)) if each.text else each.phrase
        for each in upcoming.says
    ]


def test_a_preview_shows_each_post_with_its_time_and_its_end() -> None:
    found = preview(CLUB, LEAD, NOW, KINDS)
    first = found[0]
    assert (first.stage, first.kind, first.at, first.whom) == (
        "invitation",
        "announce",
        NOW,
        Whom.ROOM,
    )
    assert first.until == NOW + timedelta(days=3)
    assert "for 2 weeks" in said(first)[0]
    assert [each.round for each in found if each.stage == "marks"] == [0, 1]
    assert [each.at.weekday() for each in found if each.stage == "talk"] == [0, 0]
    (review, *_) = (each for each in found if each.stage == "questions")
    assert review.whom is Whom.LEAD
    assert review.has_list
    assert list(found) == sorted(found, key=lambda each: each.at)


def test_a_preview_shows_the_playbooks_own_questions() -> None:
    answers = {"topic": "Tea", "when": "Friday 18:00", "goal": "solve"}
    found = preview(planned(PLAYBOOKS["group-discussion"], **answers).plan, LEAD, NOW, KINDS)
    lead, room = (each for each in found if each.stage == "problem_ladder")
    question = "What happens, exactly? Tell us of the last time that you saw it."
    assert lead.lists[0] == question
    assert len(lead.lists) == 4
    assert question in {each.values.get("question") for each in room.says}
    assert lead.at + timedelta(hours=1) == room.at


def test_a_preview_knows_nobody() -> None:
    for each in preview(CLUB, LEAD, NOW, KINDS):
        assert each.whom is not Whom.MEMBER or each.says
        for saying in each.says:
            assert "entry" not in keys_of(saying.values)
            assert not {-1, -2} & set(members_of(saying.values))


def keys_of(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set(value) | {key for each in value.values() for key in keys_of(each)}
    return {key for each in value for key in keys_of(each)} if isinstance(value, list) else set()


def members_of(value: Any) -> list[int]:
    if isinstance(value, Mapping):
        own = [value["member"]] if isinstance(value.get("member"), int) else []
        return own + [id for each in value.values() for id in members_of(each)]
    return [id for each in value for id in members_of(each)] if isinstance(value, list) else []


def test_a_preview_says_what_would_be_said_in_earnest() -> None:
    session = Session(CLUB, LEAD)
    _, effects = step(session, Begun(), NOW, KINDS)
    posts = [each for each in effects if isinstance(each, Post)]
    seen = preview(CLUB, LEAD, NOW, KINDS)
    assert [each.says for each in posts] == [each.says for each in seen[: len(posts)]]


def test_half_a_year_is_seen_through() -> None:
    plan = planned(PLAYBOOKS["book-club"], weeks="26", contents="900 pages").plan
    found = seen_through(plan, LEAD, NOW, KINDS)
    assert found.ends_at is not None
    assert found.ends_at > NOW + timedelta(weeks=26)
    assert len([each for each in found.upcoming if each.stage == "marks"]) == 26


def test_a_stage_without_an_end_is_named() -> None:
    stages = (Stage("collect", "ideas"), Stage("announce", "end", {}, {"say": "The end."}))
    found = seen_through(replace(CLUB, stages=stages), LEAD, NOW, KINDS)
    assert found.endless == ("ideas",)
    assert found.upcoming[-1].stage == "end"
