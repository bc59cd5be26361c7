"""An answer holds what was asked for: a time, a number, a person; the group's own words come before a guide."""

from collections.abc import Callable

import pytest

from learncomm_agent.library.resources import Passage, ResourceKind
from learncomm_agent.writing.extractive.answer import answer
from learncomm_agent.writing.language.cues import Cues

MakePassage = Callable[..., Passage]
GUIDE = {"source": "guides/book-club.md", "score": 0.95}


@pytest.mark.parametrize(
    ("question", "guide", "own"),
    [
        ("How often do we meet?", "Groups that meet every week read more.",
         "The circle meets every second Thursday at seven."),
        ("Wie oft treffen wir uns?", "Gruppen treffen sich am besten jeden Monat.",
         "Unser Lesekreis trifft sich jeden zweiten Donnerstag um 19 Uhr"),
    ],
)  # fmt: skip
def test_the_groups_own_words_come_first(
    passage: MakePassage, english: Cues, german: Cues, question: str, guide: str, own: str
) -> None:
    cues = german if "treffen" in question else english
    found = answer(question, [passage(guide, **GUIDE), passage(own, score=0.7)], cues)
    assert found.claims[0].text == own
    assert not found.is_near


@pytest.mark.parametrize(
    ("question", "other", "right"),
    [
        ("how often do we meet?", "We meet in the library.", "We meet on Mondays."),
        ("And when does the hall close?", "The hall has doors that close.", "The hall closes at nine."),
        ("who brings the cake?", "It brings joy to have cake.", "Ann brings the cake."),
        ("how much is the room?", "The room is bright and large.", "The room is free."),
        ("how long is a session?", "A session is a fine thing.", "A session takes an hour."),
        ("Wer bringt den Kuchen?", "kuchen bringt freude", "Den Kuchen bringt Ada."),
        ("Wie viele kommen ins Haus?", "Ins Haus kommen viele.", "Ins Haus kommen zwölf."),
        ("Wann schließt die Halle?", "Die Halle schließt leise.", "Die Halle schließt um neun."),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_there_or_it_is_called_the_nearest(
    passage: MakePassage, english: Cues, german: Cues, question: str, other: str, right: str
) -> None:
    cues = german if question.startswith("W") else english
    found = answer(question, [passage(other), passage(right, score=0.8)], cues)
    assert [claim.text for claim in found.claims] == [right]
    assert not found.is_near
    near = answer(question, [passage(other)], cues)
    assert near.is_near and near.claims[0].text == other


def test_why_and_how_have_no_such_bound(passage: MakePassage, english: Cues) -> None:
    assert not answer("Why do we meet?", [passage("We meet in the hall.")], english).is_near
    assert not answer("When?", [], english).is_near


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Food\nBen brings the cake\nTea comes from Ann", ResourceKind.TEXT),
        ("## Food\n- Ben brings the cake\n- Ann brings tea", ResourceKind.MARKDOWN),
        ("For Thursday:\n- Ben brings the cake\n- Ann brings tea", ResourceKind.MARKDOWN),
        ("food for thursday\nBen brings the cake\ntea we have", ResourceKind.MESSAGE),
    ],
)
def test_lines_of_a_note_are_not_glued_together(
    passage: MakePassage, english: Cues, text: str, kind: ResourceKind
) -> None:
    found = answer("who brings the cake?", [passage(text, kind=kind)], english)
    assert found.claims[0].text == "Ben brings the cake"


def test_lines_that_were_broken_to_a_width_are_one_sentence(
    passage: MakePassage, english: Cues
) -> None:
    text = (
        "The circle of readers meets in the old library of the town, where\n"
        "Ada keeps the key and opens the door for everybody who comes early."
    )
    found = answer("Where does the circle of readers meet?", [passage(text)], english)
    assert found.claims[0].text == " ".join(text.split())
