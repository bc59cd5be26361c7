"""Names of files: safe everywhere, never the same twice, and what leads elsewhere is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.moving.names import file_name, is_safe


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 2**53), st.text())
def test_a_made_name_is_safe_short_and_begins_with_its_id(id: int, title: str) -> None:
    name = file_name(id, title, ".jsonl")
    assert is_safe(name)
    assert len(name.encode()) <= 100
    assert name.split("-")[0].removesuffix(".jsonl") == str(id)
    assert not set(name) & set('<>:"\\|?*')


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Our circle", "7-our-circle.md"),
        ("CON", "7-con.md"),
        ("../../etc/passwd", "7-etc-passwd.md"),
        ("Über 日本", "7-über-日本.md"),
        ("...", "7.md"),
        ("é" * 200, f"7-{'é' * 47}.md"),
    ],
)
def test_a_name_tells_the_title(title: str, name: str) -> None:
    assert file_name(7, title, ".md") == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "..", "a/../b", "a//b", "./a", "a/", "a\\b", "C:/a", "c:a", "a\0b"),
        *("a\nb", "nul", "aux.txt", "a/COM1", "a.", "a ", "é" * 128, "/".join("a" * 21)),
    ],
)
def test_what_leads_elsewhere_or_means_something_else_is_not_safe(name: str) -> None:
    assert not is_safe(name)


@pytest.mark.parametrize("name", ["a", "readers/phrases/en.toml", ".hidden", "@a:b.db", "console"])
def test_ordinary_names_are_safe(name: str) -> None:
    assert is_safe(name)
