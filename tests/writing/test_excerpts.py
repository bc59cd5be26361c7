from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.chat.outgoing import Style, Text
from learncomm_agent.library.resources import Passage, Place, ResourceId, ResourceKind
from learncomm_agent.writing import excerpts
from learncomm_agent.writing.excerpts import EXCERPT_CHARS, TURN_CHARS, Excerpt

MakePassage = Callable[..., Passage]
VALUES: dict[str, Any] = {
    "resource": ResourceId(1),
    "revision": 0,
    "source": "a.md",
    "title": "A",
    "place": Place(),
    "chunk": "",
    "start": 0,
    "end": 1,
    "score": 1.0,
    "shared_by": None,
    "shared_at": datetime(2026, 1, 5, tzinfo=UTC),
}
TALK = (
    "Ann: Who reads with us?\nBen: I do. And Cleo wants to hear of the heron by the mill.\n"
    "Cleo: The heron?\nAnn: The heron that stands there every day.\nBen: " + "So it is. " * 30
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
    assert excerpts.snippet(text, 13) == short


@given(st.text(max_size=400), st.integers(5, 100))
def test_a_snippet_is_a_beginning_and_never_much_longer_than_asked(text: str, limit: int) -> None:
    short = excerpts.snippet(text, limit)
    assert len(short) <= limit + 2
    assert " ".join(text.split()).startswith(short.removesuffix(" …"))


def test_an_excerpt_of_the_search_is_shown_with_its_marks(passage: MakePassage) -> None:
    found = passage("x" * 900, excerpt="… the old\nheron stands", marks=((10, 15),))
    assert excerpts.excerpt_of(found) == Excerpt("… the old heron stands", [(10, 15)])


def test_without_one_the_beginning_is_shown(passage: MakePassage) -> None:
    shown = excerpts.excerpt_of(passage("The heron " * 90))
    assert len(shown.text) <= EXCERPT_CHARS + 2 and shown.text.endswith(" …")
    assert shown.marks == []


def test_an_excerpt_that_is_too_long_is_cut_and_loses_the_marks_behind(
    passage: MakePassage,
) -> None:
    long = "The heron " * 90
    shown = excerpts.excerpt_of(passage(long, excerpt=long, marks=((4, 9), (604, 609))))
    assert len(shown.text) <= EXCERPT_CHARS + 2
    assert shown.marks == [(4, 9)]


def test_of_a_long_excerpt_the_part_with_most_of_the_words_is_shown(passage: MakePassage) -> None:
    long = "heron " + "so on " * 20 + "the heron and the crane by the mill " + "and on " * 20
    marks = excerpts.marks_of(long, ["heron", "crane", "mill"])
    shown = excerpts.excerpt_of(passage(long, excerpt=long, marks=tuple(marks)))
    assert shown.text.startswith("… on so on") and shown.text.endswith(" …")
    assert len(shown.text) <= EXCERPT_CHARS + 4
    assert [shown.text[start:end] for start, end in shown.marks] == ["heron", "crane", "mill"]


@given(
    st.text("ab  \n…", min_size=130, max_size=400),
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9))),
)
def test_marks_stand_where_they_stood(text: str, at: list[tuple[int, int]]) -> None:
    marks = [(start, start + size) for start, size in at if start + size <= len(text)]
    flat = "".join(" " if letter.isspace() else letter for letter in text)
    made = Passage(**{**VALUES, "text": text or "x", "excerpt": text, "marks": tuple(marks)})
    shown = excerpts.excerpt_of(made)
    assert len(shown.text) <= EXCERPT_CHARS + 30
    whole = {flat[start:end] for start, end in marks}
    assert all(shown.text[start:end] in whole for start, end in shown.marks)


def test_a_talk_is_shown_as_turns_from_where_the_words_are(passage: MakePassage) -> None:
    talk = passage(
        TALK,
        kind=ResourceKind.CONVERSATION,
        excerpt="… hear of the heron by the mill.",
        marks=((14, 19),),
    )
    shown = excerpts.excerpt_of(talk)
    first, second, _ = shown.text.split("\n")
    assert first.startswith("Ben: I do.") and second == "Cleo: The heron?"
    assert [shown.text[start:end] for start, end in shown.marks] == ["heron"] * 3
    long = passage(TALK[TALK.rindex("Ben") :], kind=ResourceKind.CONVERSATION)
    (turn,) = excerpts.excerpt_of(long).text.split("\n")
    assert turn.startswith("Ben: So it is.") and len(turn) <= TURN_CHARS + 2


def test_marked_words_are_bold() -> None:
    assert excerpts.marked("the heron stands", [(4, 9)]) == (
        Text("the "),
        Text("heron", Style.STRONG),
        Text(" stands"),
    )


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40))))
def test_whatever_is_marked_no_word_is_lost(text: str, marks: Sequence[tuple[int, int]]) -> None:
    spans = excerpts.marked(text, marks)
    assert "".join(span.text for span in spans) == text
    assert all(span.text for span in spans)


def test_whole_words_are_marked_in_small_and_capital_letters() -> None:
    text = "Heron, heronry, HERON and c++"
    found = excerpts.marks_of(text, ["heron", "C++", " "])
    assert [text[start:end] for start, end in found] == ["Heron", "HERON", "c++"]
    assert excerpts.marks_of(text, []) == []
