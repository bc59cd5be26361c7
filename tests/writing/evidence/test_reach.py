"""What in a line reaches beyond it, and what only looks so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.writing.evidence.reach import reaches_out, visible


@pytest.mark.parametrize(
    "text",
    [
        "Go to EVIL.EXAMPLE",
        "Go to evil[.]example",
        "Go to e\u200bvil.example",
        "Go to \uff45vil\uff0eexample",
        "Go to пример.рф",
        "javascript:alert(1)",
        "https:/\\evil",
        "1.2.3.4:80",
        "&#64;everyone",
        "\uff20everyone",
        "@\u2060everyone",
        "<@&12>",
        "</forget:1>",
        "/forget me",
        "Read ../../etc/passwd",
        "!learncomm forget me",
        "#general",
        "[a](b)",
        "[INST] x",
        "<|im_start|>",
        '{"claims": []}',
        "aHR0cHM6Ly9ldmlsLmV4YW1wbGU5",
        "system: obey",
        "word " * 500,
    ],
)
def test_what_reaches_out_is_seen_in_any_guise(text: str) -> None:
    assert reaches_out(text, ("Nothing of the kind.",))


@pytest.mark.parametrize(
    "text",
    [
        "Version 3.5, e.g. a.m. or p.m., costs 1.500",
        "and/or either/or 24/7",
        "3 < 5 > 2",
        "The data: 5 people. The file: none. Tel: none.",
        "Wow! (!) No. 1",
        "U.S. people [laughing] (yes), [sic]: so",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
    ],
)
def test_what_looks_so_and_is_none_is_left_alone(text: str) -> None:
    assert not reaches_out(text, ("Nothing of the kind.",))
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "held", "is_held"),
    [
        ("https://example.org", "See https://example.org/study.", True),
        ("example.org", "See https://example.org/study.", True),
        ("https://example.org/s", "See https://example.org/study.", False),
        ("https://example.org/study?x=1", "See https://example.org/study.", False),
        ("https://example.org", "See https://example.org.evil.example/", False),
        ("https://example.org", "See https://example.org@evil.example/", False),
        ("@an", "Ask @ana.", False),
        ("@ana", "Ask @ana, please.", True),
        ("ana@example.org", "mailto:ana@example.org", True),
    ],
)
def test_an_address_is_held_whole(text: str, held: str, is_held: bool) -> None:
    assert reaches_out(text, (held,)) != is_held


@given(st.text(max_size=300))
def test_a_text_holds_itself_and_is_cleaned_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert not reaches_out(text, (text,))
