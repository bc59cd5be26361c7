"""From the files on Matrix's messages to ours, and back to where their bytes are. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from learncomm_agent.chat.messages import Attachment, whole
from learncomm_matrix.connection.answers import mapping, text

FILES = frozenset({"m.file", "m.image", "m.audio", "m.video"})
_MXC = re.compile(r"mxc://[A-Za-z0-9.:\[\]-]{1,255}/[A-Za-z0-9_-]{1,255}")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")
_UNKNOWN = "application/octet-stream"
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]+")
"""What has no place in a file's name: folders, controls, and what turns the direction of its letters."""
_LONGEST_NAME = 200
_MOST_BYTES = 2**53


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes of a file are."""

    mxc: str
    keys: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Of an encrypted one: `key`, `iv` and `hash`, in base64."""


def attachments(content: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the file of a message; none where it has no address, or can't be decrypted."""
    if text(content.get("msgtype")) not in FILES:
        return ()
    source = _source(content)
    if source is None:
        return ()
    info = mapping(content.get("info"))
    size, media_type = info.get("size"), text(info.get("mimetype")).partition(";")[0].strip()
    is_type = _MEDIA_TYPE.fullmatch(media_type.lower())
    return (
        Attachment(
            _id(source),
            name_of(content) or source.mxc.rpartition("/")[2],
            media_type.lower() if is_type else _UNKNOWN,
            size if type(size) is int and 0 <= size <= _MOST_BYTES else 0,
        ),
    )


def name_of(content: Mapping[str, Any]) -> str:
    """Return what a file is called, fit for any disk; may be empty."""
    name = text(content.get("filename")) or text(content.get("body"))
    return _HIDDEN.sub("_", whole(name[: 4 * _LONGEST_NAME])).strip(" ._")[-_LONGEST_NAME:]


def caption(content: Mapping[str, Any]) -> str:
    """Return what is said along with a file: the body, where the name stands elsewhere."""
    body, name = text(content.get("body")), text(content.get("filename"))
    return body if name and body != name else ""


def source(attachment: str) -> Source | None:
    """Return where the bytes of a file are, by the id of the attachment; None where that is none of ours."""
    if _MXC.fullmatch(attachment):
        return Source(attachment)
    try:
        told = json.loads(attachment)
    except (ValueError, RecursionError):
        return None
    found = mapping(told)
    mxc = found.pop("mxc", None) if isinstance(found, dict) else None
    if not isinstance(mxc, str) or not _MXC.fullmatch(mxc):
        return None
    return Source(mxc, found)


def _source(content: Mapping[str, Any]) -> Source | None:
    url, file = content.get("url"), content.get("file")
    if isinstance(file, dict):
        url = file.get("url")
        keys = {
            "key": mapping(file.get("key")).get("k"),
            "iv": file.get("iv"),
            "hash": mapping(file.get("hashes")).get("sha256"),
        }
        if not all(isinstance(each, str) and 0 < len(each) <= 100 for each in keys.values()):
            return None
    else:
        keys = {}
    return Source(url, keys) if isinstance(url, str) and _MXC.fullmatch(url) else None


def _id(source: Source) -> str:
    return json.dumps({"mxc": source.mxc, **source.keys}) if source.keys else source.mxc
