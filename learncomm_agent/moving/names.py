"""Names of files that every system takes, and that lead nowhere else."""

import re
import unicodedata

LIBRARY = "library.json"
RESOURCES = "resources"
MESSAGES = "messages"
CONVERSATIONS = "conversations"
ANSWERS = "answers"
README = "README.md"
"""What stands in the folder of an export."""

MAX_BYTES = 100
"""Of a name made here: systems take 255, some of them after they have taken letters apart."""
_STRAY = re.compile(r"[^\w]+|_+")
_SAFE = re.compile(r"[^\x00-\x1f\x7f/\\]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_MAX_DEPTH = 20


def file_name(id: int, title: str, ending: str = "") -> str:
    """Return a name that begins with the id, so that no two are the same, in capitals or not."""
    words = _STRAY.sub("-", unicodedata.normalize("NFC", title).lower()).strip("-")
    most = MAX_BYTES - len(ending) - len(str(id)) - 1
    short = words.encode()[:most].decode("utf-8", "ignore").strip("-")
    return f"{id}-{short}{ending}" if short else f"{id}{ending}"


def is_safe(name: str) -> bool:
    """Whether a path of `/` stays in its folder, and means the same on every system."""
    parts = name.split("/")
    return len(parts) <= _MAX_DEPTH and all(map(_is_part, parts))


def _is_part(part: str) -> bool:
    is_plain = _SAFE.fullmatch(part) is not None and part[-1] not in " ." and part[1:2] != ":"
    return is_plain and len(part.encode("utf-8", "replace")) <= 255 and not _RESERVED.match(part)
