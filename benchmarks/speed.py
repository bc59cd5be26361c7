"""How quick a search is beside Chroma alone: small and large, under an audience, while it fills.

    python benchmarks/speed.py DATA [--cache FOLDER] [--only PART ...]

DATA holds `retrieval/<set>/corpus.jsonl` and `queries.jsonl`, whose texts are taken. A library of 10,000
chunks for everyone, and one of 100,000 in 1,000 rooms. 12,000 texts are really embedded; the others are
like one of them, in their words and, by a little noise, in their vectors. With --cache the filled
stores are kept. What a search is compared with holds the same vectors and runs in the same process,
in turn. Times depend on the machine and on what else runs there: read the ratios.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from learncomm_agent.agent import Agent
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import ModelFiles, fetch_models
from learncomm_agent.library.embedding import EmbeddingModel, Vectors
from learncomm_agent.library.search import Query
from learncomm_agent.library.search import _Near as Near
from learncomm_agent.settings import CommunitySettings, Settings
from learncomm_agent.storage import communities as spaces
from learncomm_agent.storage import rooms, vector_rows
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import chunks, communities, resources, shares
from learncomm_agent.storage.schema import rooms as room_table
from learncomm_agent.storage.store import VECTORS

SETS = ("scifact", "cranfield", "dbpedia5k", "molweni_chat")
SMALL, LARGE, ROOMS = 10_000, 100_000, 1_000
BASE = 12_000
CHARS = 330
NOISE = 0.02
"""Of each number of a vector: a text and one like it have a cosine of about .93."""
STEP = 5_000
ASKED = 40
MEMBER_OF = (1, 10, 100, 500)
ROUNDS = 3
Timed = Callable[[str], Awaitable[object]]
Embed = Callable[[list[str]], Any]


@dataclass(frozen=True)
class Texts:
    """What the libraries are made of, and what they are asked."""

    base: Sequence[str]
    words: Sequence[str]
    queries: Sequence[str]

    def like(self, number: int, dice: random.Random) -> str:
        """Return one of the base texts with three other words."""
        words = self.base[number].split()
        for _ in range(3):
            words[dice.randrange(len(words))] = dice.choice(self.words)
        return " ".join(words)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def read_texts(data: Path) -> Texts:
    """Read the texts and some queries of each set."""
    folders = [data / "retrieval" / name for name in SETS]
    texts = [row["text"][:CHARS] for each in folders for row in lines(each / "corpus.jsonl")]
    dice = random.Random(1)
    dice.shuffle(texts)
    some = [
        dice.sample([row["text"] for row in lines(each / "queries.jsonl")], ASKED // len(SETS))
        for each in folders
    ]
    base = [text for text in texts if len(text) > 80][:BASE]
    return Texts(base, " ".join(texts).split(), [query for each in some for query in each])


def settings_of(folder: Path) -> Settings:
    return Settings(data=folder, community=CommunitySettings(timezone="UTC"))


@asynccontextmanager
async def opened(folder: Path) -> Any:
    """An agent over a store, its vectors loaded and nothing left to do."""
    async with Agent(settings_of(folder)) as agent:
        await agent.ready()
        await agent.idle()
        yield agent


async def fill(folder: Path, texts: Texts, base: Vectors, count: int, room_count: int) -> None:
    """Write a library straight into SQL and Chroma, a few thousand chunks at a time."""
    dice, noise = random.Random(2), np.random.default_rng(3)
    async with opened(folder) as agent:
        database, community = agent.house.database, agent.community.id
        model = model_of(agent)
        generation = await database.write(lambda conn: vector_rows.building(conn, community, model))
        places = await database.write(partial(make_rooms, community=community, count=room_count))
        first = await database.read(lambda conn: last_id(conn))
        for begin in range(0, count, STEP):
            like = [dice.randrange(len(base)) for _ in range(min(STEP, count - begin))]
            rows = base[like] + noise.normal(0, NOISE, (len(like), base.shape[1]))
            rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
            ids = range(first + begin + 1, first + begin + 1 + len(like))
            made = [
                table_rows(id, texts.like(number, dice), row.tobytes(), agent, generation)
                for id, number, row in zip(ids, like, rows, strict=True)
            ]
            shared = [dice.choice(places) for _ in ids]
            await database.write(partial(write, made=made, shared=shared, after=ids[0] - 1))
            store = agent.house.meaning.store(model)
            await store.upsert(community, generation, ids, rows.astype(np.float32))
            print(f"  {folder.name}: {begin + len(like)} of {count}", file=sys.stderr, flush=True)
        await database.write(lambda conn: vector_rows.switch(conn, community, generation))


def last_id(conn: Connection) -> int:
    highest = [
        conn.execute(sa.select(sa.func.max(table.c.id))).scalar() for table in (resources, chunks)
    ]
    return max(id or 0 for id in highest)


def make_rooms(conn: Connection, community: Any, count: int) -> list[RoomId | None]:
    """Return new rooms; where none are wanted, what stands for the whole community."""
    ref = SpaceRef("terminal", "local")
    space = spaces.add_space(conn, community, ref)
    return [
        rooms.ensure(conn, community, space, Room(RoomRef(ref, f"r{n}"), f"r{n}"))
        for n in range(count)
    ] or [None]


def table_rows(
    id: int, text: str, vector: bytes, agent: Agent, generation: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rows of a resource of one chunk."""
    now, title, community = SystemClock().now(), f"Note {id}", agent.community.id
    resource: dict[str, Any] = {
        "id": id,
        "community_id": community,
        "source": f"note{id}",
        "kind": "text",
    }
    resource |= {"title": title, "text": text, "hash": f"{id}", "revision": 0}
    resource |= {"added_at": now - timedelta(days=id % 300), "changed_at": now}
    chunk: dict[str, Any] = {
        "id": id,
        "community_id": community,
        "resource_id": id,
        "ordinal": 0,
        "start": 0,
    }
    chunk |= {"end": len(text), "context": title, "text": text, "hash": f"{id}"}
    chunk |= {"place": {"headings": [], "page": None, "message": None}}
    chunk |= {"words": agent.house.analyser.words(f"{title}\n{text}"), "vector": vector}
    chunk |= {"model": model_of(agent).name, "generation": generation}
    return resource, chunk


def write(
    conn: Connection,
    made: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    shared: Sequence[RoomId | None],
    after: int,
) -> None:
    """Put resources, their shares and their chunks in, and tell that they are there."""
    conn.execute(sa.insert(resources), [resource for resource, _ in made])
    share = [
        {
            "community_id": resource["community_id"],
            "resource_id": resource["id"],
            "room_id": room,
            "comment": "",
            "shared_at": resource["added_at"],
        }
        for (resource, _), room in zip(made, shared, strict=True)
    ]
    conn.execute(sa.insert(shares), share)
    conn.execute(sa.insert(chunks), [chunk for _, chunk in made])
    conn.execute(
        sa.text("INSERT INTO chunks_fts(rowid, words) SELECT id, words FROM chunks WHERE id > :a"),
        {"a": after},
    )
    for table in (communities, room_table):
        conn.execute(sa.update(table).values(library_version=table.c.library_version + 1))


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


@dataclass(frozen=True)
class Took:
    """Milliseconds of the clock on the wall and of the processor, one a query."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def __str__(self) -> str:
        """Write them for people."""
        return (
            f"p50 {statistics.median(self.wall):.1f}, p95 {p95(self.wall):.1f} ms, "
            f"CPU {statistics.fmean(self.cpu):.1f} ms"
        )


async def time_all(ask: Timed, queries: Sequence[str]) -> Took:
    """Ask one after the other."""
    wall, cpu = [], []
    for query in queries:
        begun, spent = time.perf_counter(), time.process_time()
        await ask(query)
        wall.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - spent))
    return Took(wall, cpu)


async def in_turn(
    *ways: Timed, queries: Sequence[str], rounds: int = ROUNDS
) -> tuple[list[tuple[float, float]], list[Took]]:
    """Ask each way in turn, some rounds.

    Returns:
        For each way the medians of p95 and of CPU over those of the last way; and what the last round
        of each took.
    """
    for query in queries[:3]:
        for way in ways:
            await way(query)
    took = [[await time_all(way, queries) for way in ways] for _ in range(rounds)]
    ratios = [
        (
            statistics.median(p95(each[n].wall) / p95(each[-1].wall) for each in took),
            statistics.median(sum(each[n].cpu) / sum(each[-1].cpu) for each in took),
        )
        for n in range(len(ways))
    ]
    return ratios, took[-1]


def on_thread(ask: Callable[[str], object]) -> Timed:
    """Return what asks in a thread, as everything here waits for Chroma."""

    async def asked(text: str) -> object:
        return await asyncio.to_thread(ask, text)

    return asked


def model_of(agent: Agent) -> EmbeddingModel:
    """Return the model that an agent has loaded."""
    model = agent.house.meaning.model
    assert model is not None
    return model


def find(agent: Agent, readable: Readable) -> Timed:
    async def ask(text: str) -> object:
        return await agent.house.search.find(Query(text, agent.community.id, readable))

    return ask


def verdict(name: str, ratio: float, bar: float, rest: str) -> bool:
    """Print a line; return whether the bar was reached."""
    print(f"{name}: {ratio:.2f} x (bar {bar} x); {rest}", flush=True)
    return ratio <= bar


def collection_of(agent: Agent, generation: int) -> Any:
    """Return Chroma's own collection behind our vectors."""
    store = agent.house.meaning.store(model_of(agent))
    return store._existing(store._name(agent.community.id, generation))


async def small(folder: Path, texts: Texts, files: ModelFiles) -> bool:
    """A search by words and meaning beside a text query of Chroma with its default embedding."""
    from benchmarks.embedding import chromas_own

    with tempfile.TemporaryDirectory() as cache:
        embed = chromas_own(files, Path(cache))
        async with opened(folder) as agent:
            collection = collection_of(agent, 1)

            def chroma(text: str) -> object:
                return collection.query(query_embeddings=embed([text]), n_results=10)

            ratios, took = await in_turn(
                find(agent, Readable()),
                on_thread(chroma),
                queries=texts.queries,
            )
    rest = f"CPU {ratios[0][1]:.2f} x; ours {took[0]}; Chroma {took[1]}"
    return verdict("hybrid, 10k, p95", ratios[0][0], 0.3, rest)


async def audience(folder: Path, texts: Texts, files: ModelFiles) -> bool:
    """A search for the eyes of a member of some rooms, beside a filter of Chroma's on their numbers."""
    from benchmarks.embedding import chromas_own

    reached = []
    with tempfile.TemporaryDirectory() as cache:
        embed = chromas_own(files, Path(cache))
        async with opened(folder) as agent:
            rows = await agent.house.database.read(partial(table_of, agent=agent))
            place = folder.with_name(f"{folder.name}-chroma")
            collection = await asyncio.to_thread(with_rooms, place, *rows)
            for count in MEMBER_OF:
                reached.append(await member_of(agent, collection, embed, count, texts, rows))
    return all(reached)


def table_of(
    conn: Connection, agent: Agent
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Return all vectors: ids, rows and the room of each, 0 for everyone's."""
    wanted = (
        sa.select(chunks.c.id, chunks.c.vector, sa.func.coalesce(shares.c.room_id, 0))
        .join_from(chunks, shares, shares.c.resource_id == chunks.c.resource_id)
        .where(chunks.c.vector.is_not(None))
    )
    found = conn.execute(wanted).all()
    table = np.frombuffer(b"".join(row[1] for row in found), np.float16)
    return (
        np.array([row[0] for row in found]),
        table.reshape(len(found), -1).astype(np.float32),
        np.array([row[2] for row in found]),
    )


def with_rooms(
    place: Path, ids: NDArray[np.int64], rows: NDArray[np.float32], of: NDArray[np.int64]
) -> Any:
    """Return a collection of Chroma's that knows the room of each vector."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    client = chromadb.PersistentClient(str(place), ChromaSettings(anonymized_telemetry=False))
    made = client.get_or_create_collection(
        "rooms", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    if made.count() == len(ids):
        return made
    for begin in range(0, len(ids), STEP):
        some = slice(begin, begin + STEP)
        made.upsert(
            [str(id) for id in ids[some]],
            embeddings=rows[some],
            metadatas=[{"room": int(room)} for room in of[some]],
        )
    return made


async def member_of(
    agent: Agent, collection: Any, embed: Embed, count: int, texts: Texts, rows: Any
) -> bool:
    """Compare for a member of so many rooms: the vectors alone, and the whole search.

    What is compared with filters and finds with the vector at hand, and given a text as we are.
    """
    ids, table, of = rows
    mine = sorted(set(of.tolist()))[: count + 1]  # with what is everyone's
    readable = Readable(frozenset(RoomId(room) for room in mine[1:]))
    where = {"room": {"$in": mine}}
    house, community = agent.house, agent.community.id
    vectors = {query: await house.meaning.embed_query(query) for query in texts.queries}
    allowed = np.isin(of, mine)

    def chroma(text: str) -> object:
        return collection.query(query_embeddings=vectors[text][None], n_results=10, where=where)

    def chroma_by_text(text: str) -> object:
        return collection.query(query_embeddings=embed([text]), n_results=10, where=where)

    async def nearest(text: str) -> Any:
        query = Query(text, community, readable)
        visible = await house.database.read(
            lambda conn: house.search._shelves.visible(conn, community, readable)
        )
        near = Near(model_of(agent), 1, vectors[text])
        found = await house.search._nearest(query, near, visible)
        assert found is not None
        return found.ids

    recall = []
    for query in texts.queries:
        cosines = np.where(allowed, table @ vectors[query], -2.0)
        exact = set(ids[np.argsort(-cosines, kind="stable")[:10]].tolist())
        recall.append(len(exact & set((await nearest(query)).tolist())) / len(exact))
    found = statistics.fmean(recall)
    queries = texts.queries[::2]
    near, near_took = await in_turn(nearest, on_thread(chroma), queries=queries)
    whole, took = await in_turn(
        find(agent, readable), on_thread(chroma), on_thread(chroma_by_text), queries=queries
    )
    at_hand = tuple(ours / peer for ours, peer in zip(whole[0], whole[1], strict=True))
    name = f"member of {count} of {ROOMS} rooms, 100k, p95"
    rest = f"CPU {near[0][1]:.2f} x; recall {found:.3f}; {near_took[0]}; Chroma {near_took[1]}"
    beside = (
        f"CPU {whole[0][1]:.2f} x; over Chroma with the vector at hand {at_hand[0]:.2f} x, "
        f"CPU {at_hand[1]:.2f} x; {took[0]}; Chroma {took[2]}, vector at hand {took[1]}"
    )
    return (
        verdict(f"{name}, vectors", near[0][0], 0.25, rest)
        & verdict(f"{name}, whole search", whole[0][0], 0.25, beside)
        & (found >= 0.99)
    )


async def filling(folder: Path, texts: Texts) -> bool:
    """A search while all 10,000 texts are embedded and stored again, over the same before."""
    async with opened(folder) as agent:
        house, community = agent.house, agent.community.id
        ask = find(agent, Readable())
        await time_all(ask, texts.queries[:5])
        idle = [await time_all(ask, texts.queries) for _ in range(ROUNDS)]

        def unlearn(conn: Connection) -> None:
            conn.execute(sa.update(chunks).values(model=None, vector=None, generation=None))
            house.indexing.add(conn, community)

        await house.database.write(unlearn)
        while (await house.indexed(community))[0] == 0:  # until it is well under way
            await SystemClock().sleep(0.2)
        busy = [await time_all(ask, texts.queries) for _ in range(ROUNDS)]
        stored, total = await house.indexed(community)
    ratio = statistics.median(p95(each.wall) for each in busy)
    ratio /= statistics.median(p95(each.wall) for each in idle)
    rest = f"{stored} of {total} by then; busy {busy[-1]}; idle {idle[-1]}"
    return verdict("while 10k fill, p95 over idle", ratio, 3.0, rest) and stored < total


FIRST = """
import asyncio, sys, time
from pathlib import Path
from learncomm_agent.agent import Agent
from learncomm_agent.settings import Settings

async def main():
    async with Agent(Settings(data=Path(sys.argv[1]))) as agent:
        opened = time.monotonic()
        found = await agent.find(sys.argv[3])
        now = time.monotonic()
        print(now - float(sys.argv[2]), now - opened, len(found.passages), time.process_time())

asyncio.run(main())
"""
OURS = """
import asyncio, json, sys
from pathlib import Path
from learncomm_agent.agent import Agent
from learncomm_agent.settings import Settings

async def main():
    async with Agent(Settings(data=Path(sys.argv[1]))) as agent:
        await agent.ready()
        for query in json.loads(sys.argv[2]):
            await agent.find(query)
        print(open("/proc/self/statm").read().split()[1])

asyncio.run(main())
"""
BARE = """
import json, sys
import chromadb
from chromadb.config import Settings
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import find_models

client = chromadb.PersistentClient(sys.argv[1], Settings(anonymized_telemetry=False))
embedder = MiniLM(find_models())
(collection,) = [each for each in client.list_collections() if each.count() > 1000]
for query in json.loads(sys.argv[2]):
    collection.query(query_embeddings=embedder.embed_query(query), n_results=10)
print(open("/proc/self/statm").read().split()[1])
"""


def run(code: str, *arguments: str) -> list[float]:
    """Run a program in a process of its own and return the numbers that it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=kept,
    )
    return [float(number) for number in done.stdout.split()]


def for_everyone(folder: Path) -> Path:
    """Return a copy of a store whose chunks the whole community may read."""
    copy = folder.with_name(f"{folder.name}-everyone")
    if not copy.is_dir():
        shutil.copytree(folder, copy)
        with sqlite3.connect(copy / "learncomm.sqlite3") as conn:
            conn.execute("UPDATE shares SET room_id = NULL")
    return copy


def first(folder: Path, texts: Texts) -> bool:
    """The first answer of a new process, by words; the files are in the system's cache by then."""
    begun = [
        run(FIRST, str(folder), str(time.monotonic()), query)
        for query in texts.queries[: 2 * ROUNDS]
    ][ROUNDS:]
    start, opening = (statistics.median(row[at] for row in begun) for at in (0, 1))
    spent = statistics.median(row[3] for row in begun)
    print(
        f"first answer, 100k: {start:.2f} s from the start of the process (bar 1.2 s), "
        f"{opening:.2f} s from the end of opening (bar 0.3 s); CPU {spent:.2f} s",
        flush=True,
    )
    return start <= 1.2 and opening <= 0.3


def memory(folder: Path, texts: Texts) -> bool:
    """Resident memory after some queries, beside a bare Chroma client with the same embedder."""
    asked = json.dumps(texts.queries[:20])
    page = 4096 / 1e6
    (ours,), (bare,) = run(OURS, str(folder), asked), run(BARE, str(folder / VECTORS), asked)
    print(f"memory, 100k: {ours * page:.0f} MB, Chroma and the embedder alone {bare * page:.0f} MB")
    return True


async def prepare(cache: Path, texts: Texts, files: ModelFiles, *, is_large: bool) -> None:
    """Fill the stores that are not there yet."""
    wanted = [("small", SMALL, 0)] + [("large", LARGE, ROOMS)] * is_large
    present = await asyncio.to_thread(lambda: {each.name for each in cache.iterdir()})
    missing = [each for each in wanted if each[0] not in present]
    if not missing:
        return
    embedded = cache / "base.npy"
    if not await asyncio.to_thread(embedded.exists):
        np.save(embedded, await asyncio.to_thread(MiniLM(files).embed, texts.base))
    base = np.load(embedded)
    for name, count, room_count in missing:
        made = cache / f"{name}.part"
        await fill(made, texts, base, count, room_count)
        await asyncio.to_thread(made.rename, cache / name)


PARTS = ("small", "audience", "first", "memory", "filling")


async def measure(data: Path, cache: Path, parts: Sequence[str]) -> bool:
    """Run the parts that were asked for."""
    texts, files = read_texts(data), fetch_models()
    is_large = bool({"audience", "first", "memory"} & set(parts))
    await prepare(cache, texts, files, is_large=is_large)
    reached = True
    if "small" in parts:
        reached &= await small(cache / "small", texts, files)
    if "audience" in parts:
        reached &= await audience(cache / "large", texts, files)
    if is_large:
        everyone = await asyncio.to_thread(for_everyone, cache / "large")
        if "first" in parts:
            reached &= await asyncio.to_thread(first, everyone, texts)
        if "memory" in parts:
            reached &= await asyncio.to_thread(memory, everyone, texts)
    if "filling" in parts:
        with tempfile.TemporaryDirectory() as place:
            copy = await asyncio.to_thread(shutil.copytree, cache / "small", Path(place) / "copy")
            reached &= await filling(copy, texts)
    return reached


def main() -> int:
    """Read the command line and run; 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--cache", type=Path, help="where the filled stores are kept")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        cache = chosen.cache or Path(place)
        cache.mkdir(parents=True, exist_ok=True)
        return 0 if asyncio.run(measure(chosen.data, cache, chosen.only)) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    sys.exit(main())
