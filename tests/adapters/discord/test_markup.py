"""What was rendered is read back, as the apps would read it."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.forms import Choice, Form
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
    Outgoing,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
    Time,
)
from learncomm_agent.chat.people import AccountRef, SpaceRef
from learncomm_agent.chat.rendering import plan
from learncomm_agent.testing.world import HOSTILE
from learncomm_discord.posting.markup import address, clean, length, mentioned, render
from tests.adapters.discord.markdown import Node, read

ROOM = RoomRef(SpaceRef("discord", "11"), "22")
REF = MessageRef(ROOM, "33")
ANN = AccountRef("discord", "44")
URL = "https://e.org/a"


def seen(*blocks: Block) -> list[Node]:
    """Return what a person sees of blocks; neighbouring text joined."""
    nodes: list[Node] = []
    for node in read(render(blocks)):
        if nodes and node.kind == nodes[-1].kind == "text" and node.inside == nodes[-1].inside:
            node = node._replace(text=nodes.pop().text + node.text)
        nodes.append(node)
    return [node._replace(text=node.text.replace("\u200b", "")) for node in nodes]


def line(*spans: Span) -> str:
    return render([Paragraph(spans)])


MARKUP = st.sampled_from(
    [
        *"*_~`|>#-+<>[]()\\:@!&/.1x \n",
        *("**", "__", "~~", "||", "```", "](", ":smile:", "https://", "evil.org", "_b", "a.com/x"),
        *("](https://evil.org)", "[x](https://evil.org)", "<https://evil.org>", "discord.gg/abc"),
        *("<@1>", "<@&1>", "<#1>", "<:x:1>", "<t:1:R>", "</x y:1>", "<id:guide>"),
        *("@everyone", "@here", "\n# ", "\n-# ", "\n>>> ", "\n1. ", "\n- "),
        *("\u2028", "\r\n", "\x00", "\ud800", "\u202e", "👩‍👩‍👧"),
    ]
)
HOSTILES = st.lists(MARKUP, max_size=14).map("".join)
SPAN = st.one_of(
    st.builds(Text, HOSTILES, st.sampled_from(Style)),
    st.builds(Code, HOSTILES),
    st.builds(Link, HOSTILES, st.just("javascript:alert(1)") | HOSTILES.map(f"{URL}/".__add__)),
    st.builds(MessageLink, HOSTILES, st.just(REF)),
    st.builds(Mention, st.just(AccountRef("elsewhere", "1")), HOSTILES),
)
LINE = st.lists(SPAN, max_size=5).map(tuple)
BLOCK: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, LINE),
    st.builds(Quote, LINE),
    st.builds(Heading, HOSTILES),
    st.builds(CodeBlock, HOSTILES, HOSTILES),
    st.builds(Listing, st.lists(LINE, max_size=3).map(tuple), st.none() | st.integers(0, 99)),
)
SERVER = re.compile(
    r"(?<!\\)(?:@everyone|@here)|<@[!&]?\d+>|<#\d+>|(?<!<)https?://|discord\.gg/\w", re.IGNORECASE
)


@given(HOSTILES)
@settings(deadline=None, max_examples=180)
def test_a_text_reads_as_it_is_written(text: str) -> None:
    expected = clean(text).replace("\ud800", "\ufffd").strip()
    assert seen(Paragraph((Text(text),))) == ([Node("text", expected)] if expected else [])
    assert not SERVER.search(line(Text(text)))


@pytest.mark.parametrize(
    "text", [HOSTILE, "¯\\_(ツ)_/¯", "C# [1] ](https://evil.org)", "1) a\n+ b"]
)
def test_a_text_reads_as_it_is_written_in_each_place(text: str) -> None:
    runs = (Text(text),)
    nodes = seen(Quote(runs), Heading("Title"), Listing((runs,)), Paragraph(runs))
    said = {
        place: "".join(node.text for node in nodes if node.inside == place and node.kind == "text")
        for place in (("quote",), ("list",), ())
    }
    assert {place: words.strip() for place, words in said.items()} == dict.fromkeys(said, text)


@given(st.lists(BLOCK, max_size=4))
@settings(deadline=None, max_examples=180)
def test_no_link_or_mention_arises_that_is_not_in_the_tree(blocks: list[Block]) -> None:
    nodes = seen(*blocks)
    assert {node.kind for node in nodes} <= {
        "text",
        "mark",
        "code",
        "code_block",
        "link",
        "address",
    }
    for node in nodes:
        if node.kind in ("link", "address"):
            goal = node.text.rpartition("→")[2].lstrip("<")
            assert goal.startswith((f"{URL}/", str(address(REF))))
        assert set(node.inside) <= {"quote", "list", "heading", "strong", "emphasis"}


@given(LINE)
@settings(deadline=None, max_examples=180)
def test_nothing_gets_shorter_when_text_or_a_block_is_added(spans: tuple[Span, ...]) -> None:
    words = [span for span in spans if isinstance(span, Text)]
    whole = "".join(word.text for word in words)
    for make in (lambda text: Paragraph((Text(text),)), Heading, CodeBlock,
                 lambda text: Quote((Text("a"), Text(text, Style.STRONG))),
                 lambda text: Listing(((Text(text, Style.EMPHASIS), Text("x")),))):  # fmt: skip
        lengths = [length([make(whole[:end])]) for end in range(len(whole) + 1)]
        assert lengths == sorted(lengths)
    blocks: list[Block] = [
        Paragraph(spans),
        Listing((spans, spans), 1),
        Heading(whole),
        Quote(spans),
    ]
    lengths = [length(blocks[:end]) for end in range(len(blocks) + 1)]
    assert lengths == sorted(lengths)


def test_length_counts_what_the_apps_count() -> None:
    assert length([Paragraph((Text("👩 a*"),))]) == 6
    assert length([]) == length([Paragraph((Text(" \n"),))]) == 0


def test_parts_of_a_long_post_fit() -> None:
    can = Capabilities(max_parts=99, links=Level.FULL)
    blocks = (
        Heading("T"),
        Quote((Text(HOSTILE * 40),)),
        Listing(((Text("*" * 5000, Style.STRONG),),)),
    )
    parts = plan(Outgoing(ROOM, blocks, "k"), can, length).parts
    texts = [render(part.blocks) for part in parts]
    assert len(parts) > 5
    assert all(0 < len(text.encode("utf-16-le")) // 2 <= 2000 for text in texts)


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (Text(" a\n b ", Style.STRONG), "**a**\n **b**"),
        (Text("a: b:c :"), r"a: b\:c \:"),
        (Code("x * y"), "`x * y`"),
        (Code("a`b"), "`` a`b ``"),
        (Code("a\nb"), "`a b`"),
        (Code("``"), r"\`\`"),
        (Code("\x00"), ""),
        (Link(URL, URL), f"<{URL}>"),
        (Link("", URL), f"<{URL}>"),
        (Link("", "https://e.org/](x)"), "<https://e.org/%5D(x)>"),
        (Link("the guide", URL), f"[the guide](<{URL}>)"),
        (Link("f(x)", "https://e.org/x_(y)"), "[f(x)](<https://e.org/x_%28y%29>)"),
        (Link("x", "https://e.org/a.)"), "[x](<https://e.org/a.%29>)"),
        (Link("x", "https://e.org/a."), "x (<https://e.org/a.>)"),
        (Link("https://bank.com", URL), rf"https\://bank.com (<{URL}>)"),
        (Link("bank.com", URL), f"bank.com (<{URL}>)"),
        (Link("a_b 🎉", URL), rf"a\_b 🎉 (<{URL}>)"),
        (Link("x", "https://e.org/> https://evil.org"), r"x (https\://e.org/> https\://evil.org)"),
        (Link("x", "file:///etc"), r"x (file\:///etc)"),
        (MessageLink("Ann, 3 May, 10:05", REF), "[Ann, 3 May, 10:05](<https://discord.com/channels/11/22/33>)"),
        (MessageLink("+1", REF), "[+1](<https://discord.com/channels/11/22/33>)"),
        (MessageLink("x", MessageRef(RoomRef(SpaceRef("discord", "@me"), "2"), "3")), "[x](<https://discord.com/channels/@me/2/3>)"),
        (MessageLink("*x*", MessageRef(RoomRef(SpaceRef("terminal", "1"), "2"), "3")), r"\*x\*"),
        (Mention(ANN, "Ann"), "<@44>"),
        (Mention(AccountRef("discord", "1> @everyone"), "@everyone"), r"\@everyone"),
        (Time(datetime(2026, 5, 3, 10, tzinfo=UTC), "3 May"), "<t:1777802400:f>"),
    ],
)  # fmt: skip
def test_a_span_is_written_so_that_it_shows(span: Span, written: str) -> None:
    assert line(span) == written


def test_neighbours_keep_their_looks() -> None:
    spans = (Text("a", Style.STRONG), Text("b*", Style.EMPHASIS), Text("c"), Code("d"), Code("e"))
    assert seen(Paragraph(spans))[:2] == [
        Node("text", "a", ("strong",)),
        Node("text", "b*", ("emphasis",)),
    ]
    assert [node.text for node in seen(Paragraph(spans)) if node.kind == "code"] == ["d", "e"]
    assert line(Text("@"), Text("", Style.STRONG), Text("here")) == r"\@here"


def test_blocks_stand_apart() -> None:
    item = (
        Text("One", Style.STRONG),
        Text(" › p. 2\n\nwords\n"),
        Text("shared by Ann", Style.EMPHASIS),
    )
    one = Listing((item, (Text("two"),)), start=9)
    assert render([Heading("a # b #"), one, one, Quote((Text("a\nb"),))]) == (
        "### a \\# b \\#\n"
        "9. **One** › p. 2\n  words\n  _shared by Ann_\n10. two\n\n\u200b\n"
        "9. **One** › p. 2\n  words\n  _shared by Ann_\n10. two\n\n> a\n> b"
    )
    assert render([Listing(((), (Text("b"),)), 1)]) == "1. \u200b\n2. b"


@pytest.mark.parametrize("code", ["a\n\n  b", "```\n@everyone\n```", "````", "python", "`"])
def test_a_fence_holds_whatever_is_in_it(code: str) -> None:
    after = Paragraph((Text("after"),))
    nodes = seen(CodeBlock(code, "a b"), after)
    assert nodes == [Node("code_block", code), Node("text", "\n\nafter")]
    assert render([CodeBlock("x", "c++")]) == "```c++\nx\n```"
    assert render([CodeBlock(" \n", "py")]) == ""


def test_what_hangs_on_the_message_is_no_text() -> None:
    blocks: list[Block] = [
        Choices((Choice("a", "A"),)),
        File("n", "text/plain", b"x"),
        Image("n", "image/png", b"x", "alt"),
        Form("f", "Form", ()),
    ]
    assert render(blocks) == ""
    text = Paragraph((Text("x"),))
    assert render([text, *blocks, text]) == "x\n\nx"


def test_only_the_tree_calls_people() -> None:
    call, other = Mention(ANN, "Ann"), Mention(AccountRef("terminal", "1"), "Bob")
    blocks: list[Block] = [
        Paragraph((call, Text("<@5>"))),
        Listing(((call, other),)),
        Heading("<@6>"),
    ]
    assert mentioned(blocks) == (ANN,)


def test_code_after_a_link_does_not_become_its_goal() -> None:
    """The apps take the last end of a link that they find, also within code."""
    link, trap = Link("guide", URL), "](https://evil.org)"
    for blocks in ([Paragraph((link, Code(trap)))], [Paragraph((link,)), CodeBlock(trap)]):
        goals = [node.text for node in seen(*blocks) if node.kind == "link"]
        assert goals == [f"guide→{URL}"]
    assert line(Code("[x](y)")) == "`[x](y)`"
