"""Which links stand in a message, as people write them."""

import pytest

from learncomm_agent.library.sharing.links import MOST, links_in
from learncomm_agent.library.web.addresses import MOST_CHARS

A, B = "https://a.example/one", "https://b.example"


@pytest.mark.parametrize(
    ("text", "addresses", "rest"),
    [
        (f"Read {A}, please.", (A,), "Read, please."),
        (f"({A})", (A,), ""),
        (f"Is it {A}?", (A,), "Is it ?"),
        (f"see {A}_(bird).", (f"{A}_(bird)",), "see."),
        (f"**{A}** _{B}_ ||{A}/x||", (A, B, f"{A}/x"), ""),
        (f"<{A}.> and <{B}>", (f"{A}.", B), "and"),
        (f"[One]({A}) and [two](<{B}> 'Two')", (A, B), "One and two"),
        (f"[a]({A}_(b))[c]({B})", (f"{A}_(b)", B), "ac"),
        (f"[{A}]({B})", (B,), ""),
        (f"{A}#first {A}#second", (f"{A}#first",), ""),
        (f"`{A}` and ```\n{B}\n``` and ~~~{A}", (), f"`{A}` and ```\n{B}\n``` and ~~~{A}"),
        (f"``x ` {A}`` but {B} `", (B,), f"``x ` {A}`` but `"),
        ("看https://例え.example/路。好", ("https://例え.example/路",), "看。好"),
        ("„https://a.example“", ("https://a.example",), ""),
        ("HTTP://A.example", ("HTTP://A.example",), ""),
        ("https://a.example/?q=[1]&r={2}", ("https://a.example/?q=[1]&r={2}",), ""),
        ("> https://a.example\n- https://b.example;", ("https://a.example", B), ""),
        ("ftp://a.example xhttps://a.example http:// https://:80", (), None),
        ("https://[::1 https://a.example:99999/ javascript:alert(1)", (), None),
        ("https://" + "a" * MOST_CHARS, (), None),
        ("", (), ""),
    ],
)
def test_links_are_found_as_people_write_them(
    text: str, addresses: tuple[str, ...], rest: str | None
) -> None:
    found = links_in(text)
    assert found.addresses == addresses
    assert found.rest == (text if rest is None else rest)


def test_no_more_are_taken_than_a_message_may_bring() -> None:
    found = links_in(" ".join(f"{A}/{number}" for number in range(MOST + 5)))
    assert found.addresses == tuple(f"{A}/{number}" for number in range(MOST))


@pytest.mark.parametrize(
    ("text", "leading", "after"),
    [
        (f"{A} it is good.", (A,), "it is good."),
        (f"  <{A}> [b]({B})\nwhy", (A, B), "why"),
        (f"{A} is better than {B}", (A,), f"is better than {B}"),
        (f"We read {A}", (), f"We read {A}"),
        (f"`{A}` {B}", (), f"`{A}` {B}"),
    ],
)
def test_those_at_the_beginning_are_told_from_the_words_after_them(
    text: str, leading: tuple[str, ...], after: str
) -> None:
    found = links_in(text)
    assert (found.leading, found.after) == (leading, after)


@pytest.mark.parametrize(
    "piece", ["`", "[a](", "https://(", "https://a.b])", "[", "`` ", "<https://", "~~~ "]
)
def test_a_text_of_signs_alone_is_read_to_its_end(piece: str) -> None:
    assert len(links_in(piece * (100_000 // len(piece))).addresses) <= MOST
