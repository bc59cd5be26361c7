"""Documents that are zip archives: checked before anything in them is unpacked into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.reader import unreadable

MAX_ENTRIES = 5_000
MAX_BYTES = 200_000_000
"""Unpacked, all entries together."""
MAX_ENTRY_BYTES = 50_000_000
"""Unpacked, one entry."""

_PIECE = 65_536
_ENCRYPTED_FLAG = 0x1
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How Office wraps what has a password, and how its files began before 2007."""
_OLD_STREAMS = tuple(
    stream.encode("utf-16-le") for stream in ("WordDocument", "PowerPoint Document", "Workbook")
)


def checked(name: str, content: bytes) -> BytesIO:
    """Return the archive as a stream that a library may unpack without harm.

    All of it is unpacked once, piece by piece: sizes that an archive declares may be lies, and
    `ZipFile.read` would unpack an entry whole before it looks at them.

    Args:
        name: The source.
        content: The bytes of the archive.

    Raises:
        UnreadableResourceError: Too heavy, broken, locked with a password, empty, no archive.
    """
    if not content:
        raise unreadable(name, "is empty", "unreadable_empty")
    if content.startswith(_OLE):
        if any(stream in content for stream in _OLD_STREAMS):
            raise unreadable(name, "is of an old Office", "unreadable_broken")
        raise unreadable(name, "has a password", "unreadable_encrypted")
    with sense_of(name), ZipFile(BytesIO(content)) as archive:
        _check(name, archive)
    return BytesIO(content)


@contextmanager
def sense_of(name: str) -> Iterator[None]:
    """Translate what a format's library fails with, when it is fed a broken file.

    Raises:
        UnreadableResourceError: The file is broken; the library's error is the cause.
    """
    try:
        yield
    except (UnreadableResourceError, MemoryError):
        raise
    except Exception as error:  # these libraries let anything out: KeyError, zlib.error, ...
        raise unreadable(name, "is broken", "unreadable_broken") from error


def _check(name: str, archive: ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise unreadable(name, f"has {len(entries)} entries", "unreadable_heavy")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise unreadable(name, "declares too many bytes", "unreadable_heavy")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise unreadable(name, "has a password", "unreadable_encrypted")
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or _leads_outside(entry.filename):
            raise unreadable(name, f"has the entry {entry.filename!r}", "unreadable_broken")
        _check_size(name, archive, entry)


def _leads_outside(filename: str) -> bool:
    parts = filename.replace("\\", "/").split("/")
    return not parts[0] or ":" in parts[0] or ".." in parts


def _check_size(name: str, archive: ZipFile, entry: ZipInfo) -> None:
    """Unpack an entry, and raise where it is too large or another size than it declares.

    With every size as declared, the sum of those declared is the real one.
    """
    unbelieving = copy(entry)
    # Else reading would stop at the declared size; further than we go, for the sum is checked there.
    unbelieving.file_size = MAX_ENTRY_BYTES + 2 * _PIECE
    size = 0
    if entry.file_size <= MAX_ENTRY_BYTES:
        with archive.open(unbelieving) as unpacked:
            while size <= MAX_ENTRY_BYTES and (piece := unpacked.read(_PIECE)):
                size += len(piece)
    if max(size, entry.file_size) > MAX_ENTRY_BYTES:
        raise unreadable(name, f"has the huge entry {entry.filename!r}", "unreadable_heavy")
    if size != entry.file_size:
        raise unreadable(name, f"lies about the entry {entry.filename!r}", "unreadable_broken")
