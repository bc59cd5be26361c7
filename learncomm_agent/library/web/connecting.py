"""One request to one address: connected to the very machine that was checked, and read within bounds."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from learncomm_agent.errors import LinkError
from learncomm_agent.library.web.addresses import RETRY_S, Address, Allows, link_error

LookUp = Callable[[str, int], Awaitable[list[Address]]]
"""Finds the machines behind a name; raises `OSError` where there are none."""

PIECE_BYTES = 65_536
_ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8"
_BODY_STATUSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Response:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters; of several alike the first."""
    content: bytes = b""
    """Empty where nobody wanted it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bodies are read, and how much of them."""

    max_bytes: int
    """A larger one is an error; counted as unpacked."""
    is_wanted: Callable[[Mapping[str, str]], bool] = lambda headers: True
    is_cut: bool = False
    """Whether a larger one is cut off instead."""


class _RefusedError(OSError):
    """A name leads to a machine that must not be connected to."""


async def look_up(host: str, port: int) -> list[Address]:
    """Ask the system for the machines behind a name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]


class Connections:
    """Makes connections that last for one request: without proxies, cookies, referer or redirects."""

    def __init__(
        self, allows: Allows, look_up: LookUp, trust: ssl.SSLContext, user_agent: str
    ) -> None:
        """Take what it needs; must be made inside a running loop.

        Args:
            allows: Which machines may be connected to.
            look_up: Finds them by name.
            trust: Which certificates are believed.
            user_agent: As what we introduce ourselves.
        """
        self._allows = allows
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(allows, look_up),
            use_dns_cache=False,
            force_close=True,
            ssl=trust,
            socket_factory=self._socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),  # the clock of whoever asks bounds it
            headers={
                "User-Agent": user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
        )

    async def get(self, url: URL, headers: Mapping[str, str], wanted: Wanted) -> Response:
        """Ask for an address that was `addresses.checked`.

        Raises:
            LinkError: No answer, or one that is too large.
        """
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                told: dict[str, str] = {}
                for name, value in response.headers.items():
                    told.setdefault(name.lower(), value)
                content = b""
                if response.status in _BODY_STATUSES and wanted.is_wanted(told):
                    content = await _read(url, response, wanted)
                response.close()  # what was not read stays unread
                return Response(response.status, told, content)
        except (aiohttp.ClientError, OSError) as error:
            raise _ours(url, error) from error

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Open a socket: the gate that sees the very machine that is connected to, named or by number."""
        family, kind, protocol, _, target = info
        if not self._allows(ip_address(target[0])):
            raise _RefusedError(f"not to be connected to: {target[0]}")
        return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """Gives the machines behind a name that may be connected to, for this one connection."""

    def __init__(self, allows: Allows, look_up: LookUp) -> None:
        self._allows = allows
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._look_up(host, port)
        allowed = [each for each in found if self._allows(each)]
        if not found:
            raise OSError("leads to no machine")
        if not allowed:
            raise _RefusedError("leads to no public machine")
        return [
            ResolveResult(
                hostname=host,
                host=str(each),
                port=port,
                family=socket.AF_INET if each.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for each in allowed
        ]

    async def close(self) -> None:
        pass


async def _read(url: URL, response: aiohttp.ClientResponse, wanted: Wanted) -> bytes:
    declared = response.content_length or 0
    if declared > wanted.max_bytes and not wanted.is_cut:
        raise _too_large(url, wanted.max_bytes)
    content = bytearray()
    async for piece in response.content.iter_chunked(PIECE_BYTES):
        content += piece
        if len(content) > wanted.max_bytes:
            if not wanted.is_cut:
                raise _too_large(url, wanted.max_bytes)
            break
    return bytes(content[: wanted.max_bytes])


def _too_large(url: URL, max_bytes: int) -> LinkError:
    limit_mb = max_bytes / 1_000_000
    return link_error(url, "gives too much", "error.link_large", limit_mb=limit_mb)


def _ours(url: URL, error: Exception) -> LinkError:
    """Say why there was no answer."""
    cause = getattr(error, "os_error", None)
    if isinstance(error, _RefusedError) or isinstance(cause, _RefusedError):
        return link_error(url, "leads to no public machine", "error.link_refused")
    if isinstance(error, aiohttp.InvalidURL):
        return link_error(url, "is no address", "error.link_address")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError) or isinstance(cause, ssl.SSLError):
        return link_error(url, "proves not who it is", "error.link_certificate")
    why = f"can't be reached: {type(error).__name__}"
    return link_error(url, why, "error.link_unreachable", retry_after_s=RETRY_S)
