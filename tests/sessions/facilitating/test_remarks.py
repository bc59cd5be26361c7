from collections.abc import Mapping
from datetime import timedelta

import pytest

from learncomm_agent.sessions.facilitating.remarks import (
    KEPT_TERMS,
    Remark,
    read_remark,
    topic_terms,
)
from learncomm_agent.words import Words
from learncomm_agent.writing.language.cues import Cues, read_cues
from tests.sessions.facilitating.talking import START

TOPIC = (
    "We read the chapter on mentoring: how mentors and newcomers meet, what goals they set, how often "
    "they talk, how feedback is given and taken, when a mentorship should end, and what a community "
    "gains from pairs that trust each other with doubts, failures and hopes about learning. A story "
    "tells of an engineer whose mentor listened, asked questions and shared mistakes."
)


def cues(language: str) -> Cues:
    words = Words()
    tables = [words.table(folder, language=language) or {} for folder in ("cues", "facilitation")]
    return read_cues({name: value for each in tables for name, value in each.items()})


ALL: Mapping[str, Cues] = {language: cues(language) for language in ("en", "de", "es")}


def read(text: str, language: str = "en", **given: object) -> Remark:
    return read_remark("m1", 1, START, text, ALL[language], **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "language", "flag", "holds"),
    [
        ("What would you try first?", "en", "is_question", True),
        ("どうして？", "en", "is_question", True),
        ("How do we go on", "en", "is_question", True),
        ("See https://example.org/a?b=1", "en", "is_question", False),
        ("?!", "en", "is_question", False),
        ("I think pairs work better because nobody hides", "en", "has_evidence", True),
        ("Here it is: https://example.org/study", "en", "has_evidence", True),
        ("I think pairs work better", "en", "has_evidence", False),
        ("For example, our reading group met at lunch", "en", "has_example", True),
        ("Groups should meet more often", "en", "has_example", False),
        ("I disagree, it takes too long", "en", "is_contrary", True),
        ("I agree, it takes too long", "en", "is_contrary", False),
        ("Paare sind besser, weil sich niemand versteckt", "de", "has_evidence", True),
        ("Paare sind besser", "de", "has_evidence", False),
        ("Zum Beispiel haben wir mittags gelesen", "de", "has_example", True),
        ("Das sehe ich anders", "de", "is_contrary", True),
        ("Das sehe ich auch so", "de", "is_contrary", False),
    ],
)
def test_a_remark_is_read_by_the_cues_of_its_language(
    text: str, language: str, flag: str, holds: bool
) -> None:
    assert getattr(read(text, language), flag) is holds


def test_in_a_language_without_cues_reasons_and_examples_are_taken_for_given() -> None:
    said = read("Las parejas funcionan mejor", "es")
    assert (said.has_evidence, said.has_example, said.is_contrary) == (True, True, False)


@pytest.mark.parametrize(
    ("text", "is_off_topic"),
    [
        ("Mentors and newcomers need goals before feedback helps", False),
        ("Pizza delivery costs nine euros downtown since yesterday evening", True),
        ("On another note, mentors need goals", True),
        ("Yes, pizza", None),
    ],
)
def test_what_is_off_the_topic_is_said_where_it_can_be_told(
    text: str, is_off_topic: bool | None
) -> None:
    topic = topic_terms((TOPIC,), ALL["en"])
    assert read(text, topic=topic).is_off_topic is is_off_topic


def test_by_a_topic_of_few_words_nothing_is_off_it() -> None:
    topic = topic_terms(("What is mentoring?",), ALL["en"])
    assert read("Pizza delivery costs nine euros downtown", topic=topic).is_off_topic is None


def test_who_replies_to_themselves_answers_nobody() -> None:
    assert read("And one more", replies_to=1).replies_to is None
    assert read("And one more", replies_to=2).replies_to == 2


@pytest.mark.parametrize("text", ["", "  ", "👍", "…", "\u0000\u202e", "x" * 100_000])
def test_any_text_makes_a_remark(text: str) -> None:
    said = read(text)
    assert said.words == (1 if text.startswith("x") else 0)
    assert not said.is_question


def test_a_remark_holds_no_text_and_few_stems() -> None:
    said = read(" ".join(f"word{letter}{n}" for n in range(30) for letter in "abc")).kept()
    assert len(said.terms) <= KEPT_TERMS
    assert Remark.of(said.record()) == said
    assert "text" not in said.record()


def test_what_a_record_leaves_out_comes_back() -> None:
    full = Remark(1, START + timedelta(hours=1), "m", 3, True, True, False, 2, True, False, True)
    assert Remark.of(full.record()) == full
