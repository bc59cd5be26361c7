"""The part of the contract suite about posts that hold all there is, planned for what a room can show."""

from datetime import UTC, datetime

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import MessageRef
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
    Menu,
    MessageLink,
    Outgoing,
    Paragraph,
    Quote,
    Style,
    Text,
    Time,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.rendering import plan
from learncomm_agent.chat.verbs import (
    Acknowledges,
    Deletes,
    DirectMessages,
    Pins,
    Polls,
    Reactions,
    ScheduledEvents,
    Threads,
)
from learncomm_agent.testing.scenes import Scene, open_scene
from learncomm_agent.testing.world import Seen, World, paragraph

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
"""A picture."""
MOST_CHARS = 60_000
_NEEDS: dict[str, type] = {
    "deletes": Deletes,
    "direct_messages": DirectMessages,
    "reactions": Reactions,
    "threads": Threads,
    "private_threads": Threads,
    "polls": Polls,
    "scheduled_events": ScheduledEvents,
    "pins": Pins,
    "acknowledges": Acknowledges,
}
"""What a platform has to offer for what it claims."""
_LIMITS = {
    "buttons": "max_choices",
    "menus": "max_menu_options",
    "forms": "max_fields",
    "files": "max_file_bytes",
    "images": "max_file_bytes",
    "polls": "max_poll_options",
}
"""What has to be above nothing for what it claims."""


class DegradingRules:
    """A part of `PlatformContract`: nothing is left out, whatever a room lacks."""

    async def test_what_is_claimed_has_its_verbs_and_its_limits(self, world: World) -> None:
        """Else the core would plan with what is not there, or never use what is."""
        scene = await open_scene(world)
        can = await scene.can()
        assert can.max_text >= 100
        claims = {name for name in (*_NEEDS, *_LIMITS) if getattr(can, name) >= Level.PARTIAL}
        for name in claims:
            assert isinstance(scene.platform, _NEEDS.get(name, object)), name
            assert getattr(can, _LIMITS.get(name, "max_text")) > 0, name

    async def test_a_post_with_all_there_is_shows_or_says_all_of_it(self, world: World) -> None:
        """Planned for what the room can show, each part arrives, and every word of it is somewhere."""
        scene = await open_scene(world)
        said = await world.says(scene.ann, scene.room, "Page nine")
        rooms, platform = [scene.room], scene.platform
        can = await scene.can()
        if can.direct_messages >= Level.PARTIAL and isinstance(platform, DirectMessages):
            rooms.append(await platform.direct_room(scene.ann))
        for number, room in enumerate(rooms):
            outgoing = Outgoing(room, _everything(said, scene.bob), f"all{number}")
            can = await platform.capabilities(room)
            seen = await _posted(scene, outgoing, can)
            text = "\n".join(each.text for each in seen)
            for words in _words(can):
                assert words in text, f"{words!r} is lost"
            links = {link for each in seen for link in each.links}
            assert said in links or (can.message_links < Level.PARTIAL and "page nine" in text)
            assert "Bob" in text or scene.bob.id in {id for each in seen for id in each.calls}
            names = [name for each in seen for name in each.files]
            for name in ("notes.md", "dot.png"):
                assert name in names or name in text or (name == "dot.png" and "A dot" in text)

    async def test_a_text_of_several_messages_arrives_whole(self, world: World) -> None:
        """In order and without a word too few, or whole as a file below its beginning."""
        scene = await open_scene(world)
        can = await scene.can()
        count = min(can.max_text, MOST_CHARS) * 2 // 7
        words = [f"w{number:05}" for number in range(count)]
        seen = await _posted(scene, Outgoing(scene.room, paragraph(" ".join(words)), "long"), can)
        shown = [word for each in seen for word in each.text.split()]
        if any(each.files for each in seen):
            beginning = [word for word in shown if word in set(words)]
            assert beginning == words[: len(beginning)]
        else:
            assert shown == words


async def _posted(scene: Scene, outgoing: Outgoing, can: Capabilities) -> list[Seen]:
    """Plan and send a post; return what Ann sees of it, which is what the receipts say."""
    parts: list[MessageRef] = []
    for part in plan(outgoing, can, scene.platform.length).parts:
        receipt = await scene.platform.send(part)
        hung = [block for block in part.blocks if isinstance(block, File | Image)]
        assert 1 <= len(receipt.parts) <= max(1, len(hung)), "more than one message for each file"
        parts += receipt.parts
    seen = [
        each for each in await scene.world.seen_by(scene.ann, outgoing.room) if each.ref in parts
    ]
    assert [each.ref for each in seen] == parts, "what was posted is seen, in its order"
    return seen


def _everything(message: MessageRef, account: AccountRef) -> tuple[Block, ...]:
    """Return a post with one of each block and span."""
    return (
        Heading("A heading"),
        Paragraph(
            (
                Text("Some "),
                Text("strong", Style.STRONG),
                Text(" and "),
                Text("gentle", Style.EMPHASIS),
                Text(" words, "),
                Code("x = 1"),
                Text(", "),
                Link("a page", "https://example.org/page"),
                Text(", "),
                MessageLink("page nine", message),
                Text(", for "),
                Mention(account, "Bob"),
                Text(" at "),
                Time(NOON, "noon on Wednesday"),
            )
        ),
        Listing(((Text("A bullet"),), (Text("Another one"),))),
        Listing(((Text("The third"),), (Text("The fourth"),)), start=3),
        Quote((Text("Quoted words"),)),
        CodeBlock("print('hello')", "python"),
        Image("dot.png", "image/png", PIXEL, "A dot"),
        File("notes.md", "text/markdown", b"# Notes"),
        Choices((Choice("all:yes", "Agreed"), Choice("all:no", "Against"))),
        Menu("all:menu", (Choice("all:a", "Apples"), Choice("all:b", "Pears")), "Which ones?"),
        Form("all:form", "About you", (Field("name", "Your name"),)),
    )


def _words(can: Capabilities) -> list[str]:
    """Return what has to be read as words in a room."""
    words = ["A heading", "strong", "gentle", "x = 1", "A bullet", "Another one"]
    words += ["The third", "The fourth", "Quoted words", "print('hello')"]
    words += ["a page"] if can.links >= Level.PARTIAL else ["https://example.org/page"]
    words += [] if can.local_times >= Level.PARTIAL else ["noon on Wednesday"]
    words += [] if can.buttons >= Level.PARTIAL else ["Agreed", "Against"]
    words += [] if can.menus >= Level.PARTIAL else ["Apples", "Pears"]
    words += [] if can.forms >= Level.PARTIAL else ["About you"]
    return words
