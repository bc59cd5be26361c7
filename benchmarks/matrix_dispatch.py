"""What a chatter message on Matrix costs beyond nio's own parsing: CPU from the parsed answer to the agent.

    python -m benchmarks.matrix_dispatch

An answer of 1,000 messages in 20 rooms that are not read is parsed beforehand. It goes through the
adapter's hearing into `Agent.handle`; beside it stands what nio takes to parse the same answer.
No network takes part, and nothing is kept.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nio
from pydantic import SecretStr

from learncomm_agent.agent import Agent
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_matrix.connection.answers import read_sync
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.hearing.inbound import Inbound
from learncomm_matrix.hearing.posts import Posts
from learncomm_matrix.options import Options
from tests.adapters.matrix.hearing_room import Flat, NoChanges, NoOffers

MESSAGES = 1_000
ROOMS = 20
ROUNDS = 15
BAR_US = 20.0
TEXT = "did anybody finish the third chapter? I liked the part about the garden"
ME = "@guide:example.org"


def answer() -> dict[str, Any]:
    """Write what a homeserver answers."""
    each = MESSAGES // ROOMS
    rooms = {f"!room{n}:example.org": _room(n, each) for n in range(ROOMS)}
    return {"next_batch": "s1", "rooms": {"join": rooms}}


def _room(room: int, count: int) -> dict[str, Any]:
    events = [
        {
            "type": "m.room.message",
            "event_id": f"$room{room}event{n}",
            "sender": f"@member{n % 9}:example.org",
            "origin_server_ts": 1_700_000_000_000 + n,
            "content": {"msgtype": "m.text", "body": f"{TEXT} ({n})", "m.mentions": {}},
            "unsigned": {"age": 12, "membership": "join"},
        }
        for n in range(count)
    ]
    empty: dict[str, Any] = {"events": []}
    return {
        "timeline": {"events": events, "limited": False, "prev_batch": "p"},
        "state": empty,
        "ephemeral": empty,
        "account_data": empty,
        "summary": {},
        "unread_notifications": {},
    }


async def spent(work: Callable[[], Awaitable[object]]) -> float:
    """Return the CPU microseconds a message, as the median of the rounds."""
    figures = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        await work()
        figures.append(1e6 * (time.process_time() - begun) / MESSAGES)
    return statistics.median(figures)


async def run() -> int:
    """Print all; 1 where the bar was missed."""
    written = json.dumps(answer())
    sync = read_sync(json.loads(written))
    names = {f"@member{n}:example.org": f"Member {n}" for n in range(9)} | {ME: "Study Guide"}
    directory, options = (
        Flat(names),
        Options(homeserver="https://example.org", token=SecretStr("x")),
    )
    homeserver = Homeserver(options)
    for n in range(ROOMS):
        directory.know(f"!room{n}:example.org")

    async def theirs() -> None:
        nio.SyncResponse.from_dict(json.loads(written))

    async def parse() -> None:
        json.loads(written)

    async def reading() -> None:
        read_sync(json.loads(written))

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), embedding=EmbeddingSettings(kind="off"))
        async with Agent(settings) as agent:
            await agent.ready()
            parts = homeserver, directory, Posts(directory, ME), agent.handle
            inbound = Inbound(*parts, NoChanges(), NoOffers(), lambda id: None)
            ours = await spent(lambda: inbound.take(sync, is_context=False))
    await homeserver.close()
    json_us, nio_us, read_us = await spent(parse), await spent(theirs), await spent(reading)
    print(f"a chatter message: {ours:.2f} us beyond parsing (bar {BAR_US:.0f} us)")
    print(f"parsing: nio {nio_us:.2f} us, ours {read_us:.2f} us, of it JSON {json_us:.2f} us")
    print(f"dispatch and parsing together: {(ours + read_us) / nio_us:.2f} x nio's parsing alone")
    return 0 if ours <= BAR_US else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
