"""A process is killed while it brings links, follows a feed and looks at pages again; the sites stay."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.web import HOST, Asked, FakeWeb, answer, html
from tests.commands.test_feeds import RSS, item, rss
from tests.kill.lives import Lives
from tests.kill.soundness import unsound_rows, unsound_words
from tests.kill.visitor import LINKS

ITEMS = tuple(f"/item{number}" for number in range(1, 6))
LIVES = (("bring", 4), ("follow", 8), ("look again", 9))
"""What is done in each, and after how many requests at most it ends."""
pytestmark = pytest.mark.slow


def put(web: FakeWeb, path: str, body: str) -> None:
    """Put something at a path that takes a moment to come: a good one to die."""

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        writer.write(answer(body, media_type=RSS if path == "/feed" else "text/html"))

    web.handle(path, handler)


async def live_and_die(
    lives: Lives, folder: Path, web: FakeWeb, what: str, after: int, dice: random.Random
) -> None:
    """Let a process do something, and kill it soon after it has asked so often."""
    asked = len(web.asked)
    life = await asyncio.to_thread(lives.begin, folder, port_of(web), what)
    await web.when_asked(asked + after)
    await asyncio.sleep(dice.random() * 0.02)
    await asyncio.to_thread(life.kill)


def port_of(web: FakeWeb) -> int | None:
    return urlsplit(web.address()).port


def kept(data: Path) -> list[tuple[str, str, int]]:
    """Return what came from the sites: path, text, and how often it was shared."""
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        rows = conn.execute(
            "SELECT resources.source, resources.text, count(shares.id) FROM resources"
            " JOIN shares ON shares.resource_id = resources.id"
            " WHERE resources.source LIKE 'http%' GROUP BY resources.id"
        ).fetchall()
    return sorted((urlsplit(source).path, text, shares) for source, text, shares in rows)


def left(data: Path) -> list[tuple[str, str | None]]:
    """Return the due work that waits or gave up."""
    undone = "done_at IS NULL AND (error IS NOT NULL OR due <= unixepoch() * 1000000)"
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        return conn.execute(f"SELECT name, error FROM work WHERE {undone}").fetchall()


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    with Lives("tests.kill.visitor", tmp_path / "log.txt") as lives:
        yield lives


async def test_each_link_item_and_change_comes_once(lives: Lives, tmp_path: Path) -> None:
    data, dice = tmp_path / "data", random.Random(7)
    async with FakeWeb() as web:
        for path in LINKS + ITEMS:
            put(web, path, html(f"Old words of {path}.", title=path[1:]))
        items = (item(n, web.address(path)) for n, path in enumerate(ITEMS, 1))
        put(web, "/feed", rss(reversed(list(items))))
        for what, most in LIVES:
            if what == "look again":
                for path in LINKS + ITEMS:
                    put(web, path, html(f"New words of {path}.", title=path[1:]))
            await live_and_die(lives, tmp_path, web, what, dice.randint(2, most), dice)
            assert await asyncio.to_thread(unsound_rows, data) == [], f"killed: {what}"
        life = await asyncio.to_thread(lives.begin, tmp_path, port_of(web), "finish")
        (*_, last) = await asyncio.to_thread(lambda: list(life.told()))
        assert (last, life.code) == ("done", 0), lives.log()

    assert {asked.host for asked in web.asked} == {HOST}
    assert await asyncio.to_thread(unsound_rows, data) == []
    assert await asyncio.to_thread(unsound_words, data) == []
    assert await asyncio.to_thread(left, data) == []
    found = await asyncio.to_thread(kept, data)
    assert [(path, shares) for path, _, shares in found] == [(p, 1) for p in sorted(LINKS + ITEMS)]
    assert [text for path, text, _ in found if f"New words of {path}" not in text] == []
