"""What the adapter of the page does beside the rules: its page of HTML, and what servers and people come up with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import Event, GapEnded, MessagePosted
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Paragraph, Style, Text
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import DisconnectedError, RoomGoneError, StorageError
from learncomm_agent.testing.scenes import open_scene
from learncomm_agent.testing.world import paragraph
from learncomm_agent.words import Words
from tests.adapters.irc.people import AGENT, IrcWorld, Person, until, until_true
from tests.adapters.irc.server import Running


class Hurried(SystemClock):
    """Sleeps no longer than a moment."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(0)


@pytest.fixture(scope="module")
def irc() -> Iterator[Running]:
    server = Running()
    yield server
    server.stop()


@pytest.fixture
async def world(tmp_path: Path, words: Words, irc: Running) -> AsyncIterator[IrcWorld]:
    world = IrcWorld(tmp_path / "irc", words, irc.port, page=tmp_path / "page.html")
    await world.open()
    yield world
    await world.close()


async def test_the_newest_post_in_a_channel_is_a_page(world: IrcWorld, tmp_path: Path) -> None:
    scene = await open_scene(world)
    page = tmp_path / "page.html"
    direct = await world.platform.direct_room(scene.ann)
    await world.platform.send(Outgoing(direct, paragraph("psst"), "k.0", private_to=scene.ann))
    assert not page.exists(), "what is private is on no page"
    spans = (Text("Tea <b>"), Text("now", Style.STRONG))
    await world.platform.send(Outgoing(scene.room, (Paragraph(spans),), "k.1"))
    assert page.read_text("utf-8") == "<p>Tea &lt;b&gt;<strong>now</strong></p>"
    page.unlink()
    page.mkdir()
    await scene.post("What can't be written is posted all the same", "k.2")
    sent = [each.text for each in world.person(scene.ann).lines if each.nick == AGENT]
    assert sent[:2] == ["psst", "Tea <b>\x02now\x02"]
    assert len(sent) == 3


async def test_looks_of_people_are_no_words(world: IrcWorld) -> None:
    scene = await open_scene(world)
    ann = world.person(scene.ann)
    for text in ("\x01ACTION waves\x01", "\x02bold\x0f \x0304,12red\x03 \x1dok"):
        ann.say(scene.room.id, text)
    await until(lambda: bool(scene.told(MessagePosted)))
    assert scene.told_once(MessagePosted).message.text == "bold red ok"


async def test_lines_without_sense_do_no_harm(world: IrcWorld) -> None:
    scene = await open_scene(world)
    for line in (
        "",
        " ",
        ":",
        ":x",
        " :",
        "353",
        "366",
        "MODE",
        "KICK #x",
        "PRIVMSG",
        "\x00 :\x01",
    ):
        world.host.write(f"TELL {AGENT} {line}")
    world.host.write(f"TELL {AGENT} :a!b@c PRIVMSG {scene.room.id} :")
    world.host.write(f"TELL {AGENT} :a!b@c PRIVMSG {AGENT} :from nowhere")
    await world.host.sync()
    said = await world.says(scene.ann, scene.room, "Still there?")
    assert scene.told(MessagePosted)[-1].message.ref == said
    assert "from nowhere" not in {each.message.text for each in scene.told(MessagePosted)}


async def test_a_line_without_an_end_is_a_lost_connection(world: IrcWorld) -> None:
    scene = await open_scene(world)
    world.host.write(f"TELL {AGENT} {'x' * 200_000}")
    await until(lambda: bool(scene.told(GapEnded)))
    await world.says(scene.ann, scene.room, "Still there?")
    assert scene.told(MessagePosted)[-1].message.text == "Still there?"


async def test_a_nick_that_is_taken_gets_a_line_behind_it(
    tmp_path: Path, words: Words, irc: Running
) -> None:
    other = Person(AGENT)
    await other.connect(irc.port)
    world = IrcWorld(tmp_path / "irc", words, irc.port)
    await world.open()

    async def sink(event: Event) -> None:
        raise AssertionError("nothing is told at the start")

    await world.platform.start(sink)
    await world.host.sync()
    joined = [each for each in world.host.raw if " JOIN " in each and each.startswith(f":{AGENT}")]
    assert [each.partition("!")[0] for each in joined] == [f":{AGENT}_"]
    await world.platform.stop()
    await other.close()
    await world.close()


async def test_who_is_put_out_posts_there_no_more(world: IrcWorld) -> None:
    scene = await open_scene(world)

    async def is_gone() -> bool:
        try:
            await scene.post("Hello", "k.9")
        except RoomGoneError:
            return True
        return False

    await world.promote(scene.ann, scene.room)
    world.person(scene.ann).write(f"KICK {scene.room.id} {AGENT}")
    await until_true(is_gone)


async def test_a_private_talk_ends_with_who_left(world: IrcWorld) -> None:
    scene = await open_scene(world)
    direct = await world.platform.direct_room(scene.bob)
    await world.person(scene.bob).close()

    async def is_gone() -> bool:
        try:
            await world.platform.send(Outgoing(direct, paragraph("psst"), "k", scene.bob))
        except RoomGoneError:
            return True
        return False

    await until_true(is_gone)


async def test_only_operators_of_the_first_channel_lead(world: IrcWorld) -> None:
    scene = await open_scene(world)
    await world.promote(scene.ann, scene.room)
    for who in (scene.ann, scene.bob):
        await world.says(who, scene.room, "Hello")
    assert [each.author.is_leader for each in scene.told(MessagePosted)] == [False, False]
    stranger = RoomRef(world.space, "#elsewhere")
    world.person(scene.ann).write(f"JOIN {stranger.id}", f"INVITE {AGENT} {stranger.id}")
    await world.says(scene.ann, scene.room, "Come over")
    assert stranger not in await world.platform.readable(Audience.of_account(scene.ann))


async def test_what_the_disk_did_not_take_is_told_again(
    tmp_path: Path, words: Words, irc: Running
) -> None:
    world = IrcWorld(tmp_path / "irc", words, irc.port, Hurried())
    await world.open()
    tries: list[Event] = []

    async def sink(event: Event) -> None:
        tries.append(event)
        if len(tries) < 3:
            raise StorageError("full")

    await world.platform.start(sink)
    ann = await world.member("Ann")
    await world.says(ann, world.home, "Hello")
    assert len(tries) == 3
    assert len(set(map(id, tries))) == 1
    await world.close()


async def test_where_nobody_listens_it_can_not_be_started(
    tmp_path: Path, words: Words, irc: Running
) -> None:
    world = IrcWorld(tmp_path / "irc", words, 1)

    async def sink(event: Event) -> None:
        raise AssertionError("nothing is told")

    for _ in range(2):
        with pytest.raises(DisconnectedError):
            await world.platform.start(sink)
    await world.platform.stop()
