"""The process that is killed while it brings links, follows a feed and looks at pages again.

`live(FOLDER, PORT, WHAT)` does WHAT of the sites that listen on PORT, and waits. `finish` does what is
left, says `done`, and ends.
"""

import asyncio
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.clock import SystemClock
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.talk import conversations
from learncomm_agent.library.web import refreshing
from learncomm_agent.library.web.addresses import Address
from learncomm_agent.library.web.fetching import Fetcher, of_use
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from learncomm_agent.storage import pages
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.web import HOST, is_loopback
from tests.kill.child import FilePlatform, said, say

LINKS = ("/herons", "/owls", "/larks")


async def here(host: str, port: int) -> list[Address]:
    """Find every site on this machine."""
    return [ip_address("127.0.0.1")]


async def do(agent: Agent, what: str, site: str) -> None:
    """Do one thing; each is kept when this comes back, and done in its time."""
    match what:
        case "bring":
            await agent.handle(said(1, "links every", is_addressed=True))
            await agent.ready()
            await agent.idle()
            links = " and ".join(site + path for path in LINKS)
            await agent.handle(said(2, f"Look: {links}", is_addressed=False))
        case "follow":
            await agent.handle(said(3, f"feeds add {site}/feed", is_addressed=True))
        case "look again":
            await agent.house.database.write(lambda conn: look_again(conn, agent))


def look_again(conn: Connection, agent: Agent) -> None:
    """Have all pages looked at again now."""
    for page in pages.due(conn, SystemClock().now() + 2 * refreshing.LATE, 99):
        pages.put_off(conn, page.resource, SystemClock().now())
    agent.house.work.add(conn, "pages", {})


async def main(folder: Path, port: str, what: str) -> None:
    settings = Settings(
        data=folder / "data",
        community=CommunitySettings(spaces=("file:home",)),
        embedding=EmbeddingSettings(kind="off"),
    )
    fetcher = Fetcher(SystemClock(), accepts=of_use(Readers()), allows=is_loopback, look_up=here)
    async with Agent(settings, [FilePlatform(folder)], fetcher=fetcher) as agent:
        await do(agent, what, f"http://{HOST}:{port}")
        if what != "finish":
            await asyncio.sleep(20)
        await agent.ready()
        await agent.idle()
        say("done")


def live(folder: str, port: str, what: str) -> None:
    refreshing.SETTLING = refreshing._PAUSE = conversations.WAIT = timedelta(0)
    asyncio.run(main(Path(folder), port, what))
