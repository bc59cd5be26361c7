"""Everyone is told that a room is read: all who are in it by a notice, whoever comes later before it counts."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Receipt
from learncomm_agent.errors import DisconnectedError, NotPermittedError, PlatformError
from learncomm_agent.storage import schema, state
from learncomm_agent.storage.schema_reading import cursors, notices, told
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.network import Post
from tests.community.conftest import kept

SECRET = "Quetzalcoatlus has a wingspan of eleven metres."


def newcomer(circle: Circle, name: str = "Noor", since: datetime | None = None) -> Person:
    """Let somebody come; of whom it is not known since when they are here, where there is no moment."""
    return Person(circle, circle.platform.add_account(name, since=since))


def told_alone(circle: Circle, person: Person) -> list[Post]:
    """What the agent wrote to somebody alone that says what is read."""
    return [
        post for post in person.answers() if post.private_to is not None and "I read" in post.text
    ]


def notice_in(circle: Circle, room: RoomRef) -> Post:
    posts = circle.platform.network.posts.values()
    (notice,) = [post for post in posts if post.is_pinned and post.ref.room == room]
    return notice


async def bytes_of(circle: Circle, word: str) -> bool:
    """Whether a word stands anywhere in the files of the store, the log of writes included."""
    folder = circle.agent.settings.data
    return any(
        word.encode() in path.read_bytes()
        for path in folder.rglob("learncomm.sqlite3*")
        if path.is_file()
    )


async def open_lounge(circle: Circle) -> Post:
    await circle.ann.asks("read on", circle.lounge)
    return notice_in(circle, circle.lounge)


async def test_the_notice_is_pinned_and_says_what_holds(circle: Circle) -> None:
    notice = await open_lounge(circle)
    assert notice.private_to is None
    for said in ("From now on I read this room", "leader", "summed up", "“me”", "“out”", "30 days"):
        assert said in notice.text
    (row,) = await circle.agent.house.database.read(lambda c: c.execute(sa.select(notices)).all())
    assert row.message == notice.ref.id
    await circle.ann.asks("read off", circle.lounge)
    posts = circle.platform.seen_by(circle.ben.account, circle.lounge)
    assert not any(post.is_pinned for post in posts)
    assert "From now on I don't read this room" in posts[-1].text
    none = await circle.agent.house.database.read(lambda c: c.execute(sa.select(notices)).all())
    assert none == []


async def test_a_notice_that_cant_be_pinned_is_no_hindrance_and_the_leader_hears_of_it(
    circle: Circle,
) -> None:
    circle.platform.can = replace(circle.platform.can, pins=Level.FALLBACK)
    await circle.ann.asks("read on", circle.lounge)
    assert [post.text for post in circle.ann.answers() if "pin it yourself" in post.text] != []
    assert not any("pin it yourself" in post.text for post in circle.ben.answers())
    assert circle.agent.house.directory.reads(circle.platform.network.rooms[circle.lounge])


async def refuse(outgoing: Outgoing) -> Receipt:
    raise NotPermittedError("no posts here")


async def test_a_room_that_takes_no_post_is_read_and_each_person_is_told(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = circle.platform.send

    async def only_private(outgoing: Outgoing) -> Receipt:
        if outgoing.room == circle.lounge:
            raise NotPermittedError("a forum takes no posts")
        return await send(outgoing)

    monkeypatch.setattr(circle.platform, "send", only_private)
    await circle.ann.sends("read", circle.hall, switch="on", room=circle.lounge.id)
    assert any("can't post there" in post.text for post in circle.ann.answers())
    early = Person(
        circle, circle.platform.add_account("Early", since=circle.clock.now() - timedelta(days=9))
    )
    said = await early.says("I was here long before.", circle.lounge)
    assert len(told_alone(circle, early)) == 1
    assert (await kept(circle))[said.id] == "I was here long before."


async def test_whoever_was_there_before_needs_no_word(circle: Circle) -> None:
    before = newcomer(circle, since=circle.clock.now() - timedelta(days=1))
    await open_lounge(circle)
    said = await before.says("I saw the notice.", circle.lounge)
    assert told_alone(circle, before) == []
    assert (await kept(circle))[said.id] == "I saw the notice."


async def test_a_newcomer_is_told_once_and_then_all_they_wrote_is_kept(circle: Circle) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    circle.platform.lose_connection(times=1)  # so telling takes its time
    first = await circle.platform.says(noor.account, circle.lounge, SECRET)
    second = await circle.platform.says(noor.account, circle.lounge, "And a second one.")
    third = await circle.platform.says(noor.account, circle.lounge, "Wrong.")
    await circle.platform.edits(noor.account, first, SECRET + " Or ten.")
    await circle.platform.deletes(noor.account, third)
    assert {first.id, second.id}.isdisjoint(await kept(circle))
    assert not await bytes_of(circle, "Quetzalcoatlus")
    assert not await bytes_of(circle, "Noor")
    await circle.settle()  # the first attempt has failed
    await circle.clock.advance(60)
    await circle.settle()
    found = await kept(circle)
    assert found[first.id] == SECRET + " Or ten."
    assert found[second.id] == "And a second one."
    assert found[third.id] == "(deleted)"
    later = await noor.says("And later.", circle.lounge)
    assert (await kept(circle))[later.id] == "And later."
    assert len(told_alone(circle, noor)) == 1


async def test_where_nothing_stays_a_newcomer_is_told_and_what_they_write_from_then_on_is_kept(
    circle: Circle,
) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    for _ in range(2):
        circle.platform.fail_history(NotPermittedError("no past"))
    first = await noor.says(SECRET, circle.lounge)
    assert first.id not in await kept(circle)
    assert not await bytes_of(circle, "Quetzalcoatlus")
    later = await noor.says("And later.", circle.lounge)
    assert (await kept(circle))[later.id] == "And later."
    assert len(told_alone(circle, noor)) == 1


async def test_who_opts_out_on_being_told_is_only_counted(circle: Circle) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    circle.platform.lose_connection(times=1)
    said = await circle.platform.says(noor.account, circle.lounge, SECRET)
    await noor.sends("me", circle.hall, consent="out")
    await circle.settle()
    await circle.clock.advance(60)
    await circle.settle()
    assert (await kept(circle)).get(said.id, "(counted)") == "(counted)"
    assert not await bytes_of(circle, "Quetzalcoatlus")


async def test_where_nothing_private_is_taken_one_line_under_the_message_will_do(
    circle: Circle,
) -> None:
    await open_lounge(circle)
    circle.platform.can = replace(
        circle.platform.can, direct_messages=Level.FALLBACK, private_replies=Level.FALLBACK
    )
    noor = newcomer(circle)
    said = await noor.says("Hello.", circle.lounge)
    (line,) = [p for p in circle.ben.answers() if p.message.reply_to == said]
    assert "choose what I may keep" in line.text
    assert (await kept(circle))[said.id] == "Hello."


async def test_of_whom_nobody_can_tell_nothing_is_kept(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_lounge(circle)
    monkeypatch.setattr(circle.platform, "send", refuse)
    noor = newcomer(circle)
    before = await rows(circle)
    for _ in range(3):
        said = await noor.says(SECRET, circle.lounge)
        await noor.edits(said, SECRET + " Indeed.")
    assert await rows(circle) == before
    assert said.id not in await kept(circle)
    await circle.agent.house.database.scrub()  # what a waiting row held is gone with it
    for word in ("Quetzalcoatlus", "Noor", noor.account.ref.id):
        assert not await bytes_of(circle, word)


async def rows(circle: Circle) -> tuple[int, ...]:
    tables = (schema.accounts, schema.members, schema.messages)
    return await circle.agent.house.database.read(
        lambda conn: tuple(
            conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
        )
    )


async def test_what_is_asked_is_answered_as_always(circle: Circle) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    assert "I read this room" in await noor.asks("why", circle.lounge) or noor.answers()
    assert len(told_alone(circle, noor)) == 1


@pytest.mark.parametrize("is_taken_back", [False, True])
async def test_what_is_shared_in_a_first_message_goes_with_it(
    circle: Circle, *, is_taken_back: bool
) -> None:
    """It waits until the message is kept, so that it is tied to it; also where it went meanwhile."""
    await open_lounge(circle)
    noor = newcomer(circle)
    circle.platform.fail_history(PlatformError("broken"))  # so keeping it takes its time
    shares = await circle.platform.says(noor.account, circle.lounge, f"@learncomm share {SECRET}")
    asks = await circle.platform.says(noor.account, circle.lounge, "@learncomm search wingspan")
    await circle.settle()
    assert answers_to(circle, shares, asks) == []
    if is_taken_back:
        await circle.platform.deletes(noor.account, shares)
    await circle.clock.advance(60)
    await circle.settle()
    found = answers_to(circle, asks)[-1]
    assert ("metres" in found) == (not is_taken_back)
    assert (await kept(circle))[shares.id] == ("(deleted)" if is_taken_back else f"share {SECRET}")
    if not is_taken_back:
        await noor.deletes(shares)
    assert "metres" not in await circle.ben.asks("search wingspan", circle.lounge)
    lanes = sa.select(schema.work.c.lane).where(schema.work.c.name == "request")
    reads = circle.agent.house.database.read
    assert set(await reads(lambda conn: conn.execute(lanes).scalars().all())) == {None}


def answers_to(circle: Circle, *messages: MessageRef) -> list[str]:
    """What answers some messages, in the order in which it was posted."""
    posts = circle.platform.network.posts.values()
    return [post.text for post in posts if post.key and post.message.reply_to in messages]


@pytest.mark.parametrize("where", ["hall", "lounge"])
async def test_where_nobody_is_reached_alone_reading_begins_and_all_are_told(
    circle: Circle, where: str
) -> None:
    """Of a room elsewhere no more is said to all than that it is done."""
    circle.platform.can = replace(
        circle.platform.can, direct_messages=Level.FALLBACK, private_replies=Level.FALLBACK
    )
    here = circle.lounge if where == "lounge" else circle.hall
    name = circle.platform.network.rooms[circle.lounge].name
    refused = "for one person alone"
    said = await circle.ann.asks(f"read on room={circle.lounge.id}", here)
    assert "read it from then on" in said and refused not in said
    assert where == "lounge" or name not in said
    assert circle.agent.house.directory.reads(circle.platform.network.rooms[circle.lounge])
    assert notice_in(circle, circle.lounge)
    assert refused in await circle.ann.asks(f"read room={circle.lounge.id}", here)
    said = await circle.ann.asks(f"read off room={circle.lounge.id}", here)
    assert "don't read" in said and refused not in said
    assert not circle.agent.house.directory.reads(circle.platform.network.rooms[circle.lounge])


async def test_who_has_gone_is_told_nothing(circle: Circle) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    circle.platform.lose_connection(times=1)
    said = await circle.platform.says(noor.account, circle.lounge, "Just looking.")
    await circle.platform.leaves_space(noor.account)
    await circle.clock.advance(600)
    await circle.settle()
    assert told_alone(circle, noor) == []
    assert said.id not in await kept(circle)


async def test_bots_and_rooms_that_their_platform_says_are_read_need_no_word(
    circle: Circle,
) -> None:
    await open_lounge(circle)
    bot = circle.platform.network.add_account("Clockwork", is_bot=True)
    tick = await circle.platform.says(bot, circle.lounge, "Tick.")
    noor = newcomer(circle)
    said = await noor.says("Hello.", circle.hall)
    assert {tick.id, said.id} <= set(await kept(circle))
    assert told_alone(circle, noor) == []


async def test_who_was_told_is_known_after_a_restart(tmp_path: Path) -> None:
    async with Circle(tmp_path / "data") as circle:
        await open_lounge(circle)
        noor = newcomer(circle)
        await noor.says("Hello.", circle.lounge)
        count = sa.select(sa.func.count()).select_from(told)
        reads = circle.agent.house.database.read
        assert await reads(lambda conn: conn.execute(count).scalar_one()) == 2  # and Ann
    async with Circle(tmp_path / "data", platform=circle.platform) as again:
        noor = Person(again, noor.account)
        await noor.says("Again.", circle.lounge)
        assert len(told_alone(again, noor)) == 1


@pytest.mark.parametrize("error", [DisconnectedError("cut"), PlatformError("broken")])
async def test_a_room_is_not_read_before_it_was_told(circle: Circle, error: PlatformError) -> None:
    await circle.ann.says("So.", circle.lounge)
    circle.platform.fail_next(error, times=3)
    await circle.platform.says(circle.ann.account, circle.lounge, "@learncomm read on")
    await circle.clock.advance(1)
    said = await circle.platform.says(circle.ben.account, circle.lounge, "Nobody told me yet.")
    await circle.settle()
    assert said.id not in await kept(circle)
    for _ in range(5):
        await circle.clock.advance(600)
        await circle.settle()
    assert notice_in(circle, circle.lounge)
    assert said.id not in await kept(circle)
    later = await circle.ben.says("Now I know.", circle.lounge)
    assert (await kept(circle))[later.id] == "Now I know."


async def test_a_room_that_an_earlier_version_opened_goes_on_as_told(tmp_path: Path) -> None:
    async with Circle(tmp_path / "data") as circle:
        await open_lounge(circle)
        opened_at = circle.clock.now()

        def as_it_was(conn: sa.Connection) -> None:
            for table in (notices, cursors, told):
                conn.execute(sa.delete(table))
            id = conn.execute(sa.select(schema.rooms.c.id).where(schema.rooms.c.reading)).scalar()
            state.put(conn, f"read since:{id}", {}, opened_at)

        await circle.agent.house.database.write(as_it_was)
        await circle.clock.advance(3600)
    async with Circle(tmp_path / "data", platform=circle.platform) as again:
        reads = again.agent.house.database.read
        assert await reads(lambda c: c.execute(sa.select(cursors.c.since)).scalar()) == opened_at
        there = Person(again, circle.platform.add_account("There", since=opened_at))
        said = await there.says("I was told then.", circle.lounge)
        assert (await kept(again))[said.id] == "I was told then."
        assert told_alone(again, there) == []
        # Nobody knows which post it was, so nothing is taken off.
        await Person(again, circle.ann.account).sends("read", circle.lounge, switch="off")
        assert notice_in(again, circle.lounge)


async def test_a_history_that_stays_broken_leaves_nothing_behind(circle: Circle) -> None:
    await open_lounge(circle)
    noor = newcomer(circle)
    for _ in range(9):
        circle.platform.fail_history(PlatformError("broken"))
    said = await noor.says(SECRET, circle.lounge)
    for _ in range(10):
        await circle.clock.advance(700)
        await circle.settle()
    left = sa.select(schema.work.c.id).where(schema.work.c.name == "newcomer")
    assert await circle.agent.house.database.read(lambda c: c.execute(left).all()) == []
    assert said.id not in await kept(circle)
