import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Code,
    CodeBlock,
    Downgrade,
    Fallback,
    Feature,
    File,
    Heading,
    Image,
    Link,
    Listing,
    Mention,
    Menu,
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
from learncomm_agent.chat.rendering import Plan, part_key, plain, plan

SPACE = SpaceRef("fake", "home")
ROOM, DIRECT = RoomRef(SPACE, "hall"), RoomRef(SPACE, "ann")
ANN = AccountRef("fake", "ann")
MESSAGE = MessageRef(ROOM, "m1")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HANDLE = ReplyHandle("token", NOON, is_private=True)
OPEN_HANDLE = ReplyHandle("token", NOON)

ALL = Capabilities(
    max_text=2000,
    edits=Level.FULL,
    private_replies=Level.FULL,
    direct_messages=Level.FULL,
    replies=Level.FULL,
    buttons=Level.FULL,
    max_choices=5,
    menus=Level.FULL,
    max_menu_options=3,
    choices_per_menu=2,
    forms=Level.FULL,
    max_fields=2,
    files=Level.FULL,
    max_file_bytes=1_000_000,
    images=Level.FULL,
    links=Level.FULL,
    message_links=Level.FULL,
    mentions=Level.FULL,
    local_times=Level.FULL,
)


def characters(blocks: Sequence[Block]) -> int:
    return len(plain(blocks))


def marked_up(blocks: Sequence[Block]) -> int:
    """A length with everything that makes lengths hard: escapes, fences, UTF-16, quote marks."""
    size = 0
    for block in blocks:
        text = plain((block,))
        size += len(text.encode("utf-16-le", "replace")) // 2 + 2
        if isinstance(block, CodeBlock):
            size += 8 + len(block.language)
        else:
            size += len(re.findall(r"[*_`~|>\\]", text))
        if isinstance(block, Quote):
            size += 2 * (text.count("\n") + 1)
    return size


def post(*blocks: Block, **changes: object) -> Outgoing:
    return replace(Outgoing(ROOM, blocks, "k"), **changes)  # type: ignore[arg-type]


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def notes(planned: Plan) -> list[tuple[Feature, Fallback]]:
    return [(note.feature, note.fallback) for note in planned.downgrades]


def said(planned: Plan) -> list[str]:
    return [plain(part.blocks) for part in planned.parts]


def limited(max_text: int, **changes: object) -> Capabilities:
    values: dict[str, object] = {"max_text": max_text, "files": Level.FALLBACK, **changes}
    return replace(ALL, **values)  # type: ignore[arg-type]


# One example each


def test_a_short_post_is_one_part_with_a_key_that_can_grow() -> None:
    planned = plan(post(paragraph("Hello")), ALL, characters)
    assert planned == Plan((post(paragraph("Hello"), key="k.0"),))


def test_nothing_to_show_makes_no_part() -> None:
    blank = (paragraph(" \n"), Listing(()), CodeBlock(""), Heading(""), Quote((Text(""),)))
    assert plan(post(*blank), ALL, characters) == Plan(())
    assert plan(post(), ALL, characters) == Plan(())


def test_a_cut_is_made_between_blocks_first() -> None:
    planned = plan(
        post(paragraph("one two. " * 3), paragraph("three. " * 4)), limited(40), characters
    )
    assert [len(part.blocks) for part in planned.parts] == [1, 1]
    assert notes(planned) == [(Feature.LENGTH, Fallback.SPLIT)]


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    text = "The first sentence is here. The second one follows it. And a third."
    planned = plan(post(paragraph(text)), limited(40), characters)
    assert said(planned) == [
        "The first sentence is here.",
        "The second one follows it. And a third.",
    ]


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_characters() -> None:
    words = plan(post(paragraph("alpha beta gamma delta")), limited(12), characters)
    assert said(words) == ["alpha beta", "gamma delta"]
    word = plan(post(paragraph("x" * 25)), limited(10), characters)
    assert said(word) == ["x" * 10, "x" * 10, "x" * 5]


def test_chinese_is_cut_after_its_full_stop() -> None:
    planned = plan(
        post(paragraph("我们读了第一章。大家都很喜欢它。下周继续。")), limited(12), characters
    )
    assert said(planned)[0] == "我们读了第一章。"


def test_a_family_of_emoji_and_a_flag_stay_whole() -> None:
    family, flag = "👩‍👩‍👧", "🇩🇪"
    planned = plan(post(paragraph((family + flag) * 5)), limited(12), characters)
    assert all(not part.startswith("\u200d") for part in said(planned))
    assert "".join(said(planned)) == (family + flag) * 5
    assert all(part.count("🇩") == part.count("🇪") for part in said(planned))


def test_a_citation_stays_with_the_words_before_it() -> None:
    spans = (
        Text("They agreed to meet. "),
        MessageLink("[1]", MESSAGE),
        Text(" Then the talk went on for long."),
    )
    for limit in range(12, 50):
        planned = plan(post(Paragraph(spans)), limited(limit), characters)
        assert not any(text.startswith("[1]") for text in said(planned)), limit


def test_a_heading_is_not_left_alone() -> None:
    planned = plan(
        post(paragraph("a. " * 10), Heading("News"), paragraph("b. " * 8)), limited(35), characters
    )
    assert isinstance(planned.parts[1].blocks[0], Heading)
    for limit in range(12, 80):
        parts = plan(
            post(Heading("News"), paragraph("word " * 20)), limited(limit), characters
        ).parts
        assert len(parts[0].blocks) == 2


def test_an_ordered_list_counts_on() -> None:
    items = tuple((Text(f"item {n}"),) for n in range(7))
    planned = plan(post(Listing(items, start=3)), limited(30), characters)
    assert "\n".join(said(planned)).split("\n") == [f"{n + 3}. item {n}" for n in range(7)]
    assert len(planned.parts) > 1


def test_an_item_that_is_too_long_ends_without_a_second_number() -> None:
    listing = Listing(((Text("word " * 12),), (Text("next"),)), start=1)
    planned = plan(post(listing), limited(30), characters)
    numbers = [line for text in said(planned) for line in text.split("\n") if line[:1].isdigit()]
    assert [number[:2] for number in numbers] == ["1.", "2."]


def test_code_is_cut_between_lines_into_blocks_of_their_own() -> None:
    code = "def f():\n    if x:\n\n        return '```'\n    return 2"
    planned = plan(post(CodeBlock(code, "python")), limited(40), marked_up)
    blocks = [block for part in planned.parts for block in part.blocks]
    assert all(isinstance(block, CodeBlock) and block.language == "python" for block in blocks)
    assert len(blocks) > 1
    assert [line for line in plain(blocks).split("\n") if line] == [
        line for line in code.split("\n") if line
    ]


def test_too_many_parts_become_a_beginning_and_a_file() -> None:
    text = "All of this matters. " * 100
    link = Paragraph((Link("more", "https://example.org"),))
    picture, vote = Image("a.png", "image/png", b"1", "A"), Choices((Choice("y", "Yes"),))
    original = (paragraph(text), link, picture, vote)
    planned = plan(post(*original), replace(ALL, max_text=200), characters)
    assert notes(planned) == [(Feature.LENGTH, Fallback.AS_FILE)]
    (part,) = planned.parts
    beginning, file, *extras = part.blocks
    assert isinstance(beginning, Paragraph)
    assert text.startswith(plain((beginning,)))
    assert isinstance(file, File)
    assert (file.name, file.content.decode()) == ("reply.txt", plain(original))
    assert extras == [picture, vote]


def test_too_many_parts_are_all_posted_where_no_file_can_be() -> None:
    text = "All of this matters. " * 99 + "Really."
    for capabilities in (limited(200), replace(ALL, max_text=200, max_file_bytes=10)):
        planned = plan(post(paragraph(text)), capabilities, characters)
        assert notes(planned) == [(Feature.LENGTH, Fallback.SPLIT)]
        assert " ".join(said(planned)) == text


def test_a_link_that_fits_nowhere_goes_into_the_file() -> None:
    link = Link("source", "https://example.org/" + "x" * 300)
    blocks = (Paragraph((link, Text(" tells more."))),)
    planned = plan(post(*blocks), replace(ALL, max_text=100), characters)
    (part,) = planned.parts
    (file,) = part.blocks
    assert isinstance(file, File)
    assert link.url in file.content.decode()
    cut = plan(post(*blocks), limited(100), characters)
    assert "".join("".join(said(cut)).split()) == "".join(plain(blocks).split())
    assert notes(cut) == [(Feature.LENGTH, Fallback.SPLIT), (Feature.LINK, Fallback.AS_TEXT)]


def test_choices_without_buttons_become_a_numbered_list() -> None:
    vote = Choices((Choice("a", "Apples"), Choice("b", "Pears")))
    for capabilities in (replace(ALL, buttons=Level.DROPPED), replace(ALL, max_choices=1)):
        planned = plan(post(paragraph("Which?"), vote), capabilities, characters)
        assert said(planned) == ["Which?\n\n1. Apples\n2. Pears"]
        assert notes(planned) == [(Feature.BUTTONS, Fallback.AS_LIST)]


def test_choices_stand_on_the_last_part_with_their_question() -> None:
    vote = Choices((Choice("a", "Apples"), Choice("b", "Pears")))
    blocks = (paragraph("Long talk. " * 9), vote, paragraph("Which of them?"))
    planned = plan(post(*blocks), limited(110), characters)
    assert planned.parts[-1].blocks == (paragraph("Which of them?"), vote)


@pytest.mark.parametrize(
    "lacks",
    [
        {"forms": Level.FALLBACK},
        {"max_fields": 1},
        {"buttons": Level.FALLBACK},  # nothing could be pressed for it to open
        {"max_choices": 0},
    ],
)
def test_a_form_without_forms_begins_with_its_first_question(lacks: dict[str, Any]) -> None:
    form = Form("f", "About you", (Field("n", "Your name"), Field("w", "Your wish")))
    planned = plan(post(form), replace(ALL, **lacks), characters)
    assert said(planned) == ["About you\n\n1. Your name\n2. Your wish\n\nYour name"]
    assert notes(planned) == [(Feature.FORM, Fallback.QUESTION_BY_QUESTION)]


def test_a_form_is_posted_as_what_opens_it() -> None:
    form = Form("f", "About you", (Field("n", "Your name"), Field("w", "Your wish")))
    planned = plan(post(form), ALL, characters)
    assert planned.parts[0].blocks == (Choices((Choice("f", "About you", opens_form=True),)),)
    assert planned.downgrades == ()


SHELF = Menu("m", (Choice("a", "Apples"), Choice("b", "Pears")), prompt="Which?")


@pytest.mark.parametrize(
    "lacks",
    [{"menus": Level.DROPPED}, {"max_menu_options": 1}, {"max_choices": 1}],
)
def test_a_menu_without_menus_becomes_a_numbered_list(lacks: dict[str, Any]) -> None:
    planned = plan(post(SHELF), replace(ALL, **lacks), characters)
    assert said(planned) == ["Which?\n\n1. Apples\n2. Pears"]
    assert notes(planned) == [(Feature.MENU, Fallback.AS_LIST)]
    worded = plan(post(replace(SHELF, in_words="Say a or b.")), replace(ALL, **lacks), characters)
    assert said(worded) == ["Say a or b."]


def test_menus_and_buttons_share_the_room_of_a_post() -> None:
    vote = Choices((Choice("a", "Apples"), Choice("b", "Pears")))
    planned = plan(post(SHELF, vote, SHELF, paragraph("Well?")), ALL, characters)
    assert planned.parts[0].blocks == (
        Paragraph((Text("Which?"),)),
        Listing(((Text("Apples"),), (Text("Pears"),)), start=1),
        paragraph("Well?"),
        SHELF,
        vote,
    )
    assert notes(planned) == [(Feature.MENU, Fallback.AS_LIST)]
    without = plan(post(SHELF), replace(ALL, buttons=Level.FALLBACK), characters)
    assert without.parts[0].blocks == (SHELF,)


def test_pictures_and_files_that_cannot_be_shown_are_named() -> None:
    picture, bare = Image("a.png", "image/png", b"12", "Two cats"), Image("b.png", "", b"", "")
    file = File("notes.md", "text/markdown", b"12")
    for capabilities in (
        replace(ALL, images=Level.FALLBACK, files=Level.REJECTED),
        replace(ALL, max_file_bytes=1, images=Level.FALLBACK),
    ):
        planned = plan(post(picture, bare, file), capabilities, characters)
        assert said(planned) == ["Two cats\n\nb.png\n\nnotes.md (text/markdown)"]
        assert notes(planned) == [
            (Feature.FILE, Fallback.AS_TEXT),
            (Feature.IMAGE, Fallback.AS_TEXT),
        ]


def test_spans_that_cannot_be_shown_are_spelt_out() -> None:
    spans: tuple[Span, ...] = (
        Link("book", "https://b.org"),
        MessageLink(" [1] ", MESSAGE),
        Mention(ANN, "Ann"),
        Time(NOON, " at noon "),
        Link("https://c.org", "https://c.org"),
        Link("", "https://d.org"),
    )
    planned = plan(post(Paragraph(spans), Listing((spans,))), Capabilities(), characters)
    assert all(
        isinstance(span, Text)
        for block in planned.parts[0].blocks
        if isinstance(block, Paragraph)
        for span in block.spans
    )
    assert said(planned)[0].startswith(
        "book (https://b.org) [1] Ann at noon https://c.orghttps://d.org"
    )
    assert notes(planned) == [
        (Feature.LINK, Fallback.AS_TEXT),
        (Feature.MESSAGE_LINK, Fallback.AS_TEXT),
        (Feature.MENTION, Fallback.AS_TEXT),
        (Feature.LOCAL_TIME, Fallback.AS_TEXT),
    ]


def test_what_leads_to_another_platform_is_told_in_words() -> None:
    beyond = SpaceRef("other", "home")
    spans = (
        MessageLink("there", MessageRef(RoomRef(beyond, "quay"), "m1")),
        Mention(AccountRef("other", "ann"), "Ann"),
        MessageLink("here", MESSAGE),
        Mention(ANN, "Ann"),
    )
    planned = plan(post(Paragraph(spans)), ALL, characters)
    assert planned.parts[0].blocks == (Paragraph((Text("there"), Text("Ann"), *spans[2:])),)
    assert notes(planned) == [
        (Feature.MESSAGE_LINK, Fallback.AS_TEXT),
        (Feature.MENTION, Fallback.AS_TEXT),
    ]


def test_only_the_first_part_answers_a_message() -> None:
    planned = plan(post(paragraph("a b " * 9), reply_to=MESSAGE), limited(20), characters)
    assert [part.reply_to for part in planned.parts] == [MESSAGE, None]
    dropped = plan(post(paragraph("a"), reply_to=MESSAGE), Capabilities(), characters)
    assert dropped.parts[0].reply_to is None
    assert notes(dropped) == [(Feature.REPLY, Fallback.LEFT_OUT)]


@pytest.mark.parametrize(
    ("level", "handle", "stays"),
    [
        (Level.FULL, None, True),
        (Level.FULL, HANDLE, True),
        (Level.PARTIAL, HANDLE, True),
        (Level.PARTIAL, None, False),
        (Level.PARTIAL, OPEN_HANDLE, False),
        (Level.FALLBACK, HANDLE, False),
    ],
)
def test_a_private_reply_stays_only_where_it_is_private(
    level: Level, handle: ReplyHandle | None, stays: bool
) -> None:
    private = post(paragraph("psst"), private_to=ANN, reply=handle, reply_to=MESSAGE)
    capabilities = replace(ALL, private_replies=level)
    with_direct = plan(private, capabilities, characters, DIRECT)
    without = plan(private, capabilities, characters)
    if stays:
        assert with_direct == without == Plan((replace(private, key="k.0"),))
        return
    assert without.is_refused
    assert without == Plan((), (Downgrade(Feature.PRIVATE_REPLY, Fallback.REFUSED),))
    (part,) = with_direct.parts
    assert (part.room, part.private_to, part.reply, part.reply_to) == (DIRECT, ANN, None, None)
    assert notes(with_direct) == [(Feature.PRIVATE_REPLY, Fallback.AS_DIRECT_MESSAGE)]


def test_a_private_reply_does_not_go_through_an_open_handle() -> None:
    private = post(paragraph("psst"), private_to=ANN, reply=OPEN_HANDLE)
    assert plan(private, ALL, characters).parts[0].reply is None


def test_a_private_reply_is_refused_where_direct_messages_are_not_possible() -> None:
    private = post(paragraph("psst"), private_to=ANN)
    assert plan(private, Capabilities(), characters, DIRECT).is_refused


def test_a_limit_without_room_for_a_character_is_an_error() -> None:
    with pytest.raises(ValueError, match="too small"):
        plan(post(paragraph("x")), limited(0), characters)


def test_long_keys_stay_short_and_apart() -> None:
    keys = [part_key("a" * 24 + end, index) for end in ("b", "c") for index in (0, 7, 10_000)]
    assert len(set(keys)) == 6
    assert max(map(len, keys)) <= 25


def test_plain_text_holds_every_word() -> None:
    blocks = (
        Heading("Title"),
        Quote((Text("*q*"), Code("c"))),
        Listing(((Text("i"),), ()), None),
        Choices((Choice("a", "A"),)),
        Menu("m", (Choice("a", "B"),)),
        Form("f", "F", (Field("n", "N"),)),
    )
    assert plain(blocks) == "Title\n\n*q*c\n\n- i\n- \n\n1. A\n\n1. B\n\nF\n1. N"
    assert plain(()) == ""


# Thousands of generated posts

WORDS = st.sampled_from(
    [
        *("a", "reading.", "why?", "```", "**x**", "> y", "# z", "_", "@everyone", "\\", "…"),
        *("x" * 90, "我们读书。", "読書", "👩‍👩‍👧🇩🇪", "مرحبا", "e\u0301" * 9, "\u202eabc", "1."),
        *("\n", "\n\n", "\t", "\ufffb", "\ud800"),
    ]
)
TEXTS = st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=60)
SPANS: st.SearchStrategy[tuple[Span, ...]] = st.lists(
    st.builds(Text, TEXTS, st.sampled_from(Style))
    | st.builds(Text, TEXTS)
    | st.builds(Code, st.sampled_from(["x", "`", "a b"]))
    | st.builds(Link, st.sampled_from(["", "the book", "a. b"]), st.just("https://e.org/a. b"))
    | st.builds(MessageLink, st.sampled_from(["[1]", "[2]"]), st.just(MESSAGE))
    | st.builds(Mention, st.just(ANN), st.sampled_from(["Ann", "Ann Lee. Jr"]))
    | st.builds(Time, st.just(NOON), st.just("at noon")),
    max_size=6,
).map(tuple)
LABELS = st.sampled_from(["Yes", "No, thank you", "我", "x" * 50])
BLOCKS: st.SearchStrategy[Block] = (
    st.builds(Paragraph, SPANS)
    | st.builds(Quote, SPANS)
    | st.builds(Heading, LABELS | TEXTS)
    | st.builds(Listing, st.lists(SPANS, max_size=6).map(tuple), st.none() | st.integers(0, 99))
    | st.builds(CodeBlock, TEXTS, st.sampled_from(["", "python"]))
    | st.builds(Image, st.just("a.png"), st.just("image/png"), st.binary(max_size=9), LABELS)
    | st.builds(File, st.just("a.txt"), st.just("text/plain"), st.binary(max_size=9))
    | st.builds(Choices, st.lists(st.builds(Choice, st.just("c"), LABELS), max_size=4).map(tuple))
    | st.builds(
        Menu,
        st.just("m"),
        st.lists(st.builds(Choice, st.just("c"), LABELS), max_size=4).map(tuple),
        prompt=st.just("") | LABELS,
        in_words=st.just("") | LABELS,
    )
    | st.builds(
        Form,
        st.just("f"),
        LABELS,
        st.lists(st.builds(Field, st.just("n"), LABELS), max_size=3).map(tuple),
    )
)
LEVELS = st.sampled_from(Level)
CAPABILITIES = st.builds(
    Capabilities,
    max_text=st.sampled_from([40, 60, 120, 400, 2000]),
    max_parts=st.integers(0, 6),
    private_replies=LEVELS,
    direct_messages=LEVELS,
    replies=LEVELS,
    buttons=LEVELS,
    max_choices=st.integers(0, 6),
    menus=LEVELS,
    max_menu_options=st.integers(0, 4),
    choices_per_menu=st.integers(0, 3),
    forms=LEVELS,
    max_fields=st.integers(0, 3),
    files=LEVELS,
    max_file_bytes=st.sampled_from([0, 5, 500, 100_000]),
    images=LEVELS,
    links=LEVELS,
    message_links=LEVELS,
    mentions=LEVELS,
    local_times=LEVELS,
)
POSTS = st.builds(
    Outgoing,
    room=st.just(ROOM),
    blocks=st.lists(BLOCKS, max_size=8).map(tuple),
    key=st.text("abc-", min_size=1, max_size=25),
    private_to=st.none() | st.just(ANN),
    reply_to=st.none() | st.just(MESSAGE),
    reply=st.sampled_from([None, HANDLE, OPEN_HANDLE]),
)
LENGTHS = st.sampled_from([characters, marked_up])
DIRECTS = st.sampled_from([None, DIRECT])
many = settings(
    max_examples=500,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def bare(text: str) -> str:
    """Without white space and without the numbers and bullets of lists."""
    return "".join(text.split())


def words_of(blocks: Sequence[Block], *, code: bool = False) -> str:
    """All words in reading order; lists without their marks, since a cut item has but one."""
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Listing):
            found.extend(plain((Paragraph(item),)) for item in block.items)
        elif isinstance(block, CodeBlock) or not code:
            found.append(plain((block,)))
    return bare(" ".join(found))


def whole_spans(blocks: Sequence[Block]) -> list[Span]:
    lines: list[tuple[Span, ...]] = []
    for block in blocks:
        if isinstance(block, Paragraph | Quote):
            lines.append(block.spans)
        elif isinstance(block, Listing):
            lines.extend(block.items)
    return [span for line in lines for span in line if not isinstance(span, Text)]


@many
@given(POSTS, CAPABILITIES, LENGTHS, DIRECTS)
def test_every_part_fits_stays_private_and_comes_out_the_same_again(  # type: ignore[no-untyped-def]
    outgoing, can, length, direct
) -> None:
    planned = plan(outgoing, can, length, direct)
    keys = [part.key for part in planned.parts]
    assert len(set(keys)) == len(keys)
    for part in planned.parts:
        fits(part, can, length)
        stays_private(part, outgoing, can)
        again = plan(part, can, length, direct)
        assert again == Plan((replace(part, key=part_key(part.key, 0)),))
    assert planned.is_refused <= (not planned.parts)
    assert list(planned.downgrades) == sorted(
        set(planned.downgrades), key=lambda note: list(Feature).index(note.feature)
    )


def fits(part: Outgoing, can: Capabilities, length: Callable[[Sequence[Block]], int]) -> None:
    assert length(part.blocks) <= can.max_text
    assert part.blocks
    buttons = [block for block in part.blocks if isinstance(block, Choices)]
    menus = [block for block in part.blocks if isinstance(block, Menu)]
    pressed = sum(len(block.options) for block in buttons)
    assert pressed + len(menus) * can.choices_per_menu <= can.max_choices
    assert all(0 < len(menu.options) <= can.max_menu_options for menu in menus)
    assert not any(isinstance(block, Form) for block in part.blocks)
    files = [block for block in part.blocks if isinstance(block, File | Image)]
    assert all(len(file.content) <= can.max_file_bytes for file in files)


def stays_private(part: Outgoing, outgoing: Outgoing, can: Capabilities) -> None:
    assert part.private_to == outgoing.private_to
    if part.private_to is not None and part.room == ROOM:
        assert can.private_replies == Level.FULL or part.reply == HANDLE
        assert part.reply != OPEN_HANDLE


@many
@given(st.lists(BLOCKS, max_size=8), st.sampled_from([40, 60, 120, 400]), LENGTHS)
def test_all_text_is_there_and_nothing_whole_is_cut(blocks, max_text, length) -> None:  # type: ignore[no-untyped-def]
    blocks = [
        block for block in blocks if not isinstance(block, Choices | Menu | Form | Image | File)
    ]
    planned = plan(post(*blocks), limited(max_text), length)
    shown = [block for part in planned.parts for block in part.blocks]
    assert words_of(shown) == words_of(blocks)
    assert whole_spans(shown) == whole_spans(blocks)
    assert [note.fallback for note in planned.downgrades] == [Fallback.SPLIT] * (
        len(planned.parts) > 1
    )


@many
@given(st.lists(st.builds(CodeBlock, TEXTS) | st.builds(Paragraph, SPANS), max_size=6), LENGTHS)
def test_code_stays_code_line_by_line(blocks, length) -> None:  # type: ignore[no-untyped-def]
    planned = plan(post(*blocks), limited(120), length)
    shown = [block for part in planned.parts for block in part.blocks]
    lines = [
        line.strip() for block in blocks if isinstance(block, CodeBlock)
        for line in block.text.split("\n") if len(line) < 50 and line.strip()
    ]  # fmt: skip
    kept = {
        line.strip() for block in shown if isinstance(block, CodeBlock)
        for line in block.text.split("\n")
    }  # fmt: skip
    assert set(lines) <= kept


@many
@given(POSTS, CAPABILITIES, LENGTHS)
def test_the_notes_are_what_changed(outgoing, can, length) -> None:  # type: ignore[no-untyped-def]
    outgoing = replace(outgoing, private_to=None)
    planned = plan(outgoing, can, length)
    changes = {(note.feature, note.fallback) for note in planned.downgrades}
    spans = whole_spans(outgoing.blocks)
    for kind, level, feature in (
        (Link, can.links, Feature.LINK),
        (MessageLink, can.message_links, Feature.MESSAGE_LINK),
        (Mention, can.mentions, Feature.MENTION),
        (Time, can.local_times, Feature.LOCAL_TIME),
    ):
        lacks = any(isinstance(span, kind) for span in spans) and level <= Level.FALLBACK
        assert ((feature, Fallback.AS_TEXT) in changes) == lacks
    shown = [block for part in planned.parts for block in part.blocks]
    as_file = (Feature.LENGTH, Fallback.AS_FILE) in changes
    assert as_file == any(isinstance(block, File) and block.name == "reply.txt" for block in shown)
    assert not as_file or (Feature.LENGTH, Fallback.SPLIT) not in changes
    assert ((Feature.REPLY, Fallback.LEFT_OUT) in changes) == (
        outgoing.reply_to is not None and can.replies <= Level.FALLBACK
    )
    for sort, feature in (
        (Choices, Feature.BUTTONS), (Menu, Feature.MENU), (Form, Feature.FORM),
        (Image, Feature.IMAGE), (File, Feature.FILE),
    ):  # fmt: skip
        wanted = [as_posted(block) for block in outgoing.blocks if isinstance(block, sort)]
        kept = [block for block in shown if block in wanted]
        assert (len(kept) < len(wanted)) == any(change[0] == feature for change in changes)


def as_posted(block: Block) -> Block:
    if isinstance(block, Form):
        return Choices((Choice(block.id, block.title, opens_form=True),))
    return block
