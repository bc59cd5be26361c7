from collections.abc import Callable, Mapping
from typing import Any

import pytest

from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.cues import merged, read_stopwords
from learncomm_agent.writing.language.spoken import UNKNOWN, spoken_language, spoken_languages

Tables = Callable[[str, str], Mapping[str, Any]]
KNOWN = ("de", "en", "es", "ja")
SAID = {
    "de": "Wir haben beschlossen, das nächste Treffen auf einen Montag zu legen.",
    "en": "We decided to move the next meeting to a Monday.",
    "es": "Hemos decidido pasar la próxima reunión a un lunes.",
    "ja": "次回の会議を月曜日に移すことに決めました。",
    "fr": "Nous avons décidé de déplacer la prochaine réunion à lundi.",
    "zh": "我们决定把下次会议移到星期一。",
}


@pytest.fixture(scope="module")
def known(tables: Tables) -> dict[str, frozenset[str]]:
    return {each: read_stopwords(tables("cues", each)) for each in KNOWN}


def talk(*texts: str, language: str = "en") -> Transcript:
    from learncomm_agent.writing.items import Utterance

    said = tuple(Utterance(f"m{i}", "Ana", text) for i, text in enumerate(texts))
    return Transcript("Talk", said, language=language)


@pytest.mark.parametrize("language", KNOWN)
def test_the_language_of_a_conversation_is_that_of_its_words(
    known: Mapping[str, frozenset[str]], language: str
) -> None:
    assert spoken_language(talk(*[SAID[language]] * 5, language="en"), known) == language
    assert spoken_language(talk(SAID[language], language=language), known) == language


@pytest.mark.parametrize("language", ["fr", "zh"])
def test_a_language_without_cues_is_none_of_those_known(
    known: Mapping[str, frozenset[str]], language: str
) -> None:
    assert spoken_languages(talk(*[SAID[language]] * 30), known) == (UNKNOWN,)


@pytest.mark.parametrize("texts", [(), ("👍", "ok", "https://example.org/de"), ("Ana?",)])
def test_too_little_is_in_the_language_of_the_room(
    known: Mapping[str, frozenset[str]], texts: tuple[str, ...]
) -> None:
    assert spoken_languages(talk(*texts, language="de"), known) == ("de",)


def test_a_few_words_that_are_plainly_of_another_language_are_of_it(
    known: Mapping[str, frozenset[str]],
) -> None:
    german = "Wir sind um sechs da."
    assert spoken_language(talk(german, "Einverstanden.", language="en"), known) == "de"
    assert spoken_language(talk(german, "Okay then.", language="en"), known) == "en"


def test_two_languages_are_told_and_a_stray_sentence_is_not(
    known: Mapping[str, frozenset[str]],
) -> None:
    both = talk(*[SAID["de"], SAID["en"], SAID["de"]] * 10)
    assert spoken_languages(both, known) == ("de", "en")
    assert spoken_languages(talk(*[SAID["de"]] * 40, SAID["en"]), known) == ("de",)


def test_the_cues_of_a_mixed_conversation_find_both(tables: Tables) -> None:
    book = CueBook(lambda _, language: tables("cues", language), lambda _: KNOWN)
    cues = book.spoken("community", talk(*[SAID["de"], SAID["ja"]] * 10))
    assert set(cues.languages) == {"de", "ja"}
    for language in ("de", "ja"):
        assert cues.find("decisions.says", SAID[language])
    assert not cues.find("decisions.says", SAID["en"])
    assert book.spoken("community", talk(*[SAID["de"], SAID["ja"]] * 10)) is cues


def test_merged_tables_keep_every_list_and_the_first_of_what_is_single() -> None:
    one = {"stopwords": "a b", "decisions": {"says": ["we"]}, "deadlines": {"order": "DMY"}}
    other = {
        "stopwords": "c",
        "decisions": {"not": ["if"], "says": ["wir"]},
        "deadlines": {"order": "MDY"},
    }
    assert merged([one, other]) == {
        "stopwords": "a b c",
        "decisions": {"says": ["we", "wir"], "not": ["if"]},
        "deadlines": {"order": "DMY"},
    }
