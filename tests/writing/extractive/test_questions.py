import re
from collections.abc import Callable

import pytest

from learncomm_agent.errors import WordsError
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import check_questions
from learncomm_agent.writing.extractive.patterns import Patterns, read_patterns
from learncomm_agent.writing.extractive.questions import questions
from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.vocabulary import normal

MakePassage = Callable[..., Passage]

SILENCE = (
    "Long silence makes many hosts nervous. People need silence because thinking takes time. "
    "A host who fills every pause teaches people to wait for the host. "
    "Wait time helps shy learners more than any clever question, although it feels slow. "
    "The wait time after a question matters as much as the question."
)
PAIRS = (
    "Pair work should come before the big circle, because a shy person speaks to one other first. "
    "In one study 70 percent of the learners said more after pair work than before. "
    "With pair work a host hears “quiet” voices that never reach the circle."
)


@pytest.fixture
def passages(passage: MakePassage) -> list[Passage]:
    return [
        passage(SILENCE, "Hosting", "The use of wait time"),
        passage(PAIRS, "Hosting", "Pair work first", source="pairs.md"),
    ]


def test_questions_climb_the_ladder_and_spread(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    found = questions(passages, english_patterns, english, count=6)
    assert [each.level for each in found] == list(english_patterns.levels)
    assert {each.evidence.source for each in found} == {"circle.md", "pairs.md"}
    assert len({normal(each.text) for each in found}) == 6
    assert check_questions(found, passages) == found


def test_questions_read_well(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    for each in questions(passages, english_patterns, english, count=30):
        assert each.text.endswith("?")
        assert not re.search(r"[{}*]|\s{2}|\.\.|“[^”]*“", each.text)
        assert each.text[0].isupper() or each.text[0] == "“"


def test_a_term_is_more_than_a_frequent_word(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    texts = " ".join(each.text for each in questions(passages, english_patterns, english, count=30))
    assert "“pair work”" in texts.lower()
    assert "“pair”" not in texts.lower()


def test_none_was_asked_before(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    first = questions(passages, english_patterns, english, count=6)
    seen = frozenset(each.text.upper() for each in first)
    second = questions(passages, english_patterns, english, count=6, seen=seen)
    assert second
    assert not {normal(each.text) for each in first} & {normal(each.text) for each in second}


def test_fewer_come_back_where_there_is_not_more(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    few = questions([passage("Click here.", "Pair work")], english_patterns, english, count=20)
    assert len(few) < 20
    assert questions([passage("🎉")], english_patterns, english, count=5) == ()
    assert questions([], english_patterns, english, count=5) == ()
    assert questions([passage(SILENCE)], english_patterns, english, count=0) == ()
    assert questions([passage(SILENCE)], english_patterns, english, count=-1) == ()


def test_they_are_always_the_same(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    once = questions(passages, english_patterns, english, count=8)
    assert once == questions(passages, english_patterns, english, count=8)


def test_german_questions_are_made(
    passage: MakePassage, german: Cues, german_patterns: Patterns
) -> None:
    text = (
        "Stille Menschen brauchen Zeit, weil Denken langsam ist. Im großen Kreis spricht oft nur "
        "die Leitung. Jede Leitung sollte im Kreis mehr warten als reden. Der Kreis lebt von Stille."
    )
    here = passage(text, "Der Kreis", title="Moderieren")
    found = questions([here], german_patterns, german, count=6)
    assert [each.level for each in found] == list(german_patterns.levels)
    assert check_questions(found, [here]) == found
    assert any("„Kreis“" in each.text for each in found)


def test_a_language_without_patterns_has_no_questions(passages: list[Passage]) -> None:
    assert questions(passages, read_patterns({}), read_cues({}), count=6) == ()


@pytest.mark.parametrize(
    "table",
    [
        {"levels": ["recall"], "pattern": [{"level": "recal", "text": "Why {term}?"}]},
        {"levels": ["recall"], "pattern": [{"level": "recall", "text": "Why {trem}?"}]},
        {"levels": ["recall"], "pattern": [{"level": "recall"}]},
        {"slots": {"claim": {"shows": ["{nothing}"]}}},
    ],
)
def test_a_mistake_in_a_question_file_is_one_of_words(table: dict[str, object]) -> None:
    with pytest.raises(WordsError):
        read_patterns(table)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_shipped_pattern_is_an_open_question(
    tables: Callable[[str, str], dict[str, object]], language: str
) -> None:
    patterns = read_patterns(tables("questions", language))
    for pattern in patterns.patterns:
        assert pattern.text.endswith("?")
        assert len(set(pattern.slots) - {"title"}) == 1
    assert {each.level for each in patterns.patterns} == set(patterns.levels)
