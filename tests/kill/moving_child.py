"""The process that is killed while it imports or restores.

`live("import", FOLDER, DATA)` and `live("restore", FILE, DATA)` print `at N` whenever so many tenths
are done, `renamed` when a folder has got its name, and `done` at the end.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

from learncomm_agent.clock import SystemClock
from learncomm_agent.house import House
from learncomm_agent.moving import archives
from learncomm_agent.moving.importing import Importing
from learncomm_agent.moving.restoring import restore
from learncomm_agent.settings import EmbeddingSettings, Settings


def say(line: str) -> None:
    print(line, flush=True)
    time.sleep(0.005)  # a good moment to die


def told(done: int, total: int) -> None:
    say(f"at {done * 10 // total}")


async def bring(folder: Path, data: Path) -> None:
    clock = SystemClock()
    settings = Settings(data=data, embedding=EmbeddingSettings(kind="off"))
    house = House(settings, {}, clock, None, None, None)
    await house.open()
    try:
        community = await house.database.write(lambda conn: house.spaces.open(conn).id)
        importing = Importing(
            house.database, house.adding, house.indexing, house.conversations, clock
        )
        await importing.run(community, folder, progress=told)
    finally:
        await house.close()


def put_back(file: Path, data: Path) -> None:
    rename = Path.rename

    def slow(self: Path, target: Path) -> Any:
        renamed = rename(self, target)
        say("renamed")
        return renamed

    Path.rename = slow  # type: ignore[method-assign,assignment]
    archives.PIECE = 1 << 14  # so that there are many moments between two of them
    restore(file, data, replaces=True, now=SystemClock().now(), progress=told)


def live(doing: str, source: str, target: str) -> None:
    if doing == "import":
        asyncio.run(bring(Path(source), Path(target)))
    else:
        put_back(Path(source), Path(target))
    say("done")
