"""The lines of one summary as different readers need them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.views import ASKED, SECTIONS, YOURS, View, asked_of, names, view

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANN, BEN = MemberId(1), MemberId(2)


def line(
    section: str, text: str, message: int = 1, owner: str | None = None, due: str | None = None
) -> Line:
    content = {
        "text": text,
        "speaker": "Ann",
        "at": NOON.replace(minute=message % 60).isoformat(),
        "owner": owner,
        "due": due,
    }
    return Line(section, content, (Evidence("", 0, message=MessageId(message)),))


def shown(lines: list[Line], kind: View, name: str = "Ben Miller") -> list[tuple[str, str]]:
    return [(each.section, each.content["text"]) for each in view(lines, kind, name).lines]


def test_what_concerns_the_reader_comes_first_and_nothing_twice() -> None:
    lines = [
        line("overview", "We spoke of the mill.", 1),
        line("decisions", "We go by train.", 2),
        line("action_items", "Write the minutes.", 3, owner="Ann"),
        line("action_items", "Book the train.", 4, owner="ben miller"),
        line("action_items", "Ben may bring tea.", 5),
        line("action_items", "Ben, can you sing?", 6),
        line("open_questions", "Ben, can you sing?", 6),
        line("open_questions", "Who has the key?", 7),
        line("key_points", "The mill is old.", 8),
        line(ASKED, "Ben, can you sing?", 6),
    ]
    assert shown(lines, View.ABSENT) == [
        (YOURS, "Book the train."),
        (YOURS, "Ben may bring tea."),
        (ASKED, "Ben, can you sing?"),
        ("overview", "We spoke of the mill."),
        ("decisions", "We go by train."),
        ("action_items", "Write the minutes."),
        ("open_questions", "Who has the key?"),
    ]


def test_a_newcomer_sees_what_stands_the_newest_first_and_no_chatter() -> None:
    lines = [
        line("decisions", "We meet on Mondays.", 1),
        line("decisions", "We meet on Tuesdays.", 9),
        line("action_items", "Somebody could bake.", 3),
        line("action_items", "Write the minutes.", 4, owner="Ann"),
        line("open_questions", "Who has the key?", 5),
        line("disagreements", "I would rather swim.", 6),
    ]
    assert shown(lines, View.NEWCOMER) == [
        ("decisions", "We meet on Tuesdays."),
        ("decisions", "We meet on Mondays."),
        ("action_items", "Write the minutes."),
    ]


def test_a_leader_sees_first_what_is_due_first() -> None:
    lines = [
        line("action_items", "Some day.", 1, owner="Ann"),
        line("action_items", "Later.", 2, owner="Ann", due="2026-02-01"),
        line("action_items", "Soon.", 3, owner="Ben", due="2026-01-06"),
    ]
    assert [text for _, text in shown(lines, View.LEADER)] == ["Soon.", "Later.", "Some day."]


@pytest.mark.parametrize("kind", View)
def test_what_is_too_much_is_counted(kind: View) -> None:
    lines = [line("decisions", f"Decision {n}.", n) for n in range(30)]
    found = view(lines, kind, "Ben")
    most = SECTIONS[kind]["decisions"]
    assert (len(found.lines), found.left_out) == (most, 30 - most)


@pytest.mark.parametrize(
    ("text", "name", "is_named"),
    [
        ("Can Ben bring it?", "Ben Miller", True),
        ("ben miller knows.", "Ben Miller", True),
        ("The bench is wet.", "Ben", False),
        ("Miller's bread.", "Ben Miller", False),
        ("Al is here, all of him.", "Al Green", False),
        ("田中さん、来ますか。", "田中", True),
        ("Anything.", "…", False),
    ],
)
def test_who_is_named(text: str, name: str, *, is_named: bool) -> None:
    assert names(text, name) is is_named


SAID = StoredMessage(
    id=MessageId(1),
    room=RoomId(1),
    platform_id="1",
    state=State.KEPT,
    text="The mill is old. Ben, have you seen it?",
    revision=2,
    posted_at=NOON,
    reply_to=None,
    is_addressed=False,
    member=ANN,
    author="Ann",
    is_bot=False,
    consent=Consent.IN,
)


def reply(text: str, to: str, member: int, number: int = 2) -> StoredMessage:
    id = MessageId(number)
    who = MemberId(member)
    return replace(SAID, id=id, platform_id=str(number), text=text, reply_to=to, member=who)


def test_a_question_to_somebody_is_quoted_with_its_message() -> None:
    (found,) = asked_of([SAID], "Ben", ())
    assert found.content["text"] == "Ben, have you seen it?"
    assert found.evidence == (Evidence("Ben, have you seen it?", 2, message=MessageId(1)),)


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        ([SAID, reply("I have.", "1", 3)], 0),
        ([SAID, reply("Anybody?", "1", 1)], 1),
        ([reply("Why so?", "own", 3)], 1),
        ([reply("I see.", "own", 3)], 0),
        ([reply("Why so?", "other", 3)], 0),
        ([replace(SAID, text="Ben is here.")], 0),
        ([replace(SAID, text="ベンさん\uff1f Ben\uff1f")], 1),
    ],
)
def test_what_was_answered_or_asked_of_others_is_left_out(
    messages: list[StoredMessage], count: int
) -> None:
    assert len(list(asked_of(messages, "Ben", {"own"}))) == count
