"""What a kept message costs: CPU a row of the intake, beside sqlite3 alone with the same rows.

    python benchmarks/intake.py

Fifty messages of a room that is read arrive at once, again and again, into a new store (write-ahead
log, `synchronous=full`). sqlite3 alone writes the same rows, fifty a commit, into a copy of the same
store; and fifty tasks a time are woken by a thread that does nothing else, which is what a reply
across threads costs in any case. The CPU time of all threads counts; the disk's does not.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from learncomm_agent.agent import Agent
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.settings import EmbeddingSettings, Settings

BATCH = 50
BATCHES = 100
ROUNDS = 5
AUTHORS = 12
BAR_US = 25.0
TEXT = "I read the second chapter on the train; the part about listening before advising stayed with me."


def messages(count: int, prefix: str) -> list[MessagePosted]:
    """Write messages of a dozen members in one room that is read, every value anew as an adapter would."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    events = []
    for n in range(count):
        room = Room(RoomRef(SpaceRef("bench", "space"), "room"), "reading", is_read=True)
        author = Account(AccountRef("bench", f"member{n % AUTHORS}"), f"Member {n % AUTHORS}")
        ref = MessageRef(room.ref, f"{prefix}-{n}")
        message = Message(ref, author.ref, f"{TEXT} ({n})", begin + timedelta(seconds=n))
        events.append(MessagePosted(message, author, room))
    return events


async def take(agent: Agent, events: Sequence[MessagePosted]) -> float:
    """Return the CPU microseconds a row of the intake, fifty messages at once."""
    intake = agent.house.intake
    begun = time.process_time()
    for start in range(0, len(events), BATCH):
        await asyncio.gather(*map(intake.take, events[start : start + BATCH]))
    return 1e6 * (time.process_time() - begun) / len(events)


def opened(path: Path) -> sqlite3.Connection:
    """Open a store as the intake has it open."""
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def insert(conn: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> float:
    """Return the CPU microseconds a row of sqlite3 alone, fifty rows a commit."""
    statement = f"INSERT INTO messages VALUES (NULL{', ?' * len(rows[0])})"
    begun = time.process_time()
    for start in range(0, len(rows), BATCH):
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(statement, rows[start : start + BATCH])
        conn.execute("COMMIT")
    return 1e6 * (time.process_time() - begun) / len(rows)


async def wake(count: int) -> float:
    """Return the CPU microseconds a task of fifty that wait for another thread, and no more."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        begun = time.process_time()
        for _ in range(0, count, BATCH):
            waiting = [loop.create_future() for _ in range(BATCH)]
            written = loop.run_in_executor(thread, len, waiting)
            written.add_done_callback(partial(_release, waiting))
            await asyncio.gather(*map(_wait, waiting))
        return 1e6 * (time.process_time() - begun) / count


async def _wait(future: asyncio.Future[None]) -> None:
    await future


def _release(waiting: Sequence[asyncio.Future[None]], written: object) -> None:
    for future in waiting:
        future.set_result(None)


def newest(store: Path, count: int) -> list[tuple[Any, ...]]:
    """Return the messages that a store got last, without their row ids."""
    with closing(sqlite3.connect(store)) as conn:
        found = conn.execute("SELECT * FROM messages ORDER BY id DESC LIMIT ?", [count]).fetchall()
    return [row[1:] for row in reversed(found)]


async def compare(agent: Agent, folder: Path) -> list[tuple[float, float, float]]:
    """Write each round with the intake, then the same rows with sqlite3 alone; then only wake."""
    await agent.ready()
    await take(agent, messages(BATCH * 4, "warm"))
    store = agent.house.database.path
    with closing(sqlite3.connect(store)) as conn:
        conn.execute("VACUUM INTO ?", [str(folder / "alone.sqlite3")])
    rounds = []
    with closing(opened(folder / "alone.sqlite3")) as conn:
        for n in range(ROUNDS):
            spent = await take(agent, messages(BATCH * BATCHES, f"round{n}"))
            alone = insert(conn, newest(store, BATCH * BATCHES))
            rounds.append((spent, alone, await wake(BATCH * BATCHES)))
    return rounds


async def run(folder: Path) -> int:
    """Print both; 1 where the bar was missed."""
    settings = Settings(data=folder, embedding=EmbeddingSettings(kind="off"))
    async with Agent(settings) as agent:
        rounds = await compare(agent, folder)
    spent, alone, waking = map(statistics.median, zip(*rounds, strict=True))
    print(
        f"intake {spent:.1f} us CPU a row (bar {BAR_US:.0f} us); sqlite3 alone {alone:.1f} us, "
        f"waking the tasks alone {waking:.1f} us: {spent / (alone + waking):.2f} x of both"
    )
    return 0 if spent <= BAR_US else 1


def main() -> int:
    """Run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
