"""The process that is killed while it adds, cuts conversations, looks at pages again and forgets.

`live(FOLDER, FIRST, LAST)` plays the steps FIRST to LAST as `child.py` does, with nothing waiting
longer than it must. With FIRST beyond LAST it finishes what is left, says `done`, and ends.
"""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from learncomm_agent.agent import Agent
from learncomm_agent.chat.events import MessageDeleted
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library import forgetting, indexing
from learncomm_agent.library.resources import Share
from learncomm_agent.library.talk import conversations
from learncomm_agent.library.web import refreshing
from learncomm_agent.library.web.fetching import Fetched, Fetcher
from learncomm_agent.settings import CommunitySettings, Settings
from learncomm_agent.storage import pages
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.web import html
from tests.kill.child import ROOM, FilePlatform, SlowEmbedder, readings, said, say, word

PAGE = "https://garden.example/herons"
KINDS = 5
"""What happens in turn: adding, talking, a page that changes, asking, forgetting."""


class ChangingPage:
    """Opens one page, which says something else at every step."""

    def __init__(self) -> None:
        self.step = 0

    async def fetch(
        self, address: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        say("looking")
        await asyncio.sleep(0.01)
        page = html(f"The heron calls {word(self.step)} by the pond.", title="Herons")
        return Fetched(PAGE, "text/html", page.encode(), etag=str(self.step))

    async def close(self) -> None:
        return


async def look_again(agent: Agent) -> None:
    """Have the page looked at again now."""
    house = agent.house

    def write(conn: Connection) -> None:
        for page in pages.due(conn, SystemClock().now() + 2 * refreshing.LATE, 1):
            args = {"resource": page.resource, "waited_s": 1.0}
            house.work.add(conn, "page again", args, lane="host:garden")

    await house.database.write(write)


async def play(agent: Agent, page: ChangingPage, step: int) -> None:
    """Do what happens in a step; may be repeated, as a platform repeats what nobody acknowledged."""
    match step % KINDS:
        case 0:
            await agent.add(readings(step))
        case 1:
            text = f"I will bring {word(step)} to the pond by Friday, as we all agreed on Monday."
            await agent.handle(said(step, text, is_addressed=False))
        case 2:
            page.step = step
            if step == 2:
                await agent.house.pages.add(agent.community.id, PAGE, Share())
            await look_again(agent)
        case 3:
            await agent.handle(
                said(step, "search what flies high over the hill", is_addressed=True)
            )
        case _ if step % (2 * KINDS) > KINDS:  # what every other round brought stays
            say(f"forgetting {step}")
            with contextlib.suppress(NotFoundError):  # gone already, and nobody heard of it
                await agent.forget(f"long{step - 4}")
            with contextlib.suppress(NotFoundError):
                await agent.forget(f"short{step - 4}")
            await agent.handle(MessageDeleted(MessageRef(ROOM.ref, f"m{step - 3}")))
    say(f"acknowledged {step}")


def tell_of_scrubs(agent: Agent) -> None:
    """Say when the files are emptied."""
    database: Any = agent.house.database
    scrub = database.scrub

    async def told() -> None:
        say("scrubbing")
        await scrub()

    database.scrub = told


async def main(folder: Path, first: int, last: int) -> None:
    settings = Settings(data=folder / "data", community=CommunitySettings(spaces=("file:home",)))
    page = ChangingPage()
    page.step = max(2, first - (first - 2) % KINDS)  # as it stood when the last life ended
    async with Agent(
        settings, [FilePlatform(folder)], embedder=SlowEmbedder, fetcher=cast("Fetcher", page)
    ) as agent:
        tell_of_scrubs(agent)
        for step in range(first, last + 1):
            await play(agent, page, step)
        if first <= last:
            await asyncio.sleep(10)
        await agent.ready()
        await agent.idle()
        say("done")


def live(folder: str, first: str, last: str) -> None:
    indexing.BATCH = 8  # so that there are many moments between two of them
    conversations.WAIT = forgetting.SCRUB_WAIT = refreshing.SETTLING = timedelta(0)
    asyncio.run(main(Path(folder), int(first), int(last)))
