"""Who says what in records of meetings, as tools write them down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.library.readers.subtitles import vtt_reading
from learncomm_agent.library.readers.text import text_reading
from learncomm_agent.library.readers.turns import Turn, retold, turns_of
from learncomm_agent.library.resources import Reading

Said = tuple[str, str, int | None]


def read(text: str) -> Reading:
    return text_reading("meeting.txt", text.encode())


def said(turns: tuple[Turn, ...]) -> list[Said]:
    return [(turn.speaker, turn.text, turn.seconds) for turn in turns if turn.is_said]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[00:01:02] Ann: Hello.\n[00:01:09] Ben Miller: So: I do.", [
            ("Ann", "Hello.", 62), ("Ben Miller", "So: I do.", 69)]),
        ("Ann Smith  0:03\nHello. We meet at 10:30.\n\nBen  1:03\nYes.\nTwo lines.", [
            ("Ann Smith", "Hello. We meet at 10:30.", 3), ("Ben", "Yes.\nTwo lines.", 63)]),
        ("[Ann] 10:01:02\nHi.\n[Ben] 10:02:02\nHo.", [("Ann", "Hi.", 36062), ("Ben", "Ho.", 36122)]),
        ("**Ann:** Hi.\n**Ben:** Ho.", [("Ann", "Hi.", None), ("Ben", "Ho.", None)]),
        ("Ann (0:03): Hi.\nBen (0:05): Ho.", [("Ann", "Hi.", 3), ("Ben", "Ho.", 5)]),
        ("Ann:\nHi.\nBen:\nHo.", [("Ann", "Hi.", None), ("Ben", "Ho.", None)]),
        ("00:12:34\tAnn Smith:\tHi.\n00:12:40\tBen:\tHo.", [
            ("Ann Smith", "Hi.", 754), ("Ben", "Ho.", 760)]),
        ("speaker_1: a\nspeaker_2: b\nspeaker_1: c\nspeaker_2: d", [
            ("speaker_1", "a", None), ("speaker_2", "b", None),
            ("speaker_1", "c", None), ("speaker_2", "d", None)]),
        ("田中：こんにちは。\n佐藤：はい。", [("田中", "こんにちは。", None), ("佐藤", "はい。", None)]),
        ("0:00 Welcome, all.\n0:10 Thank you.", [
            ("", "Welcome, all.", 0), ("", "Thank you.", 10)]),
        ("[0:09] Ann: Late.\n[0:01] Ben: Early.", [("Ann", "Late.", 9), ("Ben", "Early.", 1)]),
    ],
)  # fmt: skip
def test_the_forms_that_tools_write(text: str, expected: list[Said]) -> None:
    assert said(turns_of(read(text))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "We met on Tuesday and talked for long.\nAnn brought a cake.",
        "Agenda: first the reading\nthen the walk\nthen the cake\nthen home",
        "See https://example.org/a: it is good.\nAnd so on.\nAnd on.",
    ],
)
def test_running_text_has_no_speakers(text: str) -> None:
    assert said(turns_of(read(text))) == []


def test_what_stands_above_the_first_speaker_is_said_by_nobody() -> None:
    turns = turns_of(read("Circle of 12 May\n\nAnn: Hi.\nBen: Ho.\nAnn: Well."))
    assert [turn.is_said for turn in turns] == [False, True, True, True]
    assert turns[0].text == "Circle of 12 May"


def test_a_record_with_voice_tags_is_read_with_its_times() -> None:
    content = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v ann>hello: world\n\n"
        "00:02:30.000 --> 00:02:33.000\n<v Ben>I do.\n"
    )
    assert said(turns_of(vtt_reading("a.vtt", content.encode()))) == [
        ("ann", "hello: world", 1),
        ("Ben", "I do.", 150),
    ]


@given(st.text(alphabet="Ann Ben:[]0123456789.\n\t-–*", max_size=300))
@settings(max_examples=80, deadline=None)
def test_any_text_gives_turns_that_stand_in_it_and_in_what_is_told_again(text: str) -> None:
    if not text.strip():
        return
    reading = read(f"x{text}")
    turns = turns_of(reading)
    whole = "\n\n".join(section.text for section in reading.sections)
    assert all(whole[turn.start : turn.end] == turn.text and turn.text for turn in turns)
    again = retold(reading, turns)
    told = "\n\n".join(section.text for section in again.sections)
    assert all(told[turn.start : turn.end] == turn.text for turn in turns_of(again))
    assert all(" ".join(turn.text.split()) in told for turn in turns)


def test_ten_thousand_cues_come_back_as_they_were() -> None:
    lines = (
        f"[{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}] Speaker {i % 7}: this is cue {i}"
        for i in range(10_000)
    )
    reading = read("\n".join(lines))
    turns = turns_of(reading)
    again = turns_of(retold(reading, turns))
    assert [(each.speaker, each.text) for each in again] == [
        (each.speaker, each.text) for each in turns
    ]
    assert len(turns) == 10_000
