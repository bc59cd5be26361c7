import json
import os
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.cleaning import clean
from learncomm_agent.library.readers.recognising import true_ending
from learncomm_agent.library.reading import Readers, Unread, read_message
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

READERS = Readers()


def read(name: str, content: str | bytes, **given: str) -> list[Reading | Unread]:
    if isinstance(content, str):
        content = content.encode()
    return list(READERS.read(name, content, media_type=given.get("media_type")))


def one(name: str, content: str | bytes, **given: str) -> Reading:
    (found,) = read(name, content, **given)
    assert isinstance(found, Reading), found
    return found


def text(name: str, content: str | bytes) -> str:
    return "\n\n".join(section.text for section in one(name, content).sections)


def refusal(name: str, content: str | bytes) -> str:
    (found,) = read(name, content)
    assert isinstance(found, Unread), found
    assert found.source == name
    return found.error.advice.phrase


def outline(found: Reading) -> list[tuple[tuple[str, ...], str]]:
    return [(section.place.headings, section.text) for section in found.sections]


def summary(found: Iterator[Reading | Unread]) -> list[tuple[str, str]]:
    return [
        (item.source, "read" if isinstance(item, Reading) else item.error.advice.phrase)
        for item in found
    ]


# Markdown


def test_markdown_headings_become_places_and_the_first_the_title() -> None:
    found = one(
        "a.md", "# Guide\n\nHello.\n\n## First week\n\nWalk.\n\n### Day one\nRest.\n\n## End\nBye."
    )
    assert (found.source, found.kind, found.title) == ("a.md", ResourceKind.MARKDOWN, "Guide")
    assert outline(found) == [
        ((), "Hello."),
        (("First week",), "Walk."),
        (("First week", "Day one"), "Rest."),
        (("End",), "Bye."),
    ]


def test_markdown_without_a_top_heading_is_titled_by_its_name() -> None:
    assert one("notes/first-week.md", "## Sub\ntext").title == "first-week"


def test_a_heading_with_nothing_below_is_still_found() -> None:
    assert outline(one("a.md", "# T\n\n## Alone\n\n## Parent\n\n### Child\nText.\n\n## Last")) == [
        (("Alone",), "Alone"),
        (("Parent", "Child"), "Text."),
        (("Last",), "Last"),
    ]


def test_front_matter_gives_title_and_language_and_is_no_text() -> None:
    found = one(
        "a.md", "---\ntitle: 'Reading: a start'\nlanguage: pt-BR\ntags: [x]\n---\n\nText.\n"
    )
    assert (found.title, found.language, found.sections) == (
        "Reading: a start",
        "pt",
        (Section("Text."),),
    )


@pytest.mark.parametrize(
    "front",
    [
        "---\n: [\n---\n",
        "---\n- a\n- b\n---\n",
        "---\ndate: 2020-99-99\n---\n",
        "---\nnever closed: x\n",
    ],
)
def test_what_is_no_front_matter_stays_text(front: str) -> None:
    found = text("a.md", front + "\nText.")
    assert "Text." in found
    assert all(word in found for word in front.replace("---", "").split() if word.isalnum())


def test_front_matter_full_of_anchors_and_brackets_does_no_harm() -> None:
    assert "words" in text("a.md", "---\n" + "a: &a [*a, " * 300 + "\n---\nwords")
    assert "words" in text("a.md", "---\n" + "[" * 500 + "\n---\nwords")


def test_front_matter_is_not_unfolded() -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 31)]
    front = "\n".join(("---", *lines, "author: [Ann, Ben, *a30]", "title: T", "---"))
    found = one("a.md", f"{front}\nText.")
    assert (found.title, found.author, found.sections) == ("T", "Ann, Ben", (Section("Text."),))


def test_markup_goes_and_words_stay() -> None:
    source = (
        "Some *soft* and **strong** ~~old~~ words, [a link](https://example.org/x), "
        "![a picture](p.png), `code`,\n<b>bold</b> &amp; \\*star\\*, <your name>, one<br>two"
    )
    assert text("a.md", source) == (
        "Some soft and strong old words, a link, a picture, code, bold & *star*, <your name>, one\ntwo"
    )


def test_lists_keep_their_marks_and_their_order() -> None:
    source = "Bring:\n\n- a pen\n- paper\n  1. lined\n  2. plain\n\n  or both\n- tea\n\nThen sit."
    assert text("a.md", source) == (
        "Bring:\n\n- a pen\n- paper\n  1. lined\n  2. plain\n  or both\n- tea\n\nThen sit."
    )


def test_code_and_tables_stay_readable() -> None:
    source = "```py\ndef f():\n    return [1](2)\n```\n\n| a | b |\n|---|---|\n| 1 | *2* |\n"
    assert text("a.md", source) == "def f():\n    return [1](2)\n\na | b\n1 | 2"


def test_html_inside_markdown_is_read_as_html() -> None:
    source = "<h1 align=center>Top</h1>\n\n<!-- not\nthis -->\n\n<details>\n<summary>More</summary>\n\nInside.\n\n</details>\n"
    found = one("a.md", source)
    assert (found.title, outline(found)) == ("Top", [((), "More\n\nInside.")])


def test_what_is_nested_too_deeply_for_the_parser_is_read_as_it_stands() -> None:
    assert text("a.md", ">" * 100_000 + " deep").endswith("deep")
    assert text("a.md", "- " * 50 + "deep").endswith("deep")


def test_a_huge_line_and_a_huge_heading_lose_nothing() -> None:
    assert len(text("a.md", "x" * 10_000_000)) == 10_000_000
    assert text("a.md", "# " + "word " * 1_000 + "\n\nText.").count("word") == 1_000


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a _b ", "`", "<", "a\n=\n", "|a|b\n|-|-\n", "&#1;", "<!--\n\n"]
)
def test_hostile_markdown_ends(piece: str) -> None:
    assert len(read("a.md", piece * 5_000)) == 1


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab #*_`[]()<>!|-\n~&\\1.:", max_size=120))
def test_any_markdown_is_read_or_refused(source: str) -> None:
    (found,) = read("a.md", source)
    if isinstance(found, Reading):
        assert all(section.text.strip() for section in found.sections)
        assert found.title


# HTML

PARAGRAPH = "This paragraph is long enough to be believed to be the main text of this page. "
PAGE = f"""<!doctype html><html lang="fr-CA"><head><title>A page | A site</title></head><body>
<nav><a href="/">Home</a> <a href="/more">More of this site</a></nav>
<article><h1>Listening</h1><p>{PARAGRAPH * 3}</p>
<h2>In pairs</h2><p>{PARAGRAPH}<b>Bold</b> <a href="https://example.org">link</a>.</p>
<ul><li>one</li><li>two</li></ul><pre><code>x = 1\n  y</code></pre>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></article>
<footer>All rights reserved</footer><script>alert("no")</script></body></html>"""


def test_a_page_gives_its_main_text_under_its_headings() -> None:
    found = one("a.html", PAGE)
    assert (found.kind, found.title, found.language) == (ResourceKind.HTML, "Listening", "fr")
    first, second = found.sections
    assert (first.place.headings, second.place.headings) == ((), ("In pairs",))
    assert "Bold link." in second.text
    assert "- one\n- two" in second.text
    assert "x = 1\n  y" in second.text
    assert "a | b\n1 | 2" in second.text
    every = first.text + second.text
    assert not any(word in every for word in ("Home", "rights", "alert", "<"))


def test_a_short_page_is_read_whole() -> None:
    found = one("a.html", "<title>Note</title><p>Short <b>one</b>.<h2>Sub</h2>loose<br>line")
    assert (found.title, outline(found)) == (
        "Note",
        [((), "Short one."), (("Sub",), "loose\nline")],
    )


def test_a_page_with_nothing_but_surroundings_gives_them() -> None:
    assert text("a.html", "<nav>Only this</nav>") == "Only this"


def test_scripts_and_styles_are_no_text() -> None:
    assert (
        refusal("a.html", "<script>x</script><style>y</style><!-- z -->")
        == "error.unreadable_empty"
    )


def test_a_page_tells_its_encoding() -> None:
    page = '<meta charset="windows-1251"><p>Привет, мир'
    assert text("a.html", page.encode("cp1251")) == "Привет, мир"


def test_a_page_nested_too_deeply_is_refused_not_cut() -> None:
    assert refusal("a.html", "<div>" * 5_000 + "lost") == "error.unreadable_page"
    assert text("a.html", "<div>" * 500 + "found" + "</div>" * 500 + "<p>tail") == "found\n\ntail"


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<b>", "<li>x", "<table>", "</", "<!--", "<![CDATA[", "<a x='", "&", "<p>x<h1>"],
)
def test_hostile_pages_end(piece: str) -> None:
    assert len(read("a.html", piece * 450)) == 1


def test_a_page_of_one_huge_word_is_kept() -> None:
    assert len(text("a.html", "<p>" + "x" * 11_000_000)) == 11_000_000


@pytest.mark.parametrize("declared", ["punycode", "idna", "unicode_escape", "hex", "\\0"])
def test_what_is_no_encoding_of_a_page_is_not_tried(declared: str) -> None:
    page = f"<meta charset={declared}><p>Caf".encode() + b"\xe9 xn--" + b"a" * 20_000
    assert text("a.html", page).endswith(" xn--" + "a" * 20_000)


def test_what_a_page_says_of_itself_may_be_nonsense(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*given: object, **more: object) -> None:
        raise AttributeError("the secret words of a page")

    monkeypatch.setattr("trafilatura.metadata.extract_metadata", stumble)
    with caplog.at_level("INFO"):
        assert text("a.html", "<p>Words") == "Words"
    assert "AttributeError" in caplog.text
    assert "secret" not in caplog.text


# What costs time or memory


@pytest.mark.parametrize(
    ("name", "content", "is_here"),
    [
        pytest.param("a.html", "<p>x" * 500, True, id="page"),
        pytest.param("a.html", "<p>x" * 501, False, id="tags"),
        pytest.param("a.html", "<p " + " a" * 20_000, False, id="attributes"),
        pytest.param("a.md", "x" * 32_000, True, id="document"),
        pytest.param("a.md", "x" * 32_001, False, id="long document"),
        pytest.param("a.md", "> -\na\n" * 501, False, id="quotes"),
        pytest.param("a.txt", "x" * 1_000_000, True, id="text"),
        pytest.param("a.txt", "x" * 1_000_001, False, id="long text"),
        pytest.param("a.vtt", "WEBVTT\n\n0:1 --> 0:2\n" + ">" * 40_000, True, id="subtitles"),
    ],
)
def test_what_may_cost_much_is_read_in_a_process_of_its_own(
    name: str, content: str, is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    (found,) = read(name, content)
    assert isinstance(found, Reading if is_here else Unread)


@pytest.mark.parametrize("end", ["<!DOCTYPE html>", "\n<html>", "words", "<!--"])
@pytest.mark.parametrize("piece", ["<!--a-->", "<!--a--> \n", "<!--", "-->", " ", "<!---->"])
def test_what_a_file_is_shows_at_its_beginning_at_once(piece: str, end: str) -> None:
    content = piece * (4_000 // len(piece)) + end
    is_page = "html" in end.lower() and piece not in ("<!--", "-->")
    expected = ".html" if is_page else ".txt"
    assert true_ending("a.txt", BytesIO(content.encode()), ".txt", 5_000) == expected


@pytest.mark.parametrize("run", ["\u200d", "\u200c\u200d", " \t", "\xa0", "\n", "\r", "\u200b"])
def test_cleaning_takes_no_more_time_than_there_is_text(run: str) -> None:
    cleaned = clean(f"é{run * 200_000}é")
    assert (cleaned[0], cleaned[-1]) == ("é", "é")


# Plain text, encodings, characters


def test_plain_text_is_one_section_titled_by_its_name() -> None:
    found = one("first week.txt", "One.\r\n\r\n\r\n\r\nTwo.  \r\n")
    assert (found.kind, found.title) == (ResourceKind.TEXT, "first week")
    assert found.sections == (Section("One.\n\nTwo."),)


def test_html_named_as_text_is_read_as_it_stands() -> None:
    assert text("a.txt", "<p>hi</p>") == "<p>hi</p>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_common_encodings_are_understood(encoding: str) -> None:
    assert text("a.txt", "Déjà vu, café, garçon".encode(encoding)) == "Déjà vu, café, garçon"


def test_rarer_encodings_are_guessed() -> None:
    assert text("a.txt", "日本語のテキストです。".encode("shift_jis")) == "日本語のテキストです。"


def test_a_few_broken_bytes_in_utf_8_show_as_such() -> None:
    assert text("a.txt", "Déjà vu, café ".encode() + b"\xff fin") == "Déjà vu, café \ufffd fin"


@pytest.mark.parametrize("content", [b"a\0b", b"\x7fELF\x02\x01\x01\0\0"])
def test_binary_content_under_a_text_name_is_refused(content: bytes) -> None:
    assert refusal("a.txt", content) == "error.unreadable_binary"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
@pytest.mark.parametrize("content", [b"", b" \r\n\t ", "\u200b\u202e".encode(), "\ufeff".encode()])
def test_what_holds_no_text_is_refused(name: str, content: bytes) -> None:
    if name == "a.jsonl" and content.strip() and content != "\ufeff".encode():
        assert refusal(name, content) == "error.unreadable_line"
    else:
        assert refusal(name, content) == "error.unreadable_empty"


def test_invisible_and_turning_characters_are_dropped() -> None:
    hidden = "pay\u202eload \u200bze\u200dro\u2066 \x07bell\x1b[31m so\u00adft \U000e0041tag"
    assert text("a.txt", hidden) == "payload zero bell[31m soft tag"


def test_joiners_stay_where_they_belong() -> None:
    words = "👩‍👧 می‌خواهم"
    assert text("a.txt", words) == words


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.md", "a.html", "a.jsonl"]))
def test_any_bytes_are_read_or_refused_and_no_surrogate_survives(content: bytes, name: str) -> None:
    for found in read(name, content):
        if isinstance(found, Reading):
            for section in found.sections:
                assert section.text.encode()


def test_kinds_that_cannot_be_read_are_refused_with_those_that_can() -> None:
    (found,) = read("a.xyz", b"PK")
    assert isinstance(found, Unread)
    assert found.error.advice.phrase == "error.unreadable_kind"
    assert found.error.advice.values["name"] == "a.xyz"
    assert found.error.advice.values["kinds"] == [kind.removeprefix(".") for kind in READERS.kinds]


def test_the_media_type_tells_the_kind_where_the_name_does_not() -> None:
    found = one("note", "# Hi\n\nText.", media_type="text/markdown; charset=utf-8")
    assert found.title == "Hi"


def test_what_is_too_large_is_refused_with_the_limit() -> None:
    (found,) = Readers(max_bytes=1_000_000).read("a.txt", b"x" * 1_000_001)
    assert isinstance(found, Unread)
    assert found.error.advice.phrase == "error.unreadable_large"
    assert found.error.advice.values["limit_mb"] == 1


def test_a_name_cannot_smuggle_characters_into_the_source() -> None:
    assert one("a\u202eb\n\ud800.txt", "x").source == "ab \ufffd.txt"


# JSONL


def lines(*items: object) -> str:
    return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in items)


def test_each_line_of_a_jsonl_file_is_a_resource() -> None:
    content = lines(
        {"id": 7, "title": "Welcome", "heading": "Why", "text": "So.", "more": 1},
        "",
        {"id": "b", "text": "x"},
    )
    first, second = read("kb.jsonl", content)
    assert first == Reading(
        "kb.jsonl#7", ResourceKind.RECORD, "Welcome", (Section("So.", Place(("Why",))),)
    )
    assert second == Reading("kb.jsonl#b", ResourceKind.RECORD, "b", (Section("x"),))


def test_a_title_stands_for_a_missing_text() -> None:
    assert text("a.jsonl", lines({"id": 1, "title": "Only this", "text": ""})) == "Only this"
    assert text("a.jsonl", lines({"id": 1, "title": "Only this", "text": None})) == "Only this"


def test_a_huge_title_becomes_text() -> None:
    found = one("a.jsonl", lines({"id": 1, "title": "word " * 1_000, "text": "End."}))
    assert len(found.title) == 300
    assert found.sections[0].text.count("word") == 1_000


@pytest.mark.parametrize(
    ("broken", "phrase"),
    [
        ("{", "line"),
        ("[1]", "line"),
        ('{"text": "no id"}', "line"),
        ('{"id": true, "text": "x"}', "line"),
        ('{"id": " ", "text": "x"}', "line"),
        ('{"id": "good", "text": "a second time"}', "line"),
        ('{"id": 1, "text": ["x"]}', "line"),
        ("[" * 100_000, "line"),
        ('{"id": ' + "9" * 5_000 + "}", "line"),
        ('{"id": 1, "turns": []}', "conversation"),
        ('{"id": 1, "title": ""}', "line_empty"),
        ('{"id": 1, "text": "' + "x" * 2_000_000 + '"}', "line_long"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_by_number_and_the_rest_is_read(
    broken: str, phrase: str
) -> None:
    good, bad, last = read(
        "a.jsonl", lines({"id": "good", "text": "x"}, broken, {"id": "last", "text": "y"})
    )
    assert isinstance(good, Reading)
    assert isinstance(bad, Unread)
    assert (bad.source, bad.error.advice.values["line"]) == ("a.jsonl", 2)
    assert bad.error.advice.phrase == f"error.unreadable_{phrase}"
    assert isinstance(last, Reading)


def test_a_line_of_ten_megabytes_is_passed_over() -> None:
    found = read("a.jsonl", '{"id": 1, "text": "' + "x" * 10_000_000 + '"}\n{"id": 2, "text": "y"}')
    assert [isinstance(item, Reading) for item in found] == [False, True]


def test_bytes_that_are_no_utf_8_break_their_line_alone() -> None:
    found = read("a.jsonl", b'{"id": 1, "text": "h\xe9"}\n{"id": 2, "text": "h\xc3\xa9"}')
    assert [isinstance(item, Reading) for item in found] == [False, True]


def test_escaped_surrogates_do_not_survive() -> None:
    assert text("a.jsonl", r'{"id": 1, "text": "a \ud800 b \ud83d\ude00"}') == "a \ufffd b 😀"


def test_jsonl_in_utf_16_is_read() -> None:
    assert text("a.jsonl", '{"id": 1, "text": "é"}\n'.encode("utf-16")) == "é"


@pytest.mark.parametrize("more", [{"id": 1, "text": "x"}, {"id": 1, "speaker": "a", "text": "x"}])
def test_a_file_of_broken_lines_is_left_alone_after_a_thousand(more: object) -> None:
    *told, last = read("a.jsonl", lines(more, *["x"] * 1_500))
    assert len([each for each in told if isinstance(each, Unread)]) == 1_001
    assert isinstance(last, Unread)
    assert last.error.advice.phrase == "error.unreadable_broken"


def test_a_binary_file_named_jsonl_is_refused_once() -> None:
    assert refusal("a.jsonl", b"\x89PNG\0\n" * 1_000) == "error.unreadable_binary"


def test_lines_are_read_only_as_far_as_they_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "big.jsonl"
    file.write_text(lines(*({"id": n, "text": "x" * 1_000} for n in range(3_000))))
    found = Readers(max_bytes=1_000).read_path(file)
    assert isinstance(next(found), Reading)
    assert sum(1 for _ in found) == 2_999


# Transcripts


def turn(number: int, words: str, speaker: str = "Ana") -> dict[str, object]:
    return {"id": f"m{number}", "speaker": speaker, "text": words, "time": "2026-01-01T10:00:00Z"}


def test_a_transcript_is_one_resource_whose_places_are_messages() -> None:
    found = one("talk.jsonl", lines(*(turn(n, "word " * 60) for n in range(9))))
    assert (found.source, found.kind, found.title) == (
        "talk.jsonl",
        ResourceKind.TRANSCRIPT,
        "talk",
    )
    assert [section.place.message for section in found.sections] == ["m0", "m3", "m6"]
    assert found.sections[0].text.count("Ana: word") == 3
    assert all(len(section.text) <= 1_000 for section in found.sections)


def test_a_turn_longer_than_a_window_has_a_section_of_its_own() -> None:
    found = one("talk.jsonl", lines(turn(0, "hi"), turn(1, "x" * 3_000), turn(2, "bye")))
    assert [section.place.message for section in found.sections] == ["m0", "m1", "m2"]


def test_turns_that_cannot_be_used_are_told_and_the_rest_is_read() -> None:
    content = lines(
        "broken",
        turn(0, "hi"),
        {"id": 1, "text": "whose?"},
        turn(0, "twice"),
        turn(3, ""),
        turn(4, "bye"),
    )
    *bad, found = read("talk.jsonl", content)
    assert [item.error.advice.values["line"] for item in bad if isinstance(item, Unread)] == [
        1,
        3,
        4,
    ]
    assert isinstance(found, Reading)
    assert found.sections == (Section("Ana: hi\nAna: bye", Place(message="m0")),)


def test_a_transcript_of_silence_and_one_that_is_too_large_are_refused() -> None:
    assert refusal("talk.jsonl", lines(turn(0, ""))) == "error.unreadable_empty"
    (found,) = Readers(max_bytes=1_000).read("t.jsonl", lines(turn(0, "x" * 2_000)).encode())
    assert isinstance(found, Unread)
    assert found.error.advice.phrase == "error.unreadable_large"


# Messages


def test_a_message_is_one_section() -> None:
    found = read_message("m:1", "Look\u202e at this  \n", "Ana's note")
    assert found == Reading("m:1", ResourceKind.MESSAGE, "Ana's note", (Section("Look at this"),))


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(UnreadableResourceError):
        read_message("m:1", "\u200b ", "Nothing")


# Files and folders


def test_a_file_is_named_without_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert summary(READERS.read_path(tmp_path / "a.txt")) == [("a.txt", "read")]


def test_a_folder_is_read_in_order_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a/two.md",
        "a/one.md",
        ".git/x.md",
        "a/.hidden.md",
        "c.xyz",
        "z/deep/er/e.html",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    assert summary(READERS.read_path(tmp_path)) == [
        (".git", "error.unreadable_hidden"),
        ("a/.hidden.md", "error.unreadable_hidden"),
        ("a/one.md", "read"),
        ("a/two.md", "read"),
        ("b.txt", "read"),
        ("c.xyz", "error.unreadable_kind"),
        ("z/deep/er/e.html", "read"),
    ]


def test_a_hidden_folder_that_was_named_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / ".notes").mkdir()
    (tmp_path / ".notes" / "a.txt").write_text("x")
    assert summary(READERS.read_path(tmp_path / ".notes")) == [("a.txt", "read")]


def test_symbolic_links_lead_neither_outside_nor_round_in_circles(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("x")
    (root / "a.txt").write_text("x")
    (root / ".env.txt").write_text("x")
    for name, target in {
        "inside.txt": root / "a.txt",
        "outside.txt": tmp_path / "secret.txt",
        "hidden.txt": root / ".env.txt",
        "gone.txt": root / "nothing",
        "self.txt": root / "self.txt",
        "sub/loop": root,
    }.items():
        (root / name).symlink_to(target)
    assert summary(READERS.read_path(root)) == [
        (".env.txt", "error.unreadable_hidden"),
        ("a.txt", "read"),
        ("gone.txt", "error.unreadable_missing"),
        ("hidden.txt", "error.unreadable_hidden"),
        ("inside.txt", "read"),
        ("outside.txt", "error.unreadable_symlink"),
        ("self.txt", "error.unreadable"),
        ("sub/loop", "error.unreadable_symlink"),
    ]


@pytest.mark.parametrize(
    "path", ["nowhere.txt", "https://example.org/a.md", "no\0where.txt", "n" * 300, "\udcff.txt"]
)
def test_what_is_not_there_is_told(tmp_path: Path, path: str) -> None:
    ((_, phrase),) = summary(READERS.read_path(tmp_path / path))
    assert phrase in ("error.unreadable_missing", "error.unreadable")


def test_a_file_that_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("x")
    found = READERS.read_path(tmp_path)
    next(found)
    (tmp_path / "b.txt").unlink()
    assert summary(found) == [("b.txt", "error.unreadable_missing"), ("c.txt", "read")]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_and_a_folder_that_may_not_be_opened_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o000)
    (tmp_path / "b.txt").touch(mode=0o000)
    found = summary(READERS.read_path(tmp_path))
    (tmp_path / "a").chmod(0o700)
    assert found == [("a", "error.unreadable_forbidden"), ("b.txt", "error.unreadable_forbidden")]


def test_pipes_sockets_and_devices_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)  # a socket's path is limited to about a hundred characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("b.txt")
        assert summary(READERS.read_path(tmp_path)) == [
            ("a.txt", "error.unreadable_special"),
            ("b.txt", "error.unreadable"),
        ]
    assert summary(READERS.read_path("/dev/zero")) == [("zero", "error.unreadable_special")]


# Readers of plugins


def test_a_plugin_brings_a_format_and_its_failure_costs_one_file() -> None:
    def read_it(name: str, stream: BinaryIO, max_bytes: int, /) -> Iterator[Reading | Unread]:
        yield Reading(name, ResourceKind.TEXT, "First", (Section("a"),))
        if stream.read(max_bytes) != b"%PDF-good":
            raise KeyError("page")

    readers = Readers({".pdf": read_it})
    assert ".pdf" in readers.kinds
    assert summary(readers.read("a.PDF", b"%PDF-good")) == [("a.PDF", "read")]
    *_, failed = readers.read("a.pdf", b"%PDF-bad")
    assert isinstance(failed, Unread)
    assert failed.error.advice.phrase == "error.unreadable"
    assert isinstance(failed.error.__cause__, KeyError)


def test_a_stream_is_left_open_for_the_one_who_opened_it() -> None:
    from learncomm_agent.library.readers.jsonl import read_jsonl

    stream = BytesIO(b'{"id": 1, "text": "x"}')
    list(read_jsonl("a.jsonl", stream, 1_000))
    assert not stream.closed
