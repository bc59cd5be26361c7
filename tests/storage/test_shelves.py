"""The chunks of an audience in memory are those that the rule in SQL allows, whatever happened between."""

import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.library.resources import (
    Chunk,
    Place,
    Reading,
    ResourceId,
    ResourceKind,
    Section,
    Share,
)
from learncomm_agent.storage import communities, lexical, members, resources, rooms, traces
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.resources import Content
from learncomm_agent.storage.schema import chunks
from learncomm_agent.storage.schema import resources as resource_table
from learncomm_agent.storage.schema import rooms as room_table
from learncomm_agent.storage.schema import shares as share_table
from learncomm_agent.storage.shelves import Shelves

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def content(name: str, words: int) -> Content:
    """Something that says its own name, in a chunk a word."""
    pieces = tuple(Chunk(n, n, n + 1, f"{name} {n}", Place(), f"{name} {n}") for n in range(words))
    reading = Reading(name, ResourceKind.TEXT, name, (Section(name),))
    return Content(reading, name, pieces, tuple(f" {name} " for _ in pieces), f"{name} {words}")


class Shuffle:
    """Does anything that may happen to a library, to two communities at once."""

    def __init__(self, conn: Connection, dice: random.Random) -> None:
        self.dice = dice
        self.communities: list[CommunityId] = []
        self.rooms: dict[CommunityId, list[RoomId]] = {}
        self.members: dict[CommunityId, list[MemberId]] = {}
        for slug in ("one", "other"):
            made = communities.ensure(conn, slug, name="", language="en", timezone="UTC", now=NOW)
            ref = SpaceRef("fake", slug)
            space = communities.add_space(conn, made.id, ref)
            self.communities.append(made.id)
            self.rooms[made.id] = [
                rooms.ensure(conn, made.id, space, Room(RoomRef(ref, f"r{n}"), f"r{n}"))
                for n in range(5)
            ]
            self.members[made.id] = [
                members.ensure_account(conn, made.id, Account(AccountRef("fake", name), name), NOW)[
                    1
                ]
                for name in (f"ann {slug}", f"ben {slug}")
            ]

    def steps(self, conn: Connection, count: int) -> None:
        for _ in range(count):
            self.step(conn)

    def step(self, conn: Connection) -> None:
        community = self.dice.choice(self.communities)
        known = list(
            conn.execute(
                sa.select(resource_table.c.id).where(resource_table.c.community_id == community)
            ).scalars()
        )
        doing = self.dice.choice(
            (self.add, self.add, self.add, self.revise, self.remove, self.take_back, self.drop_room)
        )
        doing(conn, community, [ResourceId(id) for id in known])

    def add(self, conn: Connection, community: CommunityId, known: list[ResourceId]) -> None:
        """A new one, an old one to another room, or a new version under an old name."""
        name = f"text{self.dice.randrange(25)}"
        share = Share(
            self.dice.choice([None, *self.rooms[community]]),
            self.dice.choice(self.members[community]),
            is_held=self.dice.random() < 0.3,
        )
        made = content(name, self.dice.choice((0, 1, 1, 3)))
        resources.add(conn, community, made, share, now=NOW)

    def revise(self, conn: Connection, community: CommunityId, known: list[ResourceId]) -> None:
        if known:
            made = content(f"new{self.dice.random()}", self.dice.randrange(3))
            resources.revise(conn, community, self.dice.choice(known), made, now=NOW)

    def remove(self, conn: Connection, community: CommunityId, known: list[ResourceId]) -> None:
        if known:
            resources.remove(conn, self.dice.choice(known))

    def take_back(self, conn: Connection, community: CommunityId, known: list[ResourceId]) -> None:
        theirs = traces.of_sharer(self.dice.choice(self.members[community]))
        for orphan in traces.only_by(conn, theirs):
            resources.remove(conn, orphan)
        traces.take_back(conn, theirs)

    def drop_room(self, conn: Connection, community: CommunityId, known: list[ResourceId]) -> None:
        if len(self.rooms[community]) > 2 and self.dice.random() < 0.2:
            room = self.rooms[community].pop()
            conn.execute(sa.delete(room_table).where(room_table.c.id == room))

    def audience(self) -> tuple[CommunityId, Readable]:
        """Some rooms, of the other community and of none as well."""
        community = self.dice.choice(self.communities)
        every = [room for some in self.rooms.values() for room in some] + [RoomId(999)]
        return community, Readable(frozenset(self.dice.sample(every, self.dice.randrange(6))))


def allowed(conn: Connection, community: CommunityId, readable: Readable) -> list[int]:
    shared = sa.exists().where(
        share_table.c.resource_id == chunks.c.resource_id, lexical.is_open(readable)
    )
    rule = sa.select(chunks.c.id).where(chunks.c.community_id == community, shared)
    return sorted(conn.execute(rule).scalars())


@pytest.mark.parametrize("seed", range(3))
async def test_the_mask_is_the_rule(database: Database, seed: int) -> None:
    dice = random.Random(seed)
    shuffle = await database.write(lambda conn: Shuffle(conn, dice))
    shelves = Shelves()
    seen = 0
    for _ in range(40):
        await database.write(lambda conn: shuffle.steps(conn, dice.choice((1, 1, 5))))
        for _ in range(3):
            community, readable = shuffle.audience()

            def read(
                conn: Connection, community: CommunityId = community, readable: Readable = readable
            ) -> tuple[list[int], list[int], int]:
                visible = shelves.visible(conn, community, readable)
                return (
                    visible.ids().tolist(),
                    allowed(conn, community, readable),
                    visible.count,
                )

            found, right, count = await database.read(read)
            assert found == right
            assert count == len(right)
            seen += count
    assert seen > 50


def test_an_older_snapshot_sees_what_it_saw(database: Database) -> None:
    """A reader that began before a write is not given what another reader has learnt since."""
    shuffles: list[Shuffle] = []
    database.leave(lambda conn: shuffles.append(Shuffle(conn, random.Random(1))))
    community = shuffles[0].communities[0]
    shelves = Shelves()

    def add(conn: Connection, name: str) -> None:
        resources.add(conn, community, content(name, 1), Share(), now=NOW)

    def ids(conn: Connection) -> list[int]:
        found: list[int] = shelves.visible(conn, community, Readable()).ids().tolist()
        return found

    database.leave(lambda conn: add(conn, "first"))
    with database.reading() as old:
        before = ids(old)
        database.leave(lambda conn: add(conn, "second"))
        with database.reading() as new:
            assert len(ids(new)) == 2
        assert ids(old) == before
        with database.reading() as new:
            assert len(ids(new)) == 2


async def test_a_write_that_is_taken_back_changes_nothing(database: Database) -> None:
    shuffle = await database.write(lambda conn: Shuffle(conn, random.Random(1)))
    community = shuffle.communities[0]
    shelves = Shelves()

    def fail(conn: Connection) -> None:
        resources.add(conn, community, content("lost", 2), Share(), now=NOW)
        raise RuntimeError("on purpose")

    for name in ("kept", "kept too"):
        with pytest.raises(RuntimeError, match="on purpose"):
            await database.write(fail)
        made = content(name, 1)
        await database.write(
            lambda conn, made=made: resources.add(conn, community, made, Share(), now=NOW)  # type: ignore[misc]
        )
        found, right = await database.read(
            lambda conn: (
                shelves.visible(conn, community, Readable()).ids().tolist(),
                allowed(conn, community, Readable()),
            )
        )
        assert found == right
