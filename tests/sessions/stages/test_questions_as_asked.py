"""How questions stand before a leader and before all: whose they are, within which sentence, and from when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.events import Act, Entered, Steered
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.running.speaking import worded
from learncomm_agent.sessions.stages.questioning.candidates import MARK, WISH
from learncomm_agent.sessions.state import Entry
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice
from tests.sessions.driver import LEAD, START, Drive

ANA = 2
HOUR = timedelta(hours=1)
LINE = "Page 41, the letter. I don't believe a word of it."


def lead_list(drive: Drive) -> Post:
    return next(each for each in reversed(drive.posts(Whom.LEAD)) if each.shows)


@pytest.mark.parametrize(
    ("questions", "source"),
    [(["One?", "Two?", "Three?"], "source_playbook"), ("$mine", "source_ladder")],
)
def test_a_leader_reads_which_questions_are_theirs(questions: Any, source: str) -> None:
    ask = Stage("ask", "ask", {"questions": questions, "review": 3600.0, "for": 7200.0})
    drive = Drive.of(ask, answers={"mine": ["One?", "Two?", "Three?"]})
    labels = {each["phrase"] for each in lead_list(drive).notes.values()}
    assert labels == {f"session.ask.{source}"}


@pytest.mark.parametrize("kind", ["ask", "discuss"])
@pytest.mark.parametrize(
    ("what", "text", "phrase"),
    [
        ("highlight", LINE, MARK),
        ("highlight", "Page 41: “Who writes?”", ""),
        ("question", LINE, WISH),
        ("question", "Who writes that letter?", ""),
        ("question", "why the letter", ""),
    ],
)
def test_what_is_no_question_is_asked_within_a_sentence(
    kind: str, what: str, text: str, phrase: str
) -> None:
    given = Stage("collect", "marks", {"what": what, "for": 3600.0, "shows": False})
    drive = Drive.of(given, Stage(kind, "next", {"from": "marks", "for": 3600.0}))
    drive(Entered(ANA, text))
    drive.wait(HOUR)
    entries = [each for each in drive.session.entries.values() if each.text == text]
    assert entries[-1].stage == ("next" if kind == "ask" else "marks")
    entry = entries[-1]
    assert entry.phrase == phrase


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "“Who knows?” he said.", "What made you mark this: ‘“Who knows?” he said.’?"),
        ("en", "“all of it”", "What made you mark this: ‘all of it’?"),
        ("de", "„alles“", "Warum hast du das hier angestrichen: ‚alles‘?"),
    ],
)
def test_no_quotes_stand_twice(language: str, text: str, said: str) -> None:
    entry = Entry(1, "marks", "question", text, START, phrase=MARK)
    assert worded(Voice(Words(), language, UTC), entry) == said


def test_a_list_says_when_it_goes_out_also_where_that_has_changed() -> None:
    meets = START + timedelta(hours=8)
    drive = Drive.of(
        Stage("schedule", "date", {"when": "$when"}, {"say": ""}),
        Stage(
            "ask", "ask", {"questions": ["A?", "B?", "C?"], "until": "meeting", "review": 3600.0}
        ),
        answers={"when": meets.isoformat()},
    )
    later = (meets + timedelta(days=1)).isoformat()
    for act, value in ((None, ""), (Act.EXTEND, "3600"), (Act.MOVE, later)):
        if act is not None:
            drive(Steered(LEAD, act, value))
        told = datetime.fromisoformat(lead_list(drive).says[0].values["posts"]["time"])
        assert drive.session.standing is not None
        assert told == drive.session.standing.ends_at
    assert told == meets + timedelta(days=1)
