"""A resource as Markdown: whatever words it holds, they are read back to the letter."""

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from learncomm_agent.library import chunking
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section
from learncomm_agent.moving import markdown

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n#-> "), max_size=60)
places = st.builds(
    Place,
    st.lists(st.sampled_from(("One", "Two\n", "# x")), max_size=8).map(tuple),
    st.none() | st.integers(0, 3),
    st.none() | st.just("m1"),
)
sections = st.lists(st.builds(Section, texts, places), min_size=1, max_size=6).map(tuple)


def spans(made: tuple[Section, ...]) -> tuple[str, list[markdown.Span]]:
    """Return what a store keeps of some sections."""
    text, chunks = chunking.chunks(Reading("a", ResourceKind.TEXT, "A", made))
    return text, [(each.start, each.end, each.place) for each in chunks]


@settings(deadline=None, max_examples=60)
@given(sections, texts)
def test_words_and_places_are_read_back_as_they_were(made: tuple[Section, ...], title: str) -> None:
    text, kept = spans(made)
    parted = markdown.sections(text, kept)
    body, parts = markdown.body(title, parted)
    file = markdown.front({"title": title}) + body
    assert markdown.without_front(file) == body
    again = markdown.cut(body, parts)
    assert again == parted
    assert "\n\n".join(each.text for each in again) == text
    same_text, kept_again = spans(again)
    assert (same_text, markdown.sections(same_text, kept_again)) == (text, parted)


@settings(deadline=None, max_examples=60)
@given(texts, texts)
def test_front_matter_is_yaml_that_says_the_same(title: str, comment: str) -> None:
    values = {"id": 7, "title": title, "no": None, "shared": [{"at": "x", "comment": comment}]}
    front = markdown.front(values)
    lines = front.splitlines(keepends=True)
    assert (lines[0], lines[-2:]) == ("---\n", ["---\n", "\n"])
    read = YAML(typ="safe", pure=True).load("".join(lines[1:-2]))
    assert read.get("title", "") == title
    assert read["shared"][0].get("comment", "") == comment
    assert (read["id"], "no" in read) == (7, False)


def test_the_headings_that_begin_stand_above_the_words() -> None:
    made = (
        Section("a", Place(("One",), 1)),
        Section("b", Place(("One", "Deep"), 1)),
        Section("c", Place(("One",), 2)),
    )
    body, _ = markdown.body("The title", made)
    heads = [line for line in body.splitlines() if line.startswith(("#", "<"))]
    wanted = ["# The title", "## One", "<!-- 1 -->", "### Deep", "## One", "<!-- 2 -->"]
    assert heads == wanted
