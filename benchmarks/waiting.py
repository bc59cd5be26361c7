"""What rows cost that only wait: memory and start-up with 10,000 of them, beside none.

    python benchmarks/waiting.py

Each figure comes from a process of its own that opens an `Agent` on a store without search by meaning, lets it
settle, and looks at its own memory. The rows are reminders, due in a month, each in a lane of its own.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.storage import due
from learncomm_agent.storage.database import Connection

ROWS = 10_000
ROUNDS = 3
SETTLE_S = 2.5
BAR_MB = 15.0


def resident_mb() -> float:
    """Return the memory of this process that is in use now, in megabytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("this system tells no memory of a process")


def settings(folder: Path) -> Settings:
    """Return settings for a store without search by meaning."""
    return Settings(data=folder, embedding=EmbeddingSettings(kind="off"))


async def fill(folder: Path, rows: int) -> None:
    """Make a store in which so many rows wait."""

    def add(conn: Connection) -> None:
        later = SystemClock().now() + timedelta(days=30)
        for n in range(rows):
            args = {"member": n, "about": "the next meeting of the reading circle"}
            due.enqueue(conn, "reminder", args, due=later, key=f"r-{n}", lane=f"reminder:{n}")

    async with Agent(settings(folder)) as agent:
        await agent.ready()
        await agent.idle()
        await agent.house.database.write(add)


async def look(folder: Path) -> tuple[float, float]:
    """Return the memory in megabytes and the milliseconds until the agent was open."""
    begun = time.perf_counter()
    async with Agent(settings(folder)) as agent:
        milliseconds = 1000 * (time.perf_counter() - begun)
        await agent.idle()
        await asyncio.sleep(SETTLE_S)
        return resident_mb(), milliseconds


def fresh(folder: Path) -> tuple[float, float]:
    """Look from a new process."""
    command = [sys.executable, __file__, "--look", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    memory, milliseconds = told.stdout.split()[-2:]
    return float(memory), float(milliseconds)


def run(folder: Path) -> int:
    """Print both; 1 where the bar was missed."""
    stores = {"none": 0, "many": ROWS}
    for name, rows in stores.items():
        asyncio.run(fill(folder / name, rows))
    looks = [(fresh(folder / "none"), fresh(folder / "many")) for _ in range(ROUNDS)]
    memory = statistics.median(many[0] - none[0] for none, many in looks)
    start = [statistics.median(pair[side][1] for pair in looks) for side in (0, 1)]
    print(
        f"{ROWS:,} rows wait: {memory:+.1f} MB beside none (bar {BAR_MB:.0f} MB); "
        f"start {start[1]:.0f} ms, without {start[0]:.0f} ms"
    )
    return 0 if memory <= BAR_MB else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.look is not None:
        print(*asyncio.run(look(chosen.look)))
        return 0
    if not Path("/proc/self/status").is_file():
        print("waiting: skipped, this system tells no memory of a process")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder))


if __name__ == "__main__":
    sys.exit(main())
