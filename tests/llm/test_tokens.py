import pytest

from learncomm_agent.llm.tokens import estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("x", 1),
        ("abc", 1),
        ("abcd", 2),
        ("\u8bfb\u4e66\u4f1a", 3),  # Chinese: a character, a token
        ("\u0e2d\u0e48\u0e32\u0e19", 4),  # Thai
        ("\U0001f389", 2),  # a picture
        ("\ud800", 1),
    ],
)
def test_a_token_is_three_bytes_rounded_up(text: str, tokens: int) -> None:
    assert estimate(text) == tokens
