"""The title of what somebody suggests, as a sentence names it."""

import pytest

from learncomm_agent.sessions.methods.titles import MOST_CHARS, title_in


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Middlemarch", "Middlemarch"),
        ("Salt, a History. Long, but one can skip a chapter.", "Salt, a History"),
        ("Dr. Jekyll and Mr. Hyde. Short", "Dr. Jekyll and Mr. Hyde"),
        ("What Is to Be Done? Old, and still asked", "What Is to Be Done?"),
        ("Emma: because of her mistakes", "Emma"),
        ("Emma\nIt is funny", "Emma"),
        ("Der Prozess – für lange Abende", "Der Prozess"),
        ("the sea. it is calm", "the sea. it is calm"),
        (": odd", ": odd"),
        ("", ""),
    ],
)
def test_a_title_ends_with_its_sentence(text: str, title: str) -> None:
    assert title_in(text) == title


def test_a_title_is_never_long() -> None:
    assert title_in("word " * 200).endswith(" …")
    assert len(title_in("word " * 200)) <= MOST_CHARS + 2
