"""The links that stand in a message, as people write them; pure.

`(see https://example.org/a_(b).)` holds `https://example.org/a_(b)`. A link in code is an example, and
is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit

from learncomm_agent.library.web.addresses import MOST_CHARS

MOST = 10
"""So many links of one message are taken."""

_CODE = re.compile(
    r"(?P<fence>```|~~~).*?(?:(?P=fence)|\Z)|(?P<tick>`+)(?!`).+?(?P=tick)", re.DOTALL
)
# Also ends where sentences of other scripts do, and where quotation marks close. Bounded, since one
# that is cut short is looked at again from its end.
_LINK = re.compile(
    r"(?<![A-Za-z0-9])https?://[^\s<>\"\0\xab\xbb\u2018-\u201f\u3001\u3002\u300a-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]{1,2100}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\[(?P<label>[^\[\]\n]{0,500})\]\(<?\Z")
_TITLE = re.compile(r">?(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_AFTER = ".,;:!?'*~|"
"""What closes a sentence or an emphasis, and ends no address."""


@dataclass(frozen=True, slots=True)
class Links:
    """What a text links to."""

    addresses: tuple[str, ...]
    """In the order of the text, each once, at most `MOST`."""
    rest: str
    """The text without them; of a link with a label, its label."""
    leading: tuple[str, ...]
    """Those with which the text begins."""
    after: str
    """What follows those, as it stands."""


@dataclass(frozen=True, slots=True)
class _Link:
    address: str
    start: int
    end: int
    label: str = ""


def links_in(text: str) -> Links:
    """Return the links in a text."""
    found = _uncovered(list(_found(text)))
    leading, at = [], 0
    for link in found:
        if text[at : link.start].strip():
            break
        leading.append(link.address)
        at = link.end
    return Links(_distinct(found), _without(text, found), tuple(leading[:MOST]), text[at:].strip())


def _found(text: str) -> Iterator[_Link]:
    masked = _CODE.sub(lambda code: "\0" * len(code[0]), text)
    at = 0
    while match := _LINK.search(masked, at):
        start, at = match.start(), match.end()
        before = masked[start - 1 : start]
        is_bracketed = before == "<" and masked[at : at + 1] == ">"
        address = match[0] if is_bracketed else _cut(match[0], before)
        at = start + len(address)
        if _is_address(address):
            yield _whole(address, masked, start, at)


def _uncovered(links: list[_Link]) -> list[_Link]:
    """Leave out those that stand in the label of another."""
    kept: list[_Link] = []
    for link in reversed(links):
        if not kept or link.end <= kept[-1].start:
            kept.append(link)
    return kept[::-1]


def _cut(address: str, before: str) -> str:
    """End an address before a bracket that nothing opened, and before what closes the sentence."""
    opened: list[str] = []
    for at, char in enumerate(address):
        if char in _PAIRS.values():
            opened.append(char)
        elif char in _PAIRS:
            if _PAIRS[char] not in opened:
                address = address[:at]
                break
            opened.remove(_PAIRS[char])
    return address.rstrip(_AFTER + "_" if before == "_" else _AFTER)


def _is_address(address: str) -> bool:
    if len(address) > MOST_CHARS:
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _whole(address: str, text: str, start: int, end: int) -> _Link:
    """Return a link with what is written around it: angle brackets, or a label before it."""
    label = _LABEL.search(text, max(0, start - 510), start)
    closing = _TITLE.match(text, end)
    if label is not None and closing is not None:
        return _Link(address, label.start(), closing.end(), label["label"].strip())
    if text[start - 1 : start] == "<" and text[end : end + 1] == ">":
        return _Link(address, start - 1, end + 1)
    return _Link(address, start, end)


def _distinct(links: list[_Link]) -> tuple[str, ...]:
    """Return each address once; two places of one page are one page."""
    pages = {urldefrag(link.address).url: link.address for link in reversed(links)}
    return tuple(link.address for link in links if pages.pop(urldefrag(link.address).url, None))[
        :MOST
    ]


def _without(text: str, links: list[_Link]) -> str:
    pieces, at = [], 0
    for link in links:
        label = "" if "://" in link.label else link.label
        pieces += [text[at : link.start], label]
        at = link.end
    left = "".join((*pieces, text[at:]))
    rest = re.sub(r"[ \t]+(?=[,.](?:\s|$))", "", re.sub(r"[ \t]{2,}", " ", left)).strip()
    return rest if any(char.isalnum() for char in rest) else ""
