"""Rooms that have gone count as deleted; a space that was left rests, then goes, and nothing else with it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.events import GapEnded, RoomChanged
from learncomm_agent.chat.messages import RoomKind, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.community.leaving import BATCH, KEPT
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.storage import schema
from learncomm_agent.storage.chroma import ChromaFolder
from learncomm_agent.storage.store import DATABASE, VECTORS
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.embedder import HashingEmbedder
from tests.community.conftest import kept
from tests.kill.soundness import unsound_rows, unsound_vectors, unsound_words

DAY = 86_400
HERON, OTTER = (
    "A heron stands in the reeds all day long.",
    "An otter slides into the river at dusk.",
)


class Town(Circle):
    """A circle that has one more space, with a room of its own, in another community or the same."""

    async def __aenter__(self) -> "Town":
        self.town = self.platform.add_space("Town")
        await super().__aenter__()
        self.square = self.platform.add_room("square", is_read=True, space=self.town)
        return self

    async def fill(self) -> None:
        """Let things be said and shared in both spaces, and be in the library."""
        await self.platform.invites_agent(self.town)
        await self.ben.says(HERON, self.hall)
        await self.ben.says(OTTER, self.square)
        await self.chloe.asks("share The heron builds its nest in tall trees.", self.hall)
        await self.chloe.asks("share The badger digs a sett with nine doors.", self.square)
        await self.chloe.asks("search otter", self.square)
        await self.ann.asks("summary", self.square)
        await self.clock.advance(60)
        await self.settle()

    async def count(self, table: sa.Table) -> int:
        count = sa.select(sa.func.count()).select_from(table)
        return await self.agent.house.database.read(lambda conn: conn.execute(count).scalar_one())

    async def all(self, statement: sa.Select[Any]) -> list[Any]:
        return await self.agent.house.database.read(lambda c: list(c.execute(statement).all()))

    async def passes(self, time: timedelta) -> None:
        """Let time go by, and be done what falls due."""
        await self.clock.advance(time.total_seconds())
        await self.settle()
        await self.clock.advance(120)  # the files are emptied a minute later
        await self.settle()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with Town(tmp_path / "data") as town:
        yield town


# Rooms.


async def test_what_stood_in_a_room_that_has_gone_is_deleted_with_its_threads(town: Town) -> None:
    branch = town.platform.network.add_room(
        "branch", None, kind=RoomKind.THREAD, parent=town.hall, is_read=True
    )
    said = [await town.ben.says(HERON, town.hall), await town.ben.says(OTTER, branch.ref)]
    stays = await town.ben.says("This one stays.", town.den)
    await town.chloe.asks("share The heron builds its nest in tall trees.", town.hall)
    assert "tall trees" in await town.ann.asks("search heron nest", town.hall)
    town.platform.network.rooms.pop(branch.ref)
    await town.platform.closes(town.hall)
    await town.settle()
    found = await kept(town)
    assert [found[each.id] for each in said] == ["(deleted)", "(deleted)"]
    assert found[stays.id] == "This one stays."
    assert "tall trees" not in await town.ann.asks("search heron nest", town.den)


async def test_a_large_room_goes_in_steps(town: Town) -> None:
    for n in range(BATCH + 5):
        await town.platform.says(town.ben.account, town.hall, f"Number {n}.")
    await town.platform.closes(town.hall)
    await town.settle()
    assert set((await kept(town)).values()) == {"(deleted)"}


async def test_a_chosen_room_that_has_gone_is_read_no_more(town: Town) -> None:
    await town.ann.asks("read on", town.lounge)
    room = town.platform.network.rooms[town.lounge]
    assert town.agent.house.directory.reads(room)
    await town.platform.closes(town.lounge)
    await town.settle()
    assert not town.agent.house.directory.reads(room)


async def test_another_name_or_parent_changes_nothing_else(town: Town) -> None:
    said = await town.ben.says(HERON, town.hall)
    room = town.platform.network.rooms[town.hall]
    for name in ("court", "yard"):
        await town.agent.handle(RoomChanged(type(room)(room.ref, name, is_read=True)))
    await town.agent.handle(RoomChanged(type(room)(RoomRef(room.ref.space, "x"), "x"), False))
    await town.settle()
    assert (await kept(town))[said.id] == HERON


# Spaces.


async def test_a_space_that_is_left_rests_at_once(town: Town) -> None:
    await town.fill()
    town.platform.hold_events()
    await town.platform.removes_agent(town.town)
    await town.platform.release_events()
    await town.settle()
    posts = len(town.platform.posts)
    before = await kept(town)
    # What still comes from there late is neither kept nor answered.
    town.platform.network.without_agent.clear()
    await town.platform.says(town.ben.account, town.square, "Too late.")
    await town.platform.says(town.ben.account, town.square, "@learncomm search heron")
    await town.platform.sends_form(town.ben.account, town.square, "search", {"query": "heron"})
    await town.settle()
    assert await kept(town) == before
    assert len(town.platform.posts) == posts
    said = await town.ben.says("Life goes on.", town.hall)
    assert said.id in await kept(town)


async def test_what_waited_to_be_posted_there_is_dropped(town: Town) -> None:
    await town.fill()
    town.platform.limit_rate(3600, times=9)
    await town.platform.says(town.ben.account, town.square, "@learncomm search otter")
    await town.settle()
    waiting = sa.select(schema.work.c.id).where(
        schema.work.c.name == "post", schema.work.c.done_at.is_(None)
    )
    assert await town.all(waiting) != []
    await town.platform.removes_agent(town.town)
    assert await town.all(waiting) == []


async def test_a_space_may_be_called_anything(town: Town) -> None:
    town.platform.network.spaces[town.town] = "Old\ud83d\x00\u202e town"
    await town.platform.invites_agent(town.town)
    names = await town.all(sa.select(schema.spaces.c.name))
    assert ("Old\ufffd\x00\u202e town",) in names


async def test_coming_back_in_time_finds_all_as_it_was(town: Town) -> None:
    await town.fill()
    before = await kept(town)
    await town.platform.removes_agent(town.town)
    await town.passes(KEPT - timedelta(days=2))
    missed = town.platform.network.add_post(
        town.square, town.ben.account.ref, "Said while you were away.", town.clock.now()
    )
    await town.platform.invites_agent(town.town)
    await town.settle()
    assert await kept(town) == {**before, missed.ref.id: "Said while you were away."}
    await town.passes(KEPT)
    assert await kept(town) == {**before, missed.ref.id: "Said while you were away."}
    assert "nine doors" in await town.ann.asks("search badger sett", town.square)


async def test_after_thirty_days_the_whole_community_of_a_space_is_gone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with Town(data, embedder=HashingEmbedder) as town:
        await town.fill()
        await town.ann.sends("setup", town.square, goal="Bring the walrus home.")
        await town.platform.removes_agent(town.town)
        await town.passes(KEPT - timedelta(hours=1))
        assert await town.count(schema.communities) == 2
        await town.passes(timedelta(hours=2))
        assert await town.count(schema.communities) == 1
        assert HERON in (await kept(town)).values()
        (receipt,) = await town.all(sa.select(schema.audit).where(schema.audit.c.action == "leave"))
        assert receipt.subject == f"space fake:{town.town.id}"
        assert receipt.detail["members"] == 3
        assert "tall trees" in await town.ann.asks("search heron nest", town.hall)
        badly = sa.select(schema.work.c.error).where(schema.work.c.error.is_not(None))
        assert await town.all(badly) == []
    await_nothing_left(data, "otter", "badger", "walrus", town.square.id)
    assert unsound_rows(data) + unsound_words(data) + unsound_vectors(data) == []
    client = ChromaFolder(data / VECTORS).open()
    try:
        assert len(client.list_collections()) == 1
    finally:
        client.close()


def await_nothing_left(data: Path, *words: str) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = b"".join(path.read_bytes() for path in data.glob(f"{DATABASE}*"))
    for word in words:
        assert word.encode() not in held, word


async def test_a_community_with_another_space_keeps_all_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with Town(data, spaces=("fake:home", "fake:space1")) as town:
        assert town.town.id == "space1"
        await town.fill()
        assert await town.count(schema.communities) == 1
        members = await town.count(schema.members)
        await town.platform.removes_agent(town.town)
        await town.passes(KEPT + timedelta(hours=1))
        assert await town.count(schema.members) == members
        assert await town.count(schema.spaces) == 1
        assert list((await kept(town)).values()).count(HERON) == 1
        assert OTTER not in (await kept(town)).values()
    await_nothing_left(data, "otter", "badger")
    assert unsound_rows(data) + unsound_words(data) == []


async def test_the_operators_own_community_keeps_what_the_operator_added(tmp_path: Path) -> None:
    data = tmp_path / "data"
    notes = tmp_path / "notes.md"
    notes.write_text("# Kestrels\n\nKestrels hover over the meadow.\n")
    async with Town(data) as town:
        await town.agent.add(notes)
        await town.fill()
        await town.ann.asks("read on", town.lounge)
        await town.platform.removes_agent(SpaceRef("fake", "home"))
        await town.passes(KEPT + timedelta(hours=1))
        assert HERON not in (await kept(town)).values()
        assert OTTER in (await kept(town)).values()
        found = await town.agent.find("kestrels over the meadow")
        assert any("hover" in each.text for each in found.passages)
        # Brought in again, it starts afresh.
        await town.platform.invites_agent(SpaceRef("fake", "home"))
        lounge = town.platform.network.rooms[town.lounge]
        assert town.agent.house.board.began_at(lounge) is None
        assert not town.agent.house.directory.reads(lounge)
        said = await town.ben.says("A new beginning.", town.hall)
        assert (await kept(town))[said.id] == "A new beginning."
    await_nothing_left(data, "reeds")


async def test_what_was_left_and_entered_meanwhile_is_noticed_after_the_gap(town: Town) -> None:
    await town.fill()
    left = sa.select(schema.spaces.c.platform_id).where(schema.spaces.c.left_at.is_not(None))
    town.platform.disconnect()
    await town.platform.removes_agent(town.town)
    await town.agent.handle(GapEnded("fake"))  # it can't be told yet, so nothing follows
    await town.settle()
    assert await town.all(left) == []
    for change, expected in (("", [town.town.id]), ("back", [])):
        if change:
            town.platform.disconnect()
            await town.platform.invites_agent(town.town)
        town.platform.reconnect()
        await town.agent.handle(GapEnded("fake"))
        await town.clock.advance(700)
        await town.settle()
        assert [row[0] for row in await town.all(left)] == expected


async def test_after_a_gap_of_one_space_its_rooms_alone_are_read_again(town: Town) -> None:
    await town.fill()
    handle = town.agent.handle
    args = sa.select(schema.work.c.args).where(schema.work.c.name == "reread")
    for space in (SpaceRef("fake", "elsewhere"), town.town):
        await handle(GapEnded("fake", space))
        again = {row[0]["room"] for row in await town.all(args)}
        assert bool(again) == (space == town.town)
    named = sa.select(schema.work.c.id).where(schema.work.c.name == "compare spaces")
    assert await town.all(named) == []


async def test_spaces_that_cant_be_told_are_not_left(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.fill()

    async def lost() -> frozenset[SpaceRef]:
        raise DisconnectedError("cut")

    monkeypatch.setattr(town.platform, "spaces", lost)
    await town.agent.handle(GapEnded("fake"))
    await town.settle()
    left = sa.select(schema.spaces.c.id).where(schema.spaces.c.left_at.is_not(None))
    assert await town.all(left) == []


async def test_a_space_is_left_still_after_a_restart(tmp_path: Path) -> None:
    async with Town(tmp_path / "data") as town:
        await town.fill()
        await town.platform.removes_agent(town.town)
        square, platform = town.platform.network.rooms[town.square], town.platform
    async with Circle(tmp_path / "data", platform=platform) as again:
        assert not again.agent.house.directory.reads(square)
        name = sa.select(schema.spaces.c.name).where(schema.spaces.c.left_at.is_not(None))
        read = again.agent.house.database.read
        assert await read(lambda conn: conn.execute(name).scalar()) == "Town"
