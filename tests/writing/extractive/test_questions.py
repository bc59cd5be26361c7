import re
from collections.abc import Callable

import pytest

from learncomm_agent.errors import WordsError
from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import check_questions, locate
from learncomm_agent.writing.extractive.patterns import Patterns, read_patterns
from learncomm_agent.writing.extractive.questions import questions
from learncomm_agent.writing.items import ItemKind, LeftOpen, Question
from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.vocabulary import normal
from learncomm_agent.writing.openness import MOST_WORDS
from learncomm_agent.writing.repetition import Asked, quotes, unquoted

MakePassage = Callable[..., Passage]
LANGUAGES = ["en", "de", "es"]
BANKS = [*((language, 40) for language in LANGUAGES), ("ja", 20)]
NOTES = [
    ("en", "Quiet members speak sooner when they may write first. So we begin in silence.", 4),
    ("en", "In our circle each newcomer gets a partner for three meetings.", 2),
    ("en", "The kestrel of the old mill nests in the tower. It comes back every April.", 2),
    ("en", "kiteb is a kite that needs a steady wind, a long string and patient hands", 2),
    ("en", "How do you welcome newcomers?", 2),
    ("de", "Der Turmfalke nistet im Turm der alten Mühle.", 2),
    ("es", "El cernícalo anida en la torre del viejo molino.", 2),
    ("ja", "静かな人は、先に書く時間があると早く話し始めます。", 2),
]

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
TALE = (
    "Mira lived by the sea. Every morning Mira went to the beach, and her brother Jonas slept. "
    "She found a bottle, and she opened it. “Who are you?” asked the Spirit. Then Mira laughed at him. "
    "Her brother heard of it, and he was angry with her. He took the bottle from Mira by night. "
    "So the Spirit came to Jonas, and he promised him a ship. In the morning Jonas had sailed away. "
    "She wept, and she waited for Jonas for a year. Her mother told her to forget him, but she did not. "
    "When at last Jonas came home, he had no ship and he had no shoes, and Mira gave him bread. "
    "He asked her whether she was angry. “With the Spirit, yes,” she said, and Mira put her arm around him. "
    "His ship had gone down in the storm, and he had held the bottle in his hands, and he had let it go. "
)
CLIPS = [
    "Click the button below to download the template.",
    "However, it shows this in section 4.",
    "They said that it was important.",
    "See http://example.org for the figures.",
    "Welcome to our etherpad for this week.",
    "To get there, use the lift on the left.",
    "You don't need to register, just pop in.",
    "Good morning.",
    "The handbook of the lantern walks",
]


@pytest.fixture
def passages(passage: MakePassage) -> list[Passage]:
    return [
        passage(SILENCE, "Hosting", "The use of wait time"),
        passage(PAIRS, "Hosting", "Pair work first", source="pairs.md"),
    ]


def is_sound(question: Question) -> bool:
    """Whether a question reads as one, and all that it quotes stands in its passage."""
    text, said = question.text, question.evidence.text
    quoted = [re.sub(r" …$", "", each) for each in quotes(text)]
    return (
        text.endswith("?")
        and len(text.split()) <= MOST_WORDS
        and unquoted(text).count("?") == 1
        and not re.search(r"[{}*]|\s{2}|\.\.|….|“[^”]*“", text.replace("…”", "”"))
        and (text[0].isupper() or text[0] in "“„")
        and question.quote in said
        and all(locate(each, f"{said} {question.evidence.place}") for each in quoted)
    )


def test_questions_climb_the_ladder_and_spread(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    found = questions(passages, english_patterns, english, count=8)
    levels = [each.level for each in found]
    assert len(found) == 8
    assert levels == sorted(levels, key=english_patterns.levels.index)
    assert set(levels) == set(english_patterns.levels)
    assert {each.evidence.source for each in found} == {"circle.md", "pairs.md"}
    assert check_questions(found, passages) == found


def test_few_questions_stand_on_different_levels(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    found = questions(passages, english_patterns, english, count=5)
    assert [each.level for each in found] == list(english_patterns.levels)


def test_questions_read_well_and_are_grounded(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    found = questions(passages, english_patterns, english, count=30)
    assert len(found) > 12
    assert [each.text for each in found if not is_sound(each)] == []


def test_a_term_is_more_than_a_frequent_word(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    texts = " ".join(each.text for each in questions(passages, english_patterns, english, count=30))
    assert "“pair work”" in texts.lower()
    assert "“pair”" not in texts.lower()


def test_ten_runs_repeat_nothing_and_end(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    asked: list[str] = []
    for _ in range(10):
        seen = frozenset(text.upper() for text in asked)
        found = questions(passages, english_patterns, english, count=8, seen=seen)
        known = Asked(asked, english.stopwords)
        assert not [each.text for each in found if known.knows(each.text)]
        asked += [each.text for each in found]
    assert len({normal(text) for text in asked}) == len(asked) > 24


@pytest.mark.parametrize("clip", CLIPS)
def test_a_weak_filling_is_left_out(
    clip: str, passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    assert questions([passage(clip, title="Notes")], english_patterns, english, count=8) == ()


@pytest.mark.parametrize(("language", "note", "count"), NOTES)
def test_each_sentence_of_a_note_is_worth_a_question(
    passage: MakePassage,
    tables: Callable[[str, str], dict[str, object]],
    language: str,
    note: str,
    count: int,
) -> None:
    patterns = read_patterns(tables("questions", language))
    cues = read_cues(tables("cues", language))
    here = passage(note, title="Note")
    found = questions([here], patterns, cues, count=5)
    assert len(found) == count
    assert len({each.level for each in found}) == count
    assert check_questions(found, [here]) == found
    assert all(quotes(each.text) for each in found)
    again = questions([here], patterns, cues, count=5, seen=frozenset(each.text for each in found))
    assert again and not {each.text for each in again} & {each.text for each in found}


def test_of_a_long_text_no_sentence_is_taken_for_a_note(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    text = "The mill stands by the river. Its wheel turns at noon. The miller rises at six. " * 2
    assert questions([passage(text)], english_patterns, english, count=5) == ()
    there = passage("The mill stands by the quiet river.", start=400)
    assert questions([there], english_patterns, english, count=5) == ()


def test_fewer_come_back_where_there_is_not_more(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    few = questions([passage("Click here.", "Pair work")], english_patterns, english, count=20)
    assert few == ()
    assert questions([passage("🎉")], english_patterns, english, count=5) == ()
    assert questions([], english_patterns, english, count=5) == ()
    assert questions([passage(SILENCE)], english_patterns, english, count=0) == ()
    assert questions([passage(SILENCE)], english_patterns, english, count=-1) == ()


def test_what_is_told_of_a_report_and_a_long_sentence_is_asked_without_the_rest(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    text = (
        "It was also noted that shared rules protect the quiet members of a group. However, shared rules can become "
        "walls for newcomers. Shared rules should be written by everyone who lives with them, because otherwise the "
        "loud ones write down what suits them and the others find that out only when it is far too late."
    )
    found = questions([passage(text)], english_patterns, english, count=20)
    quoted = {quote for each in found for quote in quotes(each.text)}
    assert "Shared rules protect the quiet members of a group." in quoted
    assert "Shared rules can become walls for newcomers." in quoted
    assert "Shared rules should be written by everyone who lives with them …" in quoted
    assert all(map(is_sound, found))


def test_of_how_something_is_done_no_term_is_asked(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    steps = "Open the deploy key of the site. Copy the deploy key. Paste the deploy key below. " * 5
    assert questions([passage(steps, "The deploy key")], english_patterns, english, count=8) == ()


def test_of_a_story_its_people_are_asked_about(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    found = questions([passage(TALE, title="A tale")], english_patterns, english, count=6)
    quoted = {quote for each in found for quote in quotes(each.text)}
    assert len(found) == 6
    assert quoted == {"Mira", "Jonas", "Spirit"}


def test_a_goal_is_spoken_of_and_a_long_one_is_not(
    passages: list[Passage], english: Cues, english_patterns: Patterns
) -> None:
    goal = "become a circle where “everybody” speaks."
    found = questions(passages, english_patterns, english, count=8, goal=goal)
    told = [each.text for each in found if "our goal" in each.text]
    assert 1 <= len(told) <= 2
    assert all("“become a circle where ‘everybody’ speaks”" in text for text in told)
    long = questions(passages, english_patterns, english, count=8, goal="more " * 40)
    assert len(long) == 8
    assert not any("goal" in each.text for each in long)


def test_what_the_group_left_open_is_where_questions_start(
    passage: MakePassage, english: Cues, english_patterns: Patterns
) -> None:
    asked = passage("Who could invite the author? I have no idea, and I need help.", source="1")
    told = passage("I don't think that rewards help with creative work at all.", source="2")
    left_open = [
        LeftOpen("Who could invite the author?", ItemKind.OPEN_QUESTION, asked, asked.text[:28]),
        LeftOpen("Rewards don't help creative work.", ItemKind.DISAGREEMENT, told, told.text),
    ]
    found = questions([asked, told], english_patterns, english, count=5, left_open=left_open)
    assert len(found) == 5
    assert {each.evidence for each in found} == {asked, told}
    assert {quote for each in found for quote in quotes(each.text)} == {
        "Who could invite the author?",
        "Rewards don't help creative work.",
    }
    assert all(each.quote in each.evidence.text for each in found)


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
    found = questions([here], german_patterns, german, count=5)
    assert {each.level for each in found} >= {"notice", "interpret", "act"}
    assert all(map(is_sound, found))
    assert check_questions(found, [here]) == found
    assert any("„Kreis“" in each.text for each in found)


def test_a_language_without_patterns_has_no_questions(passages: list[Passage]) -> None:
    assert questions(passages, read_patterns({}), read_cues({}), count=6) == ()


@pytest.mark.parametrize(
    "table",
    [
        {"levels": ["act"], "pattern": [{"level": "atc", "text": "Why {term}?"}]},
        {"levels": ["act"], "pattern": [{"level": "act", "text": "Why {trem}?"}]},
        {"levels": ["act"], "pattern": [{"level": "act", "text": "Why {goal}?"}]},
        {"levels": ["act"], "pattern": [{"level": "act"}]},
        {"asked": {"opens": ["{nothing}"]}},
        {"slots": {"claim": {"shows": ["{nothing}"]}}},
    ],
)
def test_a_mistake_in_a_question_file_is_one_of_words(table: dict[str, object]) -> None:
    with pytest.raises(WordsError):
        read_patterns(table)


FILLING = {"open": "Who comes?", "asks": "Who comes?"}


@pytest.mark.parametrize(("language", "least"), BANKS)
def test_every_shipped_pattern_is_an_open_question(
    tables: Callable[[str, str], dict[str, object]], language: str, least: int
) -> None:
    patterns = read_patterns(tables("questions", language))
    assert len(patterns.patterns) >= least
    for pattern in patterns.patterns:
        text = re.sub(r"\{(\w+)\}", lambda slot: FILLING.get(slot[1], "pair work"), pattern.text)
        assert patterns.openness.flaw(text, (), frozenset()) is None, text
        assert patterns.openness.mended(text) == text
        assert len(unquoted(pattern.text).split()) <= 20
    assert {each.level for each in patterns.patterns} == set(patterns.levels)
    assert len({each.text for each in patterns.patterns}) == len(patterns.patterns)


def test_all_languages_have_one_ladder(
    tables: Callable[[str, str], dict[str, object]], english_patterns: Patterns
) -> None:
    for language in LANGUAGES:
        patterns = read_patterns(tables("questions", language))
        assert patterns.levels == english_patterns.levels
        slots = {slot for each in patterns.patterns for slot in each.slots}
        assert {"term", "claim", "open", "differ", "goal"} <= slots


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_pattern_gives_a_group_of_people_one_mind(
    tables: Callable[[str, str], dict[str, object]], language: str
) -> None:
    """Whoever belongs to it may see it otherwise than the next one: nothing is put into its mouth."""
    for pattern in read_patterns(tables("questions", language)).patterns:
        if "people" in pattern.slots:
            before = pattern.text.partition("{people}")[0].rstrip(" “„«").split()[-1].lower()
            of_some = {"about", "of", "among", "some", "from", "über", "von", "manche", "könnten"}
            assert before in of_some, pattern.text
