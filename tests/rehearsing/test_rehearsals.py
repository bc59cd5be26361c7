"""Rehearsals: the same seed gives the same, people read the true words, and what can't be played is said."""

import json
from dataclasses import replace
from typing import Any

import pytest

from learncomm_agent.errors import UsageError, WordsError
from learncomm_agent.rehearsing.cast import LEAD, Role, cast_of
from learncomm_agent.rehearsing.happenings import Came, Posted
from learncomm_agent.rehearsing.rehearsals import Rehearsing, Wish
from learncomm_agent.rehearsing.transcript import WIDTH, Transcript
from learncomm_agent.rehearsing.troubles import USUAL, Leading, Troubles
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.methods.meetings import zone_of
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, Stage
from learncomm_agent.sessions.state import Ending
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice
from tests.calling import Call

KINDS = stage_kinds()
ROUND = Playbook(
    "round",
    "Round",
    "Ideas, a vote, a talk.",
    (
        Stage(
            "announce",
            "hello",
            {"joins": True, "for": "1 day"},
            {"say": "Welcome, says {{ lead }}."},
        ),
        Stage("collect", "ideas", {"for": "2 days"}, {"say": "What comes to mind?"}),
        Stage("vote", "choice", {"from": "ideas", "for": "2 days"}, {}),
        Stage("group", "few", {"size": 3, "for": "1 hour"}, {}),
        Stage("report", "plenary", {"from": "few"}, {}),
        Stage("discuss", "talk", {"for": "1 hour", "questions": ["Why?", "How?", "When?"]}, {}),
        Stage("summarise", "summary", {}, {}),
    ),
    (Ask("topic", "What about?", AskKind.TEXT, is_required=True),),
)


def lines(wish: Wish, playbook: Playbook = ROUND) -> list[str]:
    words = Words()
    played = Rehearsing(words, KINDS).play(playbook, wish)
    voice = Voice(words, wish.language, zone_of(wish.zone))
    return list(Transcript(voice, played.cast).lines(played))


def test_the_same_seed_gives_the_same_and_another_one_something_else() -> None:
    assert lines(Wish(seed=3, troubles=USUAL)) == lines(Wish(seed=3, troubles=USUAL))
    assert lines(Wish(seed=3)) != lines(Wish(seed=4))


def test_a_transcript_shows_room_groups_and_private_talks_apart() -> None:
    shown = "\n".join(lines(Wish(cast=7, seed=1, zone="Europe/Berlin")))
    assert "10:00  learncomm: Welcome, says Robin." in shown
    assert "Mira joins." in shown
    assert "(to Mira alone): You take part in “Round: our community kitchen”" in shown
    assert "The thread opens for" in shown
    assert "learncomm (in group 1): " in shown
    assert "Tom (in group " in shown
    assert "Robin publishes the draft." in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "{{" not in shown


def test_everybody_speaks_the_language_of_the_community() -> None:
    shown = "\n".join(lines(Wish(cast=7, seed=1, language="de")))
    assert "Mira macht mit." in shown
    assert "nur an Mira" in shown
    assert "Gemeinschaftsküche" in shown


def test_nobody_comes_where_all_are_silent() -> None:
    played = Rehearsing(Words(), KINDS).play(ROUND, Wish(is_silent=True))
    assert played.session.ending is Ending.NOBODY
    assert {each.role for each in played.cast[1:]} == {Role.SILENT}
    assert not played.session.people


def test_a_meeting_that_is_called_off_is_no_entry_in_the_calendar() -> None:
    stages = (
        Stage("schedule", "date", {"weekly": "$meets", "times": 1}, {}),
        *ROUND.stages[1:3],
    )
    asked = (*ROUND.asks, Ask("meets", "When?", AskKind.WEEKLY, "Mondays 18:00"))
    playbook = replace(ROUND, stages=stages, asks=asked)
    told = "\n".join(lines(Wish(cast=3, seed=1, is_silent=True), playbook))
    assert told.count("In the calendar:") == told.count("Out of the calendar again:") == 1


@pytest.mark.parametrize("leading", list(Leading))
def test_it_ends_however_the_leader_behaves_and_whatever_fails(leading: Leading) -> None:
    troubles = Troubles(1.0, 1.0, 0.3, 0.5, 0.3, 0.5, leading)
    assert not Rehearsing(Words(), KINDS).play(ROUND, Wish(troubles=troubles, seed=5)).is_stuck


def test_without_due_work_a_session_counts_as_stuck() -> None:
    endless = replace(ROUND, stages=(Stage("collect", "ideas", {}, {}),))
    assert Rehearsing(Words(), KINDS).play(endless, Wish()).is_stuck


def test_polls_of_a_platform_are_voted_in_and_counted() -> None:
    played = Rehearsing(Words(), KINDS).play(ROUND, Wish(seed=2))
    assert any(isinstance(each, Came) and each.what == "poll" for each in played.happenings)
    assert played.session.results["choice"]["voters"] >= 2
    shown = "\n".join(lines(Wish(seed=2)))
    assert "A poll opens:" in shown
    assert "votes in the poll." in shown


def test_posts_show_the_session_as_it_was_when_they_were_made() -> None:
    played = Rehearsing(Words(), KINDS).play(ROUND, Wish())
    first = next(each for each in played.happenings if isinstance(each, Posted))
    assert not first.session.entries
    assert played.session.entries


def test_a_cast_has_every_sort_of_member_from_seven_on_and_a_willing_core_below() -> None:
    names = ["Ann", "Ben"]
    assert [each.role for each in cast_of(3, 1, names, "Lea")][1:] == [
        Role.WILLING,
        Role.WILLING,
        Role.TALKATIVE,
    ]
    seven = cast_of(7, 1, names, "Lea")
    assert {each.role for each in seven} == set(Role)
    assert [each.id for each in seven] == list(range(LEAD, LEAD + 8))
    assert len({each.name for each in cast_of(25, 1, names, "Lea")}) == 26


def test_answers_that_can_t_be_used_are_told() -> None:
    with pytest.raises(UsageError):
        Rehearsing(Words(), KINDS).play(ROUND, Wish(answers={"nothing": "x"}))
    with pytest.raises(UsageError) as told:
        Rehearsing(Words(), KINDS).play(ROUND, Wish(answers={"topic": ""}))
    assert told.value.advice.phrase == "rehearse.missing"


def test_a_table_without_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def table(self: Words, folder: str, *, language: str) -> dict[str, Any]:
        return {"names": ["Ann"], "leader": "Lea", "put": {}}

    monkeypatch.setattr(Words, "table", table)
    with pytest.raises(WordsError):
        Rehearsing(Words(), KINDS).play(ROUND, Wish(answers={"topic": "x"}))


# On the command line


def test_a_playbook_is_rehearsed(learncomm: Call) -> None:
    told = learncomm(
        "rehearse", "group-discussion", "--cast", "3", "--answers", "topic=the big pot"
    )
    assert told.code == 0, told.err
    assert told.out.startswith("With Robin (leads), Mira (willing)")
    assert "the big pot" in told.out
    assert "It went to its end" in told.out


def test_a_rehearsal_is_json_for_programs(learncomm: Call) -> None:
    told = learncomm("rehearse", "group-discussion", "--silent", "--faults", "--json")
    made = json.loads(told.out)
    assert made["ending"] == "nobody"
    assert made["posts"] <= 3
    assert {"at", "who", "to", "text"} == made["transcript"][0].keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("book-clap",), "book-club"),
        (("book-club", "--answers", "weeks"), "name=value"),
        (("book-club", "--answers", "week=3"), "weeks"),
        (("book-club", "--answers", "weeks=many"), "number"),
        (("book-club", "--cast", "0"), "--cast"),
    ],
)
def test_what_can_t_be_rehearsed_is_said(
    learncomm: Call, arguments: tuple[str, ...], said: str
) -> None:
    told = learncomm("rehearse", *arguments)
    assert told.code in {1, 2}
    assert said in told.err
