import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_terminal.cleaning import clean, clean_line


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://e.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[H", ""),
        ("\x9b31mC1", "C1"),
        ("\x9d0;title\x9cC1", "C1"),
        ("\x1bP+q544e\x1b\\dcs", "dcs"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell back nul del"),
        ("half \x1b", "half "),
        ("half \x1b[", "half "),
        ("pay \u202eeoj\u202c", "pay eoj"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_acts_on_a_terminal_is_taken_out(hostile: str, left: str) -> None:
    assert clean(hostile) == left


def test_line_breaks_of_every_sort_become_one_sort() -> None:
    assert clean("a\r\nb\rc\u2028d\x0be\x85f") == "a\nb\nc\nd\ne\nf"


def test_joined_emoji_and_other_scripts_stay() -> None:
    text = "👩‍👩‍👧 我们 שלום é"
    assert clean(text) == text


def test_one_line_is_one_line() -> None:
    assert clean_line("  a\n\t b ") == "a b"


@given(st.text())
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    assert all(sign.isprintable() or sign in "\n" or ord(sign) > 0x9F for sign in clean(text))
