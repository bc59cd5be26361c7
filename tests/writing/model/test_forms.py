"""What is made of the forms that a model fills in."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import ItemKind, Method, Transcript
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.model.forms import (
    MOST_CLAIMS,
    AnswerDraft,
    QuestionsDraft,
    SummaryDraft,
    answer_of,
    draft_of,
    part_of,
    questions_of,
)
from learncomm_agent.writing.model.material import Entry

MakePassage = Callable[..., Passage]
MakeTranscript = Callable[..., Transcript]
LEVELS = ("recall", "apply", "transfer")


def line(number: int, quote: str = "q", text: str = "t", **more: Any) -> dict[str, Any]:
    return {"line": number, "quote": quote, "also": [], "text": text, **more}


def filled(**kinds: list[dict[str, Any]]) -> SummaryDraft:
    return SummaryDraft.model_validate({kind: [] for kind in ItemKind} | kinds)


def window_of(transcript: Transcript) -> list[Entry]:
    return [Entry(each.id, each.speaker, each.text) for each in transcript.utterances]


def test_every_kind_of_item_has_its_field() -> None:
    assert set(SummaryDraft.model_fields) == set(ItemKind)


def test_lines_become_items_with_the_ids_of_their_window(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(("Ana", "One."), ("Ben", "Two."), ("Cem", "Three."))
    draft = filled(decisions=[line(2, also=[3, 3, 99, 1])], insights=[line(0), line(-1, also=[1])])
    part = part_of(draft, window_of(talk)[1:], talk, due_reader(talk, english))
    assert [each.evidence for each in part.items[ItemKind.DECISION]] == [("m2",)]
    assert [each.evidence for each in part.items[ItemKind.INSIGHT]] == [(), ("m1",)]
    assert set(part.items) == set(ItemKind)


def test_what_is_too_long_or_too_much_is_counted(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(("Ana", "One."))
    draft = filled(
        overview=[line(1, text=f"t{i}") for i in range(50)],
        insights=[line(1, text="x" * 401), line(1, quote="x" * 601), line(1)],
    )
    part = part_of(draft, window_of(talk), talk, due_reader(talk, english))
    assert len(part.items[ItemKind.OVERVIEW]) == 3
    assert len(part.items[ItemKind.INSIGHT]) == 1
    assert part.dropped == 47 + 2


@pytest.mark.parametrize(
    ("words", "number", "due"),
    [
        ("by Friday", 1, date(2024, 5, 10)),
        ("Friday", 1, date(2024, 5, 10)),
        ("by Monday", 1, date(2024, 5, 13)),
        ("by Friday", 2, date(2024, 5, 10)),  # the wrong number, mended by the quote
        ("by Saturday", 1, None),
        ("2024-05-10", 1, None),
        ("the handouts", 1, None),
        ("", 1, None),
        ("x" * 99, 1, None),
        (None, 1, None),
    ],
)
def test_a_day_is_read_from_the_words_of_the_message(
    transcript: MakeTranscript, english: Cues, words: str | None, number: int, due: date | None
) -> None:
    talk = transcript(
        ("Cem", "I will book the room by Monday and print the handouts by Friday."),
        ("Ana", "Thanks."),
    )
    action = line(number, "print the handouts", owner="Cem", due=words)
    part = part_of(filled(action_items=[action]), window_of(talk), talk, due_reader(talk, english))
    assert part.items[ItemKind.ACTION][0].due == due


@pytest.mark.parametrize("kind", ItemKind)
def test_each_kind_has_a_form_of_its_own(kind: ItemKind) -> None:
    whole = SummaryDraft.model_json_schema()["properties"][kind]
    own = draft_of(kind).model_json_schema()
    assert own["properties"] == {kind.value: whole}
    draft = draft_of(kind).model_validate({kind: [line(1)] * 20})
    most = whole["maxItems"]
    assert [len(draft.lines(kind)[0]), draft.lines(kind)[1]] == [most, 20 - most]
    other = ItemKind.INSIGHT if kind is ItemKind.DECISION else ItemKind.DECISION
    assert draft.lines(other) == ((), 0)


def test_claims_cite_the_passages_of_their_window(passage: MakePassage) -> None:
    passages = [passage("A."), passage("B.", source="b.md"), passage("C.", source="c.md")]
    window = [Entry("2", "t", "C."), Entry("0", "t", "A.")]
    claims = [line(1, also=[2]), line(7), *(line(1) for _ in range(9))]
    draft = AnswerDraft.model_validate({"claims": claims})
    answer = answer_of(draft, "Why?", window, passages)
    assert answer.claims[0].citations == (passages[2], passages[0])
    assert answer.claims[1].citations == ()
    assert (len(answer.claims), answer.dropped) == (MOST_CLAIMS, 11 - MOST_CLAIMS)
    assert answer.method is Method.MODEL


def test_questions_climb_the_ladder(passage: MakePassage) -> None:
    passages = [passage("A."), passage("B.", source="b.md")]
    window = [Entry("0", "t", "A."), Entry("1", "t", "B.")]
    written = [("Transfer", 2), ("guess", 1), ("recall", 9), ("apply", 1)]
    asked = [{"line": n, "quote": "q", "level": level, "text": level} for level, n in written]
    draft = QuestionsDraft.model_validate({"questions": asked})
    found = questions_of(draft, window, passages, LEVELS)
    assert [(each.level, each.evidence) for each in found] == [
        ("recall", passages[0]),
        ("apply", passages[0]),
        ("transfer", passages[1]),
    ]
    assert found.dropped == 1


def test_a_text_is_put_on_one_line_and_can_be_stored() -> None:
    draft = AnswerDraft.model_validate({"claims": [line(1, text="a\n\x00b \ud800 \uff1cc>")]})
    assert draft.claims[0].text == "a b \ufffd <c>"
