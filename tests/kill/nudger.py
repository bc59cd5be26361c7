"""A process that tells members what is due for them, until it is killed or has told all.

    python nudger.py FOLDER

What a platform took stands in FOLDER/sent, a line each: the key of the message, and to whom.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.year import HERE, START, Ledger, Mailbox
from learncomm_agent.chat.messages import MessageRef, Room, RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Paragraph, Receipt, Text
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, SpaceRef
from learncomm_agent.chat.posting import Posting
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.storage import communities
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.words import Words
from learncomm_agent.work import Work

MEMBERS = 1000
NOON = START.replace(hour=12)


class Box(Mailbox):
    """Takes a message for good before it says so."""

    def __init__(self, clock: ManualClock, folder: Path) -> None:
        super().__init__(clock, Ledger())
        self._file = os.open(folder / "sent", os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    async def send(self, outgoing: Outgoing) -> Receipt:
        assert outgoing.private_to is not None
        os.write(self._file, f"{outgoing.key} {outgoing.private_to.id}\n".encode())
        return Receipt((MessageRef(outgoing.room, outgoing.key),))


def tell(conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told:
    return Told((Paragraph((Text(f"{len(subjects)} things"),)),))


async def main(folder: Path) -> None:
    clock, database = ManualClock(NOON), Database(folder / "kill.db")
    work = Work(database, clock)
    box = Box(clock, folder)
    posting = Posting(work, clock)
    posting.connect(box)

    def join(conn: Connection, space: SpaceRef) -> CommunityId:
        made = communities.ensure(conn, "c", name="C", language="en", timezone="UTC", now=NOON)
        return made.id

    directory = Directory(clock, join, lambda ref: False)
    nudges = Nudges(database, work, directory, posting, Words(), {box.name: box}, clock)
    nudges.handle("tea", tell, needs_readable=False)

    def fill(conn: Connection) -> None:
        """Add all, or nothing where the process is killed."""
        community = directory.space(conn, HERE)
        directory.room(conn, Room(RoomRef(HERE, "hall"), "hall"))
        for number in range(MEMBERS):
            account = Account(AccountRef(HERE.platform, str(number)), f"M{number}")
            member = directory.account(conn, community, account).member
            for subject in (1, 2):
                nudges.add(conn, community, member, "tea", subject, NOON)

    await asyncio.to_thread(database.open)
    if not await database.read(communities.all_ids):
        await database.write(fill)
    print("open", flush=True)
    await work.recover()
    await database.write(nudges.open)
    await work.drain()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
