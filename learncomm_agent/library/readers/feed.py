"""Feeds, RSS and Atom: hostile input like any other, so they are read behind the wall.

Through the wall goes a reading whose sections are the entries, each written as JSON; of a web page, one
whose sections are the addresses of the feeds that it names.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from learncomm_agent.library.readers.cleaning import HEADLINE_CHARS, clean, clean_line
from learncomm_agent.library.readers.html import gather, parsed
from learncomm_agent.library.readers.outline import Outline
from learncomm_agent.library.readers.reader import Unread, unreadable
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section
from learncomm_agent.library.web.addresses import MOST_CHARS

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MOST = 2000
"""Of a longer feed, half of these are read from its beginning and half from its end."""
MAX_BYTES = 10_000_000
MAX_ADDRESS = MOST_CHARS
_BODY_CHARS = 100_000
_ALL_CHARS = 20_000_000
_END = re.compile(rb"</(?:[a-zA-Z0-9]{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|&(?:#\d+|#x[0-9a-f]+|[a-zA-Z]+);")
_FEED_TYPES = frozenset(("application/rss+xml", "application/atom+xml"))
_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed."""

    id: str
    """The same for the same item each time, and of no other of this feed."""
    title: str
    link: str | None = None
    """Of the item's page; always `http` or `https`."""
    author: str | None = None
    published_at: datetime | None = None
    """As the feed says; may be any nonsense."""
    sections: tuple[Section, ...] = ()
    """What the feed itself holds of it."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands at an address: a feed, or a page that names feeds."""

    title: str
    language: str | None = None
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    """In the order of the feed."""
    others: tuple[str, ...] = ()
    """The addresses of the feeds that a page names; it is no feed itself then."""


# What this side of the wall alone needs is loaded here, so that the other starts in half the time.
@cache
def _entries() -> "TypeAdapter[Entry]":
    from pydantic import TypeAdapter

    return TypeAdapter(Entry)


def read_feed(address: str, content: bytes) -> Feed:
    """Read what an address gave, in a process of its own. Blocks.

    Raises:
        UnreadableResourceError: It is no feed and names none, or can't be read.
    """
    from learncomm_agent.library.readers.walled import walled

    for found in walled("feed")(address, BytesIO(content), MAX_BYTES):
        if isinstance(found, Unread):
            raise found.error
        if found.kind is ResourceKind.HTML:
            others = tuple(section.text for section in found.sections)
            return Feed(found.title, others=others)
        try:
            entries = tuple(_entries().validate_json(section.text) for section in found.sections)
        except ValueError as error:
            raise unreadable(address, "made its reader talk nonsense", "unreadable_feed") from error
        return Feed(found.title, found.language, entries)
    raise unreadable(address, "made its reader say nothing", "unreadable_feed")


def feed_reading(name: str, content: bytes) -> Reading:
    """Read a feed; called behind the wall.

    Raises:
        UnreadableResourceError: It is no feed, and no page that names one.
    """
    import feedparser

    found = feedparser.parse(
        BytesIO(_shortened(content)),
        response_headers={"content-location": name},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not found.version:
        return _page(name, content)
    budget = min(_BODY_CHARS, _ALL_CHARS // max(1, len(found.entries)))
    made = (_entry(name, each, budget) for each in found.entries[:MOST])
    entries = _told_apart([entry for entry in made if entry.title])
    return Reading(
        name,
        ResourceKind.TEXT,
        _line(found.feed, "title") or urlsplit(name).hostname or name,
        tuple(Section(json.dumps(asdict(entry), default=str)) for entry in entries),
        _language(found.feed.get("language")),
    )


def _shortened(content: bytes) -> bytes:
    """Leave out the middle of a feed that has too many entries."""
    ends = [match.end() for match in _END.finditer(content)]
    if len(ends) <= MOST:
        return content
    return content[: ends[MOST // 2 - 1]] + content[ends[-MOST // 2 - 1] :]


def _page(name: str, content: bytes) -> Reading:
    """Return the feeds that a page names."""
    try:
        page = parsed(content.decode("utf-8", "replace"))
    except ValueError as error:
        raise unreadable(name, "is no feed", "unreadable_feed") from error
    links = [] if page is None else page.xpath("//link[@rel and @href]")
    others = dict.fromkeys(
        address
        for link in links
        if "alternate" in link.get("rel").lower().split()
        and link.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
        and (address := _address(name, link.get("href")))
    )
    if not others:
        raise unreadable(name, "is no feed", "unreadable_feed")
    return Reading(name, ResourceKind.HTML, name, tuple(map(Section, list(others)[:10])))


def _entry(base: str, raw: Mapping[str, Any], budget: int) -> Entry:
    link = _address(base, raw.get("link"))
    named = _line(raw, "title")
    sections = _body(raw, named, budget)
    words = sections[0].text if sections else ""
    title = named or _cut(clean_line(words[:500])) or link or ""
    given = raw.get("id") or link or "\n".join((title, words))
    return Entry(
        id=str(given)[:MAX_ADDRESS],
        title=title,
        link=link,
        author=clean_line(str(raw.get("author") or ""))[:HEADLINE_CHARS] or None,
        published_at=_moment(raw),
        sections=sections,
    )


def _told_apart(entries: list[Entry]) -> Iterator[Entry]:
    """Leave out what is there twice; where several bear one id, tell them apart by what they say."""
    seen: set[tuple[str, str | None, str]] = set()
    distinct = []
    for entry in entries:
        if (key := (entry.id, entry.link, entry.title)) not in seen:
            seen.add(key)
            distinct.append(entry)
    count = Counter(entry.id for entry in distinct)
    for entry in distinct:
        is_shared = count[entry.id] > 1
        yield replace(entry, id=f"{entry.id}\n{entry.link}\n{entry.title}") if is_shared else entry


def _body(raw: Mapping[str, Any], title: str, budget: int) -> tuple[Section, ...]:
    """Return the longest text that an entry holds."""
    held = [*raw.get("content", ()), raw.get("summary_detail") or {}]
    text = max((str(each.get("value") or "") for each in held), key=len)[:budget]
    if not _MARKUP.search(text):
        return (Section(cleaned),) if (cleaned := clean(text)) else ()
    return _sections(text, title)


def _sections(markup: str, title: str) -> tuple[Section, ...]:
    outline = Outline()
    try:
        page = parsed(markup)
        if page is None or not gather(page, outline):
            return ()
        made = outline.reading("entry", ResourceKind.HTML, title=title).sections
    except ValueError:  # nested too deeply
        plain = clean_line(_MARKUP.sub(" ", markup))
        return (Section(plain),) if plain else ()
    return tuple(Section(each.text, Place(each.place.headings)) for each in made)


def _line(raw: Mapping[str, Any], name: str) -> str:
    """Return a text on one line, without the markup that some put into it."""
    text = str(raw.get(name) or "")[:5000]
    if _MARKUP.search(text):
        text = " ".join(section.text for section in _sections(text, name))
    line = clean_line(text)
    return line if len(line) <= HEADLINE_CHARS else line[:HEADLINE_CHARS].rstrip() + " …"


def _cut(line: str) -> str:
    if len(line) <= _TITLE_CHARS:
        return line
    return line[:_TITLE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"


def _address(base: str, link: object) -> str | None:
    try:
        address = urljoin(base, str(link or "").strip())
        parts = urlsplit(address)
        is_web = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return address if link and is_web and len(address) <= MAX_ADDRESS else None


def _moment(raw: Mapping[str, Any]) -> datetime | None:
    for name in ("published_parsed", "updated_parsed"):
        if (parts := raw.get(name)) is not None:
            try:
                year, month, day, hour, minute, second = parts[:6]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except (TypeError, ValueError):  # no such day
                continue
    return None


def _language(declared: object) -> str | None:
    code = str(declared or "").strip().replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
