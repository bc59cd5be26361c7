"""The services that take in what happens and post what is said, over a database of their own."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.events import Event
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import Community, CommunityId, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.community.changes import Changes
from learncomm_agent.community.leaving import Leaving
from learncomm_agent.community.newcomers import Newcomers
from learncomm_agent.community.notices import Notices
from learncomm_agent.community.reading import Reading
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.sharing.linking import Linking
from learncomm_agent.library.sharing.resharing import Resharing
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.storage import communities, messages, rooms, schema
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.notices import NoticeBoard
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import FakePlatform
from learncomm_agent.words import Words
from learncomm_agent.work import Work

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def home(conn: Connection) -> Community:
    return communities.ensure(conn, "home", name="Home", language="en", timezone="UTC", now=NOW)


def join(conn: Connection, space: SpaceRef) -> CommunityId:
    return home(conn).id


class Desk:
    """Intake and posting as the agent puts them together, with a fake platform at hand."""

    join = staticmethod(join)

    def __init__(self, path: Path, clock: ManualClock) -> None:
        self.database = Database(path, synchronous="normal")
        self.clock = clock
        self.work = Work(self.database, clock)
        self.directory = Directory(clock, join, lambda ref: False)
        indexing = Indexing(self.database, self.work, Meaning(None))
        self.forgetting = Forgetting(self.database, self.work, indexing, clock)
        adding = Adding(self.database, indexing, self.forgetting, clock, Analyser())
        self.resharing = Resharing(adding, self.forgetting)
        self.linking = Linking(self.directory, self.work, self.forgetting)
        parts = (adding, indexing, self.forgetting, clock)
        self.conversations = Conversations(self.database, self.work, *parts)
        self.intake = Intake(
            self.database,
            self.directory,
            self.work,
            self.forgetting,
            self.resharing,
            self.linking,
            self.conversations,
            self._make_newcomers(),
            clock,
        )
        self._make_changes()

    def _make_newcomers(self) -> Newcomers:
        self.posting = Posting(self.work, self.clock)
        self.platform = FakePlatform(clock=self.clock)
        self.platforms: dict[str, Platform] = {self.platform.name: self.platform}
        self.posting.connect(self.platform)
        self.board, self.notices = NoticeBoard(), Notices(Words(), self.platforms)
        parts = (self.directory, self.board, self.posting, self.notices, self.platforms)
        self.newcomers = Newcomers(self.database, self.work, *parts, self.clock)
        return self.newcomers

    def _make_changes(self) -> None:
        database, work, directory, clock = self.database, self.work, self.directory, self.clock
        self.rereading = Rereading(
            database, work, directory, self.intake, self.forgetting, self.platforms, clock
        )
        self.reading = Reading(
            database,
            work,
            directory,
            self.board,
            self.posting,
            self.rereading,
            self.notices,
            self.platforms,
            clock,
        )
        self.leaving = Leaving(
            database,
            work,
            directory,
            self.board,
            self.reading,
            self.rereading,
            self.forgetting,
            Meaning(None),
            lambda conn: None,
            home,
            self.platforms,
            clock,
        )
        changes = Changes(directory, self.newcomers, self.rereading, self.leaving)
        self.intake.follow_with(changes.follow)

    async def start(self) -> None:
        await self.platform.start(self.intake.take)

    async def take_all(self, *events: Event) -> None:
        """Take events in at the same time."""
        await asyncio.gather(*(self.intake.take(event) for event in events))

    async def kept(self, room: RoomRef) -> list[StoredMessage]:
        """The messages of a room as they are kept, oldest first."""

        def read(conn: Connection) -> list[StoredMessage]:
            id = rooms.find(conn, [room]).get(room)
            return [] if id is None else messages.between(conn, id)

        return await self.database.read(read)

    async def requests(self) -> list[dict[str, Any]]:
        """What waits to be answered, in order."""
        return await self.rows("request")

    async def rows(self, name: str) -> list[dict[str, Any]]:
        """The arguments of all due work of a kind, in order."""
        wanted = sa.select(schema.work.c.args).where(schema.work.c.name == name)
        return await self.database.read(
            lambda conn: list(conn.execute(wanted.order_by(schema.work.c.id)).scalars())
        )

    async def count(self, table: sa.Table) -> int:
        count = sa.select(sa.func.count()).select_from(table)
        return await self.database.read(lambda conn: conn.execute(count).scalar_one())


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of this version without rows, to copy; making one takes longer."""
    database = Database(tmp_path_factory.mktemp("new") / "new.sqlite3")
    database.open()
    database.close()
    return database.path


@pytest.fixture
def desk(tmp_path: Path, new_file: Path, clock: ManualClock) -> Iterator[Desk]:
    desk = Desk(Path(shutil.copy(new_file, tmp_path)), clock)
    desk.database.open()
    yield desk
    desk.database.close()
