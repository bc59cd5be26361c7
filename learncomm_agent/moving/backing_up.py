"""The whole store in one file, made while it is in use.

A zip archive: a copy of the database, the files beside it, and a manifest by which each is known to be
whole. What can be made again (vectors, models), the log and the lock are not in it.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from learncomm_agent import log
from learncomm_agent.errors import NotFoundError, StorageError, UsageError
from learncomm_agent.moving.archives import MANIFEST, PIECE, opened
from learncomm_agent.moving.names import is_safe
from learncomm_agent.moving.records import FileRecord, ManifestRecord
from learncomm_agent.moving.staging import beside, new_file, write
from learncomm_agent.storage import copying
from learncomm_agent.storage.lock import LOCK
from learncomm_agent.storage.store import DATABASE, VECTORS

LEFT_OUT = frozenset({LOCK, "models", VECTORS})
"""At the top of a data folder: what can be made again, or is of the running process."""

Progress = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""


@dataclass(slots=True)
class BackedUp:
    """What a backup holds."""

    files: int = 0
    size_bytes: int = 0
    """Of the archive."""
    passed_over: list[str] = field(default_factory=list)
    """Links, devices and names that not every system takes; they are not in it."""


def back_up(
    data: Path, target: Path, *, version: str, now: datetime, progress: Progress
) -> BackedUp:
    """Copy a data folder into one file, beside the process that works with it. Blocks.

    Args:
        data: The data folder.
        target: The file to make; must not be there.
        version: Of this learncomm, for the manifest.
        now: The time of making, for the manifest.
        progress: Told how much is packed.

    Raises:
        NotFoundError: There is no store in the data folder.
        UsageError: There is a file already, or it would be one of those that it holds.
        StorageError: The disk or the database refused, or the copy is not whole; no file is left.
    """
    if not (data / DATABASE).is_file():
        raise NotFoundError(f"no store in {str(data)!r}", phrase="error.no_store", folder=str(data))
    if target.resolve().is_relative_to(data.resolve()):
        raise UsageError("a backup in the data folder", phrase="error.backup_inside")
    made = BackedUp()
    copy = beside(target)
    with new_file(target) as staged:
        try:
            write(copy, b"")
            copying.copy(data / DATABASE, copy)
            schema = copying.check(copy)
            found = {DATABASE: copy, **dict(_files(data, made))}
            packed = _Packed(staged, now, found, progress)
            packed.close(version, schema)
        finally:
            copy.unlink(missing_ok=True)
        with opened(staged) as archive:  # as a restore will read it, checksums and all
            for each in archive.manifest.files:
                for _ in archive.pieces(each):
                    pass
        made.files, made.size_bytes = len(archive.manifest.files), staged.stat().st_size
    return made


class _Packed:
    """An archive on its way."""

    def __init__(
        self, path: Path, now: datetime, found: dict[str, Path], progress: Progress
    ) -> None:
        """Pack all files but the manifest."""
        self._now = now
        self._archive = ZipFile(path, "w", ZIP_DEFLATED)
        self._records: list[FileRecord] = []
        total, done = sum(map(_size, found.values())), 0
        for name, file in found.items():
            done += self._add(name, file)
            progress(min(done, total), total)

    def close(self, version: str, schema: str) -> None:
        """Write the manifest, and end."""
        manifest = ManifestRecord(
            learncomm=version,
            schema_version=schema,
            made_at=self._now,
            files=tuple(self._records),
        )
        with self._archive as archive:
            archive.writestr(self._entry(MANIFEST), manifest.model_dump_json(indent=1))

    def _add(self, name: str, path: Path) -> int:
        """Pack a file as it is now; one that has gone meanwhile was not to be kept."""
        digest, size = hashlib.sha256(), 0
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise StorageError(
                f"can't read {name!r}", phrase="error.unreadable_forbidden", name=name
            ) from error
        entry = self._entry(name)
        with source, self._archive.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(PIECE):
                target.write(piece)
                digest.update(piece)
                size += len(piece)
        self._records.append(FileRecord(name=name, size=size, sha256=digest.hexdigest()))
        return size

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, (max(self._now.year, 1980), *self._now.timetuple()[1:6]))
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry


def _files(data: Path, made: BackedUp) -> Iterator[tuple[str, Path]]:
    """Yield the ordinary files beside the database, by name; note those that are none."""
    waiting = [data]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(data).as_posix()
        if _is_left_out(name):
            continue
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            made.passed_over.append(name)
        elif path.is_dir():
            waiting += sorted(path.iterdir(), reverse=True)
        elif is_safe(name):
            yield name, path
        else:
            made.passed_over.append(name)


def _is_left_out(name: str) -> bool:
    top = name.split("/")[0]
    return top in LEFT_OUT or top.startswith((DATABASE, log.FILE)) or name.endswith(".part")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
