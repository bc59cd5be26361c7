"""What is in the outbox is posted once, where its readers are, or said to be impossible."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.outgoing import (
    Block,
    Downgrade,
    Fallback,
    Feature,
    Outgoing,
    Paragraph,
    Text,
)
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.errors import NotPermittedError, RoomGoneError
from learncomm_agent.storage import posts, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.platform import EVERYTHING

if TYPE_CHECKING:
    from tests.chat.conftest import Desk
else:
    Desk = Any

LONG = tuple(Paragraph((Text(f"{number} " + "word " * 15),)) for number in range(4))


def say(*texts: str) -> tuple[Block, ...]:
    return tuple(Paragraph((Text(text),)) for text in texts)


class Hall:
    """A room with Ann and Bob, and an outbox to it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.platform, self.clock = desk, desk.platform, desk.clock
        self.ann, self.bob = self.platform.add_account("Ann"), self.platform.add_account("Bob")
        self.room = self.platform.add_room("hall", [self.ann, self.bob])
        self.writing = 0

    async def put(self, outgoing: Outgoing, **how: Any) -> None:
        """Put something into the outbox, as what shows a writing."""

        def write(conn: Connection) -> None:
            known = self.desk.directory.room(conn, self.known_room())
            self.writing = self.writing or writings.add(
                conn,
                writings.Writing(known.community, "answer", known.id, None, False, {}, {}, {}, ()),
                self.clock.now(),
            )
            self.desk.posting.add(
                conn, known.community, known.id, outgoing, writing=self.writing, **how
            )

        await self.desk.database.write(write)

    def known_room(self) -> Room:
        return Room(self.room, "hall")

    async def send_all(self) -> None:
        """Let an hour pass, and send all that is due."""
        end = self.clock.now() + timedelta(hours=1)
        while (due := await self.desk.work.next_due()) is not None and due <= end:
            await self.clock.to(max(due, self.clock.now()))
            await self.desk.work.drain()

    def post(self, *texts: str, key: str = "k", **more: Any) -> Outgoing:
        return Outgoing(self.room, say(*texts), key, **more)

    def texts(self, account: Account | None = None, room: RoomRef | None = None) -> list[str]:
        return [post.text for post in self.platform.seen_by(account or self.bob, room)]

    async def recorded(self) -> list[posts.Post]:
        return await self.desk.database.read(lambda conn: posts.of_writing(conn, self.writing))

    async def dead(self) -> list[str]:
        return [error for _, _, error in await self.desk.database.read(dead_letters)]


@pytest.fixture
async def hall(desk: Desk) -> Hall:
    await desk.start()
    return Hall(desk)


async def test_a_post_is_sent_and_its_parts_are_kept(hall: Hall) -> None:
    await hall.put(hall.post("Hello"))
    assert hall.texts() == []
    await hall.send_all()
    assert hall.texts() == ["Hello"]
    shown = await hall.recorded()
    assert [part for post in shown for part in post.parts] == [hall.platform.posts[0].ref]
    assert await hall.desk.rows("post") == [None]


async def test_a_key_is_posted_once(hall: Hall) -> None:
    await hall.put(hall.post("Hello"))
    await hall.put(hall.post("Hello again"))
    await hall.send_all()
    await hall.put(hall.post("Hello later"))
    await hall.send_all()
    assert hall.texts() == ["Hello"]


@pytest.mark.parametrize("after_delivery", [False, True])
async def test_a_post_whose_connection_is_lost_is_there_once(
    hall: Hall, after_delivery: bool
) -> None:
    hall.platform.lose_connection(after_delivery=after_delivery, times=12)
    await hall.put(hall.post("Hello"))
    await hall.put(hall.post("World", key="l"))
    await hall.clock.advance(1)
    for _ in range(4):
        await hall.send_all()
    assert hall.texts() == ["Hello", "World"]
    assert len(await hall.recorded()) == 2


@pytest.mark.parametrize("after_delivery", [False, True])
async def test_of_a_long_post_no_part_is_repeated(hall: Hall, after_delivery: bool) -> None:
    hall.platform.can = replace(EVERYTHING, max_text=100)
    await hall.put(Outgoing(hall.room, LONG, "k"))
    for _ in range(2):
        hall.platform.lose_connection(after_delivery=after_delivery)
        await hall.send_all()
    assert [text[0] for text in hall.texts()] == ["0", "1", "2", "3"]
    shown = await hall.recorded()
    assert [part for post in shown for part in post.parts] == [p.ref for p in hall.platform.posts]


async def test_a_rate_limit_is_waited_for(hall: Hall) -> None:
    hall.platform.limit_rate(42.0)
    await hall.put(hall.post("Hello"))
    await hall.desk.work.drain()
    assert hall.texts() == []
    assert await hall.desk.work.next_due() == hall.clock.now() + timedelta(seconds=42)
    await hall.send_all()
    assert hall.texts() == ["Hello"]


async def test_a_platform_that_is_not_running_is_waited_for(hall: Hall) -> None:
    await hall.platform.stop()
    await hall.put(hall.post("Hello"))
    await hall.send_all()
    await hall.desk.start()
    await hall.send_all()
    assert hall.texts() == ["Hello"]


async def test_a_post_for_later_lets_the_others_pass(hall: Hall) -> None:
    await hall.put(hall.post("Later"), due=hall.clock.now() + timedelta(minutes=30))
    await hall.put(hall.post("Now", key="l"))
    await hall.desk.work.drain()
    assert hall.texts() == ["Now"]
    await hall.send_all()
    assert hall.texts() == ["Now", "Later"]


async def test_a_room_that_is_gone_is_a_dead_letter_and_others_go_on(hall: Hall) -> None:
    other = hall.room
    hall.room = hall.platform.add_room("gone", [hall.bob])
    await hall.put(hall.post("Lost"))
    await hall.platform.closes(hall.room)
    hall.room = other
    await hall.put(hall.post("Here", key="l"))
    await hall.send_all()
    assert hall.texts() == ["Here"]
    assert [error.split(":")[0] for error in await hall.dead()] == ["RoomGoneError"]


async def test_a_private_post_that_has_no_way_becomes_a_notice_without_content(
    hall: Hall,
) -> None:
    hall.platform.can = replace(
        EVERYTHING, private_replies=Level.FALLBACK, direct_messages=Level.FALLBACK
    )
    secret = hall.post("A secret", private_to=hall.ann.ref)
    await hall.put(secret, otherwise=hall.post("I can't tell you here", key="kp"))
    await hall.send_all()
    assert hall.texts() == hall.texts(hall.ann) == ["I can't tell you here"]


async def test_a_private_post_without_a_notice_is_dropped(hall: Hall) -> None:
    stranger = AccountRef("fake", "stranger")
    await hall.put(hall.post("A secret", private_to=stranger))
    await hall.send_all()
    assert (hall.platform.posts, await hall.recorded(), await hall.dead()) == ([], [], [])


async def test_a_private_reply_uses_its_handle_while_it_is_fresh(hall: Hall) -> None:
    handle = await hall.platform.sends_form(hall.ann, hall.room, "search", {"query": "moon"})
    await hall.put(hall.post("A secret", private_to=hall.ann.ref, reply=handle))
    await hall.desk.work.drain()
    assert hall.texts(hall.ann, hall.room) == ["A secret"]
    assert hall.texts() == []


@pytest.mark.parametrize("why", ["expired", "not private", "none"])
async def test_a_private_reply_whose_handle_is_of_no_use_goes_as_a_direct_message(
    hall: Hall, why: str
) -> None:
    reply: ReplyHandle | None = await hall.platform.sends_form(
        hall.ann, hall.room, "search", is_private=why != "not private"
    )
    if why == "none":
        reply = None
    if why == "expired":
        await hall.clock.advance(3600)
    await hall.put(hall.post("A secret", private_to=hall.ann.ref, reply=reply))
    await hall.send_all()
    direct = await hall.platform.direct_room(hall.ann.ref)
    assert hall.texts(hall.ann, hall.room) == []
    assert hall.texts(hall.ann, direct) == ["A secret"]
    assert hall.texts() == []


async def test_a_direct_message_says_so_on_its_receipt(hall: Hall) -> None:
    receipt = await hall.desk.posting.send(hall.post("A secret", private_to=hall.ann.ref))
    assert receipt.downgrades == (Downgrade(Feature.PRIVATE_REPLY, Fallback.AS_DIRECT_MESSAGE),)


async def shown(hall: Hall, *texts: str, **more: Any) -> posts.Post:
    """Post something, and return it as it is kept."""
    await hall.put(hall.post(*texts, **more))
    await hall.send_all()
    return (await hall.recorded())[0]


@pytest.mark.parametrize("before", [1, 3])
@pytest.mark.parametrize("after", [1, 2, 4])
async def test_an_edit_adds_and_deletes_parts_as_their_number_changes(
    hall: Hall, before: int, after: int
) -> None:
    hall.platform.can = replace(EVERYTHING, max_text=100)
    await hall.put(Outgoing(hall.room, LONG[:before], "k"))
    await hall.send_all()
    post = (await hall.recorded())[0]
    new = tuple(Paragraph((Text(f"new {n} " + "word " * 15),)) for n in range(after))
    for _ in range(2):  # a crash after the last edit repeats them all
        receipt = await hall.desk.posting.change(post, Outgoing(hall.room, new, "m"))
    assert [text[:5] for text in hall.texts()] == [f"new {n}" for n in range(after)]
    assert receipt.parts == tuple(each.ref for each in hall.platform.posts)


async def test_an_edit_that_is_lost_half_way_is_done_again(hall: Hall) -> None:
    post = await shown(hall, "Old")
    hall.platform.lose_connection(after_delivery=True)
    with pytest.raises(Exception, match="lost"):
        await hall.desk.posting.change(post, hall.post("New", key="m"))
    await hall.desk.posting.change(post, hall.post("New", key="m"))
    assert hall.texts() == ["New"]


async def test_what_can_not_be_edited_is_an_error(hall: Hall) -> None:
    post = await shown(hall, "Old")
    hall.platform.can = replace(EVERYTHING, edits=Level.FALLBACK)
    with pytest.raises(NotPermittedError):
        await hall.desk.posting.change(post, hall.post("New", key="m"))
    assert hall.texts() == ["Old"]


async def test_what_is_gone_can_not_be_edited(hall: Hall) -> None:
    post = await shown(hall, "Old")
    await hall.platform.closes(hall.room)
    with pytest.raises(RoomGoneError):
        await hall.desk.posting.change(post, hall.post("New", key="m"))
