from collections.abc import Callable, Mapping
from typing import Any

import pytest

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.items import Question
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.openness import Flaw, Openness, looked_over, read_openness
from learncomm_agent.writing.repetition import Asked

TEXT = (
    "Quiet people need time, because thinking is slow. Newcomers should first greet the host at the door. "
    "The circle met for the first time in Porto. You need to install Python before the session."
)


@pytest.fixture(scope="module")
def english_asked(tables: Callable[[str, str], Mapping[str, Any]]) -> Openness:
    return read_openness(tables("questions", "en"))


@pytest.fixture(scope="module")
def german_asked(tables: Callable[[str, str], Mapping[str, Any]]) -> Openness:
    return read_openness(tables("questions", "de"))


@pytest.mark.parametrize(
    ("asked", "flaw"),
    [
        ("What would help quiet people in our own circle?", None),
        ("“Quiet people need time.” When have you seen the opposite?", None),
        ("“Is thinking slow? Nobody knows.” What would be your own answer?", None),
        ("If thinking is slow, what should a host do differently?", None),
        ("Who do you think carries the cost of slow thinking?", None),
        ("How would you help others, e.g. people who are quiet?", None),
        ("Quiet people need time.", Flaw.NOT_ONE),
        ("What is time? What is thinking?", Flaw.NOT_ONE),
        ("What helps quiet people, and how do you know?", Flaw.NOT_ONE),
        ("", Flaw.NOT_ONE),
        ("Do quiet people need time?", Flaw.CLOSED),
        ("So should we wait longer?", Flaw.CLOSED),
        ("Quiet people need time?", Flaw.CLOSED),
        ("What about quiet people?", Flaw.CLOSED),
        ("What does the passage make you think of?", Flaw.JARGON),
        ("How would you see it, according to the author?", Flaw.JARGON),
        ("Why do quiet people need time?", Flaw.LOOKED_UP),
        ("Where did the circle meet for the first time?", Flaw.LOOKED_UP),
        ("What do you need to install before the session?", Flaw.LOOKED_UP),
        ("What should newcomers do first at the door?", Flaw.LOOKED_UP),
        (f"What would {'help ' * 29}us?", Flaw.LONG),
    ],
)
def test_a_question_is_asked_only_if_it_is_worth_discussing(
    asked: str, flaw: Flaw | None, english_asked: Openness, english: Cues
) -> None:
    assert english_asked.flaw(asked, (TEXT,), english.stopwords) == flaw


@pytest.mark.parametrize(
    ("asked", "flaw"),
    [
        ("Woran würdet ihr merken, dass Stille hilft?", None),
        ("„Stille hilft.“ Wann habt ihr das Gegenteil erlebt?", None),
        ("Wenn wir „Stille“ ernst nähmen: Was würden wir nächste Woche anders machen?", None),
        ("Hilft euch Stille?", Flaw.CLOSED),
        ("Sollten wir länger warten?", Flaw.CLOSED),
        ("Was hilft euch, und warum ist das so?", Flaw.NOT_ONE),
        ("Was steht laut Text über Stille?", Flaw.JARGON),
        ("Warum hilft Stille den Lernenden?", Flaw.LOOKED_UP),
    ],
)
def test_german_questions_are_looked_over_with_german_words(
    asked: str, flaw: Flaw | None, german_asked: Openness, german: Cues
) -> None:
    text = "Stille hilft Lernenden, weil Denken dauert."
    assert german_asked.flaw(asked, (text,), german.stopwords) == flaw


def test_a_language_without_lists_is_held_to_what_can_be_seen() -> None:
    bare = read_openness({})
    assert bare.flaw("静けさは何をもたらすでしょうか\uff1f", (), frozenset()) is None
    assert bare.flaw("Tyst?", (), frozenset()) is None
    assert bare.flaw("Tyst? Varför?", (), frozenset()) is Flaw.NOT_ONE
    assert bare.flaw(f"{'静' * 91}\uff1f", (), frozenset()) is Flaw.LONG


@pytest.mark.parametrize(
    ("asked", "mended"),
    [
        ("What would you change, and why?", "What would you change?"),
        ("Where would this fail? Why or why not?", "Where would this fail?"),
        ("  What   would\nyou change? ", "What would you change?"),
        ("Why?", "Why?"),
    ],
)
def test_a_tail_that_asks_again_is_taken_off(
    asked: str, mended: str, english_asked: Openness
) -> None:
    assert english_asked.mended(asked) == mended


def test_what_is_left_out_is_counted_by_its_reason(
    passage: Callable[..., Passage], english_asked: Openness, english: Cues
) -> None:
    here = passage(TEXT)
    asked = [
        "What would help quiet people in our circle, and why?",
        "In our circle, what would help quiet people?",
        "Do quiet people need time?",
        "Why do quiet people need time?",
    ]
    written = [Question(text, "notice", here, "Quiet people need time") for text in asked]
    seen = Asked((), english.stopwords)
    kept, left_out = looked_over(written, english_asked, seen, english.stopwords)
    assert [each.text for each in kept] == ["What would help quiet people in our circle?"]
    assert left_out == {"repeated": 1, Flaw.CLOSED: 1, Flaw.LOOKED_UP: 1}
