import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence

import pytest
import sqlalchemy as sa
from chromadb.api.client import Client

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import ModelUnavailableError, VectorsUnreachableError
from learncomm_agent.house import House
from learncomm_agent.library import meaning
from learncomm_agent.library.embedding import Embedder, EmbeddingModel, Vectors
from learncomm_agent.library.indexing import BATCH
from learncomm_agent.library.resources import Found, Reading, ResourceKind, Section, Share
from learncomm_agent.library.search import Query
from learncomm_agent.settings import Settings, VectorSettings
from learncomm_agent.storage import communities, schema, vector_rows
from learncomm_agent.storage.chroma import ChromaServer
from learncomm_agent.storage.schema import chunks
from learncomm_agent.storage.store import VECTORS
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.embedder import HashingEmbedder

MANY = BATCH + 7
Build = Callable[[Embedder | None], Awaitable[House]]


@pytest.fixture
def build(settings: Settings, clock: ManualClock) -> Build:
    """Make the services again on the same folder, as a new process would."""

    async def make(embedder: Embedder | None) -> House:
        def load() -> Embedder:
            if embedder is None:
                raise ModelUnavailableError("there is none")
            return embedder

        house = await asyncio.to_thread(House, settings, {}, clock, load, None, None)
        await house.open()
        return house

    return make


async def fill(house: House, clock: ManualClock, count: int = MANY) -> CommunityId:
    """Add so many resources, of one passage each, without indexing them."""
    made = await house.database.write(
        lambda conn: communities.ensure(
            conn, "readers", name="Readers", language="en", timezone="UTC", now=clock.now()
        )
    )
    readings = [
        Reading(f"{n}.md", ResourceKind.TEXT, f"Note {n}", (Section(f"Heron number{n} stands."),))
        for n in range(count)
    ]
    await house.adding.add(made.id, readings, Share())
    return made.id


async def find(house: House, community: CommunityId, text: str = "heron number3") -> Found:
    return await house.search.find(Query(text, community, Readable()))


async def stored(house: House, community: CommunityId, generation: int) -> int:
    model = await house.meaning.load()
    assert model is not None
    return await house.meaning.store(model).count(community, generation)


async def test_each_passage_is_embedded_once(build: Build, clock: ManualClock) -> None:
    embedder = HashingEmbedder()
    house = await build(embedder)
    community = await fill(house, clock)
    await house.work.drain()
    assert embedder.texts == MANY
    assert await stored(house, community, 1) == MANY
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert embedder.texts == MANY
    await house.close()


async def test_without_a_model_words_answer_and_a_model_that_comes_later_catches_up(
    build: Build, clock: ManualClock
) -> None:
    house = await build(None)
    community = await fill(house, clock)
    await house.work.drain()
    assert (await find(house, community)).passages
    assert not (await find(house, community)).by_meaning
    await house.close()

    house = await build(HashingEmbedder())
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert (await find(house, community)).by_meaning
    assert await stored(house, community, 1) == MANY
    await house.close()


@pytest.mark.parametrize(
    "other", [HashingEmbedder(name="other"), HashingEmbedder(32)], ids=["name", "size"]
)
async def test_another_model_builds_the_next_generation_and_drops_the_old_one(
    build: Build, clock: ManualClock, other: HashingEmbedder
) -> None:
    house = await build(HashingEmbedder())
    community = await fill(house, clock)
    await house.work.drain()
    await house.close()

    house = await build(other)
    before = other.texts
    await house.meaning.load()
    assert not (await find(house, community)).by_meaning, "vectors of two models never mix"
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert other.texts == before + MANY
    assert (await find(house, community)).by_meaning
    left = await house.database.read(lambda conn: vector_rows.collections_of(conn, community))
    assert left == [(2, other.model)]
    assert await house.meaning.store(other.model).generations(community) == (2,)
    await house.close()


@pytest.mark.parametrize("harm", ["gone", "broken"])
async def test_vectors_that_are_lost_are_filled_again_from_sql_without_embedding(
    build: Build, clock: ManualClock, settings: Settings, harm: str
) -> None:
    embedder = HashingEmbedder()
    house = await build(embedder)
    community = await fill(house, clock)
    await house.work.drain()
    await house.close()

    folder = settings.data / VECTORS
    if harm == "gone":
        shutil.rmtree(folder)
    else:
        for path in folder.rglob("*"):
            if path.is_file():
                path.write_bytes(b"no database at all" * 100)

    house = await build(embedder)
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert embedder.texts == MANY
    assert await stored(house, community, 1) == MANY
    found = await find(house, community)
    assert found.by_meaning
    assert found.passages[0].source == "3.md"
    await house.close()


async def test_as_many_that_are_lost_as_are_left_over_are_both_mended(
    build: Build, clock: ManualClock
) -> None:
    embedder = HashingEmbedder()
    house = await build(embedder)
    community = await fill(house, clock, 5)
    await house.work.drain()
    store = house.meaning.store(embedder.model)
    held = await store.ids(community, 1)
    await store.remove(community, 1, held[:2].tolist())
    left_over = [int(held[-1]) + 7, int(held[-1]) + 9]
    await store.upsert(community, 1, left_over, embedder.embed(["stork", "crane"]))
    before = embedder.texts
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert (await store.ids(community, 1)).tolist() == held.tolist()
    assert embedder.texts == before, "SQL has kept the vectors"
    await house.close()


async def test_a_crash_between_the_store_and_sql_leaves_nothing_behind(
    build: Build, clock: ManualClock
) -> None:
    house = await build(HashingEmbedder())
    community = await fill(house, clock, 5)
    await house.work.drain()
    # As if the process had died after the vectors were in and before SQL knew.
    await house.database.write(lambda conn: conn.execute(sa.update(chunks).values(generation=None)))
    await house.database.write(lambda conn: house.forgetting.source(conn, community, "3.md"))
    await house.indexing.catch_up([community])
    await house.work.drain()
    assert await stored(house, community, 1) == 4
    await house.close()


async def test_an_embedder_that_fails_is_tried_again_later(
    build: Build, clock: ManualClock
) -> None:
    class Moody(HashingEmbedder):
        fails = 2

        def embed(self, texts: Sequence[str]) -> Vectors:
            if self.fails:
                self.fails -= 1
                raise ModelUnavailableError("not now")
            return super().embed(texts)

    house = await build(Moody())
    community = await fill(house, clock, 5)
    for _ in range(3):
        await house.work.drain()
        await clock.advance(60)
    assert (await find(house, community)).by_meaning
    assert await stored(house, community, 1) == 5
    await house.close()


def test_the_hashing_embedder_is_the_same_on_every_machine() -> None:
    embedder = HashingEmbedder()
    rows = embedder.embed(["Welcome, newcomers", "welcoming a newcomer", "", "heron"])
    assert embedder.model == EmbeddingModel("hashing", 64)
    assert rows.shape == (4, 64)
    assert float(rows[0] @ rows[1]) > 0.5 > float(rows[0] @ rows[3])
    assert not rows[2].any()


async def test_vectors_move_to_another_place_without_embedding(
    build: Build, clock: ManualClock
) -> None:
    embedder = HashingEmbedder()
    house = await build(embedder)
    community = await fill(house, clock, 5)
    await house.work.drain()
    for place in ("http://localhost:8000", vector_rows.HERE, vector_rows.HERE):
        await house.database.write(
            lambda conn, place=place: vector_rows.move(conn, place, clock.now())  # type: ignore[misc]
        )
        is_told = await house.database.read(lambda conn: vector_rows.counts(conn, community))
        assert is_told == (5, 0)
    await house.indexing.catch_up([community])
    await house.work.drain()
    await house.database.write(lambda conn: vector_rows.move(conn, vector_rows.HERE, clock.now()))
    assert await house.database.read(lambda conn: vector_rows.counts(conn, community)) == (5, 5)
    assert embedder.texts == 5
    await house.close()


@pytest.mark.slow
async def test_words_answer_while_a_server_is_away_and_meaning_once_it_is_back(
    settings: Settings, clock: ManualClock, chroma_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "LOOK_AGAIN_S", 0.0)
    ways = VectorSettings(url=chroma_server)
    chosen = settings.model_copy(update={"vectors": ways})
    house = await asyncio.to_thread(House, chosen, {}, clock, HashingEmbedder, None, None)
    await house.open()
    with monkeypatch.context() as away:
        away.setattr(ChromaServer, "open", refused)
        community = await fill(house, clock, 5)
        await house.indexing.catch_up([community])
        await house.work.drain()
        found = await find(house, community)
        assert found.passages
        assert not found.by_meaning
        waiting = await house.database.read(
            lambda conn: conn.execute(sa.select(schema.work.c.error, schema.work.c.done_at)).all()
        )
        assert (None, None) in [tuple(row) for row in waiting], "filling is tried again"
    await find(house, community)  # looks for the server again
    for _ in range(1_000):
        if house.meaning.is_ready:
            break
        await asyncio.sleep(0.01)
    assert house.meaning.is_ready
    await clock.advance(120)
    await house.work.drain()
    assert (await find(house, community)).by_meaning
    assert await stored(house, community, 1) == 5
    await house.close()


def refused(self: ChromaServer) -> Client:
    raise VectorsUnreachableError("the server is away")
