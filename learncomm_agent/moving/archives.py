"""Reading the file of a backup, which anybody may have made: every byte is one that its manifest names.

Nothing is unpacked by the archive's own names, links or sizes; what does not fit is one error.
"""

import contextlib
import hashlib
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError

from learncomm_agent.errors import SchemaTooNewError, StorageError
from learncomm_agent.moving.names import is_safe
from learncomm_agent.moving.records import VERSION, FileRecord, Head, ManifestRecord
from learncomm_agent.storage.store import DATABASE

MANIFEST = "manifest.json"
PIECE = 1 << 20
MAX_MANIFEST = 64_000_000
MAX_RATIO = 200
"""No backup shrinks more; what does was made to fill a disk."""
_ENCRYPTED = 0x1
_BROKEN = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    ValueError,
)


class Archive:
    """An open backup."""

    def __init__(self, archive: ZipFile, name: str, size: int) -> None:
        """Look at all that can be known before unpacking.

        Raises:
            StorageError: It is not ours, of another version, or does not fit its manifest.
        """
        self._archive = archive
        self._name = name
        entries = {entry.filename: entry for entry in archive.infolist()}
        self.manifest = self._read_manifest(entries)
        wanted = {each.name for each in self.manifest.files}
        is_whole = DATABASE in wanted and wanted | {MANIFEST} == entries.keys()
        if not is_whole or len(archive.infolist()) != len(self.manifest.files) + 1:
            raise broken(name, "other files than its manifest names")
        for each in self.manifest.files:
            _check(name, entries[each.name], each)
        if self.size_bytes > MAX_RATIO * size:
            raise broken(name, "grows too much")

    @property
    def size_bytes(self) -> int:
        """How much room it takes when it is unpacked."""
        return sum(each.size for each in self.manifest.files)

    def pieces(self, record: FileRecord) -> Iterator[bytes]:
        """Yield a file piece by piece.

        Raises:
            StorageError: Behind the last piece: it is not what was packed.
        """
        found = hashlib.sha256()
        size = 0
        with translated(self._name), self._archive.open(record.name) as file:
            while size <= record.size and (piece := file.read(PIECE)):
                size += len(piece)
                found.update(piece)
                yield piece
        if size != record.size or found.hexdigest() != record.sha256:
            raise broken(self._name, f"the file {record.name!r}")

    def _read_manifest(self, entries: dict[str, ZipInfo]) -> ManifestRecord:
        entry = entries.get(MANIFEST)
        if entry is None or entry.file_size > MAX_MANIFEST:
            raise not_ours(self._name)
        with translated(self._name):
            content = self._archive.read(entry)
        try:
            head = Head.model_validate_json(content)
            if head.format == ManifestRecord.model_fields["format"].default:
                self._check_version(head)
            return ManifestRecord.model_validate_json(content)
        except ValidationError:
            raise not_ours(self._name) from None

    def _check_version(self, head: Head) -> None:
        if head.version != VERSION:
            raise StorageError(
                f"backup of version {head.version}", phrase="error.moving_version", name=self._name
            )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a backup to read.

    Raises:
        StorageError: There is none, or it can't be used.
    """
    with translated(path.name):
        try:
            size = path.stat().st_size
            archive = ZipFile(path)
        except OSError as error:
            raise StorageError(
                f"can't open {path.name!r}", phrase="error.unreadable_forbidden", name=path.name
            ) from error
    with archive:
        yield Archive(archive, path.name, size)


@contextlib.contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn whatever reading an archive lets out into one of ours."""
    try:
        yield
    except _BROKEN as error:
        raise broken(name, type(error).__name__) from error


@contextlib.contextmanager
def as_broken(name: str) -> Iterator[None]:
    """Say of a database that is not whole that the backup is not; one that is too new is something else."""
    try:
        yield
    except SchemaTooNewError:
        raise
    except StorageError as error:
        raise broken(name, str(error)) from error


def broken(name: str, why: str) -> StorageError:
    """Return the error for a backup that is not what was made."""
    return StorageError(f"backup {name!r}: {why}", phrase="error.backup_broken", name=name)


def not_ours(name: str) -> StorageError:
    """Return the error for a file that is no backup."""
    return StorageError(f"{name!r} is no backup", phrase="error.backup_not_ours", name=name)


def _check(name: str, entry: ZipInfo, record: FileRecord) -> None:
    """Refuse what leads elsewhere, is no ordinary file, or says another size than the manifest."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    is_plain = kind in (0, stat.S_IFREG) and not entry.flag_bits & _ENCRYPTED
    is_known = entry.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    if not (is_plain and is_known and is_safe(record.name) and entry.file_size == record.size):
        raise broken(name, "an unsafe entry")
