"""A process is killed while it imports or restores: nothing of it is there, or all of it; then it can be repeated."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from learncomm_agent.library.resources import Reading, ResourceKind, Section, Share
from learncomm_agent.moving.backing_up import back_up
from learncomm_agent.storage.store import DATABASE
from tests.kill.lives import Lives
from tests.moving.conftest import THEN, Home, Opens, exported, new_store, opens, said, tree

__all__ = ["exported", "new_store", "opens"]

COUNT = 40

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    with Lives("tests.kill.moving_child", tmp_path_factory.mktemp("moving") / "log.txt") as lives:
        yield lives


def live_until(lives: Lives, moment: str, *args: object) -> None:
    """Let a process work and kill it right after it has said something; `done` is when it ends by itself."""
    life = lives.begin(*args)
    is_said = moment in life.told()
    life.kill()
    assert is_said, lives.log()


async def fill(home: Home) -> None:
    """Add as much as there are moments."""
    await home.add(
        [Reading(f"n{n}", ResourceKind.TEXT, f"N{n}", (Section(f"{n} x"),)) for n in range(COUNT)],
        Share(),
    )


def count(data: Path) -> int:
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        conn.execute("INSERT INTO chunks_fts(chunks_fts, rank) VALUES('integrity-check', 1)")
        resources = conn.execute("SELECT count(*) FROM resources").fetchone()[0]
        chunks = conn.execute("SELECT count(DISTINCT resource_id) FROM chunks").fetchone()[0]
    assert resources == chunks
    return int(resources)


async def test_an_import_that_is_killed_can_be_repeated(
    lives: Lives, opens: Opens, tmp_path: Path
) -> None:
    async with opens("home") as home:
        await fill(home)
        await home.export(tmp_path / "out")
    data = tmp_path / "data"
    for moment in ("at 5", "at 10"):
        live_until(lives, moment, "import", tmp_path / "out", data)
        assert count(data) in (0, COUNT), moment
    live_until(lives, "done", "import", tmp_path / "out", data)
    assert count(data) == COUNT


async def test_a_restore_that_is_killed_leaves_the_old_folder_whole(
    lives: Lives, opens: Opens, tmp_path: Path
) -> None:
    async with opens("home") as home:
        await fill(home)
    async with opens("data"):
        pass
    packed = partial(back_up, version="1", now=THEN, progress=said)
    await asyncio.to_thread(packed, tmp_path / "home", tmp_path / "b.zip")
    data = tmp_path / "data"
    old = tree(data)
    for moment in ("at 5", "at 10"):
        live_until(lives, moment, "restore", tmp_path / "b.zip", data)
        assert {**tree(data), "lock": b""} == {**old, "lock": b""}, moment
    live_until(lives, "renamed", "restore", tmp_path / "b.zip", data)
    (kept,) = tmp_path.glob("data.before-*")
    assert {**tree(kept), "lock": b""} == {**old, "lock": b""}, "put aside, and whole"
    assert not data.exists() or count(data) == COUNT
    live_until(lives, "done", "restore", tmp_path / "b.zip", data)
    assert count(data) == COUNT
    assert not list(tmp_path.glob(".*.part")), "what was left behind is cleared away"
