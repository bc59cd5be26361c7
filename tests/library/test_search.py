"""Search under the eyes of an audience. The canaries are words that stand in one resource alone."""

import random
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.house import House
from learncomm_agent.library import embedding, search
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.resources import Found, Place, Reading, ResourceKind, Section, Share
from learncomm_agent.library.search import Query, Search
from learncomm_agent.storage import communities, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import shares
from learncomm_agent.storage.schema_sources import pages
from learncomm_agent.storage.vectors import Vectors
from learncomm_agent.testing.clock import ManualClock

ROOMS = 8
CANARIES = 300
SONG = "sings about common things in every garden."


def reading(source: str, *texts: str, title: str = "") -> Reading:
    sections = tuple(Section(text, Place((f"Part {n}",))) for n, text in enumerate(texts))
    return Reading(source, ResourceKind.TEXT, title or source, sections)


async def add(house: House, community: CommunityId, share: Share, *readings: Reading) -> None:
    addition = await house.adding.add(community, readings, share)
    assert not addition.unread


async def find(
    house: House, community: CommunityId, text: str, *readable: RoomId, limit: int = 5
) -> Found:
    return await house.search.find(Query(text, community, Readable(frozenset(readable)), limit))


async def make_rooms(house: House, community: CommunityId) -> list[RoomId]:
    def write(conn: Connection) -> list[RoomId]:
        ref = SpaceRef("fake", f"home{community}")
        space = communities.add_space(conn, community, ref)
        return [
            rooms.ensure(conn, community, space, Room(RoomRef(ref, f"r{n}"), f"room {n}"))
            for n in range(ROOMS)
        ]

    return await house.database.write(write)


@dataclass(frozen=True)
class Canary:
    word: str
    rooms: frozenset[RoomId | None]

    def may_be_seen(self, readable: frozenset[RoomId]) -> bool:
        return None in self.rooms or bool(self.rooms & readable)


@pytest.fixture
async def canaries(house: House, community: CommunityId) -> list[Canary]:
    """Plant some hundred resources, each shared with nobody knows how many rooms."""
    dice = random.Random(7)
    some: list[RoomId | None] = [*await make_rooms(house, community), None]
    planted = []
    for number in range(CANARIES):
        canary = Canary(f"canary{number:03}x", frozenset(dice.sample(some, dice.choice((1, 1, 2)))))
        text = f"{canary.word} {SONG}"
        for room in canary.rooms:
            await add(house, community, Share(room=room), reading(canary.word, text))
        planted.append(canary)
    return planted


@pytest.mark.parametrize("has_vectors", [False, True])
async def test_nothing_leaks_and_all_that_may_be_read_is_found(
    house: House, community: CommunityId, canaries: list[Canary], has_vectors: bool
) -> None:
    if has_vectors:
        await house.work.drain()
    dice = random.Random(11)
    every = sorted({room for canary in canaries for room in canary.rooms if room is not None})
    for readable in (frozenset(dice.sample(every, k)) for k in (0, 1, 2, 3, ROOMS)):
        allowed = {canary.word for canary in canaries if canary.may_be_seen(readable)}
        for query in ("common things garden", "sings in gardens", "sings"):
            found = await find(house, community, query, *readable, limit=50)
            assert {passage.source for passage in found.passages} <= allowed
            assert len(found.passages) == min(50, len(allowed))
            assert found.by_meaning is has_vectors
        for canary in dice.sample(canaries, 40):
            found = await find(house, community, canary.word, *readable)
            sources = [passage.source for passage in found.passages]
            assert (canary.word in sources[:1]) == (canary.word in allowed)
            assert set(sources) <= allowed


async def test_another_community_finds_nothing_of_it(
    house: House, community: CommunityId, clock: ManualClock
) -> None:
    other = await house.database.write(
        lambda conn: communities.ensure(
            conn, "others", name="Others", language="en", timezone="UTC", now=clock.now()
        )
    )
    await add(house, community, Share(), reading("heron", "Herons stand still for hours."))
    await house.work.drain()
    assert (await find(house, community, "herons")).passages
    (room, *_) = await make_rooms(house, other.id)
    assert not (await find(house, other.id, "herons", room)).passages


async def test_words_alone_answer_until_the_vectors_are_there(
    house: House, community: CommunityId
) -> None:
    await add(house, community, Share(), reading("heron", "Herons stand still for hours."))
    before = await find(house, community, "herons standing")
    assert [passage.source for passage in before.passages] == ["heron"]
    assert not before.by_meaning
    await house.work.drain()
    after = await find(house, community, "herons standing")
    assert [passage.source for passage in after.passages] == ["heron"]
    assert after.by_meaning
    await add(house, community, Share(), reading("stork", "Storks clatter on the roof."))
    lagging = await find(house, community, "storks clatter")
    assert lagging.passages[0].source == "stork"


async def test_what_has_nothing_to_do_with_the_library_finds_nothing(
    house: House, community: CommunityId, subtests: pytest.Subtests
) -> None:
    await add(house, community, Share(), reading("heron", "Herons stand still for hours."))
    foreign = ("quantum chromodynamics lattice", "🦩", "", "   ", '" OR NEAR(', "*", "\x00")
    for with_vectors in (False, True):
        if with_vectors:
            await house.work.drain()
        for query in (*foreign, "the of and"):
            with subtests.test(query=query, with_vectors=with_vectors):
                assert (await find(house, community, query)).passages == ()


@pytest.mark.parametrize(
    ("query", "marked", "instead"),
    [("organizes", "organizing", {}), ("garedning", "gardens", {"garedning": "gardens"})],
)
async def test_words_are_marked_by_the_language_of_their_text(
    house: House,
    community: CommunityId,
    clock: ManualClock,
    query: str,
    marked: str,
    instead: dict[str, str],
) -> None:
    both = Analyser(("de", "en"))
    adding = Adding(house.database, house.indexing, house.forgetting, clock, both)
    text = replace(reading("circle", "Ann is organizing the gardens."), language="en")
    await adding.add(community, [text], Share())
    finding = Search(house.database, house.meaning, both, clock)
    (found,) = (await finding.find(Query(query, community, Readable()))).passages
    assert [found.excerpt[start:end] for start, end in found.marks] == [marked]
    assert found.instead == instead


async def test_a_resource_is_found_once_with_its_place(
    house: House, community: CommunityId
) -> None:
    texts = [f"Chapter {n} is about herons and where herons stand." for n in range(5)]
    await add(house, community, Share(), reading("long", *texts), reading("short", texts[0]))
    await house.work.drain()
    found = await find(house, community, "chapter 3 herons stand", limit=9)
    assert sorted(passage.source for passage in found.passages) == ["long", "short"]
    long = next(passage for passage in found.passages if passage.source == "long")
    assert long.text == texts[3]
    assert str(long.place) == "Part 3"
    assert (long.end - long.start) == len(texts[3])
    assert all(0 <= passage.score <= 1 for passage in found.passages)


async def test_the_sharer_who_is_named_shared_it_where_the_reader_may_look(
    house: House, community: CommunityId
) -> None:
    one, other, *_ = await make_rooms(house, community)
    heron = reading("heron", "Herons stand still for hours.")
    await add(house, community, Share(room=one, comment="secret"), heron)
    await add(house, community, Share(room=other), heron)
    (seen,) = (await find(house, community, "herons", other)).passages
    (also,) = (await find(house, community, "herons", one)).passages
    assert seen.resource == also.resource
    assert "secret" not in repr(seen)
    assert not (await find(house, community, "herons")).passages


async def test_an_address_is_shown_only_to_those_with_whom_the_link_was_shared(
    house: House, community: CommunityId, clock: ManualClock
) -> None:
    one, other, *_ = await make_rooms(house, community)
    address = "https://birds.test/heron"
    heron = reading(address, "Herons stand still for hours.", title="Heron")
    for room in (one, other):
        await add(house, community, Share(room=room), heron)
    resource = (await find(house, community, "herons", one)).passages[0].resource
    page = sa.insert(pages).values(resource_id=resource, community_id=community, address=address)
    page = page.values(checked_at=clock.now(), check_at=clock.now())
    as_file = sa.update(shares).where(shares.c.room_id == other).values(source="notes.md")
    await house.database.write(lambda conn: conn.execute(page.values(failures=0)))
    await house.database.write(lambda conn: conn.execute(as_file))
    (linked,) = (await find(house, community, "herons", one)).passages
    (filed,) = (await find(house, community, "herons", other)).passages
    assert (linked.address, linked.source) == (address, address)
    assert filed.resource == linked.resource
    assert (filed.address, filed.source) == (None, "notes.md")


def shown(found: Found) -> list[object]:
    """All that a person might be told apart by, of what was found."""
    return [
        (each.source, each.text, each.score, dict(each.parts), each.alike, each.excerpt)
        for each in found.passages
    ]


@pytest.mark.parametrize("way", ["words", "compared", "neighbours"])
async def test_what_is_hidden_changes_neither_order_nor_scores_nor_counts(
    house: House, community: CommunityId, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all is compared, and where neighbours are asked for, as among more than some thousand."""
    has_vectors = way != "words"
    if way == "neighbours":
        monkeypatch.setattr(search, "SMALL", 0)
        monkeypatch.setattr(search, "BY_WORDS", 4)  # few, so that meaning brings others
        monkeypatch.setattr(search, "BY_MEANING", 4)
    limit = 20 if way != "neighbours" else 2
    asked = count_queries(monkeypatch)
    mine, other, *_ = await make_rooms(house, community)
    dice = random.Random(3)
    words = [
        "heron",
        "stork",
        "crane",
        "pond",
        "reed",
        "nest",
        "river",
        "feather",
        "egg",
        "flight",
        "winter",
        "spring",
    ]

    def texts(count: int) -> list[str]:
        return [" ".join(dice.choices(words, k=12)) for _ in range(count)]

    for number, text in enumerate(texts(80)):
        await add(house, community, Share(room=mine), reading(f"seen {number}", text))
    queries = ("heron at the pond", "winter feather", "swallow", "strok nest", "flight of cranes")

    async def ask() -> list[object]:
        if has_vectors:
            await house.work.drain()
        answers = [await find(house, community, query, mine, limit=limit) for query in queries]
        assert all(found.by_meaning is has_vectors for found in answers)
        return [(shown(found), found.instead) for found in answers]

    before = await ask()
    assert "seen" in repr(before)
    hidden = [
        reading(f"hidden {n}", f"{text} swallow strok {queries[n % len(queries)]}")
        for n, text in enumerate(texts(150))
    ]
    await add(house, community, Share(room=other), *hidden)
    assert await ask() == before
    assert (len(asked) > 2 * len(queries)) == (way == "neighbours"), "it asks for more, if too few"


def count_queries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by each number of neighbours that is asked for."""
    asked: list[int] = []
    query = Vectors.query

    async def counted(
        store: Vectors, community: int, generation: int, vector: embedding.Vectors, limit: int
    ) -> list[tuple[int, float]]:
        asked.append(limit)
        return await query(store, community, generation, vector, limit)

    monkeypatch.setattr(Vectors, "query", counted)
    return asked


async def test_a_slip_finds_what_was_meant_among_what_may_be_read(
    house: House, community: CommunityId
) -> None:
    mine, other, *_ = await make_rooms(house, community)
    await add(house, community, Share(room=mine), reading("heron", "Flamingos sleep on one leg."))
    await add(house, community, Share(room=other), reading("secret", "Flamingoss and flamingoo."))
    found = await find(house, community, "flamimgos", mine)
    assert [passage.source for passage in found.passages] == ["heron"]
    assert list(found.instead) == ["flamimgos"]
    assert not (await find(house, community, "flamimgos")).passages


async def test_the_nearest_are_the_same_however_much_of_the_library_is_for_other_eyes(
    house: House, community: CommunityId, canaries: list[Canary]
) -> None:
    """Asked for among their neighbours, or compared one by one."""
    await house.work.drain()
    everywhere = sorted({room for each in canaries for room in each.rooms if room is not None})
    for count in (1, 2, ROOMS):
        readable = Readable(frozenset(everywhere[:count]))
        query = Query("canary042x sings of gardens", community, readable, 5, dense_weight=1.0)
        found = (await house.search.find(query)).passages
        vector = (await house.meaning.embed([query.text]))[0]
        model = house.meaning.model
        assert model is not None
        allowed = [each for each in canaries if each.may_be_seen(readable.rooms)]
        lines = [f"{each.word} › Part 0\n{each.word} {SONG}" for each in allowed]
        cosines = (await house.meaning.embed(lines)) @ vector
        best = max(cosines)
        top = {
            each.word for each, cosine in zip(allowed, cosines, strict=True) if cosine > best - 1e-3
        }
        assert found[0].source in top
