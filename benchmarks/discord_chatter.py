"""Whether it keeps up with a busy server: the lag after so many messages a second, and CPU a message.

    python -m benchmarks.discord_chatter [--seconds 10]

A double of Discord (`tests/adapters/discord/loopback.py`) in this process sends 1,000 messages a second
over 100 channels, all of them read, through a real gateway to an agent in another process, which is bound
to one core. The lag is the time from the last message sent until all are kept on disk. A bare bot of
discord.py hears the same: what it uses is discord.py's own part.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.discord_bots import Child, running
from learncomm_agent.storage.store import DATABASE
from tests.adapters.discord.loopback import Loopback
from tests.adapters.discord.loopback_places import Channel, Person

RATE = 1_000
CHANNELS = 100
PEOPLE = 200
STEP_S = 0.02
BAR_S = 1.0
MANAGE_GUILD = 1 << 5
PATIENCE_S = 60.0
TEXT = "I read the second chapter on the train; the part about listening before advising stayed with me."
KEPT = "SELECT count(*) FROM messages WHERE text LIKE 'I read the second%'"


class Server:
    """A server full of people who talk."""

    def __init__(self, double: Loopback) -> None:
        """Make it."""
        self._double = double
        guild = double.add_guild("Busy")
        lead = double.add_role(guild, "Lead", MANAGE_GUILD)
        self._leader = double.add_member(guild, "Lena", lead)
        names = [f"room-{number}" for number in range(CHANNELS)]
        self._channels = [double.add_channel(guild, name) for name in names]
        self._people = [double.add_member(guild, f"Member {number}") for number in range(PEOPLE)]
        self._said = 0

    def open(self, folder: Path) -> None:
        """Let all channels be read."""
        for channel in self._channels:
            used = self._double.slash(self._leader, channel, "read", {"switch": "on"})
            self._double.wait(lambda used=used: self._double.is_acknowledged(used))  # type: ignore[misc]
        wait_for(CHANNELS, "SELECT count(*) FROM rooms WHERE reading", folder)

    def talk(self, seconds: float) -> float:
        """Let everybody talk; return how long it took, which is longer where this process is too slow."""
        loop = self._double._loop
        return asyncio.run_coroutine_threadsafe(self._talk(seconds), loop).result()

    async def _talk(self, seconds: float) -> float:
        begun, sent = time.monotonic(), 0
        while sent < seconds * RATE:
            due = int(min(seconds, time.monotonic() - begun + STEP_S) * RATE)
            for _ in range(sent, due):
                self._say()
            sent = due
            await asyncio.sleep(max(0.0, begun + sent / RATE - time.monotonic()))
        return time.monotonic() - begun

    def _say(self) -> None:
        channel, person = self._next()
        self._double._world.post(channel, person, {"content": f"{TEXT} ({self._said})"})
        for session in self._double._gateway.sessions.values():
            session.sent.clear()  # nobody resumes here, and a copy of all would fill the memory
        self._said += 1

    def _next(self) -> tuple[Channel, Person]:
        return self._channels[self._said % CHANNELS], self._people[self._said * 7 % PEOPLE]


def counted(query: str, folder: Path) -> int:
    """Return what the store of a running agent counts."""
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as conn:
        return int(conn.execute(query).fetchone()[0])


def wait_for(count: int, query: str, folder: Path) -> float:
    """Return how long it takes until the store counts so many."""
    begun = time.monotonic()
    while (found := counted(query, folder)) < count:
        if time.monotonic() - begun > PATIENCE_S:
            raise TimeoutError(f"{found} of {count}")
        time.sleep(0.02)
    return time.monotonic() - begun


def used_us(bot: Child, before_s: float, count: int) -> float:
    """Return the microseconds of CPU a message since before."""
    return 1e6 * (bot.cpu_s - before_s) / count


def run(folder: Path, seconds: float) -> int:
    """Print all; 1 where the bar was missed."""
    count = int(seconds * RATE)
    with Loopback() as double:
        server = Server(double)
        with running("bare", double, folder) as bot:
            before_s = bot.cpu_s
            server.talk(seconds)
            time.sleep(1)
            bare_us = used_us(bot, before_s, count)
        with running("ours", double, folder) as bot:
            server.open(folder)
            before_s = bot.cpu_s
            took_s = server.talk(seconds)
            lag_s = wait_for(count, KEPT, folder)
            all_us = used_us(bot, before_s, count)
    print(
        f"{count:,} messages over {CHANNELS} channels in {took_s:.1f} s: the last kept after "
        f"{lag_s:.2f} s (bar {BAR_S:.0f} s); {all_us:.0f} us CPU a message, of which "
        f"discord.py's own {bare_us:.0f} us"
    )
    return 0 if lag_s <= BAR_S else 1


def main() -> int:
    """Read the command line and run in a folder of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), chosen.seconds)


if __name__ == "__main__":
    sys.exit(main())
