import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.language.quotes import Quotable


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("read chapter two", "We read chapter two today", "read chapter two"),
        ("READ  chapter\ntwo", "We read chapter two today", "read chapter two"),
        ("it's fine - really", "Well, it’s fine – really.", "it’s fine – really"),
        ('"so be it"', "He said “so be it” twice", "so be it"),
        ("a bold move", "That is a **bold** move", "a **bold** move"),
        ("the code x", "run `the code x` now", "the code x"),
        ("ﬁne ﬂour", "some fine flour", "fine flour"),
        ("cafe\u0301 au lait", "a café au lait please", "café au lait"),
        ("the first part …", "see the first part of it", "the first part"),
        ("今日は本を", "私は今日は本を読む", "今日は本を"),
        ("הספר הזה", "אני אוהב את הספר הזה מאוד", "הספר הזה"),
    ],
)
def test_a_quote_is_found_whatever_its_writer_did_to_the_form(
    quote: str, text: str, found: str
) -> None:
    place = locate(quote, text)
    assert place is not None
    assert text[slice(*place)] == found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("", "anything"),
        ("   ", "anything"),
        ("…", "wait… what"),
        ("👍", "👍 yes"),
        ("art", "start early"),
        ("we agreed to stop", "we agreed to go on"),
        ("words", ""),
    ],
)
def test_what_was_not_said_is_not_found(quote: str, text: str) -> None:
    assert locate(quote, text) is None


@given(st.text(max_size=200), st.text(max_size=40))
def test_a_place_is_always_inside_of_the_text(text: str, quote: str) -> None:
    place = Quotable(text).find(quote)
    assert place is None or 0 <= place.start < place.end <= len(text)


@given(st.text(alphabet="ab’'“ *é\n", min_size=1, max_size=60))
def test_a_whole_text_is_found_in_itself(text: str) -> None:
    holds_words = any(character.isalnum() for character in text)
    assert (locate(text, text) is not None) == holds_words
