"""From bytes, files and folders to readings."""

import os
import stat
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.cleaning import clean, clean_line
from learncomm_agent.library.readers.jsonl import read_jsonl
from learncomm_agent.library.readers.reader import Reader, Unread, unreadable
from learncomm_agent.library.readers.recognising import WALLED, true_ending
from learncomm_agent.library.readers.walled import is_light, is_short, walled
from learncomm_agent.library.resources import Reading, ResourceKind, Section

__all__ = ["MAX_BYTES", "Reader", "Readers", "Unread", "read_message"]

MAX_BYTES = 20_000_000
"""The largest document; a JSONL file may be larger, as its lines are read one by one."""

_MEDIA_TYPES = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/epub+zip": ".epub",
    "application/x-subrip": ".srt",
    "text/vtt": ".vtt",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
_UNSPOKEN = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""What servers say that don't know either."""
_PLAIN = frozenset({".md", ".markdown", ".srt", ".vtt"})
"""Formats that servers often call plain text."""
_RECORDS = frozenset({".jsonl", ".ndjson"})
"""Many resources each, so none that one address could stand for."""


def read_message(source: str, text: str, title: str) -> Reading:
    """Read a chat message that somebody shared.

    Raises:
        UnreadableResourceError: It holds no visible character.
    """
    cleaned = clean(text)
    if not cleaned:
        raise unreadable(source, "holds no text", "unreadable_empty")
    return Reading(source, ResourceKind.MESSAGE, clean_line(title), (Section(cleaned),))


class Readers:
    """Finds the reader for a name, and walks through folders. Blocks, so it runs on a thread."""

    def __init__(
        self,
        extra: Mapping[str, Reader] = MappingProxyType({}),
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Join the built-in readers with those of plugins.

        Args:
            extra: From a name's ending in lower case, such as `.epub`, to its reader; wins.
            max_bytes: The most that is read for one resource.
        """
        self._readers: dict[str, Reader] = {
            **dict.fromkeys((".md", ".markdown"), walled("md", is_light=is_light)),
            **dict.fromkeys((".txt", ".text"), walled("txt", is_light=is_short)),
            **dict.fromkeys((".html", ".htm", ".xhtml"), walled("html", is_light=is_light)),
            **dict.fromkeys((".jsonl", ".ndjson"), read_jsonl),
            **{f".{kind}": walled(kind, is_light=is_short) for kind in ("srt", "vtt")},
            **{ending: walled(ending.removeprefix(".")) for ending in WALLED},
            **extra,
        }
        self._extra = frozenset(extra)
        self._max_bytes = max_bytes

    @property
    def kinds(self) -> tuple[str, ...]:
        """The endings of names that can be read, sorted."""
        return tuple(sorted(self._readers))

    def ending(self, name: str, media_type: str) -> str | None:
        """Return the ending of the format of something from the web, None where it can't be read.

        There, the media type goes before the name: an address that ends in `.pdf` often gives a
        page about the file.
        """
        kind = media_type.partition(";")[0].strip().lower()
        own = Path(name).suffix.lower()
        known = _MEDIA_TYPES.get(kind)
        is_unknown = known is None and (kind in _UNSPOKEN or kind.startswith("application/"))
        is_named = is_unknown or (known == ".txt" and own in _PLAIN)
        ending = own if is_named else known
        return ending if ending in self._readers and ending not in _RECORDS else None

    def read(
        self, name: str, content: bytes, *, media_type: str | None = None
    ) -> Iterator[Reading | Unread]:
        """Yield the readings of some bytes.

        What they hold tells the format; where that tells nothing, the name.

        Args:
            name: Becomes the source.
            content: All of it.
            media_type: Tells the format where the name's ending doesn't.
        """
        yield from self._read(clean_line(name), BytesIO(content), media_type)

    def read_path(self, path: Path | str) -> Iterator[Reading | Unread]:
        """Yield the readings of a file, or of all files in a folder and below, sorted by name.

        A file's source is its name; in a folder, its path from there, with `/`. What is not read
        is yielded as `Unread`: hidden files and folders, symbolic links to folders
        or to the outside, what is no regular file, what can't be opened or has an unknown format.
        """
        text = os.fspath(path)
        try:
            root = Path(text).resolve(strict=True)
            listed = _files(root) if root.is_dir() else iter(((root, Path(text).name),))
        except (OSError, RuntimeError, ValueError) as error:
            yield _unopened(clean_line(text), error)
            return
        for entry in listed:
            if isinstance(entry, Unread):
                yield entry
            else:
                yield from self._read_file(*entry)

    def _read_file(self, file: Path, relative: str) -> Iterator[Reading | Unread]:
        name = clean_line(relative)
        try:
            stream = _opened(file)
        except (OSError, ValueError) as error:
            yield _unopened(name, error)
            return
        except UnreadableResourceError as error:
            yield Unread(name, error)
            return
        with stream:
            yield from self._read(name, stream, None)

    def _read(
        self, name: str, stream: BinaryIO, media_type: str | None
    ) -> Iterator[Reading | Unread]:
        try:
            yield from self._reader(name, stream, media_type)(name, stream, self._max_bytes)
        except UnreadableResourceError as error:
            yield Unread(name, error)
        except Exception as error:  # whatever a format's library fails with concerns one file only
            failed = unreadable(name, f"can't be read: {type(error).__name__}", "unreadable")
            failed.__cause__ = error
            yield Unread(name, failed)

    def _reader(self, name: str, stream: BinaryIO, media_type: str | None) -> Reader:
        """Return the reader for what a file holds; a plugin's is believed by its name.

        Raises:
            UnreadableResourceError: There is none.
        """
        ending = Path(name).suffix.lower()
        if ending not in self._readers and media_type:
            kind = media_type.partition(";")[0].strip().lower()
            ending = _MEDIA_TYPES.get(kind, ending)
        if ending not in self._extra:
            ending = true_ending(name, stream, ending, self._max_bytes)
        if ending not in self._readers:
            kinds = [known.removeprefix(".") for known in self.kinds]
            raise unreadable(name, "is of no known kind", "unreadable_kind", kinds=kinds)
        return self._readers[ending]


def _opened(file: Path) -> BinaryIO:
    """Open a regular file and nothing else; a pipe or a device would never end."""
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise unreadable(file.name, "is no regular file", "unreadable_special")
    return os.fdopen(handle, "rb")


def _unopened(name: str, error: Exception) -> Unread:
    """Say why the system gave no file."""
    phrase = "unreadable"
    if isinstance(error, FileNotFoundError):
        phrase = "unreadable_missing"
    elif isinstance(error, PermissionError):
        phrase = "unreadable_forbidden"
    failed = unreadable(name, f"can't be opened: {type(error).__name__}", phrase)
    failed.__cause__ = error
    return Unread(name, failed)


def _files(root: Path) -> Iterator[tuple[Path, str] | Unread]:
    """Yield the files below a folder with their path from there, folders in place, by name."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        relative = path.relative_to(root).as_posix()
        try:
            if refused := _refused(path, root):
                yield Unread(relative, refused)
            elif path.is_dir():
                waiting.extend(sorted(path.iterdir(), reverse=True))
            else:
                yield path, relative
        except (OSError, RuntimeError) as error:
            yield _unopened(clean_line(relative), error)


def _refused(path: Path, root: Path) -> UnreadableResourceError | None:
    """Say why a path found in a folder is not read, if so."""
    relative = path.relative_to(root)
    name = clean_line(relative.as_posix())
    if path.is_symlink():
        target = path.resolve()
        if target.is_dir() or not target.is_relative_to(root):
            return unreadable(name, "leads to a folder or outside", "unreadable_symlink")
        relative = target.relative_to(root)
    if any(part.startswith(".") for part in relative.parts):
        return unreadable(name, "is hidden", "unreadable_hidden")
    return None
