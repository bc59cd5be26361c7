"""How long an answer takes on Matrix, beside a bare bot of nio that says again what it hears.

    python -m benchmarks.matrix_answers [--times 100]

Both bots are on the same Synapse, each in a process of its own, and are asked by turns. Measured is what
a person waits: from sending to seeing the answer. The agent is asked to search for what it does not have,
and answers with one sentence in public; it keeps the question and what it posts on disk.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.matrix_bots import Child
from tests.adapters.matrix.people import Person
from tests.adapters.matrix.synapse import Synapse

WARM_UP = 10
BAR = 1.5
PATIENCE_MS = 30_000


class Asker:
    """Somebody alone in a room with a bot, whose client waits for what is said."""

    def __init__(self, person: Person, room: str) -> None:
        """Take who asks, and where."""
        self._person = person
        self._room = room
        none: dict[str, Any] = {"types": []}
        told = {"timeline": {"not_senders": [person.id]}, "state": none, "ephemeral": none}
        self._filter = json.dumps({"room": told, "presence": none, "account_data": none})
        self._since: str | None = None

    async def waits(self, text: str) -> float:
        """Ask, and return the seconds until the answer is there."""
        if self._since is None:
            await self._hear(0)
        hearing = asyncio.create_task(self._answered())
        await asyncio.sleep(0.05)  # until the client waits, as clients do
        begun = time.perf_counter()
        await self._person.say(self._room, text)
        await hearing
        return time.perf_counter() - begun

    async def _answered(self) -> None:
        while not await self._hear(PATIENCE_MS):
            pass

    async def _hear(self, wait_ms: int) -> bool:
        query: dict[str, Any] = {"filter": self._filter, "since": self._since, "timeout": wait_ms}
        told = await self._person.ask("GET", "sync", **query)
        self._since = told["next_batch"]
        room = told.get("rooms", {}).get("join", {}).get(self._room, {})
        return any(
            each["type"] == "m.room.message" for each in room.get("timeline", {}).get("events", ())
        )


@asynccontextmanager
async def asking(synapse: Synapse, kind: str, folder: Path) -> AsyncIterator[Asker]:
    """Run a bot of this kind, with somebody in a room with it."""
    users = [await asyncio.to_thread(synapse.user, f"{each}-{kind}") for each in ("bot", "ada")]
    bot, ada = (Person(synapse.url, each) for each in users)
    own = folder / kind
    own.mkdir()
    child = Child(kind, synapse.url, bot.user.token, own)
    try:
        room = await ada.create_room("hall", invite=[bot.id])
        await bot.join(room)
        await child.start()
        yield Asker(ada, room)
    finally:
        child.kill()
        await bot.close()
        await ada.close()


async def run(folder: Path, times: int) -> int:
    """Print all; 1 where the bar was missed."""
    synapse = Synapse(folder / "synapse")
    synapse.start()
    waits: dict[str, list[float]] = {"echo": [], "ours": []}
    try:
        async with asking(synapse, "echo", folder) as echo, asking(synapse, "ours", folder) as ours:
            for number in range(WARM_UP + times):
                for kind, asker in (("echo", echo), ("ours", ours)):
                    took = await asker.waits(f"!lc search marzipan{number}")
                    waits[kind] += [took] if number >= WARM_UP else []
    finally:
        synapse.stop(kill=True)
    return report(waits["echo"], waits["ours"])


def report(echo: list[float], ours: list[float]) -> int:
    """Print how long both took; 1 where ours took too long."""
    for name, waits in (("a bare bot of nio", echo), ("learncomm", ours)):
        p50, p95 = statistics.median(waits), sorted(waits)[int(0.95 * (len(waits) - 1))]
        print(f"{name}: p50 {1e3 * p50:.0f} ms, p95 {1e3 * p95:.0f} ms ({len(waits)} answers)")
    ratio = statistics.median(ours) / statistics.median(echo)
    print(f"an answer: {ratio:.2f} x the bare bot, p50 (bar {BAR} x)")
    return 0 if ratio <= BAR else 1


def main() -> int:
    """Read the command line and run in a folder of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder), chosen.times))


if __name__ == "__main__":
    sys.exit(main())
