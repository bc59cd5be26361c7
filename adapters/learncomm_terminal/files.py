"""Files by path: what somebody shares, and where what the agent posts is saved."""

import asyncio
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from learncomm_agent.chat.messages import Attachment
from learncomm_agent.chat.outgoing import Block, File, Image
from learncomm_agent.errors import RoomGoneError, StorageError, UnreadableResourceError
from learncomm_terminal.cleaning import clean_line

MAX_BYTES = 50_000_000
_QUOTED = re.compile("\\s*([\"'\u201c\u2018])(.+?)[\"'\u201d\u2019](?:\\s+|$)")
_LOOKS = re.compile(r"\.{0,2}/|~|[A-Za-z]:\\")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was named, and the words that are left."""

    attachment: Attachment
    rest: str = ""


async def find(text: str) -> Found | None:
    """Return the file that a text names, as a whole or at its beginning; None where it names none.

    A beginning counts only in quotation marks or if it looks like a path, so that no word of a note
    is taken for a file that happens to bear its name.
    """
    return await asyncio.to_thread(_find, text)


def _find(text: str) -> Found | None:
    quoted = _QUOTED.match(text)
    if quoted is not None and (attachment := _attachment(quoted[2])):
        return Found(attachment, text[quoted.end() :].strip())
    if attachment := _attachment(text):
        return Found(attachment)
    if looks_like_path(text):
        words = text.split(" ")
        for count in range(len(words) - 1, 0, -1):
            if attachment := _attachment(" ".join(words[:count])):
                return Found(attachment, " ".join(words[count:]).strip())
    return None


def looks_like_path(text: str) -> bool:
    """Whether a text begins as paths do."""
    return _LOOKS.match(text.strip().lstrip("\"'")) is not None


async def read(attachment: Attachment) -> bytes:
    """Return the bytes of a file that was shared by path.

    Raises:
        RoomGoneError: It is not there any more.
        UnreadableResourceError: It may not be read, or is larger than 50 MB.
    """
    return await asyncio.to_thread(_read, Path(attachment.id))


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise RoomGoneError("the file is not there any more")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableResourceError("the file may not be read") from error
    if len(content) > MAX_BYTES:
        raise UnreadableResourceError(f"the file is larger than {MAX_BYTES} bytes")
    return content


async def save(folder: Path, name: str, blocks: tuple[Block, ...]) -> dict[int, str]:
    """Save the files and pictures of a post; return their paths by the block's place.

    Raises:
        StorageError: The disk did not take them.
    """
    return await asyncio.to_thread(_save, folder, name, blocks)


def _save(folder: Path, name: str, blocks: tuple[Block, ...]) -> dict[int, str]:
    paths: dict[int, str] = {}
    try:
        for place, block in enumerate(blocks):
            if isinstance(block, File | Image):
                path = folder / f"{name}-{place}-{_file_name(block.name)}"
                folder.mkdir(exist_ok=True)
                path.write_bytes(block.content)
                paths[place] = str(path)
    except OSError as error:
        raise StorageError(f"a file could not be saved: {error.strerror}") from error
    return paths


async def remove(paths: Iterable[str]) -> None:
    """Take saved files away; harmless where they are gone.

    Raises:
        StorageError: The disk keeps them.
    """
    await asyncio.to_thread(_remove, tuple(paths))


def _remove(paths: tuple[str, ...]) -> None:
    try:
        for path in paths:
            Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"a file could not be removed: {error.strerror}") from error


def _file_name(name: str) -> str:
    """Return a name that stays within its folder and shows up there."""
    tame = re.sub(r"[^\w.-]+", "-", clean_line(name)).strip(".-")
    return tame[-80:] or "file"


def _attachment(text: str) -> Attachment | None:
    text = text.strip()
    for quote in "\"'":
        if len(text) > 1 and text[0] == text[-1] == quote:
            text = text[1:-1]
    try:
        path = Path(text.replace("\\ ", " ")).expanduser()
        if not text or not path.is_file():
            return None
        size = path.stat().st_size
        path = path.absolute()
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or of an unknown user
        return None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(str(path), path.name, media_type, size)
