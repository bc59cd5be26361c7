"""Whatever somebody types, they get one reply with one clear sentence, and nothing of it is carried out."""

from collections.abc import Iterator

import pytest

from learncomm_agent.chat.outgoing import Block, Link, Listing, Mention, Paragraph, Quote, Span
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import OptionKind
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle

HOSTILE = {
    "empty": "",
    "spaces": " \t\n ",
    "10,000 letters": "x" * 10_000,
    "10,000 words": "woe " * 2_500,
    "controls": "\x00\x01\x07\x1b[31mred\x1b[0m\x7f",
    "nul": "a\x00b",
    "sql": "'; DROP TABLE messages; --",
    "full text": '" OR NEAR(a b) AND "*" NOT title:x ^',
    "template": "{{ 7*7 }} {% raw %} {# gone #} {{ cycler.__init__ }}",
    "half a template": "{% for x in",
    "markup": "**a** _b_ `c` ||d|| [e](https://example.org) <@1> <script>alert(1)</script>",
    "fence": "```\nnot closed",
    "everyone": "@everyone @here <!channel> @learncomm @learncomm",
    "right to left": "\u202egnol yrev\u202c שלום עולם",
    "surrogates": "\ud800 half \udfff",
    "emoji": "🦩🦩👩‍👩‍👧",
    "a number too large": "9" * 400,
    "options": "limit=99999999999 page=-1 count=0 since=never nonsense=1 message=# consent=all",
    "date": "0001-01-01",
    "line ends": "a\r\nb\u2028c\x85d",
}
COMMANDS = builtin.catalogue().commands
READ_ALIKE = {OptionKind.NUMBER, OptionKind.CHOICE}
"""What the parser refuses before a command sees it, in the same way for each option of the kind."""
pytestmark = pytest.mark.slow


def calls(blocks: tuple[Block, ...]) -> Iterator[object]:
    """Return all mentions and links in what the agent posted."""
    lines: list[tuple[Span, ...]] = []
    for block in blocks:
        if isinstance(block, Paragraph | Quote):
            lines.append(block.spans)
        elif isinstance(block, Listing):
            lines += block.items
    return (span for line in lines for span in line if isinstance(span, Mention | Link))


async def check(circle: Circle, said: str, asked: int = 1) -> None:
    """Check that each request got one reply, and that it is a sentence; then clear the room."""
    await circle.settle()
    assert await circle.agent.house.database.read(dead_letters) == []
    posts, circle.platform.network.posts = circle.platform.posts, {}
    keys = {post.key.rpartition(".")[0] for post in posts}
    pointing = {key for key in keys if "." not in key}  # a draft stands by itself
    assert asked in (len(keys), len(pointing))
    for post in posts:
        assert post.text.strip()
        assert "on my side" not in post.text, "a mistake of ours"
        assert "49" not in post.text or "7*7" not in said
        assert all(isinstance(span, Link) and span.text == span.url for span in calls(post.blocks))


async def test_a_hostile_option_gets_one_clear_sentence(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    once = {
        option.kind if option.kind in READ_ALIKE else (command.name, option.name): (command, option)
        for command in COMMANDS
        for option in command.options
    }
    options = [(command.name, option.name) for command, option in once.values()]
    for name, said in HOSTILE.items():
        with subtests.test(said=name):
            for command, option in options:
                await circle.platform.sends_form(
                    circle.ann.account, circle.hall, command, {option: said}
                )
            await check(circle, said, len(options))


async def test_a_hostile_line_gets_one_clear_sentence(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    for name, said in HOSTILE.items():
        with subtests.test(said=name):
            for command in ("", *(command.name for command in COMMANDS)):
                line = f"@learncomm {command} {said}"
                await circle.platform.says(circle.ann.account, circle.hall, line)
            await check(circle, said, len(COMMANDS) + 1)


async def test_a_command_or_an_option_that_is_not_there_gets_one_clear_sentence(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    for name, said in HOSTILE.items():
        with subtests.test(said=name):
            await circle.ann.sends(said, circle.hall)
            await check(circle, said)
            await circle.ann.sends("search", circle.hall, **{"query": "x", f"q{said}": said})
            await check(circle, said)


async def test_a_hostile_message_is_kept_and_summed_up_as_it_is(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    for name, said in HOSTILE.items():
        with subtests.test(said=name):
            room = circle.room(said[:60])
            await circle.ben.says(said, room)
            await circle.ben.says(f"I will bring {said[:60]} by Friday.", room)
            circle.platform.network.posts.clear()
            await circle.ann.asks("summary", room)
            await check(circle, said)


async def test_what_members_write_is_never_read_as_a_template_or_a_mention(circle: Circle) -> None:
    ann, ben, hall = circle.ann, circle.ben, circle.hall
    text = "{{ 7*7 }} {% raw %} @everyone <@1> **bold** walks"
    assert await ben.asks(f"share {text}", hall) == "Thank you. That can be found now."
    assert text in await ann.asks("search raw everyone walks", hall)
    assert text in await ann.asks(f"forget {text}", hall)
    assert text[:20] in await ann.sends("help", hall, command=text)
    for post in ann.answers():
        assert not list(calls(post.blocks))


async def test_hostile_names_of_people_rooms_and_files_are_shown_as_they_are(
    circle: Circle,
) -> None:
    eve = circle.person("{{ 7*7 }}\ud800 @everyone")
    room = circle.room("{% raw %}\udfff")
    await eve.says("I will bring the tea by Friday.", room)
    summary = await circle.ann.publishes("summary", room)
    assert summary.startswith("What was said in {% raw %}\N{REPLACEMENT CHARACTER}")
    assert "{{ 7*7 }}\N{REPLACEMENT CHARACTER} @everyone, by January 9, 2026" in summary


async def test_a_wrong_option_is_named_with_the_nearest_right_one(circle: Circle) -> None:
    said = await circle.ann.sends("search", circle.hall, qery="x")
    assert said == "There is nothing called “qery” here. Did you mean “query”?"


async def test_a_missing_option_is_named(circle: Circle) -> None:
    said = await circle.ann.asks("search", circle.hall)
    assert said == "What shall I look for? Write it after “search”."


async def test_leading_zeros_don_t_lift_a_limit(circle: Circle) -> None:
    said = await circle.ann.sends("search", circle.hall, query="x", limit="000000001999")
    assert said == "“limit” takes a whole number from 1 to 20."
