"""Whether two nominations name the same: a book, a topic, a link. Pure.

Careful, as of two different ones put together one can't be chosen: titles are the same in their letters,
or with one slip of the pen in a long word; numbers are never one. An author behind the title makes no
difference where only one of them names one.
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.web.addresses import kept_as
from learncomm_agent.sessions.state import Entry

_ARTICLES = frozenset(
    (
        *("the", "a", "an", "der", "die", "das", "den", "dem", "des"),
        *("ein", "eine", "einen", "einem", "einer", "eines"),
    )
)
_WORD = re.compile(r"\w+")
_BY = re.compile(r"(?:\s+(?:by|von|[-–—|])\s+|\s*[,(;]\s*)(?=[^\d\s].{3})", re.IGNORECASE)
_QUOTES = re.compile(r"[\"'\u2018-\u201e\xab\xbb]")
_ROMAN = re.compile(r"[ivx]+")
_LIKE, _LONG = 88.0, 6
"""How alike whole titles must be, of 100, and letters from which on a slip of a word is seen."""


def same_as(what: str, text: str, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry that names what a text names; None where there is none.

    Args:
        what: What is collected; of other things than nominations and links nothing is the same.
        text: What somebody wants to put in.
        entries: What stands already.
    """
    if what == "link":
        pages = _pages(text)
        return next((each for each in entries if pages and pages == _pages(each.text)), None)
    if what != "nomination":
        return None
    return next((each for each in entries if is_same(text, each.text)), None)


def is_same(one: str, other: str) -> bool:
    """Whether two texts name the same, such as `The Left Hand` and `left hand, by Le Guin`."""
    if _is_alike(_words(one), _words(other)):
        return True
    # The author of one is passed over, and that of both never: `Emma, by A` is not `Emma, by B`.
    short, short_too = _title(one), _title(other)
    return bool(
        (short and not short_too and _is_alike(_words(short), _words(other)))
        or (short_too and not short and _is_alike(_words(one), _words(short_too)))
    )


def _title(text: str) -> str:
    """Return what stands before an author's name; nothing where none seems to be named."""
    found = list(_BY.finditer(text))
    return text[: found[-1].start()] if found and found[-1].start() else ""


def _words(text: str) -> list[str]:
    plain = _QUOTES.sub("", unicodedata.normalize("NFKC", text).casefold())
    words = _WORD.findall(plain)
    return [each for each in words if each not in _ARTICLES] or words


def _is_alike(one: list[str], other: list[str]) -> bool:
    if "".join(one) == "".join(other):
        return bool(one)
    if len(one) != len(other) or fuzz.ratio(" ".join(one), " ".join(other)) < _LIKE:
        return False
    return all(map(_is_slip, one, other))


def _is_slip(one: str, other: str) -> bool:
    if one == other:
        return True
    if not (one.isalpha() and other.isalpha()) or (
        _ROMAN.fullmatch(one) or _ROMAN.fullmatch(other)
    ):
        return False
    return (
        min(len(one), len(other)) >= _LONG
        and one[0] == other[0]
        and OSA.distance(one, other, score_cutoff=1) <= 1
    )


def _pages(text: str) -> frozenset[str]:
    return frozenset(kept_as(each) or each for each in links_in(text).addresses)
