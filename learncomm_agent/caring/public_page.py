"""The page that anybody may read: plain HTML without scripts, every word escaped; pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import unquote, urlsplit

from learncomm_agent.caring.names import Names

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 0 auto; padding: 1rem 1.2rem 3rem; font: 1.05rem/1.55 system-ui, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 1.6rem 0 .3rem; }
ul { padding-left: 1.2rem; margin: .3rem 0; } li { margin: .35rem 0; }
.beside { opacity: .75; font-size: .92rem; } a { color: LinkText; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_UNWRITABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML can't hold, and the controls of old terminals."""
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of what follows, also beyond the line that holds them."""
_CALLED = re.compile(r"<[@#][!&]?[\w:.-]+>|(?<![\w.])@[\w.=/+-]+:[\w-]+(?:\.[\w-]+)+")
"""Somebody, or a room, as chats write them in a text."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_SAID = re.compile(r"([^?&;=#]+)=")
_SECRET = re.compile(
    r"token|secret|passw|passcode|pwd|credential|signature|session|jwt|invite|auth(?!or)"
    r"|(?:^|[^a-z])(?:(?:api)?key|sig|sid|otp|code)$|apikey",
    re.IGNORECASE,
)
"""What parts of an address are called that let whoever has it in."""
_SHORTEST_PLACE = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of something."""

    text: str
    beside: str = ""
    """Set apart, such as who said it."""
    url: str = ""
    """Where the text leads to, if anywhere."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines under a heading."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the page."""

    id: int
    uuid: str
    title: str
    dated: str
    """When it was published, in words."""
    published_at: datetime
    updated_at: datetime
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """The page as a whole."""

    uuid: str
    community: str
    title: str
    intro: str
    back: str
    """The words of the link from one thing to all of them."""
    feed: str
    """The words of the link to the feed."""
    language: str
    url: str = ""
    """Where it will be read, without a slash at its end; empty where nobody said."""


def clean(text: str) -> str:
    """Return a text without what can't stand on a page."""
    return _TURNING.sub("", _UNWRITABLE.sub("", text)).strip()


def leads_into_chat(url: str, places: Collection[str]) -> bool:
    """Whether an address holds the id of a room or a space, as links to messages do."""
    return any(place in url for place in places if len(place) >= _SHORTEST_PLACE)


def is_for_all(url: str, places: Collection[str] = ()) -> bool:
    """Whether an address may be read by anybody: it leads to a page, not into the chat, and lets nobody in."""
    try:
        parts = urlsplit(url)
        named = (*_SAID.findall(unquote(parts.query)), *_SAID.findall(unquote(parts.fragment)))
    except ValueError:
        return False
    is_page = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    opens = "@" in parts.netloc or any(map(_SECRET.search, named))
    return is_page and not opens and not leads_into_chat(url, places)


def without_names(
    text: str, names: Names, instead: str, *, places: Collection[str] = ()
) -> tuple[str, frozenset[str]]:
    """Return a text that names none of some people, and the names that stood in it.

    Addresses are left out that hold one, lead into the chat, or let somebody in.

    Args:
        text: What is to be published.
        names: Those who are not to be named.
        instead: What to call them.
        places: The ids of rooms and spaces.
    """
    text = _CALLED.sub(instead, text)
    made, named, end = list[str](), set[str](), 0
    for address in (*_ADDRESS.finditer(text), None):
        start = len(text) if address is None else address.start()
        words = text[end:start]
        at = 0
        for each in names.find(words):
            made += [words[at : each.start], instead]
            at = each.end
        made.append(words[at:])
        named |= names.named(words)
        if address is not None:
            held = names.in_address(address[0])
            url = address[0] if "://" in address[0] else f"https://{address[0].replace('@', '/')}"
            made.append(address[0] if not held and is_for_all(url, places) else "…")
            named |= held
            end = address.end()
    text = "".join(made)
    shown = text[:1].upper() + text[1:] if text.startswith(instead) else text
    return shown, frozenset(named)


def body_of(item: Item) -> str:
    """Return what is said of one thing, as HTML without a frame."""
    parts = (
        f"<h2>{_text(part.heading)}</h2>\n<ul>\n{''.join(map(_entry, part.entries))}</ul>\n"
        for part in item.parts
    )
    return "".join(parts)


def item_page(site: Site, item: Item) -> str:
    """Return the page of one thing."""
    body = (
        f'<p><a href="index.html">{_text(site.back)}</a></p>\n'
        f"<h1>{_text(item.title)}</h1>\n<p class=beside>{_text(item.dated)}</p>\n{body_of(item)}"
    )
    return _framed(site, f"{item.title} – {site.community}", body)


def index_page(site: Site, items: Sequence[Item]) -> str:
    """Return the page that lists all things, newest first."""
    listed = "".join(
        f'<li><a href="{item.id}.html">{_text(item.title)}</a>'
        f"<br><span class=beside>{_text(item.dated)}</span></li>\n"
        for item in items
    )
    body = (
        f"<h1>{_text(site.title)}</h1>\n<p>{_text(site.intro)}</p>\n<ul>\n{listed}</ul>\n"
        f'<p><a href="feed.xml">{_text(site.feed)}</a></p>\n'
    )
    return _framed(site, site.title, body)


def _framed(site: Site, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{escape(site.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(title)}</title>\n"
        f'<link rel="alternate" type="application/atom+xml" href="feed.xml" title="{_text(site.feed)}">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _entry(entry: Entry) -> str:
    text = _text(entry.text)
    if entry.url.startswith(("http://", "https://")):
        text = f'<a href="{escape(entry.url)}" rel="nofollow noopener">{text}</a>'
    beside = f" <span class=beside>{_text(entry.beside)}</span>" if entry.beside else ""
    return f"<li>{text}{beside}</li>\n"


def _text(text: str) -> str:
    return escape(clean(text))
