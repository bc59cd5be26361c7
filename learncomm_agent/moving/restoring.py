"""A backup becomes a data folder again: unpacked and checked beside it, then put in its place at once."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from learncomm_agent import log
from learncomm_agent.errors import StorageFullError, UsageError
from learncomm_agent.moving.archives import Archive, as_broken, opened
from learncomm_agent.moving.staging import beside, clear, created, refusals, sync
from learncomm_agent.storage import copying
from learncomm_agent.storage.lock import LOCK, StoreLock
from learncomm_agent.storage.store import DATABASE

Progress = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    files: int
    made_at: datetime
    """When the backup was made."""
    kept: Path | None
    """Where the old data folder is now."""


def restore(
    source: Path, data: Path, *, replaces: bool, now: datetime, progress: Progress
) -> Restored:
    """Put a backup in the place of a data folder. Blocks.

    Args:
        source: The file.
        data: The data folder; holds nothing, or is kept beside under another name.
        replaces: Whether a folder that holds something may be put aside.
        now: Names the folder that is put aside.
        progress: Told how much is unpacked.

    Raises:
        StoreLockedError: A process works with the folder.
        UsageError: It holds something, and may not be put aside.
        SchemaTooNewError: A newer learncomm made the backup.
        StorageError: The backup can't be used, or the disk refused; the folder is as it was.
    """
    data = data.resolve()
    with refusals(data), opened(source) as archive, _held(data) as lock:
        is_used = _is_used(data)
        if is_used and not replaces:
            raise UsageError(
                f"{str(data)!r} is in use", phrase="error.restore_taken", folder=str(data)
            )
        data.parent.mkdir(parents=True, exist_ok=True)
        clear(data)
        if shutil.disk_usage(data.parent).free < archive.size_bytes:
            raise StorageFullError(f"no room for {archive.size_bytes} bytes")
        staged = beside(data)
        try:
            _unpack(archive, staged, progress)
            with as_broken(source.name):
                copying.check(staged / DATABASE)
            copying.rename(staged / DATABASE, instead=data / DATABASE)
            if os.name == "nt" and lock is not None:
                lock.release()  # there, a folder keeps its name while a file in it is open
            kept = data.with_name(f"{data.name}.before-{now:%Y%m%dT%H%M%SZ}")
            _swap(staged, data, kept)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        if not is_used:
            shutil.rmtree(kept, ignore_errors=True)
    return Restored(
        len(archive.manifest.files), archive.manifest.made_at, kept if is_used else None
    )


@contextlib.contextmanager
def _held(data: Path) -> Iterator[StoreLock | None]:
    """Hold a data folder, if there is one, so that nobody starts in it."""
    if not data.exists():
        yield None
        return
    with StoreLock(data) as lock:
        yield lock


def _is_used(data: Path) -> bool:
    """Whether a folder holds anything of worth."""
    names = [path.name for path in data.iterdir()] if data.exists() else []
    return any(name != LOCK and not name.startswith(log.FILE) for name in names)


def _unpack(archive: Archive, folder: Path, progress: Progress) -> None:
    folder.mkdir(mode=0o700)
    done = 0
    for record in archive.manifest.files:
        path = folder / record.name
        for parent in reversed(path.relative_to(folder).parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        with created(path) as file:
            for piece in archive.pieces(record):
                done += file.write(piece)
                progress(done, archive.size_bytes)
        sync(path)
    sync(folder)


def _swap(staged: Path, data: Path, kept: Path) -> None:
    """Put one folder in the place of the other."""
    if not data.exists():
        staged.rename(data)
        return
    data.rename(kept)
    try:
        staged.rename(data)
    except OSError:
        kept.rename(data)
        raise
    sync(data.parent)
