"""Files and pictures on messages."""

from collections.abc import Sequence
from struct import unpack
from typing import Any

from learncomm_agent.chat.outgoing import Block, File, Image
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.faults import TooLargeError

_PNG, _GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What apps show in a message; other pictures, such as drawings of lines, hang on it as files."""


def files(blocks: Sequence[Block]) -> list[File | Image]:
    """Return what is to be hung on a post."""
    return [block for block in blocks if isinstance(block, File | Image)]


async def uploaded(homeserver: Homeserver, room_id: str, file: File | Image) -> dict[str, Any]:
    """Hand a file over, and return what stands of it in the content of a message.

    Raises:
        TooLargeError: The homeserver takes none so large.
        PlatformError: It was not taken.
    """
    if len(file.content) > await homeserver.upload_limit():
        raise TooLargeError(f"a file of {len(file.content)} bytes")
    name = " ".join(file.name.split()) or "file"
    where = await homeserver.upload_to(room_id, file.content, name, file.media_type)
    is_shown = isinstance(file, Image) and file.media_type in _IMAGES
    info: dict[str, Any] = {"mimetype": file.media_type, "size": len(file.content)}
    if is_shown and (size := dimensions(file.content)) is not None:
        info |= {"w": size[0], "h": size[1]}
    return {"msgtype": "m.image" if is_shown else "m.file", "filename": name, "info": info, **where}


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or GIF; None where they can't be told at a glance."""
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = unpack(">II", content[16:24])
    elif content.startswith(_GIF) and len(content) >= 10:
        width, height = unpack("<HH", content[6:10])
    else:
        return None
    return width, height
