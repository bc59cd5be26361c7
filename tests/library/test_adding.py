from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.house import House
from learncomm_agent.library.adding import BATCH, Addition
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.resources import (
    Place,
    Reading,
    Resource,
    ResourceKind,
    Section,
    Share,
)
from learncomm_agent.library.search import Query
from learncomm_agent.storage import communities, members, resources, rooms, schema
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import chunks
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.embedder import HashingEmbedder


def reading(text: str, source: str = "notes.md") -> Reading:
    return Reading(source, ResourceKind.TEXT, "Pond", (Section(text),))


@pytest.fixture
async def places(house: House, community: CommunityId) -> list[RoomId]:
    def write(conn: Connection) -> list[RoomId]:
        ref = SpaceRef("fake", "home")
        space = communities.add_space(conn, community, ref)
        made = (Room(RoomRef(ref, name), name) for name in ("hall", "den"))
        return [rooms.ensure(conn, community, space, room) for room in made]

    return await house.database.write(write)


@pytest.fixture
async def people(house: House, community: CommunityId, clock: ManualClock) -> list[MemberId]:
    def write(conn: Connection) -> list[MemberId]:
        accounts = (Account(AccountRef("fake", name), name) for name in ("Ann", "Ben"))
        now = clock.now()
        return [members.ensure_account(conn, community, one, now)[1] for one in accounts]

    return await house.database.write(write)


async def found(house: House, community: CommunityId, text: str, *readable: RoomId) -> list[str]:
    query = Query(text, community, Readable(frozenset(readable)))
    return [passage.text for passage in (await house.search.find(query)).passages]


async def add(
    house: House, community: CommunityId, *readings: Reading | Unread, share: Share | None = None
) -> Addition:
    return await house.adding.add(community, readings, share or Share())


async def test_the_same_twice_is_one_resource(house: House, community: CommunityId) -> None:
    first = await add(house, community, reading("Herons stand still."))
    again = await add(house, community, reading("Herons stand still."))
    assert len(first.added) == 1
    assert (again.added, again.known) == ([], first.added)
    assert again.titles == ["Pond"]
    assert await found(house, community, "herons") == ["Herons stand still."]


async def test_the_same_brought_to_another_room_is_one_resource_with_one_more_share(
    house: House, community: CommunityId, places: list[RoomId]
) -> None:
    hall, den = places
    first = await add(house, community, reading("Herons stand still."), share=Share(hall))
    again = await add(house, community, reading("Herons stand still."), share=Share(den))
    assert again.added == first.added  # for the den it is new
    for room in places:
        assert await found(house, community, "herons", room) == ["Herons stand still."]
    assert await found(house, community, "herons") == []


async def test_other_content_of_the_same_name_in_another_room_is_a_resource_of_its_own(
    house: House, community: CommunityId, places: list[RoomId]
) -> None:
    hall, den = places
    await add(house, community, reading("Herons stand still."), share=Share(hall))
    other = await add(house, community, reading("Herons stand on one leg."), share=Share(den))
    assert len(other.added) == 1
    assert await found(house, community, "herons stand", hall) == ["Herons stand still."]
    assert await found(house, community, "herons stand", den) == ["Herons stand on one leg."]


async def test_a_member_never_writes_over_what_another_member_shared(
    house: House, community: CommunityId, places: list[RoomId], people: list[MemberId]
) -> None:
    hall, ann, ben = places[0], *people
    await add(house, community, reading("Herons stand still."), share=Share(hall, ann))
    await add(house, community, reading("Herons stand on one leg."), share=Share(hall, ben))
    assert set(await found(house, community, "herons stand", hall)) == {
        "Herons stand still.",
        "Herons stand on one leg.",
    }


async def test_a_changed_file_is_the_next_revision_and_nothing_of_the_old_one_is_found(
    house: House, community: CommunityId
) -> None:
    first = await add(house, community, reading("Herons stand still."))
    await house.work.drain()
    model = await house.meaning.load()
    assert model is not None
    changed = await add(house, community, reading("Storks clatter."))
    assert changed.added == first.added
    await house.work.drain()

    assert await found(house, community, "herons") == []
    assert await found(house, community, "storks") == ["Storks clatter."]
    revisions = await house.database.read(lambda conn: resources.revisions(conn, list(first.added)))
    assert list(revisions.values()) == [1]
    assert await house.meaning.store(model).count(community, 1) == 1
    rows = await house.database.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(chunks)).scalar()
    )
    assert rows == 1


async def test_what_can_t_be_read_is_told_and_keeps_nothing_else_out(
    house: House, community: CommunityId
) -> None:
    broken = Unread("broken.md", UnreadableResourceError("broken"))
    addition = await add(house, community, reading("Herons."), broken, reading("Storks.", "b.md"))
    assert addition.unread == [broken]
    assert addition.resources == 2
    assert addition.passages == 2


async def test_many_are_kept_batch_by_batch_with_progress(
    house: House, community: CommunityId
) -> None:
    steps: list[int] = []

    def readings() -> Iterator[Reading]:
        yield from (reading(f"Heron number {n}.", f"{n}.md") for n in range(2 * BATCH + 1))

    addition = await house.adding.add(community, readings(), Share(), progress=steps.append)
    assert steps == [BATCH, BATCH, 1]
    assert addition.resources == 2 * BATCH + 1
    assert await found(house, community, f"number {2 * BATCH}") != []


async def test_what_was_kept_before_a_reader_fails_stays(
    house: House, community: CommunityId
) -> None:
    def readings() -> Iterator[Reading]:
        yield from (reading(f"Heron number {n}.", f"{n}.md") for n in range(BATCH))
        raise UnreadableResourceError("the rest is broken")

    with pytest.raises(UnreadableResourceError):
        await house.adding.add(community, readings(), Share())
    assert len(await found(house, community, "heron")) == 5


async def test_a_reading_with_half_characters_is_kept(house: House, community: CommunityId) -> None:
    odd = Reading("od\udc00d", ResourceKind.TEXT, "T\ud800", (Section("Herons \udfff stand."),))
    assert (await add(house, community, odd)).resources == 1
    assert await found(house, community, "herons") == ["Herons \N{REPLACEMENT CHARACTER} stand."]


async def test_a_resource_without_text_is_kept_and_never_found(
    house: House, community: CommunityId
) -> None:
    addition = await add(house, community, Reading("empty", ResourceKind.TEXT, "Empty", ()))
    assert (addition.resources, addition.passages) == (1, 0)
    assert await found(house, community, "empty") == []


async def test_the_same_under_another_name_is_one_resource_and_each_room_sees_its_own_name(
    house: House, community: CommunityId, places: list[RoomId]
) -> None:
    hall, den = places
    first = await add(
        house, community, reading("Herons stand still.", "hall.md"), share=Share(hall)
    )
    again = await add(house, community, reading("Herons stand still.", "den.md"), share=Share(den))
    assert again.added == first.added  # for the den it is new
    for room, name in ((hall, "hall.md"), (den, "den.md")):
        query = Query("herons", community, Readable(frozenset({room})))
        assert [each.source for each in (await house.search.find(query)).passages] == [name]
        for source, is_known in (("hall.md", name == "hall.md"), ("den.md", name == "den.md")):
            seen = await listed(house, community, room, source=source)
            assert [each.source for each in seen] == ([name] if is_known else [])


async def listed(
    house: House, community: CommunityId, *readable: RoomId, source: str | None = None
) -> list[Resource]:
    rooms = Readable(frozenset(readable))
    return await house.database.read(
        lambda conn: resources.listed(conn, community, rooms, source=source)
    )


async def test_what_others_share_as_well_stays_theirs_when_one_brings_a_new_version(
    house: House, community: CommunityId, places: list[RoomId]
) -> None:
    hall, den = places
    for room, name in ((hall, "hall.md"), (den, "den.md")):
        await add(house, community, reading("Herons stand still.", name), share=Share(room))
    await add(house, community, reading("Storks clatter.", "den.md"), share=Share(den))
    assert await found(house, community, "herons", hall) == ["Herons stand still."]
    assert await found(house, community, "storks", den) == ["Storks clatter."]
    assert await found(house, community, "herons", den) == []


@pytest.mark.parametrize("kind", [ResourceKind.MESSAGE, ResourceKind.CONVERSATION])
async def test_what_was_said_twice_is_two_things(
    house: House, community: CommunityId, kind: ResourceKind
) -> None:
    same = [Reading(f"message {n}", kind, "Ann", (Section("Good morning."),)) for n in (1, 2)]
    addition = await add(house, community, *same)
    assert len(addition.added) == 2
    shown = await listed(house, community)
    assert len(shown) == (0 if kind is ResourceKind.CONVERSATION else 2)


async def test_a_page_has_one_present_content_whoever_shared_it(
    house: House, community: CommunityId, places: list[RoomId], people: list[MemberId]
) -> None:
    (hall, den), (ann, ben) = places, people
    page = "https://example.org/herons"
    first = await add(
        house, community, reading("Herons stand still.", page), share=Share(hall, ann)
    )
    again = await add(house, community, reading("Storks clatter.", page), share=Share(den, ben))
    assert again.added == first.added
    for room in places:
        assert await found(house, community, "storks", room) == ["Storks clatter."]
        assert await found(house, community, "herons", room) == []
    copy = await add(house, community, reading("Storks clatter.", "copy.md"), share=Share(den, ben))
    assert copy.added and copy.added != first.added, "a copy of it would not change with it"


async def test_chunks_that_stay_the_same_keep_their_vectors(
    house: House, community: CommunityId, embedder: HashingEmbedder
) -> None:
    old = Section("Herons stand still.", Place(("Herons",)))
    for other in ("Storks clatter.", "Cranes dance."):
        sections = (old, Section(other, Place(("Others",))))
        await add(house, community, Reading("birds", ResourceKind.TEXT, "Birds", sections))
        await house.work.drain()
    assert embedder.texts == 3
    assert set(await found(house, community, "herons cranes stand")) == {"Herons stand still."}


async def test_author_and_date_are_kept(house: House, community: CommunityId) -> None:
    came_out = datetime(2020, 5, 1, tzinfo=UTC)
    section = (Section("Herons stand still."),)
    told = Reading(
        "a", ResourceKind.PDF, "Herons", section, author="Ann Lee", published_at=came_out
    )
    await add(house, community, told)
    kept = sa.select(schema.resources.c.author, schema.resources.c.published_at)
    rows = await house.database.read(lambda conn: conn.execute(kept).all())
    assert [tuple(row) for row in rows] == [("Ann Lee", came_out)]
