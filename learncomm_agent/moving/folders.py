"""Reading the folder of an export, which anybody may have written: nothing in it leads elsewhere or is endless."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import ValidationError

from learncomm_agent.errors import LibraryError
from learncomm_agent.moving import markdown
from learncomm_agent.moving.names import LIBRARY, MESSAGES, RESOURCES, is_safe
from learncomm_agent.moving.records import (
    VERSION,
    Head,
    LibraryRecord,
    MessageRecord,
    Record,
    ResourceRecord,
    digest,
)

MAX_LIBRARY = 512_000_000
MAX_TEXT = 64_000_000
MAX_MESSAGES = 1_000_000_000
MAX_LINE = 1_000_000
"""In bytes, all of them."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


class ExportFolder:
    """A folder that was exported, and perhaps changed by hand since."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        self._path = path

    def library(self) -> LibraryRecord:
        """Return everything but the words.

        Raises:
            LibraryError: It is not there, not ours, of another version or broken.
        """
        if not os.path.exists(self._path / LIBRARY):  # whatever kind of thing was named
            raise LibraryError(
                f"no {LIBRARY} in {self._path.name!r}",
                phrase="error.import_not_ours",
                name=self._path.name,
            )
        content = self._read(LIBRARY, MAX_LIBRARY)
        head = checked(Head, content, LIBRARY)
        if head.format != LibraryRecord.model_fields["format"].default:
            raise broken(LIBRARY, f"format {head.format[:40]!r}")
        if head.version != VERSION:
            raise LibraryError(
                f"export of version {head.version}",
                phrase="error.moving_version",
                name=self._path.name,
            )
        library = checked(LibraryRecord, content, LIBRARY)
        if (wrong := library.loose_end()) is not None:
            raise broken(LIBRARY, wrong)
        return library

    def body(self, record: ResourceRecord) -> tuple[str, bool]:
        """Return the words of a resource under their headings, and whether they were changed by hand.

        Other line ends, as some tools write them, are no change.

        Raises:
            LibraryError: The file is missing, broken or no ordinary one.
        """
        content = self._read(_inside(record.file, RESOURCES), MAX_TEXT)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise broken(record.file, "not UTF-8") from error
        body = markdown.without_front(text)
        for form in (body, body.replace("\r\n", "\n")):
            if digest(form.encode()) == record.sha256:
                return form, False
        return body, True

    def messages(self, name: str) -> Iterator[MessageRecord]:
        """Yield the messages of a room's file.

        Raises:
            LibraryError: It is missing, or a line is broken.
        """
        with self._open(_inside(name, MESSAGES), MAX_MESSAGES) as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise broken(name, f"line {number}")
                if line.strip():
                    yield checked(MessageRecord, line, name, f"line {number}")

    def _read(self, name: str, limit: int) -> bytes:
        with self._open(name, limit) as file:
            content = file.read(limit + 1)
        if len(content) > limit:  # it grew since it was looked at
            raise _large(name, limit)
        return content

    def _open(self, name: str, limit: int) -> BinaryIO:
        """Open an ordinary file of the folder to read; links and devices are not followed."""
        path = self._path / name
        try:
            if path.parent != self._path and path.parent.is_symlink():
                raise _unsafe(name)
            if not stat.S_ISREG(path.lstat().st_mode):
                raise _unsafe(name)
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            file = os.fdopen(os.open(path, flags), "rb")
        except FileNotFoundError as error:
            raise LibraryError(
                f"{name!r} is missing", phrase="error.import_missing", name=name
            ) from error
        except (OSError, ValueError) as error:
            raise LibraryError(
                f"{name!r} can't be opened", phrase="error.unreadable_forbidden", name=name
            ) from error
        if os.fstat(file.fileno()).st_size > limit:
            file.close()
            raise _large(name, limit)
        return file


def checked(form: type[AnyRecord], content: bytes, name: str, where: str = "") -> AnyRecord:
    """Return what some JSON holds.

    Raises:
        LibraryError: It is no JSON, or not of this form; says where.
    """
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise broken(name, ", ".join(filter(None, (where, place)))) from None


def broken(name: str, where: str) -> LibraryError:
    """Return the error for a file that is not as it was written."""
    return LibraryError(
        f"{name!r} is broken at {where!r}", phrase="error.import_broken", name=name, where=where
    )


def _inside(name: str, folder: str) -> str:
    """Return the name of a file that stands right in that folder."""
    if not is_safe(name) or name.split("/")[:-1] != [folder]:
        raise _unsafe(name)
    return name


def _unsafe(name: str) -> LibraryError:
    shown = markdown.one_line(name)[:100]
    return LibraryError(f"{shown!r} leads elsewhere", phrase="error.import_unsafe", name=shown)


def _large(name: str, limit: int) -> LibraryError:
    return LibraryError(
        f"{name!r} is larger than {limit} bytes",
        phrase="error.unreadable_large",
        name=name,
        limit_mb=limit // 1_000_000,
    )
