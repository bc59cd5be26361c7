import asyncio
import ctypes
import inspect
import platform
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event
from uuid import uuid4

import numpy as np
import pytest

from learncomm_agent.errors import EmbeddingMismatchError, StorageError, VectorsUnreachableError
from learncomm_agent.library import embedding
from learncomm_agent.library.embedding import EmbeddingModel
from learncomm_agent.storage import vectors
from learncomm_agent.storage.chroma import ChromaFolder, ChromaServer
from learncomm_agent.storage.vectors import Vectors

MODEL = EmbeddingModel("words/of-ours v1", 8)


def some(count: int, seed: int = 0) -> embedding.Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, MODEL.dimensions)).astype(np.float32)
    unit: embedding.Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def rounded(found: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return [(id_, round(score, 4)) for id_, score in found]


def damage(folder: Path, what: str) -> None:
    if what == "database":
        (folder / "chroma.sqlite3").write_bytes(b"no database" * 1_000)
    else:
        next(folder.glob("*/header.bin")).write_bytes(b"?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture(params=["folder", pytest.param("server", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, folder: Path) -> ChromaFolder | ChromaServer:
    """Where the vectors are: nothing may depend on it. A server holds what other tests left there."""
    if request.param == "folder":
        return ChromaFolder(folder)
    return ChromaServer(request.getfixturevalue("chroma_server"), f"test-{uuid4().hex[:8]}-")


@pytest.fixture
async def store(place: ChromaFolder | ChromaServer) -> AsyncIterator[Vectors]:
    store = Vectors(place, MODEL)
    yield store
    await store.close()


async def test_ids_are_listed_in_order_over_any_number_of_pages(
    store: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_PAGE", 7)
    assert (await store.ids(1, 1)).tolist() == []
    await store.upsert(1, 1, [900, *range(30), 1_000], some(32))
    assert (await store.ids(1, 1)).tolist() == [*range(30), 900, 1_000]
    assert (await store.ids(1, 2)).tolist() == []


async def test_a_collection_of_an_older_version_is_looked_through_as_far_as_a_new_one(
    place: ChromaFolder | ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for far in (60, 1_000):
        monkeypatch.setattr(vectors, "_SEARCHED", far)
        store = Vectors(place, MODEL)
        await store.upsert(1, 1, [far], some(1))
        (collection,) = store._collections.values()
        collection = (await asyncio.to_thread(store._open)).get_collection(collection.name)
        assert collection.configuration_json["hnsw"]["ef_search"] == far
        await store.close()


async def test_the_nearest_come_first_with_their_cosine(store: Vectors) -> None:
    rows = some(20)
    await store.upsert(1, 1, range(100, 120), rows)
    found = await store.query(1, 1, rows[7], 20)
    exact = rows @ rows[7]
    assert [id_ for id_, _ in found] == [100 + index for index in np.argsort(-exact)]
    assert [score for _, score in found] == pytest.approx(sorted(exact, reverse=True), abs=1e-5)


async def test_a_query_of_nothing_finds_nothing(store: Vectors) -> None:
    row = some(1)
    assert await store.query(1, 1, row, 5) == []
    await store.upsert(1, 1, [], some(0))
    await store.upsert(1, 1, [1], row)
    assert await store.query(1, 1, row, 0) == []
    assert await store.query(1, 1, np.zeros(8, np.float32), 5) == []
    await store.remove(1, 1, [1])
    assert await store.query(1, 1, row, 5) == []


async def test_a_vector_of_zeros_is_near_to_nothing(store: Vectors) -> None:
    rows = some(2)
    rows[1] = 0
    await store.upsert(1, 1, [1, 2], rows)
    assert rounded(await store.query(1, 1, rows[0], 5)) == [(1, 1.0), (2, 0.0)]


async def test_the_same_id_again_takes_the_place_of_the_first(store: Vectors) -> None:
    rows = some(2)
    await store.upsert(1, 1, [5], rows[:1])
    await store.upsert(1, 1, [5], rows[1:])
    assert await store.count(1, 1) == 1
    assert rounded(await store.query(1, 1, rows[1], 5)) == [(5, 1.0)]


async def test_what_was_removed_is_found_no_more_and_unknown_ids_are_fine(store: Vectors) -> None:
    rows = some(120)
    await store.upsert(1, 1, range(120), rows)
    await store.remove(1, 1, [*range(1, 120), 4_000])
    await store.remove(9, 9, [1])
    assert [id_ for id_, _ in await store.query(1, 1, rows[5], 200)] == [0]
    assert await store.count(1, 1) == 1


async def test_communities_generations_and_models_never_meet(
    store: Vectors, place: ChromaFolder | ChromaServer
) -> None:
    rows = some(3)
    other = Vectors(place, EmbeddingModel("words-of-ours v1", 8))
    await store.upsert(1, 1, [1], rows[:1])
    await store.upsert(11, 1, [2], rows[1:2])
    await store.upsert(1, 11, [3], rows[2:])
    await other.upsert(1, 1, [4], rows[:1])
    assert [id_ for id_, _ in await store.query(1, 1, rows[1], 9)] == [1]
    assert [id_ for id_, _ in await store.query(11, 1, rows[0], 9)] == [2]
    assert [id_ for id_, _ in await store.query(1, 11, rows[0], 9)] == [3]
    assert [id_ for id_, _ in await other.query(1, 1, rows[0], 9)] == [4]
    assert await store.generations(1) == (1, 11)
    assert await other.generations(1) == (1,)
    await other.close()


async def test_everything_is_there_after_a_restart(place: ChromaFolder | ChromaServer) -> None:
    rows = some(60)
    first = Vectors(place, MODEL)
    await first.upsert(1, 2, range(60), rows)
    await first.close()
    second = Vectors(place, MODEL)
    assert await second.count(1, 2) == 60
    assert rounded(await second.query(1, 2, rows[59], 1)) == [(59, 1.0)]
    await second.close()


async def test_a_dropped_collection_is_gone_and_can_begin_again(store: Vectors) -> None:
    rows = some(2)
    await store.upsert(1, 1, [1], rows[:1])
    await store.drop(1, 1)
    await store.drop(1, 1)
    assert (await store.count(1, 1), await store.generations(1)) == (0, ())
    await store.upsert(1, 1, [2], rows[1:])
    assert [id_ for id_, _ in await store.query(1, 1, rows[0], 9)] == [2]


async def test_pruning_leaves_what_is_named_and_takes_other_models_too(
    store: Vectors, place: ChromaFolder | ChromaServer
) -> None:
    other = Vectors(place, EmbeddingModel("another", 8))
    for generation in (1, 2):
        await store.upsert(1, generation, [1], some(1))
    await other.upsert(1, 2, [1], some(1))
    await other.close()
    assert await store.prune([(1, 2)]) == 2
    assert await store.prune([(1, 2)]) == 0
    assert await store.generations(1) == (2,)


@pytest.mark.parametrize("shape", [(2, 7), (1, 8), (3, 8), (2, 8, 1), (16,)])
async def test_vectors_of_another_shape_are_refused(store: Vectors, shape: tuple[int, ...]) -> None:
    with pytest.raises(EmbeddingMismatchError):
        await store.upsert(1, 1, [1, 2], np.zeros(shape, np.float32))
    with pytest.raises(EmbeddingMismatchError):
        await store.query(1, 1, np.zeros(7, np.float32), 5)
    assert await store.generations(1) == ()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30, 2.0])
async def test_numbers_that_are_no_unit_vector_are_refused(store: Vectors, number: float) -> None:
    rows = some(2)
    rows[1, 3] = number
    with pytest.raises(StorageError):
        await store.upsert(1, 1, [1, 2], rows)
    with pytest.raises(StorageError):
        await store.query(1, 1, rows[1], 5)
    assert await store.count(1, 1) == 0


async def test_an_id_twice_in_one_upsert_is_refused(store: Vectors) -> None:
    with pytest.raises(StorageError):
        await store.upsert(1, 1, [1, 1], some(2))


async def test_queries_are_answered_while_a_large_upsert_runs(store: Vectors) -> None:
    rows = some(600)
    await store.upsert(1, 1, [0], rows[:1])
    filling = asyncio.create_task(store.upsert(1, 1, range(600), rows))
    answers = 0
    while not filling.done():
        assert (await store.query(1, 1, rows[0], 1))[0][0] == 0
        answers += 1
    await filling
    assert answers > 5
    assert await store.count(1, 1) == 600


async def test_a_cancelled_upsert_leaves_a_store_that_works(store: Vectors) -> None:
    rows = some(600)
    await store.start()
    filling = asyncio.create_task(store.upsert(1, 1, range(600), rows))
    await store.query(1, 1, rows[0], 1)
    filling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filling
    assert await store.count(1, 1) < 600
    await store.upsert(1, 1, range(600), rows)
    assert await store.count(1, 1) == 600


async def test_it_is_ready_between_start_and_close(place: ChromaFolder | ChromaServer) -> None:
    store = Vectors(place, MODEL)
    seen = [store.is_ready]
    await store.start()
    seen.append(store.is_ready)
    await store.close()
    await store.close()
    assert [*seen, store.is_ready] == [False, True, False]
    with pytest.raises(StorageError):
        await store.count(1, 1)


async def test_closing_finishes_what_was_asked_before(place: ChromaFolder | ChromaServer) -> None:
    store = Vectors(place, MODEL)
    writing = asyncio.create_task(store.upsert(1, 1, [1], some(1)))
    await asyncio.sleep(0)
    await store.close()
    await writing
    again = Vectors(place, MODEL)
    assert await again.count(1, 1) == 1
    await again.close()


@pytest.mark.parametrize("broken", ["database", "index", "no folder"])
async def test_a_broken_folder_is_an_error_until_it_is_reset(folder: Path, broken: str) -> None:
    rows = some(1_200)
    store = Vectors(ChromaFolder(folder), MODEL)
    await store.upsert(1, 1, range(1_200), rows)
    await store.close()
    if broken == "no folder":
        folder = folder / "chroma.sqlite3"
    else:
        damage(folder, broken)
    store = Vectors(ChromaFolder(folder), MODEL)
    for _ in range(2):
        with pytest.raises(StorageError) as caught:
            await store.query(1, 1, rows[0], 1)
        assert caught.value.advice.phrase == "error.vectors"
    await store.reset()
    assert await store.count(1, 1) == 0
    await store.upsert(1, 1, [7], rows[:1])
    assert rounded(await store.query(1, 1, rows[0], 1)) == [(7, 1.0)]
    await store.close()


async def test_a_reset_starts_empty_even_where_files_went_away_while_open(
    store: Vectors, place: ChromaFolder | ChromaServer, folder: Path
) -> None:
    await store.upsert(1, 1, [1], some(1))
    if not place.is_remote:
        (folder / "chroma.sqlite3").unlink()
    await store.reset()
    await store.upsert(1, 1, [2], some(1))
    assert [id_ for id_, _ in await store.query(1, 1, some(1), 9)] == [2]


@pytest.mark.slow
async def test_two_stores_on_one_server_see_nothing_of_each_other(chroma_server: str) -> None:
    names = [f"test-{uuid4().hex[:8]}-" for _ in range(2)]
    ours, theirs = (Vectors(ChromaServer(chroma_server, name), MODEL) for name in names)
    rows = some(2)
    await ours.upsert(1, 1, [1], rows[:1])
    await theirs.upsert(1, 1, [2], rows[1:])
    assert await ours.prune([]) == 1
    await ours.reset()
    assert await ours.generations(1) == ()
    assert rounded(await theirs.query(1, 1, rows[1], 9)) == [(2, 1.0)]
    await ours.close()
    await theirs.close()


async def nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as a server that is something else."""
    await reader.readline()
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_server_that_does_not_answer_is_said_and_not_waited_for(is_there: bool) -> None:
    server = await asyncio.start_server(nobody, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if not is_there:
        server.close()
    store = Vectors(ChromaServer(f"http://127.0.0.1:{port}", "test-"), MODEL)
    for verb in (store.start(), store.query(1, 1, some(1), 1), store.reset()):
        with pytest.raises(VectorsUnreachableError):
            await verb
    assert not store.is_ready
    await store.close()
    server.close()


def test_no_verb_takes_a_text() -> None:
    taken = {
        parameter.annotation
        for name, verb in inspect.getmembers(Vectors, inspect.iscoroutinefunction)
        if not name.startswith("_")
        for parameter in inspect.signature(verb).parameters.values()
    }
    assert not any("str" in str(annotation) for annotation in taken)


async def test_no_thread_is_left_waiting_for_a_job_that_was_cancelled() -> None:
    from learncomm_agent.storage.worker import Worker

    worker, gate, ran = Worker("test"), Event(), list[str]()
    first = asyncio.create_task(worker.run(gate.wait))
    tasks = [
        asyncio.create_task(worker.run(lambda: ran.append("patient"))),
        asyncio.create_task(worker.run(lambda: ran.append("cancelled"))),
        asyncio.create_task(worker.run(lambda: ran.append("urgent"), urgent=True)),
    ]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    gate.set()
    await asyncio.gather(first, *tasks, return_exceptions=True)
    worker.stop()
    assert ran == ["urgent", "patient"]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_memory_that_goes_to_disk_holds_nothing_of_before(tmp_path: Path) -> None:
    folder = ChromaFolder(tmp_path)
    folder.close(folder.open())
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size = 3000
    block = libc.malloc(size)
    ctypes.memset(block, ord("x"), size)
    libc.free(block)
    again = [libc.malloc(size) for _ in range(20)]
    assert block in again, "else this shows nothing"
    assert {ctypes.string_at(each, size) for each in again} == {bytes(size)}
    for each in again:
        libc.free(each)
