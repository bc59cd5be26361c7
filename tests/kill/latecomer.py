"""The process that is killed while it reads back a room that a leader has opened.

`live(FOLDER, "open")` opens the room to its beginning, `live(FOLDER, "go")` just goes on. It tells how far
the history has told it, says `done` when all is read, and ends.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from learncomm_agent import house  # noqa: F401 - imported when an agent is opened otherwise
from learncomm_agent.agent import Agent
from learncomm_agent.chat import rereading
from learncomm_agent.chat.events import Event, MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from tests.kill.child import ANN, FilePlatform, say

COUNT = 1_000
ATTIC = Room(RoomRef(SpaceRef("file", "home"), "attic"), "attic")
BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OLGA = Account(AccountRef("file", "olga"), "Olga", since=BEGAN - timedelta(days=1))


class OldPlatform(FilePlatform):
    """Has a long history, and takes its time to tell it."""

    async def history(
        self, room: RoomRef, after: MessageRef | datetime | None
    ) -> AsyncIterator[Event]:
        first = int(after.id[1:]) + 1 if isinstance(after, MessageRef) else 0
        for n in range(first, COUNT if room == ATTIC.ref else 0):
            if n % 20 == 0:
                await asyncio.sleep(0.002)
                say(f"told {n}")
            yield posted(f"o{n}", f"Said long ago, number {n}.", BEGAN + timedelta(seconds=n), OLGA)


def posted(
    id: str, text: str, at: datetime, author: Account, *, is_addressed: bool = False
) -> MessagePosted:
    ref = MessageRef(ATTIC.ref, id)
    message = Message(ref, author.ref, text, at, is_addressed=is_addressed)
    return MessagePosted(message, author, ATTIC)


async def main(folder: Path, what: str) -> None:
    settings = Settings(
        data=folder / "data",
        community=CommunitySettings(spaces=("file:home",)),
        embedding=EmbeddingSettings(kind="off"),
    )
    async with Agent(settings, [OldPlatform(folder)]) as agent:
        if what == "open":
            now = SystemClock().now()
            await agent.handle(posted("a", "read on since=all", now, ANN, is_addressed=True))
        await agent.idle()
    say("done")


def live(folder: str, what: str) -> None:
    rereading.BATCH = 20  # so that there are many moments between two of them
    asyncio.run(main(Path(folder), what))
