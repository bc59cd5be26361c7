import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.library.resources import Found, Passage, ResourceKind, Said
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


def talk(passage: MakePassage, *turns: str, start: int = 100) -> Passage:
    """A passage of a conversation; the messages are counted from 1."""
    text = "\n".join(turns)
    said, at = [], 0
    for number, turn in enumerate(turns, 1):
        begin = text.index(turn, at) + turn.index(": ") + 2
        at = text.index(turn, at) + len(turn)
        said.append(Said(MessageId(number), number * 10, start + begin, start + at))
    found = passage(text, start=start, end=start + len(text))
    return replace(found, kind=ResourceKind.CONVERSATION, said=tuple(said), message=MessageId(1))


TURNS = ("Ann: When do we meet?", "Ben: At nine, by the mill.", "Ann: I will bring tea.")


@pytest.mark.parametrize(
    ("quote", "wanted"),
    [
        ("by the mill", [(2, 20, "by the mill")]),
        ("BEN: at nine", [(2, 20, "At nine")]),
        ("we meet?\nBen: At nine, by", [(2, 20, "At nine, by"), (1, 10, "we meet?")]),
        ("in no message", None),
        ("Ben", None),
    ],
)
def test_a_quote_from_a_talk_rests_on_the_messages_that_hold_it(
    passage: MakePassage, quote: str, wanted: list[tuple[int, int, str]] | None
) -> None:
    found = talk(passage, *TURNS)
    claim = Claim("So it is.", (found,), quote)
    (line,) = keeping.answer_lines(Answer("?", Method.EXTRACTED, (claim,)))
    assert all(held.resource is None for held in line.evidence)
    held = [(held.message, held.revision, held.quote) for held in line.evidence]
    if wanted is None:  # then on all of them, with all their words
        assert sorted(held) == [(n, n * 10, turn.split(": ")[1]) for n, turn in enumerate(TURNS, 1)]
    else:
        assert held == wanted
    assert line.content["message"] == line.evidence[0].message


def test_what_a_search_shows_of_a_talk_rests_on_what_is_seen(passage: MakePassage) -> None:
    long = "word " * 60
    found = talk(passage, *TURNS, f"Ben: {long}end", "Ann: Never shown.")
    shown = replace(found, excerpt="At nine, by the mill.", marks=((0, 2),))
    (line,) = keeping.passage_lines(Found((shown,), by_meaning=True))
    seen = re.sub(r"\s+", " ", line.content["text"])
    assert line.evidence
    assert all(held.resource is None and held.quote for held in line.evidence)
    assert all(" ".join(held.quote.split()) in seen for held in line.evidence)
    assert {held.message for held in line.evidence} >= {2}
    assert 5 not in {held.message for held in line.evidence}


def test_a_part_of_a_talk_rests_on_its_own_messages_alone(passage: MakePassage) -> None:
    whole = talk(passage, *TURNS)
    cut = whole.text.index("nine")
    part = replace(whole, text=whole.text[cut:], start=whole.start + cut, said=whole.said[1:])
    (line,) = keeping.answer_lines(
        Answer("?", Method.EXTRACTED, (Claim("So.", (part,), "nowhere"),))
    )
    assert sorted((held.message, held.quote) for held in line.evidence) == [
        (2, "nine, by the mill."),
        (3, "I will bring tea."),
    ]
