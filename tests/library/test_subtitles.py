from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.subtitles import srt_reading, vtt_reading
from learncomm_agent.library.readers.transcript import WINDOW_CHARS
from learncomm_agent.library.resources import Place, Reading, ResourceKind

Make = Callable[[str, bytes], Reading]
EITHER = pytest.mark.parametrize("make", [vtt_reading, srt_reading])


def vtt(*blocks: str) -> str:
    return text(vtt_reading("a.vtt", "\n\n".join(("WEBVTT", *blocks)).encode()))


def srt(*blocks: str) -> str:
    return text(srt_reading("a.srt", "\n\n".join(blocks).encode()))


def text(found: Reading) -> str:
    return "\n".join(section.text for section in found.sections)


def refusal(make: Make, content: str) -> str:
    with pytest.raises(UnreadableResourceError) as raised:
        make("a.vtt", content.encode())
    return raised.value.advice.phrase


def time(begin: str) -> str:
    return f"{begin} --> 99:59:59.000"


TEAMS = """\ufeffWEBVTT - Reading circle

STYLE
::cue(v) { color: #fff }

REGION
id:bottom
width:40%

NOTE duration:"00:31:10.1"
NOTE language:en-gb

NOTE Confidence: 0.91

6c1f5ba0-9c1e-4d4e-8f59-2a0c6b5f/12-0
00:00:03.120 --> 00:00:06.000 align:start position:0%
<v Ana Pérez>Welcome &amp; thank you
all for coming.</v>

6c1f5ba0-9c1e-4d4e-8f59-2a0c6b5f/12-1
00:00:06.000 --> 00:00:08.500
<v Ana Pérez>Shall we <i>begin</i>?</v>

NOTE a comment
over two lines

6c1f5ba0-9c1e-4d4e-8f59-2a0c6b5f/17-0
00:00:09.000 --> 00:00:11.000
<v.loud Ben>Yes.</v>
<v Ana Pérez>Good.</v>

00:00:12.000 --> 00:00:13.000
[Music]

00:00:14.000 --> 00:00:15.000
Who was that?
"""

ZOOM = """WEBVTT

1
00:00:16.239 --> 00:00:27.079
Ana Pérez: Good evening, everyone.

2
00:00:27.079 --> 00:00:29.000
Ana Pérez: Let us start at 7:30: chapter two.

3
00:00:29.000 --> 00:00:30.000
Ben (he/him): Remember the park?
"""

SUBRIP = """1
00:00:01,000 --> 00:00:03,500
<font color="#fff">ANA:</font> {\\an8}We <b>walked</b>

2
00:00:03,000 --> 00:00:05,000 X1:10 X2:20 Y1:1 Y2:2
and talked,

for hours.
00:00:05,000 --> 00:00:06,000
Then it rained.
4
00:00:02,000 --> 00:00:02,500
BEN: In
2024

5

00:00:09,000 --> 00:00:12,000
♪

6
00:00:13,000 --> 00:00:14,000
[door closes] (laughs)
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_voices_of_a_meeting_become_turns(ends: str) -> None:
    found = vtt_reading("2024/circle one.vtt", TEAMS.replace("\n", ends).encode())
    assert (found.source, found.title) == ("2024/circle one.vtt", "circle one")
    assert found.kind is ResourceKind.TRANSCRIPT
    (section,) = found.sections
    assert section.place == Place(headings=("0:03",))
    assert section.text == (
        "Ana Pérez: Welcome & thank you all for coming. Shall we begin?\n"
        "Ben: Yes.\n"
        "Ana Pérez: Good.\n"
        "Who was that?"
    )


def test_names_before_a_colon_are_speakers() -> None:
    (section,) = vtt_reading("a.vtt", ZOOM.encode()).sections
    assert section.place.headings == ("0:16",)
    assert section.text == (
        "Ana Pérez: Good evening, everyone. Let us start at 7:30: chapter two.\n"
        "Ben (he/him): Remember the park?"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Dr. J. van Dam: yes", "Ana: One.\nDr. J. van Dam: yes"),
        ("SPEAKER_00: yes", "Ana: One.\nSPEAKER_00: yes"),
        ("and then it said: no", "Ana: One. and then it said: no"),
        ("Well, Ana: no", "Ana: One. Well, Ana: no"),
        ("At 7:30 we met", "Ana: One. At 7:30 we met"),
        (">> yes", "Ana: One.\n>> yes"),
    ],
)
def test_where_a_new_speaker_begins(line: str, said: str) -> None:
    assert srt(f"{time('00:01')}\nAna: One.", f"{time('00:02')}\n{line}") == said


def test_subrip_with_missing_numbers_blank_lines_and_times_in_disorder() -> None:
    (section,) = srt_reading("a.srt", SUBRIP.encode()).sections
    assert section.place.headings == ("0:01",)
    assert section.text == ("ANA: We walked and talked, for hours. Then it rained.\nBEN: In 2024")


def test_rolling_captions_say_each_line_once() -> None:
    rolling = (
        "00:00:00.160 --> 00:00:02.389 align:start position:0%\n \nno<00:00:00.400><c> no</c>",
        "00:00:02.389 --> 00:00:02.399 align:start position:0%\nno no\n ",
        "00:00:02.399 --> 00:00:04.230 align:start position:0%\n"
        "no no\nwe<00:00:02.600><c> listen</c>",
        "00:00:04.230 --> 00:00:04.240 align:start position:0%\nwe listen\n ",
        "00:00:04.240 --> 00:00:06.000 align:start position:0%\nwe listen\n[Music]",
        "00:00:06.000 --> 00:00:06.010 align:start position:0%\n[Music]\n ",
        "00:00:06.010 --> 00:00:08.000 align:start position:0%\n[Music]\nand<c> wait</c>",
    )
    assert vtt("Kind: captions\nLanguage: en", *rolling) == "no no we listen and wait"


def test_what_was_said_twice_stays_twice() -> None:
    cues = [f"{time('00:01')}\n{words}" for words in ("Yes.", "Yes.", "I see.", "<v Ben>I see.")]
    assert vtt(*cues) == "Yes. Yes. I see.\nBen: I see."


@pytest.mark.parametrize(
    ("begin", "place"),
    [
        ("00:00.000", "0:00"),
        ("12:34.567", "12:34"),
        ("0:59:59,999", "59:59"),
        ("01:02:03.000", "1:02:03"),
        ("1:2:3", "1:02:03"),
        ("00:00:90.000", "1:30"),
        ("00:01:02:500", "1:02"),
        ("-00:00:05.000", "0:00"),
        ("123:00:00.000", "123:00:00"),
    ],
)
@EITHER
def test_a_place_is_the_time_of_its_beginning(make: Make, begin: str, place: str) -> None:
    (section,) = make("a.vtt", f"{time(begin)}\nHello.".encode()).sections
    assert section.place.headings == (place,)


def test_long_talks_are_cut_into_windows_and_the_speaker_is_named_again() -> None:
    cues = [f"{n // 60:02}:{n % 60:02}.000 --> 99:00.000\n<v Ana>word {n}." for n in range(900)]
    sections = vtt_reading("a.vtt", ("WEBVTT\n\n" + "\n\n".join(cues)).encode()).sections
    assert len(sections) > 5
    for section in sections:
        assert len(section.text) < WINDOW_CHARS + 10
        minute, second = section.place.headings[0].split(":")
        assert section.text.startswith(f"Ana: word {int(minute) * 60 + int(second)}.")
    said = " ".join(section.text.removeprefix("Ana: ") for section in sections)
    assert said == " ".join(f"word {n}." for n in range(900))


def test_a_section_leads_to_what_is_said_in_it_however_long_the_pause() -> None:
    cues = [f"{time(begin)}\n<v Ana>At {begin}." for begin in ("00:01", "02:00", "12:01", "12:09")]
    sections = vtt_reading("a.vtt", ("WEBVTT\n\n" + "\n\n".join(cues)).encode()).sections
    assert [(each.place.headings, each.text) for each in sections] == [
        (("0:01",), "Ana: At 00:01. At 02:00."),
        (("12:01",), "Ana: At 12:01. At 12:09."),
    ]


@pytest.mark.parametrize(
    "timing",
    [
        "00:00:xx.000 --> 00:00:02.000",
        "00:00:01.000 -->",
        "00:00:01.000 --> 00:zz",
        "00:00:09.000 --> 00:00:01.000",
        "-1:00 --> -2:00",
        "99999999:0 --> 0:1",
    ],
)
@EITHER
def test_a_broken_timing_loses_no_words(make: Make, timing: str) -> None:
    source = f"WEBVTT\n\n{time('00:01')}\nOne.\n\n{timing}\nTwo.\n\n{time('00:05')}\nThree."
    assert text(make("a.vtt", source.encode())).split() == ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    "words",
    [
        "We go from A --> B.",
        "--> there",
        "00:12 --> soon we leave",
        "x --> y --> 1:00",
        "1 < 2 > 0",
        "<your name>",
        "it said: no",
        "https://example.org",
        "שלום: עולם",
        "مرحبا بكم",
        "😀 family 👨‍👩‍👧",
        "NOTES are here",
        ">> And you?",
        "(sighs) I know [I think]",
    ],
)
@EITHER
def test_words_that_look_like_something_else_stay(make: Make, words: str) -> None:
    assert text(make("a.vtt", f"{time('00:01')}\nOne.\n{words}".encode())).split() == [
        "One.",
        *words.split(),
    ]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<b><i><u>x</u></i></b>", "x"),
        ("<v Ana><v Ben>x</v></v>", "Ben: x"),
        ("<v Ana>x</v> y", "Ana: x\ny"),
        ("<v Ana &amp; Ben>x", "Ana & Ben: x"),
        ("<v>x", "x"),
        ("<c.yellow.bg_blue>x</c><ruby>y<rt>z</rt></ruby>", "xyz"),
        ("x<br/>y<lang en-GB>z</lang>", "x yz"),
        ("<v \u202eAna\u202c>\u200fשלום\u200e", "Ana: שלום"),
        ("&lt;b&gt; &lrm;x&nbsp;y", "<b> x y"),
        ("田中：はい", "田中: はい"),
        ("ANA:\nx", "ANA: x"),
        (">> ANA: x", "ANA: x"),
    ],
)
def test_markup_goes(markup: str, words: str) -> None:
    assert vtt(f"{time('00:01')}\n{markup}") == words


def test_only_the_one_format_has_comments() -> None:
    blocks = (f"{time('00:01')}\nOne.", "NOTE this", f"{time('00:02')}\nTwo.")
    assert (vtt(*blocks), srt(*blocks)) == ("One. Two.", "One. NOTE this Two.")
    assert srt("WEBVTT", *blocks) == "One. Two."


@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n\u200b",
        "WEBVTT",
        "WEBVTT\n\nNOTE nothing",
        f"{time('00:01')}\n\n{time('00:02')}\n[Music]",
    ],
)
@EITHER
def test_without_words_it_is_empty(make: Make, content: str) -> None:
    assert refusal(make, content) == "error.unreadable_empty"


@pytest.mark.parametrize(
    "content",
    [
        f"<!DOCTYPE html><html><body><pre>\n{time('00:01')}\nHi</pre>",
        "\ufeff<html><p>Not found</p>",
        '{"cues": []}',
        "Only some words.",
        "A --> B",
    ],
)
@EITHER
def test_what_is_no_such_file_is_broken(make: Make, content: str) -> None:
    assert refusal(make, content) == "error.unreadable_broken"


@pytest.mark.parametrize(
    "piece",
    [
        "x" * 20,
        "<v ",
        "<v",
        "<c.",
        "<",
        "{\\",
        "&#1;&lt;",
        "a:",
        "A: ",
        "-->",
        "1:",
        "[a] ",
        "♪ ",
        ">>",
        "\n",
        "x\n",
        "1\n",
        "\n1\n",
        "\nNOTE\n",
        "\n0:1 --> 0:2 a:b:c:d a:b:c:d a:b:c:d a:b:c:d a:b:c:d a:b:c:d a:b:c:d a:b:c:d x\n",
        "0:1 --> 0:2\n",
        "0:1 --> 0:2\nA: x\n",
        "\n\n0:1 --> 0:2\nx\ny\n",
    ],
)
@EITHER
def test_hostile_files_end_and_keep_what_was_said(make: Make, piece: str) -> None:
    assert "Hello" in text(make("a.vtt", f"{time('00:01')}\nHello\n{piece * 5_000}".encode()))


def test_one_huge_cue_is_kept() -> None:
    assert len(srt(f"{time('00:01')}\n{'x' * 10_000_000}")) == 10_000_000


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="a0A:.-> <v/>[]\n&{\\N", max_size=80),
    st.sampled_from([vtt_reading, srt_reading]),
)
def test_any_file_is_read_or_refused(source: str, make: Make) -> None:
    found = make("a.vtt", f"0:1 --> 0:2\nHello\n{source}".encode())
    assert found.sections[0].text.startswith("Hello")
    assert all(section.text.strip() for section in found.sections)
