from collections.abc import Callable

import pytest

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import check_answer
from learncomm_agent.writing.extractive.answer import answer
from learncomm_agent.writing.items import Method
from learncomm_agent.writing.language.cues import Cues, read_cues

MakePassage = Callable[..., Passage]


def test_the_sentence_that_shares_the_rare_words_answers(
    passage: MakePassage, english: Cues
) -> None:
    passages = [
        passage("Chairs stand in a circle. **Greet** every newcomer at the door by name.", "Start"),
        passage("The room has a window. It opens to the garden.", "Room", score=0.4),
    ]
    found = answer("How should we greet newcomers?", passages, english)
    assert found.method is Method.EXTRACTED
    assert [claim.text for claim in found.claims] == ["Greet every newcomer at the door by name."]
    assert found.claims[0].quote == "**Greet** every newcomer at the door by name."
    assert found.claims[0].citations == (passages[0],)
    assert check_answer(found, passages) == found


def test_nothing_is_claimed_where_nothing_overlaps(passage: MakePassage, english: Cues) -> None:
    passages = [passage("Chairs stand in a circle."), passage("Bring tea.")]
    assert not answer("Which airline flies to Lima?", passages, english).is_found
    assert not answer("Which airline flies to Lima?", [], english).is_found


@pytest.mark.parametrize("question", ["", "?", "🎉", "the of and", "x" * 5000])
def test_odd_questions_are_answered_with_nothing(
    passage: MakePassage, english: Cues, question: str
) -> None:
    assert not answer(question, [passage("Chairs stand in a circle.")], english).is_found


def test_the_kind_of_question_decides_between_equal_sentences(
    passage: MakePassage, english: Cues
) -> None:
    text = (
        "A reading circle needs patient members and tea. "
        "A reading circle needs six members at most."
    )
    found = answer("How many members does a reading circle need?", [passage(text)], english)
    assert "six members" in found.claims[0].text


def test_a_lead_in_brings_its_list(passage: MakePassage, english: Cues) -> None:
    text = "To prepare the reading room:\n\n- open the *windows*\n- put out chairs\n\nLater, rest."
    here = passage(text)
    found = answer("how do we prepare the reading room", [here], english)
    assert found.claims[0].text == ("To prepare the reading room: open the windows; put out chairs")
    assert found.claims[0].quote in text
    assert check_answer(found, [here]) == found


def test_an_answer_has_three_claims_at_most(passage: MakePassage, english: Cues) -> None:
    passages = [
        passage(f"A circle of {word} readers needs {word} hosts and {word} lamps.", source=word)
        for word in ("young", "tired", "brave", "clever", "gentle", "noisy")
    ]
    assert len(answer("What do circle readers need?", passages, english).claims) <= 3


def test_a_language_without_cues_answers_by_words(passage: MakePassage) -> None:
    passages = [passage("Les chaises forment un cercle. Le thé se prépare à la cuisine.")]
    found = answer("Où se prépare le thé ?", passages, read_cues({}))
    assert [claim.text for claim in found.claims] == ["Le thé se prépare à la cuisine."]
