from datetime import UTC, datetime

from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Code,
    CodeBlock,
    File,
    Heading,
    Image,
    Link,
    Listing,
    Mention,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Text,
    Time,
)
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_terminal.painting import Painter, colour

ROOM = RoomRef(SpaceRef("terminal", "local"), "room:lobby")


def painted(*blocks: Block, paths: dict[int, str] | None = None) -> list[str]:
    painter = Painter(paths)
    return [f"{line.first}{line.ink}" for line in painter.blocks(blocks)]


def spans(*line: Span) -> list[str]:
    return painted(Paragraph(line))


def test_a_blank_line_stands_between_blocks_but_not_under_a_heading_or_before_choices() -> None:
    text = Paragraph((Text("one\ntwo"),))
    lines = painted(Heading("Title"), text, text, Choices((Choice("u", "Useful"),)))
    assert lines == ["Title", "one", "two", "", "one", "two", "[1] Useful"]


def test_lists_have_numbers_or_bullets() -> None:
    items = ((Text("a"),), (Text("b\nc"),))
    assert painted(Listing(items)) == ["• a", "• b", "  c"]
    assert painted(Listing(items, start=9)) == ["9. a", "10. b", "    c"]
    assert painted(Listing(())) == []


def test_each_row_of_a_quote_bears_its_mark() -> None:
    assert painted(Quote((Text("a\nb"),))) == ["> a", "> b"]


def test_choices_are_numbered_on_through_the_post() -> None:
    first, second = Choices((Choice("a", "A"), Choice("b", "B"))), Choices((Choice("c", "C"),))
    assert painted(first, second) == ["[1] A  [2] B", "[3] C"]


def test_a_link_shows_its_address() -> None:
    assert spans(Link("guide", "https://e.org")) == ["guide <https://e.org>"]
    assert spans(Link("https://e.org", "https://e.org")) == ["https://e.org"]
    assert spans(Link("", "https://e.org")) == ["https://e.org"]


def test_only_addresses_of_the_web_can_be_clicked() -> None:
    def links(url: str) -> list[str | None]:
        (line,) = Painter().blocks([Paragraph((Link("x", url),))])
        return [span.style.link for span in line.ink.spans if not isinstance(span.style, str)]

    assert links("https://e.org") == ["https://e.org"]
    assert links("file:///etc/passwd") == [None]
    assert links("https://e.org/\x1b\\\x07 x") == ["https://e.org/x"]


def test_a_link_to_a_message_bears_its_number() -> None:
    ref = MessageRef(ROOM, "12")
    assert spans(MessageLink("message", ref)) == ["message [#12]"]
    assert spans(MessageLink("#12", ref), Text(" "), MessageLink("", ref)) == ["[#12] [#12]"]


def test_other_spans_are_written_out() -> None:
    ada = AccountRef("terminal", "ada")
    time = Time(datetime(2026, 1, 5, 9, tzinfo=UTC), "Monday")
    line = spans(Mention(ada, "Ada"), Text(" "), time, Text(" "), Code("x = 1"))
    assert line == ["@Ada Monday x = 1"]


def test_a_file_shows_where_it_was_saved() -> None:
    image, file = Image("a.png", "image/png", b"x", "a chart"), File("b.txt", "text/plain", b"y")
    lines = painted(image, file, paths={0: "/f/a.png", 1: "/f/b.txt"})
    assert lines == ["a chart → /f/a.png", "", "b.txt → /f/b.txt"]
    assert painted(file) == ["b.txt"]


def test_what_a_terminal_cannot_show_is_put_in_words() -> None:
    lines = painted(Form("f", "About you", (Field("n", "Your name"),)))
    assert lines == ["About you", "Your name"]


def test_markup_and_escapes_in_a_text_are_text_or_nothing() -> None:
    hostile = "[bold]x[/bold] :smile: \x1b]0;title\x07[link=https://e.org]y"
    left = "[bold]x[/bold] :smile: [link=https://e.org]y"
    for block in (
        Paragraph((Text(hostile),)),
        Heading(hostile),
        Paragraph((Code(hostile),)),
        Image(hostile, "", b"", ""),
    ):
        assert painted(block) == [left]
    assert painted(CodeBlock(hostile)) == [f"    {left}"]
    assert painted(Choices((Choice("c", hostile),))) == [f"[1] {left}"]


def test_a_name_keeps_its_colour() -> None:
    assert colour("ada") == colour("ada")
    assert len({colour(f"account{number}") for number in range(50)}) > 3
