"""Questions that ask the same stand once; what only sounds alike stays apart."""

import tomllib
from itertools import islice, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.sessions.methods.merging import alike
from learncomm_agent.writing.language.cues import Cues, merged, read_cues

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"


def cues_of(*languages: str) -> Cues:
    files = [
        [KNOWLEDGE / folder / f"{language}.toml" for folder in ("claims", "cues", "forms")]
        for language in languages
    ]
    tables = [
        {key: value for file in some for key, value in tomllib.loads(file.read_text()).items()}
        for some in files
    ]
    return read_cues(merged(tables))


ENGLISH, GERMAN, BOTH = cues_of("en"), cues_of("de"), cues_of("en", "de")

ALIKE = [
    ("What was your biggest mistake?", "what was your biggest mistake"),
    ("What was your biggest mistake?", "So, what was your biggest mistake so far??"),
    ("Your biggest mistake, what was it?", "What was your biggest mistake?"),
    ("How did you get started?", "How did you start?"),
    ("What helped you most when you started?", "What helped you the most when starting?"),
    (
        "What would help newcomers to speak up in our circle?",
        "In our circle: what helps a newcomer to speak up?",
    ),
    (
        "How do you keep quiet people involved in a workshop?",
        "how could one keep quiet people involved in workshops",
    ),
    ("Which books do you recommend?", "Which book would you recommend?"),
    ("Can you tell us how you choose a book?", "How do you choose a book?"),
    (
        "How do you handle conflicts in a comunnity?",
        "How do you handle a conflict in the community?",
    ),
    (
        "What did you learn from the 3 groups you hosted?",
        "What have you learned from the three groups you hosted?",
    ),
    ("Hi Ana, how often do you meet your mentor?", "How often do you meet your mentor, Hi Ana?"),
    (
        "Which method helps quiet students speak in seminars?",
        "Which method really helps quiet students speak openly in seminars?",
    ),
]
APART = [
    ("What do you like about book clubs?", "What don't you like about book clubs?"),
    ("What do you think of chapter 3?", "What do you think of chapter 4?"),
    ("What do you think of chapter three?", "What do you think of chapter four?"),
    (
        "What did you write in 2019 about trust between teachers, parents and children?",
        "What did you write about trust between teachers, parents and children?",
    ),
    ("What does Freire say about dialogue?", "What does Dewey say about dialogue?"),
    (
        "What does Freire say about dialogue between teachers, parents and children?",
        "What do you say about dialogue between teachers, parents and children?",
    ),
    (
        "How do shy teachers handle loud groups with large classes?",
        "How do teachers handle loud groups with large classes?",
    ),
    ("Is C# good for beginners?", "Is C++ good for beginners?"),
    ("How do teachers learn from students?", "How do students learn from teachers?"),
    ("What did Ana give to the old woman?", "What did the old woman give to Ana?"),
    ("Do mentors need mentees?", "Do mentees need mentors?"),
    ("Who helps you?", "Whom do you help?"),
    ("What do you read before the meeting?", "What do you read after the meeting?"),
    ("What do you read before the meeting?", "What do you read in the meeting?"),
    ("When does the reading group start?", "Where does the reading group start?"),
    ("Why did you start a reading group?", "How did you start a reading group?"),
    ("Hi Ana, how often do you meet your mentor?", "Hi Ana, how long do you meet your mentor?"),
    ("How do you run a workshop?", "How do you run a workshop online?"),
    ("How do you find trainers for a circle?", "How do you find training for a circle?"),
    ("Is mortality a theme of the book?", "Is morality a theme of the book?"),
    ("What is a good question?", "What is a bad question?"),
    ("Did they solve the problem?", "Can I use that to solve the problem?"),
    ("What made the queen confused?", "What did the queen do because she was confused?"),
    ("Why is that?", "Why would we?"),
    ("What do we do in the library?", "What do they do in the library?"),
    ("Where are you?", "Where are you from?"),
    ("How often do you read old papers?", "How much do you read old papers?"),
    ("Is it the wrong answer?", "Because it's the wrong answer?"),
    ("Which car do they need in the village?", "Which care do they need in the village?"),
    ("What does form 20192041 say of books?", "What does form 20192014 say of books?"),
    ("Why did you read it?", "Why should we have it read?"),
]
ALIKE_IN_GERMAN = [
    ("Was war dein größter Fehler?", "was war denn dein größter fehler"),
    ("Warum hast du die Lesegruppe gegründet?", "Wieso hast du eine Lesegruppe gegründet?"),
    ("Wie motivierst du stille Leute im Workshop?", "Wie motiviert ihr stille Leute im Workshop?"),
    ("Wie bereitest du ein Treffen vor?", "Wie bereitet ihr ein Treffen vor?"),
    (
        "Wie gelingt ein Gespräch mit drei Gruppen?",
        "Wie gelingt denn ein Gespräch mit den 3 Gruppen?",
    ),
    ("Im Lesekreis: Was hilft neuen Leuten?", "Was hilft neuen Leuten im Lesekreis?"),
    (
        "Welche Methode hilft stillen Studierenden im Seminar?",
        "Welche Methoden helfen stillen Studierenden im Seminar?",
    ),
]
APART_IN_GERMAN = [
    ("Was gefällt dir an Lesekreisen?", "Was gefällt dir nicht an Lesekreisen?"),
    ("Was machst du vor dem Treffen?", "Was machst du nach dem Treffen?"),
    ("Wie lernt man mit Lehrern?", "Wie lernt man ohne Lehrer?"),
    ("Wie oft trifft sich die Gruppe?", "Wie lange trifft sich die Gruppe?"),
    ("Wer hilft dir beim Lesen?", "Wem hilfst du beim Lesen?"),
    ("Wen fragt die Lehrerin im Seminar?", "Wer fragt die Lehrerin im Seminar?"),
    ("Wie helfen Mentoren den Mentees?", "Wie helfen Mentees den Mentoren?"),
    ("Was sagt Martin zum Kapitel?", "Was sagt Martina zum Kapitel?"),
    ("Was sagt Freire über Dialog?", "Was sagt Dewey über Dialog?"),
    ("Warum liest du Romane?", "Wann liest du Romane?"),
    ("Wie läuft ein Workshop ab?", "Wie läuft ein Workshop online ab?"),
    ("Hast du 2019 angefangen?", "Hast du 2020 angefangen?"),
    ("Was kostet mehr, der Raum oder der Tee?", "Was kostet weniger, der Raum oder der Tee?"),
]


@pytest.mark.parametrize("pair", ALIKE, ids=lambda pair: pair[1])
def test_the_same_is_asked_once(pair: tuple[str, str]) -> None:
    assert (alike(pair, ENGLISH), alike(pair[::-1], ENGLISH)) == (((0, 1),), ((0, 1),))


@pytest.mark.parametrize("pair", ALIKE_IN_GERMAN, ids=lambda pair: pair[1])
def test_the_same_is_asked_once_in_german(pair: tuple[str, str]) -> None:
    assert (alike(pair, GERMAN), alike(pair[::-1], GERMAN)) == (((0, 1),), ((0, 1),))


@pytest.mark.parametrize("pair", APART, ids=lambda pair: pair[1])
def test_what_asks_something_else_stays_apart(pair: tuple[str, str]) -> None:
    for cues in (ENGLISH, BOTH):
        assert (alike(pair, cues), alike(pair[::-1], cues)) == (((0,), (1,)), ((0,), (1,)))


@pytest.mark.parametrize("pair", APART_IN_GERMAN, ids=lambda pair: pair[1])
def test_what_asks_something_else_stays_apart_in_german(pair: tuple[str, str]) -> None:
    for cues in (GERMAN, BOTH):
        assert (alike(pair, cues), alike(pair[::-1], cues)) == (((0,), (1,)), ((0,), (1,)))


def test_the_first_asked_is_the_wording_and_the_order_stays() -> None:
    asked = [
        "How did you start?",
        "Which books do you recommend?",
        "how did you get started",
        "",
        "Which book would you recommend?",
        "Why did you start?",
        "HOW DID YOU START",
    ]
    assert alike(asked, ENGLISH) == ((0, 2, 6), (1, 4), (3,), (5,))


def test_every_question_of_a_group_is_like_its_first_one() -> None:
    """Small differences don't add up from one to the next."""
    words = "How do shy students handle noisy crowded {} rooms {} every week?"
    asked = [words.format("", ""), words.format("class", ""), words.format("class", "nearby")]
    assert alike(asked, ENGLISH) == ((0, 1), (2,))
    assert alike(asked[1:], ENGLISH) == ((0, 1),)


@pytest.mark.parametrize("text", ["", " ", "?!", "👍", "\x00", "...\n"])
def test_what_holds_no_word_is_like_nothing(text: str) -> None:
    assert alike([text, text], ENGLISH) == ((0,), (1,))
    assert alike([], ENGLISH) == ()


def test_a_long_text_is_like_its_copies_alone() -> None:
    long = "How did you start? " * 300
    assert alike([long, "How did you start?", long.upper(), f"{long} Gladly!"], ENGLISH) == (
        (0, 2),
        (1,),
        (3,),
    )


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        (("ベストの本は何ですか", "ベストの本は何ですか?", "嫌いな本は何ですか"), ((0, 1), (2,))),
        (
            ("Welke boeken lees je?", "welke boeken lees je", "Welke boeken lees je niet?"),
            ((0, 1), (2,)),
        ),
    ],
)
def test_a_language_without_word_lists_is_read_word_by_word(
    texts: tuple[str, ...], groups: tuple[tuple[int, ...], ...]
) -> None:
    assert alike(texts, read_cues({})) == groups


@given(st.lists(st.text(max_size=60) | st.sampled_from([*ALIKE[0], *APART[0]]), max_size=8))
def test_every_place_is_in_one_group(texts: list[str]) -> None:
    groups = alike(texts, BOTH)
    assert sorted(place for group in groups for place in group) == list(range(len(texts)))
    assert groups == tuple(sorted(tuple(sorted(group)) for group in groups))


def test_five_hundred_questions_of_the_same_words_are_told_apart() -> None:
    words = ("listen", "newcomer", "mentor", "circle", "reading", "workshop", "silence", "conflict")
    asked = [f"How could {' '.join(each)} change?" for each in islice(permutations(words), 500)]
    assert len(alike(asked, BOTH)) == 500
    assert len(alike([each * 60 for each in asked], BOTH)) == 500
