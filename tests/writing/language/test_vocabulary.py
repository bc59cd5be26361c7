import pytest

from learncomm_agent.writing.language.vocabulary import content, tokens, without_links

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize("form", ["決めた", "決める", "決めよう", "決めて"])
def test_the_forms_of_a_japanese_verb_meet(form: str) -> None:
    assert "決" in content(tokens(form), NONE)


def test_japanese_particles_and_endings_say_nothing() -> None:
    assert content(tokens("それではありますから"), NONE) == NONE
    assert content(tokens("議事録を送ります"), NONE) >= {"議事", "事録", "送"}


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("see https://example.org/a_b?c=1 there", "see there"),
        ("https://example.org", ""),
        ("no link://here", "no link://here"),
    ],
)
def test_links_are_taken_out(text: str, rest: str) -> None:
    assert " ".join(without_links(text).split()) == rest
