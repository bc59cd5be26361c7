"""A leader subscribes a room to a feed, and what is new in it enters the library."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.library.web.following import TELLING
from learncomm_agent.storage import feeds, schema_sources
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.web import Asked, FakeWeb, html
from tests.commands.shelf import library

RSS = "application/rss+xml"


def item(number: int, link: str | None = None, text: str = "", id: str | None = None) -> str:
    guid = f"<guid isPermaLink='false'>{id or number}</guid>"
    found = "" if link is None else f"<link>{link}</link>"
    date = f"<pubDate>{1 + number % 28:02} Dec 2025 08:00:00 GMT</pubDate>"
    body = f"<description>{text or f'Text of item {number}.'}</description>"
    return f"<item><title>Item {number}</title>{guid}{found}{date}{body}</item>"


def rss(items: Iterable[str], title: str = "Pond news") -> str:
    return f"<rss version='2.0'><channel><title>{title}</title>{''.join(items)}</channel></rss>"


async def titles(circle: Circle) -> list[str]:
    return [title for title, *_ in await library(circle)]


async def looks(circle: Circle, times: int = 1) -> None:
    """Have the feeds looked at now, as if it were time."""
    house = circle.agent.house

    def due(conn: Connection) -> None:
        now = circle.clock.now()
        for (id,) in conn.execute(sa.select(schema_sources.feeds.c.id)).all():
            feeds.change(conn, id, check_at=now)
        house.feeds.schedule(conn)

    for _ in range(times):
        await circle.clock.advance(1)
        await house.database.write(due)
        await circle.settle()


@pytest.fixture
def feed(web: FakeWeb) -> str:
    web.put("/feed", rss(item(number) for number in range(8, 0, -1)), media_type=RSS, ETag='"1"')
    return web.address("/feed")


async def test_the_newest_come_at_once_and_new_ones_as_they_appear(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    said = await circle.ann.asks(f"feeds add {feed}", circle.hall)
    assert said.startswith("I read “Pond news” from now on")
    assert said in circle.transcript(circle.chloe, circle.hall)
    source = "from Pond news"
    assert await library(circle) == [(f"Item {n}", "Ann", source) for n in range(4, 9)]
    assert "Text of item 8" in await circle.ben.asks("search item 8", circle.hall)

    for _ in range(3):  # about twice a day, as the feed brings something daily
        await circle.clock.advance(6 * 3600)
        await circle.settle()
    assert len(await titles(circle)) == 5
    web.put("/feed", rss(item(n) for n in range(10, 0, -1)), media_type=RSS, ETag='"2"')
    await circle.clock.advance(6 * 3600)
    await circle.settle()
    assert (await titles(circle))[5:] == ["Item 9", "Item 10"]
    asked = [each.headers.get("if-none-match") for each in web.asked if each.path == "/feed"]
    assert asked == [None, None, '"1"', '"1"']


async def test_the_page_of_an_item_is_taken_where_it_can_be_had(
    circle: Circle, web: FakeWeb
) -> None:
    web.put("/owls", html("Owls hear a mouse under snow.", title="Owls"))
    owls, gone = web.address("/owls"), web.address("/gone")
    await circle.ben.asks(f"share {owls} Listen.", circle.hall)
    body = (
        "&lt;p&gt;The &lt;b&gt;whole&lt;/b&gt; story.&lt;/p&gt;&lt;script&gt;bad()&lt;/script&gt;"
    )
    web.put("/feed", rss([item(2, gone, body), item(1, owls)]), media_type=RSS)
    await circle.ann.asks(f"feeds add {web.address('/feed')}", circle.hall)
    assert await library(circle) == [
        ("Owls", "Ben", "Listen."),
        ("Owls", "Ann", "from Pond news"),
        ("Item 2", "Ann", "from Pond news"),
    ]
    rows = await circle.agent.house.database.read(
        lambda conn: conn.execute(
            sa.select(resources.c.source, resources.c.text).where(resources.c.title == "Item 2")
        ).all()
    )
    assert [tuple(row) for row in rows] == [(gone, "The whole story.")]


async def test_an_item_is_one_by_its_id_its_link_and_its_words(
    circle: Circle, web: FakeWeb
) -> None:
    gone = web.address("/gone")
    web.put("/feed", rss([item(1, gone, "Once.")]), media_type=RSS)
    await circle.ann.asks(f"feeds add {web.address('/feed')}", circle.hall)
    twice = [item(1, gone, "Once.", id="another"), item(1, None, "Once.", id="third")]
    web.put("/feed", rss([*twice, item(1, gone, "Once and again.")]), media_type=RSS)
    await looks(circle)
    assert await titles(circle) == ["Item 1"]
    assert "Once and again" in await circle.ben.asks("search again", circle.hall)


async def test_what_is_too_much_for_once_comes_the_next_time(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    await circle.ann.asks(f"feeds add {feed}", circle.hall)
    many = rss((item(number) for number in range(30, 0, -1)), "Pond news")
    web.put("/feed", many, media_type=RSS, ETag='"many"')
    counts = []
    for _ in range(3):
        await looks(circle)
        counts.append(len(await titles(circle)))
    assert counts == [25, 27, 27]
    assert set(await titles(circle)) == {f"Item {number}" for number in range(4, 31)}
    asked = [each.headers.get("if-none-match") for each in web.asked if each.path == "/feed"]
    assert asked[2:] == ['"1"', None, '"many"']


async def test_feeds_are_listed_and_stopped_by_number_or_address(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    ann, hall = circle.ann, circle.hall
    assert "no feeds yet" in await ann.asks("feeds", hall)
    await ann.asks(f"feeds add {feed}", hall)
    assert "already" in await ann.asks(f"feeds add {feed}", hall)
    assert "Only leaders" in await circle.ben.asks("feeds", hall)
    assert "no feeds yet" in await ann.asks("feeds", circle.den)
    listed = await ann.asks("feeds", hall)
    assert "Pond news" in listed and feed in listed and "last checked" in listed
    assert "no such feed" in await ann.asks("feeds stop 2", hall)
    house = circle.agent.house
    day = circle.clock.now() + timedelta(days=1)
    (known,) = await house.database.read(lambda conn: feeds.due(conn, day, 9))
    assert "stays in the library" in await ann.asks("feeds stop 1", hall)
    assert len(await titles(circle)) == 5
    assert known.member is not None
    where = (known.community, known.room, known.member)
    await house.database.write(
        lambda conn: feeds.add(conn, *where, address=feed, title="Again", now=day)
    )
    assert "“Again”" in await ann.sends("feeds", hall, stop=feed)
    before = len(web.paths())
    await looks(circle)
    assert len(web.paths()) == before


async def test_a_page_that_names_a_feed_leads_to_it(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    link = f"<link rel='alternate' type='{RSS}' href='/feed'>"
    web.put("/", html("A pond.", title="Pond", head=link))
    assert "“Pond news”" in await circle.ann.asks(f"feeds add {web.address('/')}", circle.hall)
    assert feed in await circle.ann.asks("feeds", circle.hall)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (html("Nothing to follow."), "text/html"),
        ("just words", "text/plain"),
        (b"\x00\xff" * 50, RSS),
        ("<rss version='2.0'><channel>"[:9], RSS),
        (html("x", head=f"<link rel='alternate' type='{RSS}' href='/feed'>"), "text/html"),
    ],
    ids=["a page", "text", "bytes", "cut off", "a page that names itself"],
)
async def test_what_is_no_feed_is_said_in_one_sentence(
    circle: Circle, web: FakeWeb, body: str | bytes, media_type: str
) -> None:
    web.put("/feed", body, media_type=media_type)
    said = await circle.ann.asks(f"feeds add {web.address('/feed')}", circle.hall)
    assert said.startswith("There is no feed at")
    assert "no feeds yet" in await circle.ann.asks("feeds", circle.hall)


async def test_a_feed_that_is_gone_for_a_week_is_told_once_in_private(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    await circle.ann.asks(f"feeds add {feed}", circle.hall)
    web.remove("/feed")
    await looks(circle, TELLING - 1)
    assert "for a week" not in circle.transcript(circle.ann)
    await looks(circle, 3)
    assert circle.transcript(circle.ann).count("have not been able to read “Pond news”") == 1
    assert "for a week" not in circle.transcript(circle.ben)
    listed = await circle.ann.asks("feeds", circle.hall)
    assert "can't be read just now" in listed and "last checked" in listed
    web.put("/feed", rss([item(9), item(8)]), media_type=RSS)
    await looks(circle)
    assert (await titles(circle))[-1] == "Item 9"
    assert "can't be read" not in await circle.ann.asks("feeds", circle.hall)


@pytest.mark.parametrize("how", ["closed", "unread"])
async def test_a_feed_ends_with_its_room(circle: Circle, web: FakeWeb, feed: str, how: str) -> None:
    await circle.ann.asks(f"feeds add {feed}", circle.hall)
    if how == "closed":
        await circle.platform.closes(circle.hall)
    else:
        await circle.ann.asks("read off", circle.hall)
    await looks(circle)
    count = sa.select(sa.func.count()).select_from(schema_sources.feeds)
    house = circle.agent.house
    assert await house.database.read(lambda conn: conn.execute(count).scalar()) == 0
    # What stood in a room that has gone counts as deleted; what is read no more stays.
    assert len(await titles(circle)) == (0 if how == "closed" else 5)


async def test_a_feed_belongs_to_a_room_that_is_read(circle: Circle, feed: str) -> None:
    assert "“read on” first" in await circle.ann.asks(f"feeds add {feed}", circle.lounge)
    direct = await circle.platform.direct_room(circle.ann.account.ref)
    assert "stays between us" in await circle.ann.asks(f"feeds add {feed}", direct)


async def test_after_a_restart_it_goes_on_and_nothing_comes_twice(
    data: Path, web: FakeWeb, feed: str
) -> None:
    async with Circle(data, web=web) as circle:
        await circle.ann.asks(f"feeds add {feed}", circle.hall)
        brought = await library(circle)
        platform = circle.platform
    web.put("/feed", rss(item(n) for n in range(9, 0, -1)), media_type=RSS)
    async with Circle(data, web=web, platform=platform) as again:
        await looks(again)
        assert await library(again) == [*brought, ("Item 9", "Ann", "from Pond news")]


async def test_of_a_leader_who_opted_out_the_name_is_not_used(
    circle: Circle, web: FakeWeb, feed: str
) -> None:
    await circle.ann.asks(f"feeds add {feed}", circle.hall)
    await circle.ann.sends("me", circle.hall, consent="out")
    await circle.ann.presses("Yes, forget it")
    assert await library(circle) == []
    web.put("/feed", rss([item(9)]), media_type=RSS)
    await looks(circle)
    assert await library(circle) == [("Item 9", None, "from Pond news")]


async def test_an_item_that_was_being_fetched_when_the_process_ended_comes_once(
    data: Path, web: FakeWeb
) -> None:
    is_asked = asyncio.Event()

    async def never(asked: Asked, writer: asyncio.StreamWriter) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    pages = [web.address(f"/page{number}") for number in (1, 2, 3)]
    for number in (1, 2, 3):
        web.put(f"/page{number}", html(f"Words of page {number}.", title=f"Page {number}"))
    web.put("/feed", rss(item(n, pages[n - 1]) for n in (3, 2, 1)), media_type=RSS)
    web.handle("/page2", never)
    async with Circle(data, web=web) as circle:
        ann, hall = circle.ann.account, circle.hall
        await circle.platform.says(ann, hall, f"@learncomm feeds add {web.address('/feed')}")
        await is_asked.wait()
        platform = circle.platform
    web.put("/page2", html("Words of page 2.", title="Page 2"))
    async with Circle(data, web=web, platform=platform) as again:
        await again.settle()
        assert await titles(again) == ["Page 1", "Page 2", "Page 3"]
    assert web.paths().count("/page1") == 1
