"""What a file really is: by its first bytes, for a name may promise anything.

Only looked at, never unpacked: what an archive holds is told by the names in it.
"""

import re
from os import SEEK_END
from typing import BinaryIO

from learncomm_agent.library.readers.reader import too_large, unreadable

WALLED = (".pdf", ".docx", ".pptx", ".epub")
"""Formats that are read in a process of their own: their files are programs of a sort."""

_HEAD_BYTES = 4096
_BOM = b"\xef\xbb\xbf"
# Nothing is tried twice: a comment ends where it first may.
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]{0,200}\?>\s*+)?(?:(?><!--.{0,1000}?-->)\s*+)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_SIGNS = [
    (re.compile(sign, re.DOTALL), kind)
    for sign, kind in (
        (rb"PK(?:\x03\x04|\x05\x06)", "zip"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (rb"\x89PNG\r|\xff\xd8\xff|GIF8[79]a|II\*\x00|MM\x00\*|BM.{4}\x00{4}", "picture"),
        (rb"RIFF.{4}WEBP|.{4}ftyp(?:hei|mif1|avif)|\x00\x00\x01\x00", "picture"),
        (rb"RIFF.{4}(?:WAVE|AVI )|.{4}ftyp|ID3[\x02-\x04]|\xff[\xf2\xf3\xfb]", "recording"),
        (rb"OggS\x00|fLaC\x00|\x1aE\xdf\xa3", "recording"),
        (rb"\x1f\x8b|7z\xbc\xaf|Rar!\x1a|BZh\d1AY|\xfd7zXZ|.{257}ustar[ \x00]", "archive"),
        (rb"\{\\rtf", "other_format"),
    )
]
"""How files of a kind begin; the first that fits counts."""
_ENDINGS = {
    "archive": ".7z .bz2 .gz .rar .tar .tgz .xz .zip",
    "picture": ".avif .bmp .gif .heic .ico .jpeg .jpg .png .svg .tif .tiff .webp",
    "recording": ".aac .avi .flac .m4a .m4v .mkv .mov .mp3 .mp4 .ogg .opus .wav .webm .wma .wmv",
    "other_format": ".azw3 .doc .docm .dot .fodt .key .mobi .odp .odt .pages .pot .pps .ppt .rtf .wpd",
    "table": ".csv .numbers .ods .tsv .xls .xlsm .xlsx",
}
_REFUSED = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_INSIDE = {
    ".docx": b"word/document.xml",
    ".pptx": b"ppt/presentation.xml",
    ".epub": b"META-INF/container.xml",
}
_FOREIGN = (
    (b"xl/workbook", "table"),
    (b"opendocument.spreadsheet", "table"),
    (b"vnd.oasis.opendocument.", "other_format"),
    (b"Index/Document.iwa", "other_format"),
)
_OLE_STREAMS = (
    ("EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ("Workbook".encode("utf-16-le"), "table"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def true_ending(name: str, stream: BinaryIO, ending: str, max_bytes: int) -> str:
    """Return the ending that fits what a file holds, which is its own where nothing tells otherwise.

    Args:
        name: The source.
        stream: At its beginning, and there again afterwards.
        ending: Of the name, or of the media type where the name has none; in lower case.
        max_bytes: The most that is read.

    Raises:
        UnreadableResourceError: It is of a known kind that holds no words, or that can't be read.
    """
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    kind = next((kind for sign, kind in _SIGNS if sign.match(head)), None)
    if kind in ("zip", "ole"):
        content = whole(name, stream, max_bytes)
        stream.seek(0)
        if kind == "ole":
            kind = _first(_OLE_STREAMS, content) or "other_format"
        elif found := _office(content, ending):
            return found
        else:
            kind = _first(_FOREIGN, content) or "archive"
    if kind is None:
        text = head.removeprefix(_BOM)
        if text.startswith(b"%PDF-"):
            return ".pdf"
        if _HTML.match(text):
            return ".html"
        if ending in WALLED and _is_text(head) and not (ending == ".pdf" and b"%PDF-" in head):
            return ".txt"
        kind = _REFUSED.get(ending)
    if kind is not None:
        raise unreadable(name, f"is of the kind {kind!r}", f"unreadable_{kind}")
    return ending


def whole(name: str, stream: BinaryIO, max_bytes: int) -> bytes:
    """Return all of a stream that stands at its beginning.

    Raises:
        UnreadableResourceError: It is too large; nothing of it is read then.
    """
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    if size > max_bytes:
        raise too_large(name, max_bytes)
    return stream.read()


def _office(content: bytes, ending: str) -> str | None:
    """Return which of the formats an archive is; the one that it is said to be goes first."""
    found = [each for each, inside in _INSIDE.items() if inside in content]
    return ending if ending in found else next(iter(found), None)


def _first(signs: tuple[tuple[bytes, str], ...], content: bytes) -> str | None:
    return next((kind for sign, kind in signs if sign in content), None)


def _is_text(head: bytes) -> bool:
    """Whether these bytes begin a text in UTF-8; nothing at all is none."""
    if not head.strip() or _CONTROLS.search(head):
        return False
    try:
        head[:-3].decode()  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return True
