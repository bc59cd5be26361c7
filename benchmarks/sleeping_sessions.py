"""What sessions cost that only sleep: memory and start-up with 10,000 of them, beside none.

    python -m benchmarks.sleeping_sessions [--sessions N]

Each session is a book club in its third week, played that far by seven members, with its wake a month
ahead. Each figure comes from a process of its own that opens an `Agent` on the store (see `waiting.py`);
stores with sessions and without are looked at by turns, so that what else the machine does meets both.
Ends with 1 where a bar is missed.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.waiting import BAR_MB, fresh, settings
from learncomm_agent.agent import Agent
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.rehearsing.rehearsals import Rehearsing, Wish
from learncomm_agent.sessions.events import Woke
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.words import Words

SESSIONS = 10_000
ROUNDS = 5
BATCH = 500
SLOWER, SLOWER_MS = 1.25, 30
"""A start costs more with sessions where it takes so many times as long, and so much longer: two starts on
one store differ by as much."""


def third_week() -> dict[str, Any]:
    """Return the state of a book club in its third week."""
    words, kinds, found = Words(), stage_kinds(), list[dict[str, Any]]()

    def watch(it: Passed) -> None:
        if not found and it.after.path and it.after.path[0].round == 2:
            found.append(dump(it.after))

    book = Playbooks(words, kinds).get("community", "book-club", "en")
    Rehearsing(words, kinds).play(book, Wish(), watch)
    return found[0]


async def fill(folder: Path, sessions: int, content: dict[str, Any]) -> None:
    """Make a store in which so many sessions sleep."""
    later = SystemClock().now() + timedelta(days=30)
    content = {**content, "wake_at": later.isoformat()}
    async with Agent(settings(folder)) as agent:
        await agent.ready()
        await agent.idle()
        house, community = agent.house, agent.community.id

        def hall(conn: Connection) -> RoomId:
            ref = RoomRef(SpaceRef("terminal", "1"), "1")
            return house.directory.room(conn, Room(ref, "hall")).id

        def add(conn: Connection, room: RoomId, count: int) -> None:
            for _ in range(count):
                id = stored.add(
                    conn,
                    community,
                    room,
                    playbook="book-club",
                    title="Book club",
                    phase="open",
                    content=content,
                    salt=secrets.token_bytes(16),
                    now=SystemClock().now(),
                )
                house.sessions.tell(conn, id, Woke(content["turn"]), key=f"w{id}", due=later)

        if not sessions:
            return
        room = await house.database.write(hall)
        for begun in range(0, sessions, BATCH):
            count = min(BATCH, sessions - begun)
            await house.database.write(partial(add, room=room, count=count))


def run(folder: Path, sessions: int) -> int:
    """Print both; 1 where a bar was missed."""
    content = third_week()
    asyncio.run(fill(folder / "none", 0, content))
    asyncio.run(fill(folder / "many", sessions, content))
    looks = [(fresh(folder / "none"), fresh(folder / "many")) for _ in range(ROUNDS)]
    memory = statistics.median(many[0] - none[0] for none, many in looks)
    before, after = (statistics.median(pair[side][1] for pair in looks) for side in (0, 1))
    ratio = statistics.median(many[1] / none[1] for none, many in looks)
    size = len(json.dumps(content))
    print(
        f"{sessions:,} sessions of {size / 1024:.0f} KB sleep: {memory:+.1f} MB beside none "
        f"(bar {BAR_MB:.0f} MB); start {after:.0f} ms, without {before:.0f} ms, "
        f"{ratio:.2f} times as long (bar {SLOWER})"
    )
    is_slower = ratio > SLOWER and after - before > SLOWER_MS
    return 0 if memory <= BAR_MB and not is_slower else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    chosen = parser.parse_args()
    if not Path("/proc/self/status").is_file():
        print("sleeping_sessions: skipped, this system tells no memory of a process")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), chosen.sessions)


if __name__ == "__main__":
    sys.exit(main())
