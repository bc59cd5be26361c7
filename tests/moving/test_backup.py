"""The whole store in one file and back: what was acknowledged is in it, what is wrong with it is told."""

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from learncomm_agent.errors import (
    LearncommError,
    NotFoundError,
    StorageError,
    StorageFullError,
    StoreLockedError,
    UsageError,
)
from learncomm_agent.library.resources import Reading, ResourceKind, Section, Share
from learncomm_agent.moving import backing_up, restoring
from learncomm_agent.moving.backing_up import BackedUp
from learncomm_agent.moving.records import digest
from learncomm_agent.moving.restoring import Restored
from learncomm_agent.storage import state
from learncomm_agent.storage.lock import StoreLock
from learncomm_agent.storage.store import DATABASE, VECTORS
from tests.moving.conftest import THEN, Home, Opens, said, tree


def back_up(data: Path, target: Path) -> BackedUp:
    return backing_up.back_up(data, target, version="1.2.3", now=THEN, progress=said)


def restore(source: Path, data: Path, *, replaces: bool = False) -> Restored:
    return restoring.restore(source, data, replaces=replaces, now=THEN, progress=said)


@pytest.fixture
def data(tmp_path: Path, new_store: Path) -> Path:
    """A data folder as a process leaves it, with what adapters and operators put there."""
    folder = tmp_path / "data"
    for name, content in {
        "learncomm.toml": "# mine\n",
        "readers/phrases/en.toml": "[answer]\n",
        "terminal/@a:b.db": "x",
        "lock": "",
        "learncomm.log": "secret log",
        "learncomm.log.1": "secret log",
        "vectors/chroma.sqlite3": "again",
        "models/m.onnx": "again",
        ".data-1234.part": "half",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "aside").symlink_to("/etc")
    os.mkfifo(folder / "terminal" / "pipe")
    shutil.copy(new_store, folder)
    return folder


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    back_up(data, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


KEPT = {"learncomm.sqlite3", "learncomm.toml", "readers/phrases/en.toml", "terminal/@a:b.db"}


def test_what_cant_be_made_again_comes_back_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    made = back_up(data, tmp_path / "backup.zip")
    assert (made.files, sorted(made.passed_over)) == (4, ["aside", "terminal/pipe"])
    assert made.size_bytes == (tmp_path / "backup.zip").stat().st_size
    assert stat.S_IMODE((tmp_path / "backup.zip").stat().st_mode) == 0o600
    with ZipFile(tmp_path / "backup.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["learncomm"], manifest["made_at"]) == ("1.2.3", "2026-03-29T00:30:00.123456Z")
    restored = restore(tmp_path / "backup.zip", tmp_path / "deep" / "other")
    assert (restored.kept, restored.made_at, restored.files) == (None, THEN, 4)
    files = tree(tmp_path / "deep" / "other")
    assert files.keys() == KEPT
    before = tree(data)
    assert all(files[name] == before[name] for name in KEPT - {DATABASE})
    for path in (tmp_path / "deep").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert {each.name for each in tmp_path.iterdir()} == {"data", "backup.zip", "deep"}


async def test_what_was_acknowledged_while_it_runs_is_in_it(
    home: Home, opens: Opens, tmp_path: Path
) -> None:
    """A writer goes on while the copy is made; each row that it was told of before is there."""
    acknowledged: list[int] = []
    begun, ended = asyncio.Event(), threading.Event()

    async def write() -> None:
        number = 0
        while not ended.is_set():
            note = Reading(f"n{number}", ResourceKind.TEXT, f"N{number}", (Section(f"{number} x"),))
            await home.add([note], Share())
            acknowledged.append(number)
            number += 1
            if number == 3:
                begun.set()

    writer = asyncio.create_task(write())
    await begun.wait()
    before = len(acknowledged)
    await asyncio.to_thread(back_up, home.folder, tmp_path / "backup.zip")
    ended.set()
    await writer
    assert len(acknowledged) > before, "the writer was not held up"
    await asyncio.to_thread(restore, tmp_path / "backup.zip", tmp_path / "other")
    async with opens("other") as other:
        rows = await other.rows("SELECT source FROM resources WHERE source LIKE 'n%'")
        kept = {row[0] for row in rows} - {"note:1"}
        assert {f"n{number}" for number in range(before)} <= kept
        assert kept == {f"n{number}" for number in range(len(kept))}, "one moment, no holes"
        assert await other.rows("PRAGMA foreign_key_check") == []


async def test_meaning_is_there_again_without_embedding(
    home: Home, opens: Opens, tmp_path: Path
) -> None:
    await index(home)
    texts = home.embedder.texts
    assert texts > 0
    await asyncio.to_thread(back_up, home.folder, tmp_path / "backup.zip")
    await asyncio.to_thread(restore, tmp_path / "backup.zip", tmp_path / "other")
    assert not (tmp_path / "other" / VECTORS).exists()
    async with opens("other") as other:
        await index(other)
        assert other.embedder.texts == 0
        model = other.meaning.model
        assert model is not None
        held = await other.meaning.store(model).count(other.community, 1)
        (total,) = await other.rows("SELECT count(*) FROM chunks")
        assert held == total[0] > 0


async def test_a_copy_beside_its_original_goes_by_another_name_and_one_in_its_place_by_the_same(
    home: Home, opens: Opens, tmp_path: Path
) -> None:
    name = await home.database.write(lambda conn: state.store_id(conn, THEN))
    await asyncio.to_thread(back_up, home.folder, tmp_path / "backup.zip")
    await asyncio.to_thread(restore, tmp_path / "backup.zip", tmp_path / "beside")
    async with opens("beside") as beside:
        other = await beside.database.write(lambda conn: state.store_id(conn, THEN))
    assert other != name
    shutil.copytree(home.folder, tmp_path / "same")
    await asyncio.to_thread(restore, tmp_path / "backup.zip", tmp_path / "same", replaces=True)
    async with opens("same") as same:
        assert await same.database.write(lambda conn: state.store_id(conn, THEN)) == name


async def index(home: Home) -> None:
    """Do what a start does, until nothing is due."""
    await home.work.recover()
    running = asyncio.create_task(home.work.run())
    await home.indexing.catch_up([home.community])
    left = "SELECT 1 FROM work WHERE name = 'index' AND done_at IS NULL"
    while await home.rows(left):  # noqa: ASYNC110 - it is done on other threads
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_folder_in_use_is_put_aside_only_when_asked(archive: Path, data: Path) -> None:
    before = tree(data)
    with pytest.raises(UsageError) as failed:
        restore(archive, data)
    assert failed.value.advice.phrase == "error.restore_taken"
    assert tree(data) == before
    restored = restore(archive, data, replaces=True)
    assert restored.kept == data.with_name("data.before-20260329T003000Z")
    assert tree(data).keys() == KEPT
    assert tree(restored.kept) == before


@pytest.mark.parametrize("content", [(), ("lock",), ("learncomm.log", "learncomm.log.1")])
def test_a_folder_without_anything_of_worth_needs_no_asking(
    archive: Path, tmp_path: Path, content: tuple[str, ...]
) -> None:
    (tmp_path / "new").mkdir()
    for name in content:
        (tmp_path / "new" / name).touch()
    assert restore(archive, tmp_path / "new").kept is None
    assert tree(tmp_path / "new").keys() == KEPT
    assert {each.name for each in tmp_path.iterdir()} == {"data", "backup.zip", "new"}


def test_a_folder_that_a_process_holds_is_left_alone(archive: Path, data: Path) -> None:
    before = tree(data)
    with StoreLock(data), pytest.raises(StoreLockedError):
        restore(archive, data, replaces=True)
    assert tree(data) == before


def test_a_backup_is_made_only_of_a_sound_store_and_never_written_over(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError):
        back_up(tmp_path / "nothing", tmp_path / "backup.zip")
    for content in (b"no database" * 1000, b""):
        (data / DATABASE).write_bytes(content)
        with pytest.raises(StorageError) as failed:
            back_up(data, tmp_path / "backup.zip")
        assert failed.value.advice.phrase == "error.store_broken"
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(UsageError):
        back_up(data, tmp_path / "taken")
    with pytest.raises(UsageError) as inside:
        back_up(data, data / "readers" / "backup.zip")
    assert inside.value.advice.phrase == "error.backup_inside"
    assert {each.name for each in tmp_path.iterdir()} == {"data", "taken"}


def rewritten(change: Callable[[dict[str, bytes]], None], **how: int) -> Callable[[Path], None]:
    """Return what changes the content of an archive and keeps the rest as it is."""

    def apply(path: Path) -> None:
        with ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        change(content)
        with ZipFile(path, "w", how.get("compression", ZIP_DEFLATED)) as archive:
            for name, each in content.items():
                entry = ZipInfo(name)
                entry.compress_type = how.get("compression", ZIP_DEFLATED)
                entry.external_attr = how.get("mode", 0o600) << 16
                archive.writestr(entry, each)

    return apply


def manifest(**values: object) -> Callable[[Path], None]:
    def change(content: dict[str, bytes]) -> None:
        content["manifest.json"] = json.dumps(
            {**json.loads(content["manifest.json"]), **values}
        ).encode()

    return rewritten(change)


def put(name: str, each: bytes, *, is_listed: bool = True) -> Callable[[Path], None]:
    """Return what puts a file in, with all that belongs to it."""

    def change(content: dict[str, bytes]) -> None:
        record = json.loads(content["manifest.json"])
        record["files"] = [file for file in record["files"] if file["name"] != name]
        if is_listed:
            record["files"].append({"name": name, "size": len(each), "sha256": digest(each)})
        content["manifest.json"] = json.dumps(record).encode()
        content[name] = each

    return rewritten(change)


def without(name: str) -> Callable[[Path], None]:
    def change(content: dict[str, bytes]) -> None:
        del content[name]

    return rewritten(change)


def altered(content: dict[str, bytes]) -> None:
    content["learncomm.toml"] = b"# MINE\n"


def cut(part: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * part))


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def twice(path: Path) -> None:
    with ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("learncomm.toml", "# yours\n")


def newer(path: Path) -> None:
    copy = path.with_name("newer.sqlite3")
    with ZipFile(path) as archive:
        copy.write_bytes(archive.read(DATABASE))
    with closing(sqlite3.connect(copy, isolation_level=None)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    put(DATABASE, copy.read_bytes())(path)
    copy.unlink()


HOSTILE = [
    ("unreadable_forbidden", Path.unlink),
    ("backup_broken", lambda path: path.write_bytes(b"") and None),
    ("backup_broken", lambda path: path.write_bytes(b"PK\x05\x06" * 99) and None),
    *(("backup_broken", cut(part)) for part in (0.1, 0.5, 0.99)),
    ("backup_broken", flipped),
    ("backup_broken", twice),
    ("backup_broken", rewritten(altered)),
    ("backup_broken", without("learncomm.toml")),
    ("backup_broken", without(DATABASE)),
    ("backup_not_ours", without("manifest.json")),
    ("backup_not_ours", manifest(format="something")),
    ("backup_not_ours", manifest(files="all")),
    ("backup_not_ours", manifest(made_at="soon")),
    ("moving_version", manifest(version=2)),
    ("backup_broken", manifest(files=[])),
    ("backup_broken", put("extra", b"x", is_listed=False)),
    ("backup_broken", put("../outside", b"x")),
    ("backup_broken", put("/tmp/outside", b"x")),
    ("backup_broken", put("a\\..\\outside", b"x")),
    ("backup_broken", put("C:/outside", b"x")),
    ("backup_broken", put("folder/", b"")),
    ("backup_broken", put("zeros", bytes(50_000_000))),
    ("backup_broken", rewritten(lambda content: None, mode=stat.S_IFLNK | 0o777)),
    ("backup_broken", rewritten(lambda content: None, mode=stat.S_IFCHR | 0o600)),
    ("backup_broken", rewritten(lambda content: None, compression=ZIP_BZIP2)),
    ("backup_broken", put(DATABASE, b"SQLite format 3\x00" + bytes(5000))),
    ("backup_broken", put(DATABASE, b"")),
    ("schema_too_new", newer),
]


@pytest.mark.parametrize(("phrase", "change"), HOSTILE)
def test_a_file_that_cant_be_trusted_is_one_sentence_and_nothing_has_changed(
    archive: Path, data: Path, tmp_path: Path, phrase: str, change: Callable[[Path], None]
) -> None:
    change(archive)
    before = tree(data)
    names = {each.name for each in tmp_path.iterdir()}
    for target in (data, tmp_path / "new"):
        with pytest.raises(LearncommError) as failed:
            restore(archive, target, replaces=True)
        assert failed.value.advice.phrase == f"error.{phrase}"
    assert tree(data) == before
    assert {each.name for each in tmp_path.iterdir()} == names


def test_a_backup_that_the_disk_has_no_room_for_is_not_begun(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(StorageFullError):
        restore(archive, tmp_path / "new")
    assert not (tmp_path / "new").exists()
