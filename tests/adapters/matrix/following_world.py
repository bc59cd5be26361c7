"""What follows a homeserver in the tests, and what it has taken."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from learncomm_agent.adapting.notes import Notes
from learncomm_agent.clock import SystemClock
from learncomm_matrix.connection.answers import Sync
from learncomm_matrix.connection.following import Following
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.options import Options

PATIENCE_S = 60.0


class Quick(SystemClock):
    """Sleeps no longer than a test may."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.05))


@dataclass
class Taken:
    """A sink that keeps what it gets, and fails where a test wants it to."""

    bodies: list[str] = field(default_factory=list)
    contexts: list[Sync] = field(default_factory=list)
    syncs: list[Sync] = field(default_factory=list)
    gaps: int = 0
    fail: Callable[[str], None] = lambda body: None

    async def take(self, sync: Sync, is_context: bool) -> None:
        (self.contexts if is_context else self.syncs).append(sync)
        for room in sync.joined:
            for event in room.timeline:
                body = event.get("content", {}).get("body")
                if not is_context and isinstance(body, str):
                    self.fail(body)
                    self.bodies.append(body)

    async def missed(self) -> None:
        self.gaps += 1


def options(url: str, token: str, **more: Any) -> Options:
    return Options(homeserver=url, token=SecretStr(token), **more)


@asynccontextmanager
async def following(
    url: str, token: str, folder: Path, taken: Taken, *, timeline: int = 100, patience_s: float = 30
) -> AsyncIterator[Following]:
    notes, clock = Notes(folder), Quick()
    homeserver = Homeserver(options(url, token), timeline=timeline, patience_s=patience_s)
    follower = Following(homeserver, notes, clock, taken.take, taken.missed, random.Random(1))
    try:
        await notes.load()
        await homeserver.open()
        await follower.start()
        yield follower
    finally:
        await follower.stop()
        await homeserver.close()
        await notes.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 # nobody tells
            await asyncio.sleep(0.02)
