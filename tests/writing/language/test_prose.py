from collections.abc import Callable

import pytest

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.language.prose import clauses, plain
from learncomm_agent.writing.language.sentences import Speech


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("**Bold** and *soft* and `code`", "Bold and soft and code"),
        ("see [the map](https://a.example/x) now", "see the map now"),
        ("![a picture](x.png) beside", "beside"),
        ("<b>strong</b> &amp; <https://a.example>", "strong & https://a.example"),
        ("- a point", "a point"),
        ("> quoted\n> twice", "quoted twice"),
        ("## Heading", "Heading"),
        ("snake_case_name stays 2 * 3 * 4", "snake_case_name stays 2 * 3 * 4"),
        ("1. first", "first"),
    ],
)
def test_markdown_reads_clean(text: str, clean: str) -> None:
    assert plain(text) == clean


def test_the_sentences_of_a_passage_keep_their_exact_words(
    passage: Callable[..., Passage],
) -> None:
    text = (
        "# Tea\n\nServe **tea** to\nguests. Wait!\n\n- one [cup](x.html) each\n- sugar\n\n"
        "```\ncode. here.\n```\n| a | b |\n"
    )
    found = list(clauses(passage(text), Speech()))
    assert [(each.text, each.is_listed, each.is_heading) for each in found] == [
        ("Tea", False, True),
        ("Serve tea to guests.", False, False),
        ("Wait!", False, False),
        ("one cup each", True, False),
        ("sugar", True, False),
    ]
    assert all(each.quote in text for each in found)


@pytest.mark.parametrize("text", ["", "🎉", "```\nnever closed", "| | |", "[" * 2000, "*" * 2000])
def test_odd_passages_are_read(passage: Callable[..., Passage], text: str) -> None:
    assert all(each.quote in text for each in clauses(passage(text), Speech()))
