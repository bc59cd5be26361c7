"""From a link to its bytes: within limits, never into a private network, and politely."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from yarl import URL

from learncomm_agent import __version__
from learncomm_agent.clock import Clock
from learncomm_agent.errors import GoneError
from learncomm_agent.library.reading import MAX_BYTES, Readers
from learncomm_agent.library.web.addresses import (
    RETRY_S,
    Address,
    Allows,
    checked,
    host_of,
    is_public,
    link_error,
    shown,
)
from learncomm_agent.library.web.politeness import (
    MOST_REDIRECTS,
    Politeness,
    is_later,
    next_address,
)
from learncomm_agent.library.web.robots import MOST_BYTES, TOKEN

if TYPE_CHECKING:
    from learncomm_agent.library.web.connecting import Connections, Response

TOTAL_S = 20.0
"""For all requests of one link together; waiting for a turn does not count."""
ROBOTS_S = 10.0
FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}
    | {"application/xml", "text/xml"}
)
"""No pages, but for whoever follows feeds."""
_HEADER_CHARS = 300

Accepts = Callable[[str, str], bool]
"""Whether something of this media type and name can be used."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave."""

    address: str
    """Where it was found in the end, behind all redirects."""
    media_type: str
    """As the server names it, in small letters, with its parameters; may be empty."""
    content: bytes
    """Empty where it has not changed."""
    etag: str | None = None
    last_modified: str | None = None
    is_changed: bool = True
    """False where the server says that it is what `etag` or `last_modified` named."""


def of_use(readers: Readers) -> Accepts:
    """Return what is of any use to somebody: what can be read, and feeds."""

    def accepts(media_type: str, name: str) -> bool:
        is_feed = media_type.partition(";")[0].strip() in FEED_TYPES
        return is_feed or readers.ending(name, media_type) is not None

    return accepts


class _Allowance:
    """The time that is left for one link."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._left_s = seconds

    async def spend(self, url: URL, asking: Awaitable["Response"]) -> "Response":
        began = self._clock.now()
        try:
            return await self._clock.idle(asking, "link", timeout_s=self._left_s)
        except TimeoutError as error:
            raise link_error(
                url, "is too slow", "error.link_slow", retry_after_s=RETRY_S
            ) from error
        finally:
            self._left_s -= (self._clock.now() - began).total_seconds()


class Fetcher:
    """Fetches; one at a time from each host."""

    def __init__(
        self,
        clock: Clock,
        *,
        accepts: Accepts = lambda media_type, name: True,
        max_bytes: int = MAX_BYTES,
        is_on: bool = True,
        contact: str | None = None,
        allows: Allows = is_public,
        look_up: Callable[[str, int], Awaitable[list[Address]]] | None = None,
    ) -> None:
        """Keep what it is made from; nothing is opened before the first `fetch`.

        Args:
            clock: Bounds every request.
            accepts: What is of any use; the rest is refused before it is read.
            max_bytes: The most that one address may give, unpacked.
            is_on: Whether it fetches at all.
            contact: Where whoever runs a host finds us; told to every host.
            allows: Which machines may be connected to. For tests: in earnest, public ones alone.
            look_up: Finds the machines behind a name; the system's way where None.
        """
        self._clock = clock
        self._accepts = accepts
        self._max_bytes = max_bytes
        self._is_on = is_on
        self._allows = allows
        self._look_up = look_up
        self._connections: Connections | None = None
        self._politeness = Politeness(clock, self._ask_for_rules)
        self.user_agent = f"{TOKEN}/{__version__}" + (f" (+{contact})" if contact else "")

    async def fetch(
        self, address: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        """Return what an address gives now.

        Raises:
            LinkError: It can't or must not be fetched; `GoneError` where it is not there any more.
        """
        url = checked(address)
        if not self._is_on:
            raise link_error(url, "is not fetched: links are off", "error.link_off")
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in headers.items() if value}
        allowance = _Allowance(self._clock, TOTAL_S)
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._ask(url, conditions, allowance)
            onward = next_address(url, response)
            if onward is None:
                return self._fetched(url, response, conditions)
            if onward.raw_host != url.raw_host:
                conditions = {}  # what one host knows of us is nothing for another
            url = onward
        raise link_error(url, "is one redirect too far", "error.link_redirects")

    async def close(self) -> None:
        """Let go of all connections."""
        opened, self._connections = self._connections, None
        if opened is not None:
            await opened.close()

    async def _ask(
        self, url: URL, conditions: Mapping[str, str], allowance: _Allowance
    ) -> "Response":
        connections = await self._opened()
        from learncomm_agent.library.web.connecting import Wanted

        name = PurePosixPath(url.path).name

        def is_of_use(headers: Mapping[str, str]) -> bool:
            if not self._accepts(_media_type(headers), name):
                raise link_error(url, "is of no known kind", "error.link_kind")
            return True

        async with self._politeness.turn(url):
            wanted = Wanted(self._max_bytes, is_of_use)
            return await allowance.spend(url, connections.get(url, conditions, wanted))

    async def _ask_for_rules(self, url: URL) -> "Response":
        connections = await self._opened()
        from learncomm_agent.library.web.connecting import Wanted

        asking = connections.get(url, {}, Wanted(MOST_BYTES, is_cut=True))
        return await _Allowance(self._clock, ROBOTS_S).spend(url, asking)

    async def _opened(self) -> "Connections":
        """Return what connects; what it needs is imported and read from the disk on a thread."""
        if self._connections is None:
            trust = await asyncio.to_thread(_trust)
            from learncomm_agent.library.web.connecting import Connections, look_up

            if self._connections is None:
                self._connections = Connections(
                    self._allows, self._look_up or look_up, trust, self.user_agent
                )
        return self._connections

    def _fetched(self, url: URL, response: "Response", conditions: Mapping[str, str]) -> Fetched:
        """Make what was asked for of the last response.

        Raises:
            LinkError: It is something else.
        """
        status = response.status
        is_unchanged = status == 304 and bool(conditions)
        if is_unchanged or 200 <= status < 300:
            return Fetched(
                address=str(url),
                media_type=_media_type(response.headers),
                content=response.content,
                etag=_validator(response.headers.get("etag")),
                last_modified=_validator(response.headers.get("last-modified")),
                is_changed=not is_unchanged,
            )
        why = f"answers {status}"
        if status in (404, 410):
            raise GoneError(f"{host_of(url)!r} {why}", name=shown(url))
        if status in (401, 402, 403, 407):
            raise link_error(url, why, "error.link_login")
        if is_later(status):
            wait_s = self._politeness.told(url, response)
            raise link_error(url, why, "error.link_later", retry_after_s=wait_s)
        raise link_error(url, why, "error.link")


def _trust() -> ssl.SSLContext:
    """Bring in what connecting needs, and the certificates that this system believes. Blocks."""
    import_module("learncomm_agent.library.web.connecting")
    return ssl.create_default_context()


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").strip().lower()


def _validator(value: str | None) -> str | None:
    """Return what a server wants to be reminded of, where it can be sent back as it came."""
    if value and len(value) <= _HEADER_CHARS and value.isascii() and value.isprintable():
        return value
    return None
