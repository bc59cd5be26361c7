import asyncio
import gzip
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from learncomm_agent.errors import GoneError, LinkError
from learncomm_agent.library.web.addresses import Address
from learncomm_agent.library.web.fetching import ROBOTS_S, TOTAL_S, Fetcher
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.web import HOST, Asked, FakeWeb, Handler, answer, html

HERONS = html("Herons stand still.")
MOST = 100_000
SECRET = "?token=geheim"


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as web:
        yield web


@pytest.fixture
def fetcher(web: FakeWeb, clock: ManualClock) -> Fetcher:
    return web.fetcher(clock, max_bytes=MOST)


async def refusal(fetching: Awaitable[object]) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await fetching
    error = caught.value
    assert "geheim" not in f"{error} {error.advice.values}"
    assert error.advice.values["name"]
    return error


async def phrase(fetching: Awaitable[object]) -> str:
    return (await refusal(fetching)).advice.phrase.removeprefix("error.")


def wire(
    *parts: bytes, holds: bool = False
) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    """Return a handler that writes just this, and then hangs up or waits for ever."""

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if holds:
            await asyncio.Event().wait()

    return handler


def endless(head: bytes, piece: bytes) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return handler


async def test_a_page_is_fetched_as_an_honest_program_without_a_past(
    web: FakeWeb, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    web.put(
        "/herons",
        HERONS,
        ETag='"1"',
        Last_Modified="Mon, 05 Jan 2026 09:00:00 GMT",
        Set_Cookie="a=b",
    )
    fetched = await fetcher.fetch(web.address("/herons#part"))
    await fetcher.fetch(web.address("/herons"))
    assert (fetched.address, fetched.content) == (web.address("/herons"), HERONS.encode())
    assert fetched.media_type == "text/html; charset=utf-8"
    assert (fetched.etag, fetched.last_modified) == ('"1"', "Mon, 05 Jan 2026 09:00:00 GMT")
    robots, *pages = web.asked
    assert (robots.path, len(pages)) == ("/robots.txt", 2)
    for asked in pages:
        assert asked.headers["user-agent"].startswith("learncomm/")
        assert not {"cookie", "referer", "authorization", "if-none-match"} & set(asked.headers)


async def test_whoever_runs_a_host_learns_where_to_find_us(
    web: FakeWeb, clock: ManualClock
) -> None:
    fetcher = web.fetcher(clock, contact="https://club.example/bot")
    web.put("/", HERONS)
    await fetcher.fetch(web.address())
    assert {asked.headers["user-agent"].split(" ", 1)[1] for asked in web.asked} == {
        "(+https://club.example/bot)"
    }


async def test_what_has_not_changed_is_not_sent_again(web: FakeWeb, fetcher: Fetcher) -> None:
    web.put("/herons", HERONS, ETag='"1"')
    unchanged = await fetcher.fetch(web.address("/herons"), etag='"1"', last_modified="then")
    assert (unchanged.is_changed, unchanged.content, unchanged.etag) == (False, b"", '"1"')
    assert web.asked[-1].headers["if-modified-since"] == "then"
    changed = await fetcher.fetch(web.address("/herons"), etag='"0"')
    assert (changed.is_changed, changed.content) == (True, HERONS.encode())


@pytest.mark.parametrize("odd", ["\xe9t\xe9", "x" * 301, "\x7f"])
async def test_a_mark_that_could_not_be_sent_back_is_not_kept(
    web: FakeWeb, fetcher: Fetcher, odd: str
) -> None:
    web.put("/", HERONS, ETag=odd)
    assert (await fetcher.fetch(web.address())).etag is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, "link_gone") for status in (404, 410)),
        *((status, "link_login") for status in (401, 402, 403, 407)),
        *((status, "link_later") for status in (408, 425, 429, 500, 502, 503, 504)),
        *((status, "link") for status in (300, 304, 305, 400, 406, 418, 451)),
    ],
)
async def test_each_refusal_of_a_server_is_told_for_what_it_is(
    web: FakeWeb, fetcher: Fetcher, status: int, expected: str
) -> None:
    web.put(f"/{SECRET}", status=status)
    error = await refusal(fetcher.fetch(web.address(f"/{SECRET}")))
    assert error.advice.phrase == f"error.{expected}"
    assert isinstance(error, GoneError) == (expected == "link_gone")
    assert (error.retry_after_s is not None) == (expected == "link_later")


@pytest.mark.parametrize(
    ("media_type", "path", "is_read"),
    [
        ("text/html; charset=utf-8", "/a.pdf", True),
        ("application/xhtml+xml", "/", True),
        ("TEXT/Plain", "/", True),
        ("application/pdf", "/", True),
        ("application/octet-stream", "/a.pdf", True),
        (None, "/a.epub", True),
        ("application/rss+xml", "/feed", True),
        ("application/octet-stream", "/a.exe", False),
        (None, "/", False),
        ("image/png", "/a.html", False),
        ("video/mp4", "/a.pdf", False),
        ("application/json", "/a", False),
        ("application/zip", "/a.zip", False),
        ("application/x-ndjson", "/a.jsonl", False),
        ("text/css", "/", False),
    ],
)
async def test_what_is_of_no_use_is_refused_before_it_is_read(
    web: FakeWeb, fetcher: Fetcher, media_type: str | None, path: str, is_read: bool
) -> None:
    web.put(path, HERONS, media_type=media_type)
    if is_read:
        assert (await fetcher.fetch(web.address(path))).content == HERONS.encode()
    else:
        web.handle(path, wire(answer(b"", media_type=media_type, Content_Length="99"), holds=True))
        assert await phrase(fetcher.fetch(web.address(path))) == "link_kind"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BOMB = gzip.compress(b"0" * 50_000_000)


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (endless(HEAD + b"\r\n", b"x" * 10_000), "link_large"),
        (
            endless(
                HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n"
            ),
            "link_large",
        ),
        (wire(HEAD + b"Content-Length: 99999999999\r\n\r\n", holds=True), "link_large"),
        (
            wire(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB),
            "link_large",
        ),
        (wire(HEAD + b"Content-Length: 1000\r\n\r\nshort"), "link_unreachable"),
        (wire(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "link_unreachable"),
        (
            wire(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"),
            "link_unreachable",
        ),
        (wire(HEAD + b"Content-Length: minus\r\n\r\n"), "link_unreachable"),
        (wire(b"SSH-2.0-OpenSSH_9.6\r\n"), "link_unreachable"),
        (wire(b""), "link_unreachable"),
        (
            wire(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n"),
            "link_unreachable",
        ),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-Many: x\r\n" * 100), "link_unreachable"),
    ],
    ids=range(12),
)
async def test_a_server_that_lies_or_never_ends_is_one_sentence(
    web: FakeWeb,
    fetcher: Fetcher,
    handler: Callable[[Asked, asyncio.StreamWriter], Awaitable[None]],
    expected: str,
) -> None:
    web.handle("/", handler)
    assert await phrase(fetcher.fetch(web.address())) == expected


async def test_a_page_of_just_the_most_that_is_taken_is_taken(
    web: FakeWeb, fetcher: Fetcher
) -> None:
    web.put("/", "x" * MOST)
    assert len((await fetcher.fetch(web.address())).content) == MOST
    web.put("/", "x" * (MOST + 1))
    assert await phrase(fetcher.fetch(web.address())) == "link_large"


@pytest.mark.parametrize(
    "first", [b"", HEAD, HEAD + b"\r\n<html>drip"], ids=["silent", "head", "body"]
)
async def test_a_slow_server_is_given_up(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock, first: bytes
) -> None:
    web.handle("/", wire(first, holds=True))
    fetching = asyncio.create_task(phrase(fetcher.fetch(web.address())))
    await web.when_asked(2)
    await clock.advance(TOTAL_S - 1)
    assert not fetching.done()
    await clock.advance(1)
    assert await fetching == "link_slow"


async def test_all_redirects_of_a_link_share_its_time(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock
) -> None:
    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await clock.sleep(TOTAL_S - 1)
        writer.write(answer(status=302, Location="/held"))

    web.handle("/", slowly)
    web.handle("/held", wire(b"", holds=True))
    fetching = asyncio.create_task(phrase(fetcher.fetch(web.address())))
    await web.when_asked(2)
    await clock.advance(TOTAL_S - 1)
    await web.when_asked(3)
    await clock.advance(1)
    assert await fetching == "link_slow"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_to_another_host(
    web: FakeWeb, fetcher: Fetcher, status: int
) -> None:
    there = web.address("/b", host="pond.example")
    web.put("/a", status=status, Location=f"{there}#part")
    web.put("/b", HERONS, host="pond.example")
    assert (await fetcher.fetch(web.address("/a"))).address == there
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/a", "/robots.txt", "/b"]


async def test_what_one_host_knows_of_us_is_not_told_to_another(
    web: FakeWeb, fetcher: Fetcher
) -> None:
    there = web.address("/b", host="pond.example")
    web.put("/a", status=302, Location=there)
    web.put("/b", status=302, Location=web.address("/c"), host="pond.example")
    web.put("/c", HERONS, ETag='"1"')
    web.put("/d", status=302, Location="/c")
    marks = {"etag": '"1"', "last_modified": "Mon, 05 Jan 2026 09:00:00 GMT"}
    assert (await fetcher.fetch(web.address("/a"), **marks)).is_changed
    assert not (await fetcher.fetch(web.address("/d"), **marks)).is_changed
    told = [asked.path for asked in web.asked if "if-none-match" in asked.headers]
    assert told == ["/a", "/d", "/c"]
    assert told == [asked.path for asked in web.asked if "if-modified-since" in asked.headers]


async def test_redirects_without_end_are_given_up_after_the_fifth(
    web: FakeWeb, fetcher: Fetcher
) -> None:
    web.put("/", status=302, Location="/")
    assert await phrase(fetcher.fetch(web.address())) == "link_redirects"
    assert len(web.paths()) == 6


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://127.0.0.2/", "link_refused"),
        ("http://[::1]:8080/", "link_refused"),
        ("http://169.254.169.254/latest/meta-data/", "link_refused"),
        ("http://2852039166/", "link_refused"),
        ("http://inside.example/", "link_refused"),
        ("http://localhost/", "link_refused"),
        ("//pond.example:22/", "link_refused"),
        ("http://ann:geheim@pond.example/", "link_password"),
        ("file:///etc/passwd", "link_address"),
        ("gopher://127.0.0.1:70/_x", "link_address"),
        ("http://[::1", "link"),
        ("http://\xff\xfe/", "link"),
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_not_followed(
    web: FakeWeb, clock: ManualClock, location: str, expected: str
) -> None:
    fetcher = web.fetcher(clock, allows=lambda each: each == IPv4Address("127.0.0.1"))
    web.names["inside.example"] = ["10.0.0.1"]
    web.put("/", status=302, Location=location)
    assert await phrase(fetcher.fetch(web.address())) == expected
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    "machines",
    [
        *(["127.0.0.1"], ["10.0.0.1", "192.168.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["::1"]),
        *(
            ["::ffff:127.0.0.1"],
            ["64:ff9b::7f00:1"],
            ["2002:7f00:1::"],
            ["fd00:ec2::254"],
            ["0.0.0.0"],
        ),
    ],
)
async def test_in_earnest_no_name_leads_into_a_private_network(
    web: FakeWeb, clock: ManualClock, machines: list[str]
) -> None:
    web.names[HOST] = machines
    fetcher = Fetcher(clock, look_up=web.look_up)
    assert await phrase(fetcher.fetch(web.address())) == "link_refused"
    assert web.asked == []
    await fetcher.close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "１２７.0.0.1"]
)
async def test_in_earnest_no_number_leads_into_a_private_network(
    web: FakeWeb, clock: ManualClock, host: str
) -> None:
    fetcher = Fetcher(clock)
    assert await phrase(fetcher.fetch(web.address(host=host))) == "link_refused"
    assert web.asked == []
    await fetcher.close()


async def test_a_name_that_changes_its_machine_meanwhile_leads_nowhere_else(
    web: FakeWeb, clock: ManualClock
) -> None:
    """The machine that was checked is connected to: there is no second look at the name."""
    web.put("/", HERONS)
    told: list[str] = []

    async def rebinding(host: str, port: int) -> list[Address]:
        told.append("127.0.0.1" if len(told) < 2 else "127.0.0.2")
        return [ip_address(told[-1])]

    fetcher = web.fetcher(
        clock, look_up=rebinding, allows=lambda each: each == IPv4Address("127.0.0.1")
    )
    assert (await fetcher.fetch(web.address())).content == HERONS.encode()
    assert len(told) == 2  # once for robots.txt, once for the page
    assert await phrase(fetcher.fetch(web.address())) == "link_refused"
    assert len(web.asked) == 2


async def test_of_several_machines_those_that_are_public_are_asked(
    web: FakeWeb, clock: ManualClock
) -> None:
    web.put("/", HERONS)
    web.names[HOST] = ["10.0.0.1", "::1", "127.0.0.1"]
    fetcher = web.fetcher(clock, allows=lambda each: each == IPv4Address("127.0.0.1"))
    assert (await fetcher.fetch(web.address())).content == HERONS.encode()


async def test_a_gate_stands_before_every_socket(web: FakeWeb, clock: ManualClock) -> None:
    """Where what checks a name were fooled, the machine itself is looked at once more."""
    answers = iter([True, False])
    fetcher = web.fetcher(clock, allows=lambda each: next(answers))
    assert await phrase(fetcher.fetch(web.address())) == "link_refused"
    assert web.asked == []


async def test_a_name_that_is_not_known_and_a_closed_port_are_told(
    web: FakeWeb, clock: ManualClock, fetcher: Fetcher
) -> None:
    async def unknown(host: str, port: int) -> list[Address]:
        raise OSError("no such name")

    lost = web.fetcher(clock, look_up=unknown)
    assert await phrase(lost.fetch(web.address())) == "link_unreachable"
    empty = web.fetcher(clock, look_up=lambda host, port: asyncio.sleep(0, []))
    assert await phrase(empty.fetch(web.address())) == "link_unreachable"
    async with FakeWeb() as other:
        closed = other.address()
    assert (await refusal(fetcher.fetch(closed))).retry_after_s


async def test_links_that_are_off_are_not_fetched(web: FakeWeb, clock: ManualClock) -> None:
    assert await phrase(web.fetcher(clock, is_on=False).fetch(web.address())) == "link_off"
    assert web.asked == []


# --- robots.txt and other manners


@pytest.mark.parametrize(
    ("robots", "is_let_in"),
    [
        ("User-agent: *\nDisallow: /private", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /*.html$\nDisallow: /her", False),
        ("User-agent: learncomm\nDisallow: /herons", False),
        ("User-agent: learncomm\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("<html>nonsense</html>", True),
        (b"\xff\xfe\x00" * 1000, True),
        ("# " + "x" * 600_000 + "\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n# " + "x" * 600_000, False),
    ],
    ids=range(12),
)
async def test_robots_txt_is_kept_to(
    web: FakeWeb, fetcher: Fetcher, robots: str | bytes, is_let_in: bool
) -> None:
    web.put("/robots.txt", robots, media_type="text/plain")
    web.put("/herons", HERONS)
    if is_let_in:
        await fetcher.fetch(web.address("/herons"))
    else:
        error = await refusal(fetcher.fetch(web.address("/herons")))
        assert (error.advice.phrase, error.retry_after_s) == ("error.link_robots", None)
    assert web.paths() == ["/herons"] * is_let_in


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, None) for status in (400, 401, 403, 404, 410)),
        *((status, "link_later") for status in (429, 500, 503)),
    ],
)
async def test_robots_txt_that_is_not_there_forbids_nothing_and_a_failing_one_all_for_now(
    web: FakeWeb, fetcher: Fetcher, status: int, expected: str | None
) -> None:
    web.put("/robots.txt", "User-agent: *\nDisallow: /", status)
    web.put("/", HERONS)
    if expected is None:
        await fetcher.fetch(web.address())
    else:
        assert await phrase(fetcher.fetch(web.address())) == expected
        web.remove("/robots.txt")
        await fetcher.fetch(web.address())


async def test_robots_txt_may_be_a_redirect_and_is_asked_for_once_a_day(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock
) -> None:
    web.put("/robots.txt", status=301, Location="/rules")
    web.put("/rules", "User-agent: *\nDisallow: /private")
    web.put("/", HERONS)
    for _ in range(2):
        await fetcher.fetch(web.address())
        assert await phrase(fetcher.fetch(web.address("/private"))) == "link_robots"
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/rules", "/", "/"]
    await clock.advance(24 * 3600)
    await fetcher.fetch(web.address())
    assert [asked.path for asked in web.asked[4:]] == ["/robots.txt", "/rules", "/"]


async def test_rules_that_are_kept_elsewhere_are_asked_for_in_the_turn_of_their_host(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock
) -> None:
    """Two hosts that keep each other's rules: neither is asked two things at once, nor waits for ever."""
    at_once, most = Counter[str](), Counter[str]()

    def counting(said: bytes) -> Handler:
        async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
            at_once[asked.host] += 1
            most[asked.host] = max(most[asked.host], at_once[asked.host])
            await asyncio.sleep(0.02)
            at_once[asked.host] -= 1
            writer.write(said)

        return handler

    hosts = (HOST, "pond.example")
    for host, other in (hosts, hosts[::-1]):
        to = answer(status=301, Location=web.address("/rules", host=other))
        web.handle("/robots.txt", counting(to), host=host)
        web.handle("/rules", counting(answer("User-agent: *\nDisallow: /no")), host=host)
        web.handle("/", counting(answer(HERONS)), host=host)
    addresses = [web.address(host=host) for host in hosts]
    await asyncio.gather(*(fetcher.fetch(each) for each in addresses * 3))
    assert await phrase(fetcher.fetch(web.address("/no"))) == "link_robots"
    assert sorted(each.host for each in web.asked if each.path == "/rules") == sorted(hosts)

    there = web.address("/rules", host="pond.example")
    web.put("/robots.txt", status=301, Location=there, host="lake.example")
    web.put("/", HERONS, host="lake.example")
    busy = asyncio.create_task(fetcher.fetch(web.address(host="pond.example")))
    await web.when_asked(len(web.asked) + 1)
    await fetcher.fetch(web.address(host="lake.example"))
    await busy
    assert most == {host: 1 for host in hosts}


async def test_a_host_that_keeps_anothers_rules_and_wants_rest_gets_it(
    web: FakeWeb, fetcher: Fetcher
) -> None:
    there = web.address("/rules", host="pond.example")
    web.put("/robots.txt", status=301, Location=there)
    web.put("/rules", "busy", 429, host="pond.example", Retry_After="3600")
    web.put("/", HERONS)
    error = await refusal(fetcher.fetch(web.address()))
    assert (error.advice.phrase, error.retry_after_s) == ("error.link_later", 3600)
    assert str(error.advice.values["name"]).startswith(HOST)
    asked = len(web.asked)
    web.put("/", HERONS, host="pond.example")
    assert await phrase(fetcher.fetch(web.address(host="pond.example"))) == "link_later"
    assert await phrase(fetcher.fetch(web.address())) == "link_later"
    assert [each.path for each in web.asked[asked:]] == ["/robots.txt"], "its own host may be asked"


@pytest.mark.parametrize("location", ["/robots.txt", "http://10.0.0.1/", "file:///etc/passwd"])
async def test_robots_txt_that_leads_nowhere_forbids_nothing(
    web: FakeWeb, fetcher: Fetcher, location: str
) -> None:
    web.put("/robots.txt", status=302, Location=location)
    web.put("/", HERONS)
    await fetcher.fetch(web.address())


async def test_robots_txt_that_never_comes_is_given_up(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock
) -> None:
    web.handle("/robots.txt", wire(b"", holds=True))
    fetching = asyncio.create_task(phrase(fetcher.fetch(web.address())))
    await web.when_asked(1)
    await clock.advance(ROBOTS_S)
    assert await fetching == "link_slow"


@pytest.mark.parametrize(
    ("wanted", "kept"), [("Crawl-delay: 3", 3), ("Crawl-delay: 3600", 10), ("Request-rate: 1/4", 4)]
)
async def test_a_host_gets_its_pauses_up_to_a_limit(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock, wanted: str, kept: int
) -> None:
    web.put("/robots.txt", f"User-agent: *\n{wanted}")
    web.put("/", HERONS)
    await fetcher.fetch(web.address())
    second = asyncio.create_task(fetcher.fetch(web.address()))
    await clock.advance(kept - 1)
    assert len(web.paths()) == 1
    await clock.advance(1)
    await second
    assert len(web.paths()) == 2


async def test_one_thing_at_a_time_is_asked_of_a_host(web: FakeWeb, fetcher: Fetcher) -> None:
    at_once, most = 0, 0

    async def counting(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        at_once -= 1
        writer.write(answer(HERONS))

    for host in (HOST, "pond.example"):
        web.handle("/", counting, host=host)
    await asyncio.gather(*(fetcher.fetch(web.address()) for _ in range(4)))
    assert most == 1
    addresses = (web.address(), web.address(host="pond.example"))
    await asyncio.gather(*map(fetcher.fetch, addresses))
    assert most == 2


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_host_that_wants_to_be_left_alone_is(
    web: FakeWeb, fetcher: Fetcher, clock: ManualClock, as_date: bool
) -> None:
    free = clock.now() + timedelta(hours=1)
    wanted = free.strftime("%a, %d %b %Y %H:%M:%S GMT") if as_date else "3600"
    web.put("/", "busy", 429, Retry_After=wanted)
    error = await refusal(fetcher.fetch(web.address()))
    assert (error.advice.phrase, error.retry_after_s) == ("error.link_later", 3600)
    web.put("/", HERONS)
    await clock.advance(1800)
    error = await refusal(fetcher.fetch(web.address()))
    assert (error.advice.phrase, error.retry_after_s) == ("error.link_later", 1800)
    assert len(web.paths()) == 1
    await clock.advance(1800)
    await fetcher.fetch(web.address())


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1e9", "Mon, 99 Foo 2026", "²", "9" * 400])
async def test_a_nonsensical_wish_to_be_left_alone_is_at_most_a_day(
    web: FakeWeb, fetcher: Fetcher, nonsense: str
) -> None:
    web.put("/", "busy", 503, Retry_After=nonsense.encode().decode("latin-1"))
    error = await refusal(fetcher.fetch(web.address()))
    assert error.retry_after_s is not None
    assert 0 < error.retry_after_s <= 24 * 3600


# --- TLS


def certificate(folder: Path, name: str) -> Path:
    """Write a key and a certificate that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("is_trusted", "name", "is_read"),
    [(True, HOST, True), (False, HOST, False), (True, "pond.example", False)],
)
async def test_a_host_must_prove_who_it_is(
    tmp_path: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    is_trusted: bool,
    name: str,
    is_read: bool,
) -> None:
    path = certificate(tmp_path, name)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with FakeWeb(trust) as web:
        web.put("/", HERONS)
        fetcher = web.fetcher(clock)
        if is_read:
            assert (await fetcher.fetch(web.address())).content == HERONS.encode()
        else:
            assert await phrase(fetcher.fetch(web.address())) == "link_certificate"
            assert web.asked == []
