"""Sites on this machine, reached by names of their own: real HTTP, and as faulty as a test wants."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from learncomm_agent.clock import Clock
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.web.addresses import Address
from learncomm_agent.library.web.fetching import Fetcher, of_use

HOST = "garden.example"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    host: str
    path: str
    """With its query."""
    headers: dict[str, str] = field(default_factory=dict)
    """By their names in small letters."""


Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
"""Writes the whole answer, from its status line on; may lie, drip, or never end."""


def is_loopback(address: Address) -> bool:
    """Whether a machine is this one: all that a test may connect to."""
    return address.is_loopback


def html(text: str, *, title: str = "A page", head: str = "") -> str:
    """Return a page with a heading and a paragraph."""
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    )


def answer(
    body: bytes | str = b"", status: int = 200, media_type: str | None = HTML, **headers: str
) -> bytes:
    """Return an answer as it goes over the wire; in names of headers, `_` stands for `-`."""
    content = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": media_type, "Content-Length": str(len(content)), "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in named.items() if value is not None]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


class FakeWeb:
    """A server that answers for every name, with what was put there; 404 elsewhere.

    async with FakeWeb() as web:
        web.put("/herons", html("Herons stand still."))
        fetched = await web.fetcher(clock).fetch(web.address("/herons"))
    """

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        """Begin with no page.

        Args:
            trust: Speaks TLS with this certificate; plain HTTP where None.
        """
        self.asked: list[Asked] = []
        self.names: dict[str, list[str]] = {}
        """Machines behind a name, where it is not this one."""
        self._news = asyncio.Event()
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._trust = trust
        self._server: asyncio.Server | None = None
        self._fetchers: list[Fetcher] = []
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FakeWeb":
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self._trust)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, in the middle of any answer, and close the fetchers that were made here."""
        for fetcher in self._fetchers:
            await fetcher.close()
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    def address(self, path: str = "/", host: str = HOST) -> str:
        """Return the address of a path."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"{'http' if self._trust is None else 'https'}://{host}:{port}{path}"

    def put(
        self,
        path: str,
        body: bytes | str = b"",
        status: int = 200,
        media_type: str | None = HTML,
        *,
        host: str = HOST,
        **headers: str,
    ) -> None:
        """Put something at a path; with an `ETag`, whoever holds it already is told so."""

        async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
            etag = headers.get("ETag")
            if etag is not None and asked.headers.get("if-none-match") == etag:
                writer.write(answer(status=304, media_type=None, ETag=etag))
            else:
                writer.write(answer(body, status, media_type, **headers))

        self.handle(path, handler, host=host)

    def handle(self, path: str, handler: Handler, *, host: str = HOST) -> None:
        """Have a path answered by a function."""
        self._handlers[host, path] = handler

    def remove(self, path: str, *, host: str = HOST) -> None:
        """Take away what is at a path."""
        del self._handlers[host, path]

    def paths(self, host: str = HOST) -> list[str]:
        """Return what was asked for at a host, in order, without robots.txt."""
        asked = (each.path for each in self.asked if each.host == host)
        return [path for path in asked if path != "/robots.txt"]

    async def when_asked(self, count: int) -> None:
        """Come back when so many requests have come in."""
        while len(self.asked) < count:
            self._news.clear()
            await self._news.wait()

    def fetcher(self, clock: Clock, **options: Any) -> Fetcher:
        """Return a fetcher that may connect to this machine, and to this machine alone."""
        settled = {
            "accepts": of_use(Readers()),
            "allows": is_loopback,
            "look_up": self.look_up,
            **options,
        }
        self._fetchers.append(Fetcher(clock, **settled))
        return self._fetchers[-1]

    async def look_up(self, host: str, port: int) -> list[Address]:
        """Find the machines behind a name, as a name server would."""
        return [ip_address(each) for each in self.names.get(host, ["127.0.0.1"])]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            asked = _asked(head.decode("latin-1"))
            self.asked.append(asked)
            self._news.set()
            handler = self._handlers.get((asked.host, asked.path), _missing)
            await handler(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # whoever asked has hung up
        except asyncio.CancelledError:
            pass  # it is over: a task that ends so would be reported by the loop
        finally:
            self._talks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def _asked(head: str) -> Asked:
    first, *lines = head.strip().split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    return Asked(host, first.split(" ")[1], headers)


async def _missing(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(answer("nothing here", 404))
