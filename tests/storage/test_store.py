"""A data folder belongs to one process at a time."""

from pathlib import Path
from threading import Thread

import pytest

from learncomm_agent.errors import StorageError, StoreLockedError
from learncomm_agent.storage.lock import StoreLock
from learncomm_agent.storage.store import DATABASE, Store


def test_a_store_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "data"), Store(tmp_path / "data")
    one.open()
    with pytest.raises(StoreLockedError):
        other.open()
    one.close()
    third = Store(tmp_path / "data")
    third.open()
    third.close()
    other.close()


def test_a_store_that_can_not_be_opened_lets_go_of_its_lock(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all, " * 400)
    with pytest.raises(StorageError):
        Store(tmp_path).open()
    with StoreLock(tmp_path):
        pass


def test_a_store_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="no data folder"):
        Store(tmp_path / "data").open()


def test_a_store_closes_though_it_was_never_open(tmp_path: Path) -> None:
    Store(tmp_path).close()


def test_the_lock_needs_its_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="locked"):
        StoreLock(tmp_path / "data").acquire()


def test_the_lock_may_be_let_go_from_another_thread(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    for step in (lock.acquire, lock.release):
        thread = Thread(target=step)
        thread.start()
        thread.join()
    with StoreLock(tmp_path):
        pass


def test_letting_go_twice_is_harmless(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()
    with StoreLock(tmp_path):
        pass
