"""Who may know: members by what they said and shared, never by how much."""

from collections.abc import Callable

import pytest

from learncomm_agent.chat.people import MemberId
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.knowing import Knower, Trace, likely

ANN, BEN, CEM = MemberId(1), MemberId(2), MemberId(3)
ANALYSER = Analyser(("de", "en"), (), (), [("fire", "fired"), ("brennen", "gebrannt")])
SMALL = frozenset({"who", "can", "the", "how", "about", "does", "here", "with", "for"})

LIBRARY = [
    f"How we work together in week {number}, and what does not work." for number in range(20)
]


def ranked(question: str, *traces: Trace) -> list[MemberId]:
    texts = [*LIBRARY, *_texts(traces)]
    return [each.member for each in likely(question, traces, SMALL, texts, ANALYSER)]


def _texts(traces: tuple[Trace, ...]) -> list[str]:
    return [each.text for each in traces]


def test_who_said_the_rare_words_comes_before_who_said_the_common_ones() -> None:
    often = [Trace(BEN, f"I play the violin on day {number}.") for number in range(4)]
    luthier = Trace(ANN, "A luthier mended my violin.")
    assert ranked("Who is a luthier for the violin?", *often, luthier) == [ANN, BEN]
    assert likely("Which luthier?", [luthier], SMALL, LIBRARY, ANALYSER) == [Knower(ANN, luthier)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("ash glazing", "I glaze pots with ash from my oven."),
        ("brennen ton", "Ich habe schon oft Ton gebrannt."),
    ],
)
def test_other_forms_and_short_words_count(question: str, said: str) -> None:
    assert ranked(question, Trace(ANN, said), Trace(BEN, "Bread and breaks, kettles.")) == [ANN]


def test_saying_it_counts_more_than_sharing_it(passage: Callable[..., Passage]) -> None:
    words = "Violin bows need rosin."
    shared = Trace(BEN, words, passage=passage(words))
    assert ranked("rosin for violin bows", shared, Trace(CEM, words)) == [CEM, BEN]


def test_a_flood_of_words_outdoes_nobody() -> None:
    flood = [Trace(BEN, "Rosin, I say, for my violin!") for _ in range(500)]
    expert = Trace(CEM, "Rosin keeps violin bows alive.")
    assert ranked("rosin for violin bows", *flood, expert)[0] == CEM


@pytest.mark.parametrize(
    "question", ["", "?", "🎉", "who can?", "the how about", "a b c", "x" * 9_000, "\x00\ud800"]
)
def test_a_question_about_nothing_names_nobody(question: str) -> None:
    assert ranked(question, Trace(ANN, "who can the how about a b c 🎉")) == []


def test_what_is_only_near_by_one_small_word_of_many_names_nobody() -> None:
    question = "How does photosynthesis work with moonlight underwater?"
    assert ranked(question, Trace(ANN, "My work begins at nine.")) == []


def test_a_script_without_spaces_is_compared_as_well() -> None:
    assert ranked("味噌の作り方は？", Trace(ANN, "味噌の作り方を母に習いました。")) == [ANN]


def test_equals_come_in_the_order_in_which_they_were_found() -> None:
    assert ranked("rosin", Trace(BEN, "rosin"), Trace(ANN, "rosin"), Trace(BEN, "rosin")) == [
        BEN,
        ANN,
    ]
