"""What of a model's text outruns its evidence, and what then becomes of it."""

from datetime import date

import pytest

from learncomm_agent.writing.evidence.support import Grounds, Support, reaches_out
from learncomm_agent.writing.language.cues import Cues, read_cues


@pytest.fixture
def support(english: Cues) -> Support:
    return Support(english, english, is_same=True)


SAID = "We meet at 7 on Tuesdays. I don't think that Ben should bring the tea."


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The group meets on Tuesdays at 7.", "We meet at 7 on Tuesdays"),
        ("Ben should not bring the tea.", "Ben should bring the tea"),
        ("Nobody wants Ben to bring tea.", "I don't think that Ben should bring the tea"),
    ],
)
def test_a_text_that_says_what_was_said_stays(support: Support, text: str, quote: str) -> None:
    assert support.checked(text, quote, Grounds((SAID,))) == (text, quote)


@pytest.mark.parametrize(
    ("text", "quote", "becomes"),
    [
        ("They meet on Tuesdays at 8.", "We meet at 7", "We meet at 7 on Tuesdays."),
        ("They do not meet on Tuesdays.", "We meet at 7", "We meet at 7 on Tuesdays."),
        (
            "Ben should bring the tea.",
            "Ben should bring the tea",
            "I don't think that Ben should bring the tea.",
        ),
        ("Dora brings tea on Tuesdays.", "We meet at 7", "We meet at 7 on Tuesdays."),
        ("As in [3], they meet on Tuesdays.", "We meet at 7", "We meet at 7 on Tuesdays."),
    ],
)
def test_a_text_that_says_something_else_gives_way_to_the_words(
    support: Support, text: str, quote: str, becomes: str
) -> None:
    checked = support.checked(text, quote, Grounds((SAID,)), {"Dora"})
    assert checked == (becomes, becomes)


@pytest.mark.parametrize(
    "text",
    [
        "We meet on Tuesdays, see https://evil.example/x",
        "We meet on Tuesdays, see evil.example.",
        "@everyone we meet on Tuesdays",
        "We meet <@123> on Tuesdays",
        "Write to ana@evil.example on Tuesdays",
        "We meet on Tuesdays #spam",
        "Cats like warm places.",
    ],
)
def test_a_text_from_nowhere_is_dropped(support: Support, text: str) -> None:
    assert support.checked(text, "We meet at 7", Grounds((SAID,))) is None


def test_a_link_that_was_said_may_be_repeated() -> None:
    held = ("See https://example.org/plan, and write to Ana@example.org.",)
    assert not reaches_out("The plan: https://example.org/plan. Ask ana@example.org!", held)
    assert not reaches_out("Version 3.5, e.g. a.m. or p.m., costs 1.500", held)


def test_numbers_may_come_from_the_day_and_the_title(support: Support) -> None:
    grounds = Grounds(("I will print 1,200 pages by Friday.",), "Week 4", date(2024, 5, 10))
    text = "In week 4, 1200 pages are printed by 10 May 2024."
    assert support.checked(text, "print 1,200 pages", grounds) == (text, "print 1,200 pages")


def test_what_stands_in_a_long_ramble_is_cut_around_the_quote(support: Support) -> None:
    ramble = "and then " * 40 + "I would never sell the old house by the lake " + "so it goes " * 40
    checked = support.checked("The house will be sold.", "sell the old house", Grounds((ramble,)))
    assert checked is not None
    assert checked[0].startswith("… ")
    assert "never sell the old house by the lake" in checked[1]
    assert checked[1] in ramble


def test_a_passage_gives_its_sentence_without_markdown(support: Support) -> None:
    text = "# Tea\n\nTea **never** hurts the group.\n\n- Not this one\n- Coffee does not help you"
    grounds = Grounds((text,), is_prose=True)
    checked = support.checked("Tea hurts the group.", "hurts the group", grounds)
    assert checked is not None
    assert checked[0] == "Tea never hurts the group."


def test_a_passage_in_another_language_is_not_asked_for_shared_words(support: Support) -> None:
    said = "Die Gruppe soll sich nie ohne Tee treffen, sagt der Leitfaden."
    text = "Groups should meet over tea."
    grounds = Grounds((said,), is_prose=True)
    assert support.checked(text, "nie ohne Tee", grounds) == (text, "nie ohne Tee")


def test_a_reader_of_another_language_gets_no_reversed_line(english: Cues, german: Cues) -> None:
    support = Support(english, german, is_same=False)
    grounds, quote = Grounds((SAID,)), "Ben should bring the tea"
    right = "Ben soll den Tee nicht mitbringen."
    assert support.checked(right, quote, grounds) == (right, quote)
    checked = support.checked("Ben soll den Tee mitbringen.", quote, grounds)
    assert checked is not None
    assert checked[0].startswith("I don't think")


def test_a_language_without_word_lists_keeps_what_code_can_not_see() -> None:
    none = read_cues({})
    support = Support(none, none, is_same=True)
    grounds = Grounds(("On se voit le mardi à 7 heures.",))
    quote = "voit le mardi"
    assert support.checked("On ne se voit pas.", quote, grounds) == ("On ne se voit pas.", quote)
    checked = support.checked("On se voit à 9 heures.", quote, grounds)
    assert checked == (grounds.texts[0],) * 2
    assert support.agrees("Oui")
