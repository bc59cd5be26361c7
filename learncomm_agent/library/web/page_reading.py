"""From what an address gave to readings with that address as their source. Blocks, so it runs on a thread."""

import codecs
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from yarl import URL

from learncomm_agent.errors import LinkError, UnreadableResourceError
from learncomm_agent.library.readers.cleaning import clean_line, known_encoding
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resources import Reading
from learncomm_agent.library.web.addresses import link_error, plain, shown
from learncomm_agent.library.web.fetching import Fetched

_PAGES = frozenset({".html", ".htm", ".xhtml"})
_TEXTS = _PAGES | {".txt", ".text", ".md", ".markdown", ".srt", ".vtt"}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)")


def read_page(readers: Readers, fetched: Fetched) -> list[Reading | Unread]:
    """Read what an address gave; mostly one reading.

    Raises:
        LinkError: It is of no known kind.
    """
    url = URL(fetched.address)
    address = plain(url)
    path = PurePosixPath(url.path)
    ending = readers.ending(path.name, fetched.media_type)
    if ending is None:
        raise link_error(url, "is of no known kind", "error.link_kind")
    name = clean_line(f"{path.stem or url.host}{ending}")
    content = fetched.content
    if ending in _TEXTS:
        content = _in_utf8(content, fetched.media_type)
    return [
        _unread(url, each.error, ending)
        if isinstance(each, Unread)
        else replace(each, source=address + each.source.removeprefix(name))
        for each in readers.read(name, content)
    ]


def _unread(url: URL, error: UnreadableResourceError, ending: str) -> Unread:
    """Say of the address what was said of the file."""
    phrase = error.advice.phrase
    if phrase == "error.unreadable_empty" and ending in _PAGES:
        phrase = "error.link_empty"
    values: dict[str, Any] = {**error.advice.values, "name": shown(url)}
    failed = LinkError(f"{url.raw_host!r} can't be read: {phrase}", phrase=phrase, **values)
    failed.__cause__ = error
    return Unread(shown(url), failed)


def _in_utf8(content: bytes, media_type: str) -> bytes:
    """Return a text in UTF-8 where its server says how it is written, and it is not UTF-8 already."""
    named = _CHARSET.search(media_type)
    charset = known_encoding(named[1]) if named else None
    if charset is None or _is_utf8(content):
        return content
    try:
        return codecs.BOM_UTF8 + content.decode(charset).encode("utf-8", "replace")
    except (LookupError, ValueError):  # the reader finds it out by itself
        return content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
