import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import (
    Answer,
    Claim,
    Coverage,
    Item,
    ItemKind,
    Method,
    Outcome,
    Question,
    Segment,
    Skipped,
    Summary,
)
from learncomm_agent.writing.records import (
    answer_record,
    question_record,
    summary_record,
    transcript_from_jsonl,
)


def test_a_summary_has_exactly_the_agreed_keys() -> None:
    item = Item("Print it", ("m1", "m2"), "I will print it", "Ana", date(2024, 5, 10))
    summary = Summary(
        "Evening",
        Method.EXTRACTED,
        Coverage(5, 3, (Skipped("empty", 2),)),
        {ItemKind.ACTION: (item,), ItemKind.DECISION: (Item("So", ("m1",), "so"),)},
        ("https://example.org",),
        1,
        segments=(Segment("m1", "m3", 3, Outcome.PLAIN, "budget"),),
    )
    plain = {"text": "So", "evidence": ["m1"], "quote": "so"}
    assert json.loads(json.dumps(summary_record(summary))) == {
        "title": "Evening",
        "method": "extracted",
        "coverage": {"messages": 5, "read": 3, "skipped": [{"reason": "empty", "count": 2}]},
        "segments": [
            {"first": "m1", "last": "m3", "messages": 3, "outcome": "plain", "reason": "budget"}
        ],
        "overview": [],
        "key_points": [],
        "insights": [],
        "decisions": [plain],
        "action_items": [
            {
                "text": "Print it",
                "evidence": ["m1", "m2"],
                "quote": "I will print it",
                "owner": "Ana",
                "due": "2024-05-10",
            }
        ],
        "open_questions": [],
        "disagreements": [],
        "resources": ["https://example.org"],
        "dropped": 1,
    }


def test_an_answer_cites_as_a_search_does(passage: Callable[..., Passage]) -> None:
    here = passage("Guests like tea.", "Welcome", "Drinks")
    claim = Claim("Guests like tea.", (here,), "Guests like tea", said_by="Ben")
    answer = Answer("q", Method.EXTRACTED, (claim,))
    assert answer_record(answer) == {
        "answer": [
            {
                "text": "Guests like tea.",
                "said_by": "Ben",
                "citations": [
                    {
                        "resource": "Hosting a circle",
                        "source": "circle.md",
                        "chunk": "c0ffee",
                        "score": 0.9,
                        "place": "Welcome › Drinks",
                        "text": "Guests like tea.",
                        "quote": "Guests like tea",
                    }
                ],
            }
        ],
        "found": True,
    }
    assert answer_record(Answer("q", Method.EXTRACTED, ())) == {"answer": [], "found": False}


def test_a_question_shows_what_it_asks_about(passage: Callable[..., Passage]) -> None:
    question = Question("Why tea?", "understand", passage("Guests like tea."), "Guests like tea")
    assert question_record(question) == {
        "text": "Why tea?",
        "level": "understand",
        "evidence": "Guests like tea",
        "source": "circle.md",
    }


def test_a_transcript_is_read_line_by_line() -> None:
    lines = [
        '\ufeff{"id": 0, "speaker": "Ana", "text": "Hi", "time": "00:14:40"}',
        "",
        '{"id": "b", "speaker": "Ben", "text": "Hello", "time": "2024-05-08T10:00:00", "reply_to": 0}',
        '{"id": "c", "speaker": "Ben", "text": "Bye", "time": "2024-05-08T10:00:00+02:00", "x": 1}',
        '{"id": "d", "speaker": "Ben", "text": "", "time": 17, "reply_to": ["b"]}',
    ]
    read = transcript_from_jsonl(lines, "Evening", language="de", timezone="Europe/Berlin")
    assert (read.title, read.language, read.timezone) == ("Evening", "de", "Europe/Berlin")
    assert [(u.id, u.reply_to) for u in read.utterances] == [
        ("0", None),
        ("b", "0"),
        ("c", None),
        ("d", "b"),
    ]
    ten = datetime(2024, 5, 8, 10, tzinfo=UTC)
    assert [u.at for u in read.utterances] == [None, ten, ten - timedelta(hours=2), None]
    assert all(u.at is None or u.at.tzinfo is UTC for u in read.utterances)


def test_bad_lines_are_counted_and_not_fatal() -> None:
    lines = [
        "not json",
        "[1, 2]",
        '"text"',
        '{"id": 1, "speaker": "Ana"}',
        '{"id": null, "speaker": "Ana", "text": "x"}',
        '{"id": true, "speaker": "Ana", "text": "x"}',
        '{"id": "", "speaker": "Ana", "text": "x"}',
        '{"id": 2, "speaker": "Ana", "text": 5}',
        "[" * 100_000,
        '{"id": 3, "speaker": "Ana", "text": "cut',
        '{"id": 4, "speaker": "Ana", "text": "good"}',
    ]
    read = transcript_from_jsonl(lines, "t")
    assert [u.text for u in read.utterances] == ["good"]
    assert read.skipped == (Skipped("unreadable", 10),)


def test_ids_become_unique_and_repeated_lines_are_skipped() -> None:
    lines = [
        '{"id": 1, "speaker": "Ana", "text": "one"}',
        '{"id": "1", "speaker": "Ben", "text": "two"}',
        '{"id": 1, "speaker": "Ana", "text": "one"}',
        '{"id": 1, "speaker": "Cem", "text": "three"}',
        '{"id": 1, "speaker": "Ben", "text": "two"}',
    ]
    read = transcript_from_jsonl(lines, "t")
    assert [u.id for u in read.utterances] == ["1", "1#2", "1#3"]
    assert read.skipped == (Skipped("unreadable", 2),)


def test_an_empty_file_is_an_empty_transcript() -> None:
    assert transcript_from_jsonl([], "t").utterances == ()
