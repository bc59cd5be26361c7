"""Good manners towards the hosts that we ask: one thing at a time, when and as they allow it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yarl import URL

from learncomm_agent.clock import Clock
from learncomm_agent.errors import LinkError
from learncomm_agent.library.web.addresses import RETRY_S, checked, link_error, shown
from learncomm_agent.library.web.robots import LONGEST_DELAY_S, Rules, retry_after_s, rules

if TYPE_CHECKING:
    from learncomm_agent.library.web.connecting import Response

PATIENCE_S = 60.0
"""How long somebody waits for their turn at a host."""
MOST_REDIRECTS = 5
KNOWN_HOSTS = 200
_RULES_KEPT = timedelta(days=1)
_REDIRECTS = frozenset((301, 302, 303, 307, 308))

Ask = Callable[[URL], Awaitable["Response"]]
"""Asks for an address without any manners; raises `LinkError`."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: datetime | None = None
    """Not to be asked anything before."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while its rules are asked for, which may lead through other hosts."""


def is_later(status: int) -> bool:
    """Whether a server says that it can't answer now, but may another time."""
    return status in (408, 425, 429) or status >= 500


def next_address(url: URL, response: "Response") -> URL | None:
    """Return where a server sends us on to, None where it does not.

    Raises:
        LinkError: Nobody may go there.
    """
    if response.status not in _REDIRECTS:
        return None
    try:
        return checked(str(url.join(URL(response.headers.get("location", "")))))
    except ValueError as error:
        raise link_error(url, "sends on to no address", "error.link") from error


class Politeness:
    """Gives out turns at hosts."""

    def __init__(self, clock: Clock, ask: Ask) -> None:
        """Take what it needs.

        Args:
            clock: Tells when a pause is over.
            ask: Brings a `robots.txt`.
        """
        self._clock = clock
        self._ask = ask
        self._hosts: dict[str, _Host] = {}
        self._rules: dict[str, tuple[datetime, Rules]] = {}

    @asynccontextmanager
    async def turn(self, url: URL) -> AsyncIterator[None]:
        """Hold the only turn at a host, once it may be asked for this address.

        Raises:
            LinkError: It does not let programs in there, or wants to be left alone for longer.
        """
        host = self._host(url)
        async with self._hold(host.asking, url):
            found = await self._rules_of(url)
        if not found.allow(url):
            raise link_error(url, "lets no programs in", "error.link_robots")
        async with self._hold(host.turn, url):
            await self._wait(url, host)
            try:
                yield
            finally:
                self._rest(host, found.delay_s)

    @asynccontextmanager
    async def _hold(self, lock: asyncio.Lock, url: URL) -> AsyncIterator[None]:
        try:
            await self._clock.idle(lock.acquire(), "turn at a host", timeout_s=PATIENCE_S)
        except TimeoutError as error:
            raise _later(url, "is busy with us", RETRY_S) from error
        try:
            yield
        finally:
            lock.release()

    def told(self, url: URL, response: "Response") -> float:
        """Take note that a server can't answer now; return after how many seconds it might."""
        now = self._clock.now()
        wanted = retry_after_s(response.headers.get("retry-after"), now)
        if wanted is None:
            return RETRY_S
        self._rest(self._host(url), wanted)
        return wanted

    def _rest(self, host: _Host, seconds: float) -> None:
        free_at = self._clock.now() + timedelta(seconds=seconds)
        host.free_at = max(host.free_at or free_at, free_at)

    async def _wait(self, url: URL, host: _Host) -> None:
        if host.free_at is None:
            return
        left_s = (host.free_at - self._clock.now()).total_seconds()
        if left_s > LONGEST_DELAY_S:
            raise _later(url, "wants to be left alone", left_s)
        if left_s > 0:
            await self._clock.sleep(left_s)

    async def _rules_of(self, url: URL) -> Rules:
        origin = str(url.origin())
        kept_until, found = self._rules.get(origin, (None, Rules()))
        now = self._clock.now()
        if kept_until is None or kept_until <= now:
            try:
                found = await self._fetch_rules(url.origin() / "robots.txt")
            except LinkError as error:
                raise _of(url, error) from error
            self._rules.pop(origin, None)
            self._rules[origin] = (now + _RULES_KEPT, found)
            while len(self._rules) > KNOWN_HOSTS:
                del self._rules[next(iter(self._rules))]
        return found

    async def _fetch_rules(self, url: URL) -> Rules:
        """Read a host's rules: none where it has none, an error where it can't tell them now."""
        at, response = url, await self._ask_in_turn(url)
        try:
            for _ in range(MOST_REDIRECTS):
                onward = next_address(at, response)
                if onward is None:
                    break
                at, response = onward, await self._ask_in_turn(onward)
        except LinkError as error:
            if error.retry_after_s is None:  # they lead nowhere, so they forbid nothing
                return Rules()
            raise
        if is_later(response.status):
            raise _later(url, "can't tell its rules now", self.told(at, response))
        if not 200 <= response.status < 300:
            return Rules()
        return await asyncio.to_thread(rules, response.content)

    async def _ask_in_turn(self, url: URL) -> "Response":
        """Ask for rules, or for where they lead; each host in its own turn, so that none waits for another."""
        host = self._host(url)
        async with self._hold(host.turn, url):
            await self._wait(url, host)
            return await self._ask(url)

    def _host(self, url: URL) -> _Host:
        name = url.raw_host or ""
        if name not in self._hosts and len(self._hosts) >= KNOWN_HOSTS:
            now = self._clock.now()
            self._hosts = {
                name: host
                for name, host in self._hosts.items()
                if host.turn.locked()
                or host.asking.locked()
                or (host.free_at is not None and host.free_at > now)
            }
        return self._hosts.setdefault(name, _Host())


def _of(url: URL, error: LinkError) -> LinkError:
    """Say of the page that was asked for what failed with its host's rules."""
    advice = error.advice
    renamed = LinkError(str(error), phrase=advice.phrase, **{**advice.values, "name": shown(url)})
    renamed.retry_after_s = error.retry_after_s
    return renamed


def _later(url: URL, why: str, retry_after_s: float) -> LinkError:
    return link_error(url, why, "error.link_later", retry_after_s=retry_after_s)
