from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.writing.language.cues import Cues, merged, read_cues
from learncomm_agent.writing.language.sentences import LONGEST, Speech


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("See e.g. the map. Then go.", ["See e.g. the map.", "Then go."]),
        ("Dr. Who met J. Smith. He left.", ["Dr. Who met J. Smith.", "He left."]),
        ("line one\nline two", ["line one", "line two"]),
        ("He said “stop.” Then silence", ["He said “stop.”", "Then silence"]),
        ("本を読みました。次は何ですか\uff1f", ["本を読みました。", "次は何ですか\uff1f"]),
        ("version 2.5 is out", ["version 2.5 is out"]),
        ("🎉 ... 🎉", []),
    ],
)
def test_a_message_is_cut_into_its_sentences(english: Cues, text: str, quotes: list[str]) -> None:
    assert [each.quote for each in english.speech.sentences(text)] == quotes


def test_a_long_sentence_is_cut_at_its_clauses(english: Cues) -> None:
    text = "we talked about the river and its fish and the boats " * 12
    pieces = list(english.speech.sentences(text))
    assert len(pieces) > 1
    assert all(len(each.quote) <= LONGEST and each.quote in text for each in pieces)
    assert english.speech.readable(pieces[0]).endswith(" …")
    assert english.speech.readable(pieces[-1]).startswith("… ")


def test_written_code_keeps_its_form(english: Cues) -> None:
    (sentence,) = english.speech.sentences("seq_along(x) %>% f( .x = 1) works :)")
    assert english.speech.readable(sentence) == "seq_along(x) %>% f( .x = 1) works :)"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("So um we decided to um buy the lamp.", "We decided to buy the lamp."),
        ("Dann beschließen wir: Dienstag um sechs.", "Dann beschließen wir: Dienstag um sechs."),
        ("So machen wir das, er kommt um 6.", "So machen wir das, er kommt um 6."),
        ("We meet there um 6.", "We meet there um 6."),
        ("So far we have read two chapters.", "So far we have read two chapters."),
        ("Now is the time to choose.", "Now is the time to choose."),
        ("Thanks to Ben we have a room.", "Thanks to Ben we have a room."),
        ("Then we decide: Tuesday at six.", "Then we decide: Tuesday at six."),
        ("Well, yeah, we meet in the hall.", "We meet in the hall."),
    ],
)
def test_only_noise_is_taken_out(english: Cues, text: str, read: str) -> None:
    assert english.speech.readable(next(english.speech.sentences(text))) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Dann beschließen wir: Dienstag um sechs.", "Dann beschließen wir: Dienstag um sechs."),
        ("So machen wir das bis Freitag.", "So machen wir das bis Freitag."),
        ("Danke für die Karten, Ben.", "Danke für die Karten, Ben."),
        ("Gut, also, wir lesen ähm zuerst Momo.", "Wir lesen zuerst Momo."),
        ("Hallo 😊 Sollen wir zuerst Momo lesen?", "Sollen wir zuerst Momo lesen?"),
    ],
)
def test_only_noise_is_taken_out_of_german(german: Cues, text: str, read: str) -> None:
    assert german.speech.readable(next(german.speech.sentences(text))) == read


def test_a_filler_that_is_a_word_of_the_other_language_stays_in_a_talk_of_both(
    tables: Callable[[str, str], Mapping[str, Any]],
) -> None:
    both = (tables("cues", "en"), tables("cues", "de"))
    speech = read_cues(merged(both)).speech
    text = "Er sagt, wir treffen uns um sechs, uh, im Saal."
    assert speech.clean(text) == "Er sagt, wir treffen uns um sechs, im Saal."


@given(st.text(max_size=800))
def test_every_quote_is_a_piece_of_its_message(text: str) -> None:
    speech = Speech(marks=["{gap}"], fillers=["um"], openers=["so"], clauses=["and"])
    for sentence in speech.sentences(text):
        assert sentence.quote in text
        assert sentence.said
        assert any(character.isalnum() for character in speech.readable(sentence))
