"""The outgoing tree line by line: each piece in the look that the tree gives it, and no other."""

import pytest

from learncomm_agent.adapting.marking import Look, lines
from learncomm_agent.chat.outgoing import (
    Block,
    Code,
    CodeBlock,
    File,
    Heading,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Text,
)
from learncomm_agent.testing.world import HOSTILE


def marked(text: str, look: Look) -> str:
    return f"<{look.value[0]}:{text.replace('<', '&lt;')}>"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Paragraph((Text("a "), Text("b", Style.STRONG))), ["<p:a ><s:b>"]),
        (Paragraph((Text("a\n\n b\tc", Style.EMPHASIS),)), ["<e:a>", "<e: b    c>"]),
        (Paragraph((Code("x\ny"), Text(" z"))), ["<c:x>", "<c:y><p: z>"]),
        (Paragraph((Link("a page", "https://e.org"),)), ["<p:a page (https://e.org)>"]),
        (Paragraph((Text("a\x02b\x03c\r\nd\u202e"),)), ["<p:abc>", "<p:d>"]),
        (Heading("<b>"), ["<h:&lt;b>>"]),
        (Quote((Text("a\nb"),)), ["> <p:a>", "> <p:b>"]),
        (CodeBlock("a\n\n\tb"), ["<c:a>", "<c:    b>"]),
        (Listing(((Text("a"),), (Text("b"),))), ["• <p:a>", "• <p:b>"]),
        (Listing(((Text("a"),), (Text("b"),)), start=0), ["0. <p:a>", "1. <p:b>"]),
        (File("n.md", "text/markdown", b"x"), ["<p:n.md (text/markdown)>"]),
        (Paragraph((Text(" \n "),)), []),
    ],
)
def test_a_block_is_written_line_by_line(block: Block, expected: list[str]) -> None:
    assert lines([block], marked) == expected


def test_all_of_a_text_goes_through_the_mark_and_nothing_of_the_tree_does() -> None:
    seen: list[str] = []

    def see(text: str, look: Look) -> str:
        seen.append(text)
        return text

    assert lines([Quote((Text(HOSTILE),))], see) == [f"> {line}" for line in HOSTILE.split("\n")]
    assert seen == HOSTILE.split("\n")
