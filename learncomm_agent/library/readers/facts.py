"""What a page says of itself: title, author, date, and the address under which it belongs."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from learncomm_agent.errors import for_log
from learncomm_agent.library.readers.cleaning import HEADLINE_CHARS, clean_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found; None where the page does not say."""

    title: str | None = None
    author: str | None = None
    published_at: datetime | None = None


def facts_of(page: "HtmlElement") -> Facts:
    """Look for them, also in the data that a page holds for programs; nothing is guessed from its text."""
    from trafilatura.metadata import extract_metadata

    try:
        found = extract_metadata(deepcopy(page), extensive=False)
    except MemoryError:  # a matter for the wall around this
        raise
    except Exception as error:  # whatever trafilatura stumbles over: the text is what matters
        from learncomm_agent.log import logger  # a reader behind the wall starts quicker without

        logger(__name__).info("page tells nothing of itself", error=for_log(error))
        return Facts()
    return Facts(_line(found.title), _line(found.author), _day(found.date))


def canonical(page: "HtmlElement") -> str | None:
    """Return the address that a page names as its own, as it stands there, if it names just one."""
    named = {
        link.get("href", "").strip()
        for link in page.iterfind("head/link")
        if "canonical" in link.get("rel", "").lower().split()
    }
    return named.pop() or None if len(named) == 1 else None


def _line(text: str | None) -> str | None:
    return clean_line(text or "")[:HEADLINE_CHARS] or None


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
