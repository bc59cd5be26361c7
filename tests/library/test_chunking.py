import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.library.chunking import MAX_CHARS, MIN_CHARS, TARGET_CHARS, chunks
from learncomm_agent.library.resources import Chunk, Place, Reading, ResourceKind, Section

SENTENCE = "We meet every week and each of us brings one question. "


def reading(*texts: str, title: str = "Notes") -> Reading:
    sections = tuple(Section(text, Place((f"Part {n}",))) for n, text in enumerate(texts))
    return Reading("notes.md", ResourceKind.MARKDOWN, title, sections)


def visible(text: str) -> str:
    return "".join(text.split())


texts = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="ab .!?\n\t。あ字\u3000é", max_size=1500),
    st.builds(
        lambda word, times: word * times, st.text(min_size=1, max_size=9), st.integers(0, 400)
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=6), st.integers(2 * MIN_CHARS, 400), st.integers(0, 300))
def test_chunks_cover_every_visible_character_once_and_keep_to_their_size(
    sections: list[str], target: int, more: int
) -> None:
    limit = target + MIN_CHARS + more
    made = reading(*sections)
    full, found = chunks(made, target_chars=target, max_chars=limit)

    assert visible(full) == visible("".join(sections)) == visible("".join(c.text for c in found))
    assert [chunk.ordinal for chunk in found] == list(range(len(found)))
    for chunk in found:
        assert full[chunk.start : chunk.end] == chunk.text
        assert 0 < len(chunk.text) <= limit
        assert chunk.text == chunk.text.strip()
        assert chunk.text in sections[int(chunk.place.headings[0].removeprefix("Part "))]
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert chunks(made, target_chars=target, max_chars=limit) == (full, found)


def test_a_section_that_fits_stays_whole() -> None:
    text = "x" * MAX_CHARS
    assert [chunk.text for chunk in chunks(reading(text))[1]] == [text]


def test_a_chunk_never_crosses_a_section() -> None:
    found = chunks(reading("One.", "Two.", "Three."))[1]
    assert [(chunk.text, chunk.place.headings) for chunk in found] == [
        ("One.", ("Part 0",)),
        ("Two.", ("Part 1",)),
        ("Three.", ("Part 2",)),
    ]


def test_empty_sections_give_no_chunk_but_keep_the_offsets_right() -> None:
    full, found = chunks(reading("", " \n ", "Here.", "", "There."))
    assert [full[chunk.start : chunk.end] for chunk in found] == ["Here.", "There."]


def test_a_reading_without_text_gives_no_chunks() -> None:
    assert chunks(reading()) == ("", ())


def cut(text: str) -> tuple[Chunk, ...]:
    return chunks(reading(text), target_chars=200, max_chars=300)[1]


def test_a_cut_falls_between_paragraphs_before_all_else() -> None:
    paragraph = (SENTENCE * 3)[:150].rstrip()
    assert [chunk.text for chunk in cut("\n\n".join([paragraph] * 4))] == [paragraph] * 4


def test_a_cut_falls_after_a_sentence_where_no_paragraph_ends() -> None:
    assert all(chunk.text.endswith("question.") for chunk in cut(SENTENCE * 12))


def test_a_sentence_in_chinese_or_japanese_ends_without_a_space() -> None:
    assert all(chunk.text.endswith("。") for chunk in cut("私たちは毎週会って話します。" * 40))


def test_a_cut_falls_between_lines_where_no_sentence_ends() -> None:
    line = "one key = one value, two words"
    assert {part for chunk in cut(f"{line}\n" * 20) for part in chunk.text.splitlines()} == {line}


def test_a_cut_falls_between_words_where_no_line_ends() -> None:
    assert {word for chunk in cut("marmalade " * 100) for word in chunk.text.split()} == {
        "marmalade"
    }


def test_a_word_of_a_million_letters_is_cut() -> None:
    found = chunks(reading("x" * 1_000_000))[1]
    assert sum(len(chunk.text) for chunk in found) == 1_000_000
    assert max(len(chunk.text) for chunk in found) <= MAX_CHARS


def test_text_without_spaces_is_cut_and_nothing_is_lost() -> None:
    text = "学" * 5_000
    assert "".join(chunk.text for chunk in chunks(reading(text))[1]) == text


@pytest.mark.parametrize("length", range(MAX_CHARS - 10, 3 * MAX_CHARS, 97))
def test_no_tiny_tail_is_left(length: int) -> None:
    found = chunks(reading((SENTENCE * 60)[:length]))[1]
    assert min(len(chunk.text) for chunk in found) >= MIN_CHARS - 1


def test_many_sections_are_cut_in_order() -> None:
    found = chunks(reading(*(f"Line {n}." for n in range(5_000))))[1]
    assert [chunk.text for chunk in found] == [f"Line {n}." for n in range(5_000)]


def test_the_hash_tells_title_place_and_text_apart() -> None:
    def hashes(title: str, *places: Place) -> list[str]:
        sections = tuple(Section("The same words.", place) for place in places)
        made = Reading("a", ResourceKind.TEXT, title, sections)
        return [chunk.hash for chunk in chunks(made)[1]]

    places = (
        Place(),
        Place(("A",)),
        Place(("A", "B")),
        Place(("AB",)),
        Place(page=1),
        Place(message="1"),
    )
    every = hashes("One", *places) + hashes("Two", *places)
    assert len(set(every)) == len(every)
    assert all(len(found) == 24 for found in every)
    assert hashes("One", *places) == every[: len(places)]


def test_the_hash_does_not_depend_on_where_the_chunk_stands() -> None:
    one, two = (
        chunks(reading("Same.", title="T"))[1],
        chunks(reading("Same.", "More.", title="T"))[1],
    )
    assert one[0].hash == two[0].hash


@pytest.mark.parametrize(("target", "limit"), [(10, 1000), (TARGET_CHARS, TARGET_CHARS), (0, 0)])
def test_sizes_that_leave_no_room_for_a_cut_are_refused(target: int, limit: int) -> None:
    with pytest.raises(ValueError, match="no room"):
        chunks(reading("Text."), target_chars=target, max_chars=limit)


def test_a_lone_surrogate_from_a_careless_reader_does_no_harm() -> None:
    assert chunks(reading("a \ud800 b"))[1][0].text == "a \ud800 b"
