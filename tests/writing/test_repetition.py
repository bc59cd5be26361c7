import pytest

from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.repetition import Asked

BEFORE = (
    "What would help newcomers to speak up in our circle?",
    "“Silence helps.” When have you seen the opposite?",
    "If we took “pair work” seriously, what would we do differently next week?",
)


@pytest.mark.parametrize(
    ("asked", "is_known"),
    [
        ("what would help newcomers to speak up in our circle", True),
        ("In our circle: what helps a newcomer to speak up?", True),
        ("What would help newcomers to listen to each other?", False),
        ("“Silence helps.” When did you see the opposite?", True),
        ("“Silence helps.” Who bears the cost of this?", False),
        ("“Noise hurts.” When have you seen the opposite?", False),
        ("If we took “wait time” seriously, what would we do differently next week?", False),
        ("“Pair work” taken seriously: what would we do differently next week?", True),
        ("", True),
        ("?!", True),
    ],
)
def test_a_question_is_known_again_in_other_words_and_order(
    asked: str, is_known: bool, english: Cues
) -> None:
    assert Asked(BEFORE, english.stopwords).knows(asked) is is_known


def test_questions_without_words_of_content_are_told_apart() -> None:
    known = Asked(["Who are we?"], frozenset({"who", "are", "we", "you"}))
    assert known.knows("Who are we?")
    assert not known.knows("Where would you be?")


def test_many_earlier_questions_are_compared_quickly(english: Cues) -> None:
    known = Asked(f"What would number {i} of the plans change for us?" for i in range(3000))
    assert known.knows("For us, what would number 2999 of the plans change?")
    assert not known.knows("Which song did the choir sing?")
