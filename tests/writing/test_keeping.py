from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.library.resources import Found, Passage
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.writing import keeping
from learncomm_agent.writing.items import Answer, Claim, Coverage, Item, ItemKind, Method, Summary

MakePassage = Callable[..., Passage]


def stored(id: int, text: str, revision: int = 0) -> StoredMessage:
    return StoredMessage(
        id=MessageId(id),
        room=RoomId(1),
        platform_id=f"p{id}",
        state=State.KEPT,
        text=text,
        revision=revision,
        posted_at=datetime(2026, 1, 5, 9, id, tzinfo=UTC),
        reply_to=None,
        is_addressed=False,
        member=MemberId(1),
        author="Ann",
        is_bot=False,
        consent=Consent.IN,
    )


def test_a_claim_is_tied_to_the_words_that_it_quotes(passage: MakePassage) -> None:
    found = passage("Begin slowly. Then ask one open question.", start=100, end=141)
    claim = Claim("Ask one open question.", (found,), "ask one open question")
    (line,) = keeping.answer_lines(Answer("?", Method.EXTRACTED, (claim,)))
    (evidence,) = line.evidence
    assert (evidence.resource, evidence.revision) == (found.resource, 1)
    assert found.text[evidence.start - 100 : evidence.end - 100] == "ask one open question"


def test_a_found_passage_is_tied_to_all_of_it(passage: MakePassage) -> None:
    found = passage("Begin slowly.", start=40, end=53)
    (line,) = keeping.passage_lines(Found((found,), by_meaning=True))
    (evidence,) = line.evidence
    assert (evidence.start, evidence.end, evidence.quote) == (40, 53, "")
    assert line.content["title"] == "Hosting a circle"


def test_a_summary_line_rests_on_its_messages_and_the_first_holds_the_quote() -> None:
    messages = {"1": stored(1, "I will write the minutes.", revision=2), "2": stored(2, "Thanks.")}
    item = Item(
        "I will write the minutes.", ("1", "2"), "write the minutes", "Ann", date(2026, 1, 9)
    )
    summary = Summary("T", Method.EXTRACTED, Coverage(2, 2), {ItemKind.ACTION: (item,)})
    (line,) = keeping.summary_lines(summary, messages)
    assert [(e.message, e.revision, e.quote) for e in line.evidence] == [
        (1, 2, "write the minutes"),
        (2, 0, ""),
    ]
    assert (line.section, line.content["owner"], line.content["due"]) == (
        "action_items",
        "Ann",
        "2026-01-09",
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("one two three", "one two three"),
        ("one  two\n\nthree four", "one two …"),
        ("onetwothreefourfive", "onetwothreefo …"),
        ("one two, three four", "one two …"),
        ("", ""),
    ],
)
def test_a_long_text_is_cut_at_a_word(text: str, short: str) -> None:
    assert keeping.snippet(text, 13) == short


@given(st.text(max_size=400), st.integers(5, 100))
def test_a_snippet_is_a_beginning_and_never_much_longer_than_asked(text: str, limit: int) -> None:
    short = keeping.snippet(text, limit)
    assert len(short) <= limit + 2
    assert " ".join(text.split()).startswith(short.removesuffix(" …"))
