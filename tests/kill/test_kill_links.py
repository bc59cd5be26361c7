"""A process is killed while it brings links, follows a feed and looks at pages again; the sites stay."""

import asyncio
import os
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from learncomm_agent.storage.store import DATABASE
from learncomm_agent.testing.web import HOST, Asked, FakeWeb, answer, html
from tests.commands.test_feeds import RSS, item, rss
from tests.kill.soundness import unsound_rows, unsound_words
from tests.kill.visitor import LINKS

VISITOR = Path(__file__).with_name("visitor.py")
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


async def start(folder: Path, web: FakeWeb, what: str) -> asyncio.subprocess.Process:
    port = str(urlsplit(web.address()).port)
    command = [sys.executable, "-X", "faulthandler", str(VISITOR), str(folder), port, what]
    here = {**os.environ, "PYTHONPATH": str(VISITOR.parents[2])}
    with await asyncio.to_thread((folder / "log.txt").open, "a") as log:
        return await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=log, env=here
        )


async def live_and_die(
    folder: Path, web: FakeWeb, what: str, after: int, dice: random.Random
) -> None:
    """Let a process do something, and kill it soon after it has asked so often."""
    asked = len(web.asked)
    process = await start(folder, web, what)
    await web.when_asked(asked + after)
    await asyncio.sleep(dice.random() * 0.02)
    process.kill()
    await process.wait()


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


async def test_each_link_item_and_change_comes_once(tmp_path: Path) -> None:
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
            await live_and_die(tmp_path, web, what, dice.randint(2, most), dice)
            assert await asyncio.to_thread(unsound_rows, data) == [], f"killed: {what}"
        process = await start(tmp_path, web, "finish")
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        log = await asyncio.to_thread((tmp_path / "log.txt").read_text)
        assert out.decode().splitlines()[-1:] == ["done"], log[-3000:]

    assert {asked.host for asked in web.asked} == {HOST}
    assert await asyncio.to_thread(unsound_rows, data) == []
    assert await asyncio.to_thread(unsound_words, data) == []
    assert await asyncio.to_thread(left, data) == []
    found = await asyncio.to_thread(kept, data)
    assert [(path, shares) for path, _, shares in found] == [(p, 1) for p in sorted(LINKS + ITEMS)]
    assert [text for path, text, _ in found if f"New words of {path}" not in text] == []
