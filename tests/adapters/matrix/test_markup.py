"""What stands in both texts of a message, and how long they are."""

import pytest

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    CodeBlock,
    Heading,
    Link,
    Listing,
    Mention,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Text,
)
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.testing.world import HOSTILE
from learncomm_matrix.posting import markup
from learncomm_matrix.posting.content import edited, posted, text

SPACE = SpaceRef("matrix", "!s:example.org")
REF = MessageRef(RoomRef(SPACE, "!r:example.org/$root"), "$m")
ADA = AccountRef("matrix", "@ada:example.org")


def said(*spans: Span) -> tuple[Block, ...]:
    return (Paragraph(spans),)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading("One\ntwo"), "One two"),
        (Quote((Text("a\nb"),)), "> a\n> b"),
        (Listing(((Text("a"),), (Text("b"),)), start=3), "3. a\n4. b"),
        (Listing(((Text("a\nb"),),)), "- a\n  b"),
        (CodeBlock("x = 1\n", "python"), "x = 1"),
        (Paragraph((Link("Docs", "https://e.org"),)), "Docs (https://e.org)"),
        (Paragraph((Mention(ADA, "Ada"),)), "Ada"),
    ],
)
def test_the_plain_text_can_be_read_alone(block: Block, expected: str) -> None:
    assert markup.body((block,)) == expected


def test_a_message_is_linked_by_room_and_server() -> None:
    goal = "https://matrix.to/#/%21r%3Aexample.org/%24m?via=example.org"
    assert markup.address(REF) == goal
    assert f"1 ({goal})" == markup.body(said(MessageLink("1", REF)))
    assert goal in markup.formatted(said(MessageLink("1", REF)))
    assert markup.address(MessageRef(RoomRef(SpaceRef("other", "s"), "!r"), "$m")) is None


def test_a_text_calls_nobody() -> None:
    content = text(
        said(Text(f"@room @ada:example.org {HOSTILE} <a href='https://matrix.to/#/@x:y'>"))
    )
    assert content["m.mentions"] == {}
    assert "<a" not in content["formatted_body"]


def test_a_mention_calls_once_and_an_edit_nobody_anew() -> None:
    foreign = Mention(AccountRef("other", "@eve:example.org"), "Eve")
    content = text(said(Mention(ADA, "Ada"), Mention(ADA, "Ada"), foreign))
    assert content["m.mentions"] == {"user_ids": [ADA.id]}
    changed = edited(content, "$m")
    assert changed["m.mentions"] == {}
    assert changed["m.new_content"]["m.mentions"] == {"user_ids": [ADA.id]}


def test_a_reply_in_a_thread_is_no_fallback() -> None:
    content = text(said(Text("x")))
    assert posted(content, "k", "$t", "$m")["m.relates_to"]["is_falling_back"] is False
    assert posted(content, "k", "$t", None)["m.relates_to"]["is_falling_back"] is True
    assert "m.relates_to" not in posted(content, "k", None, None)


@pytest.mark.parametrize("piece", [HOSTILE, "👩‍👩‍👧 \"'<>&\n\\", "\x00\u202e\ud800 é\r\n"])
def test_more_text_is_never_shorter(piece: str) -> None:
    lengths = [markup.length(said(Text((piece * 2)[:end]))) for end in range(len(piece) * 2)]
    assert lengths == sorted(lengths)
    more = (*said(Text(piece)), Choices((Choice("a", "Yes"), Choice("b", "No"))))
    assert markup.length(more) > markup.length(said(Text(piece)))
