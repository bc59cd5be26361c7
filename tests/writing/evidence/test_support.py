"""What of a model's text outruns its evidence, and what then becomes of it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from learncomm_agent.writing.evidence.grounds import Grounds
from learncomm_agent.writing.evidence.reach import reaches_out
from learncomm_agent.writing.evidence.support import REWORDED, TRANSLATED, Checked, Support
from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.vocabulary import normal

Tables = Callable[[str, str], Mapping[str, Any]]


@pytest.fixture
def support(english: Cues) -> Support:
    return Support(english, english, is_same=True)


SAID = "We meet at 7 on Tuesdays. I don't think that Ben should bring the tea."


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The group meets on Tuesdays at 7.", "We meet at 7 on Tuesdays"),
        ("Ben should not bring the tea.", "Ben should bring the tea"),
        ("Ben bringing the tea is not wanted.", "I don't think that Ben should bring the tea"),
    ],
)
def test_a_text_that_says_what_was_said_stays(support: Support, text: str, quote: str) -> None:
    assert support.checked(text, quote, Grounds((SAID,))) == Checked(text, quote)


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
    assert checked == Checked(becomes, becomes)


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
    quote = "print 1,200 pages"
    assert support.checked(text, quote, grounds) == Checked(text, quote)


def test_what_stands_in_a_long_ramble_is_cut_around_the_quote(support: Support) -> None:
    ramble = "and then " * 40 + "I would never sell the old house by the lake " + "so it goes " * 40
    checked = support.checked("The house will be sold.", "sell the old house", Grounds((ramble,)))
    assert checked is not None
    assert checked.text.startswith("… ")
    assert "never sell the old house by the lake" in checked.quote
    assert checked.quote in ramble


def test_a_passage_gives_its_sentence_without_markdown(support: Support) -> None:
    text = "# Tea\n\nTea **never** hurts the group.\n\n- Not this one\n- Coffee does not help you"
    grounds = Grounds((text,), is_prose=True)
    checked = support.checked("Tea hurts the group.", "hurts the group", grounds)
    assert checked is not None
    assert checked.text == "Tea never hurts the group."


def test_a_passage_in_another_language_is_not_asked_for_shared_words(
    english: Cues, german: Cues
) -> None:
    support = Support(german, english, is_same=False)
    said = "Die Gruppe soll sich nicht ohne Tee treffen, sagt der Leitfaden von 2019."
    text, quote = "Groups should not meet if there is no tea.", "nicht ohne Tee"
    grounds = Grounds((said,), is_prose=True)
    assert support.checked(text, quote, grounds) == Checked(text, quote, TRANSLATED)
    for lie in ("Groups should meet without tea.", "Groups should not meet without tea in 2020."):
        checked = support.checked(lie, quote, grounds)
        assert checked == Checked(said, said)


def test_a_passage_in_a_language_that_nobody_can_check_speaks_for_itself(english: Cues) -> None:
    support = Support(read_cues({}), english, is_same=False)
    said = "Les groupes se retrouvent autour d'un thé."
    checked = support.checked("Groups meet over tea.", "autour d'un thé", Grounds((said,)))
    assert checked == Checked(said, said)


def test_a_reader_of_another_language_gets_no_reversed_line(english: Cues, german: Cues) -> None:
    support = Support(english, german, is_same=False)
    grounds, quote = Grounds((SAID,)), "Ben should bring the tea"
    right = "Ben soll den Tee nicht mitbringen."
    assert support.checked(right, quote, grounds) == Checked(right, quote, TRANSLATED)
    checked = support.checked("Ben soll den Tee mitbringen.", quote, grounds)
    assert checked is not None
    assert checked.text.startswith("I don't think")


def test_a_language_without_word_lists_keeps_what_code_can_not_see() -> None:
    none = read_cues({})
    support = Support(none, none, is_same=True)
    grounds = Grounds(("On se voit le mardi à 7 heures.",))
    quote = "voit le mardi"
    other = "On ne voit pas le mardi à 7 heures."
    assert support.checked(other, quote, grounds) == Checked(other, quote, REWORDED)
    checked = support.checked("On se voit à 9 heures.", quote, grounds)
    assert checked == Checked(*(grounds.texts[0],) * 2)
    assert support.acts.agrees("Oui")


SURE = [
    # (said, what a model makes of it, whether it may say so)
    ("I might bring a cake on Friday.", "Ana will bring a cake on Friday.", False),
    ("I might bring a cake on Friday.", "Ana might bring a cake on Friday.", True),
    ("I might bring a cake on Friday.", "Ana is thinking about a cake on Friday.", True),
    ("We could read Hesse next.", "The group reads Hesse next.", False),
    ("We could read Hesse next.", "Reading Hesse next was suggested.", True),
    ("We should publish the notes.", "The notes are published.", False),
    ("If it rains, we meet in the library.", "They meet in the library.", False),
    ("If it rains, we meet in the library.", "If it rains, they meet in the library.", True),
    ("I want to read the second chapter.", "Ana reads the second chapter.", False),
    ("Shall we meet in the library?", "The group meets in the library.", False),
    ("Some of the readers like the ending.", "All the readers like the ending.", False),
    ("Did anybody ask Mrs Meyer for the key?", "Somebody asked Mrs Meyer for the key.", False),
    ("Did anybody ask Mrs Meyer for the key?", "Ana asks who asked Mrs Meyer for the key.", True),
    ("Twelve came, and most of them liked it.", "Twelve came and liked it.", False),
    ("Twelve came, and most of them liked it.", "Twelve came, most of whom liked it.", True),
    ("Twelve came, and most of them liked it.", "Twelve came.", True),
    ("Some of the readers like the ending.", "The readers always like the ending.", False),
    ("Most of the readers like the ending.", "Most readers like the ending.", True),
    ("A few readers like the ending.", "Many readers like the ending.", False),
    ("Small rewards help readers.", "Only small rewards help readers.", False),
    ("You can read the first chapter.", "Everyone must read the first chapter.", False),
    ("I talked about the new chapter.", "The group decided on the new chapter.", False),
    ("We decided on the new chapter.", "The group decided on the new chapter.", True),
    ("I like the cake of the bakery.", "Ana promised a cake of the bakery.", False),
    ("I will print the new handouts.", "Ana has printed the handouts already.", False),
    ("There were three people in the room.", "There were 3 people in the room.", True),
    ("There were 3 people in the room.", "There were three people in the room.", True),
    ("There were three people in the room.", "There were seven people in the room.", False),
    ("There were people in the room.", "There were seven people in the room.", False),
    ("It took us two hours to read.", "It took two days to read.", False),
    ("It took us two hours to read.", "It took 2 hours to read.", True),
    ("It costs 5 € a copy.", "A copy costs 5 euros.", True),
    ("It costs 5 € a copy.", "A copy costs 5 dollars.", False),
    ("We meet on Thursday in the library.", "They meet on Tuesday in the library.", False),
    ("We meet in the library.", "They meet in the library tomorrow.", False),
    ("The group reads more books now.", "The group reads less books now.", False),
    ("The ending is worse than the book.", "The ending is better than the book.", False),
    ("I am against a longer break.", "Ana is in favour of a longer break.", False),
    ("I will print the handouts.", "Zoltan will print the handouts.", False),
    ("I will print the handouts.", "Ana will print the handouts.", True),
    ("I will print the handouts.", "The handouts will be printed for Zoltan.", False),
    ("The handouts are for the readers.", "The handouts come from Acme Books.", False),
    ("The handouts are for the readers.", "Readers get the handouts.", True),
]
SICHER = [
    ("Ich bringe vielleicht einen Kuchen mit.", "Ana bringt einen Kuchen mit.", False),
    ("Ich bringe vielleicht einen Kuchen mit.", "Ana bringt vielleicht Kuchen mit.", True),
    ("Wir könnten als Nächstes Hesse lesen.", "Die Gruppe liest als Nächstes Hesse.", False),
    ("Wenn es regnet, treffen wir uns drinnen.", "Sie treffen sich drinnen.", False),
    ("Einige mögen das Ende des Buchs.", "Alle mögen das Ende des Buchs.", False),
    ("Zwölf kamen, und die meisten von ihnen mochten es.", "Zwölf kamen und mochten es.", False),
    ("Das dauert zwei Wochen.", "Das dauert 2 Wochen.", True),
    ("Das dauert zwei Wochen.", "Das dauert zwei Tage.", False),
    ("Das dauert zwei Wochen.", "Das dauert drei Wochen.", False),
    ("Wir haben über das Buch gesprochen.", "Die Gruppe hat das Buch beschlossen.", False),
    ("Ich drucke die Handzettel.", "Die Handzettel druckt Erika Muster.", False),
    ("Ich drucke die Handzettel.", "Ana druckt die Handzettel.", True),
]
SEGURO = [
    ("Quizá traiga un pastel a la reunión.", "Ana trae un pastel a la reunión.", False),
    ("Quizá traiga un pastel a la reunión.", "Ana quizá traiga un pastel a la reunión.", True),
    ("A algunos les gusta el final del libro.", "A todos les gusta el final del libro.", False),
    ("El curso dura dos semanas.", "El curso dura 2 semanas.", True),
    ("El curso dura dos semanas.", "El curso dura tres semanas.", False),
    ("El curso dura dos semanas.", "El curso dura dos meses.", False),
    ("Hablamos del libro nuevo.", "El grupo decidió leer el libro nuevo.", False),
]


@pytest.mark.parametrize(
    ("language", "said", "text", "is_kept"),
    [
        *(("en", *each) for each in SURE),
        *(("de", *each) for each in SICHER),
        *(("es", *each) for each in SEGURO),
    ],
)
def test_a_line_is_no_surer_and_no_wider_than_what_was_said(
    tables: Tables, language: str, said: str, text: str, is_kept: bool
) -> None:
    words = read_cues({**tables("claims", language), **tables("cues", language)})
    support = Support(words, words, is_same=True)
    checked = support.checked(text, said, Grounds((said,), "Ana"))
    assert checked is not None
    assert (checked.text == text) == is_kept
    assert is_kept or normal(checked.text) == normal(said)
