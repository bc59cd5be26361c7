"""Stores of their own, with a library that has some of everything, and a model that needs no files."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.indexing import Indexing
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section, Share
from learncomm_agent.library.talk.conversations import Conversations
from learncomm_agent.moving import exporting
from learncomm_agent.moving.exporting import Exported
from learncomm_agent.moving.importing import Imported, Importing
from learncomm_agent.storage import communities, schema, schema_sources
from learncomm_agent.storage.chroma import ChromaFolder
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.store import DATABASE, VECTORS, Store
from learncomm_agent.storage.vectors import Vectors
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.embedder import HashingEmbedder
from learncomm_agent.work import Work

THEN = datetime(2026, 3, 29, 0, 30, 0, 123456, tzinfo=UTC)
ANN, BEN, OUT, SOME = (MemberId(id) for id in (1, 2, 3, 4))
"""Ann and Ben are in, the third has opted out, the fourth allows summaries only."""
HALL, QUIET, DIRECT = (RoomId(id) for id in (1, 2, 3))
"""The hall is read, the quiet room is not."""


class Home:
    """A store and what fills it, without a chat."""

    def __init__(self, folder: Path, clock: ManualClock, embedder: HashingEmbedder) -> None:
        self.folder = folder
        self.clock = clock
        self.embedder = embedder
        self._store = Store(folder, synchronous="normal")
        self.database = database = self._store.database
        self.work = Work(database, clock)
        self.meaning = Meaning(lambda: embedder, partial(Vectors, ChromaFolder(folder / VECTORS)))
        self.indexing = indexing = Indexing(database, self.work, self.meaning)
        self.forgetting = forgetting = Forgetting(database, self.work, indexing, clock)
        analyser = Analyser(("en",), frozenset())
        self.adding = adding = Adding(database, indexing, forgetting, clock, analyser)
        parts = (adding, indexing, forgetting, clock)
        self.conversations = Conversations(database, self.work, *parts)
        self._importing = Importing(database, adding, indexing, self.conversations, clock)
        self.community = CommunityId(0)

    async def open(self) -> None:
        await asyncio.to_thread(self._store.open)
        await self.found()

    async def found(self) -> None:
        """Make the community, unless it is there."""
        made = await self.database.write(
            lambda conn: communities.ensure(
                conn, "readers", name="Readers", language="en", timezone="Europe/Berlin", now=THEN
            )
        )
        self.community = made.id

    async def close(self) -> None:
        await self.meaning.close()
        await asyncio.to_thread(self._store.close)

    async def add(self, readings: Iterable[Reading], share: Share) -> None:
        await self.adding.add(self.community, readings, share)

    async def export(self, target: Path) -> Exported:
        def beside() -> Exported:
            database = Database(self.folder / DATABASE)
            with contextlib.closing(database):
                database.open_to_read()
                return exporting.export(database, "readers", target, "Read me.\n", progress=said)

        return await asyncio.to_thread(beside)

    async def bring(self, folder: Path) -> Imported:
        return await self._importing.run(self.community, folder)

    async def rows(self, statement: str) -> list[Any]:
        return await self.database.read(lambda conn: list(conn.execute(sa.text(statement))))

    async def dump(self) -> dict[str, list[Any]]:
        """Return all rows, so that a test can say that nothing has changed."""
        tables = schema.metadata.sorted_tables
        return await self.database.read(
            lambda conn: {
                each.name: list(conn.execute(sa.text(f'SELECT * FROM "{each.name}"')))
                for each in tables
            }
        )


def said(done: int, total: int) -> None:
    assert 0 <= done <= total


Opens = Callable[[str], AbstractAsyncContextManager[Home]]


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version without rows, to copy; making one takes longer."""
    database = Database(tmp_path_factory.mktemp("new") / DATABASE)
    database.open()
    database.close()
    return database.path


@pytest.fixture
def opens(tmp_path: Path, new_store: Path, clock: ManualClock) -> Opens:
    """Open a store of a name, empty at first."""

    @contextlib.asynccontextmanager
    async def opened(name: str) -> AsyncIterator[Home]:
        folder = tmp_path / name
        if not folder.exists():
            folder.mkdir()
            shutil.copy(new_store, folder)
        home = Home(folder, clock, HashingEmbedder())
        await home.open()
        try:
            yield home
        finally:
            await home.close()

    return opened


@pytest.fixture
async def home(opens: Opens) -> AsyncIterator[Home]:
    """A store with some of everything in it."""
    async with opens("home") as home:
        await home.database.write(partial(people, community=home.community))
        await fill(home)
        yield home


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, new_store: Path) -> Path:
    """What `home` gives when it is exported."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "home").mkdir()
    shutil.copy(new_store, folder / "home")

    async def make() -> None:
        home = Home(folder / "home", ManualClock(), HashingEmbedder())
        await home.open()
        await home.database.write(partial(people, community=home.community))
        await fill(home)
        await home.export(folder / "out")
        await home.close()

    asyncio.run(make())
    return folder / "out"


async def fill(home: Home) -> None:
    """Add resources of several kinds, shared here and there."""
    guide = Reading(
        "guide.pdf",
        ResourceKind.PDF,
        "Our guide: “how” we meet\u00a0…",
        (
            Section("Before all.", Place(page=1)),
            Section("Knock twice.\n\n# not a heading", Place(("Doors",), 1)),
            Section("Wait.\n", Place(("Doors", "Back door"), 2)),
            Section("  And leave.", Place(("Doors",), 2)),
            Section("x " * 2000, Place(("Doors",), 3)),
        ),
        language="en",
        author="A. N. Other",
        published_at=datetime(1999, 1, 2, tzinfo=UTC),
    )
    note = Reading("note:1", ResourceKind.TEXT, "---", (Section("---\nid: 7\n---\n\nkites fly"),))
    said = Reading("message:1:m1", ResourceKind.MESSAGE, "Ann: Hi", (Section("Hi, kites!"),))
    page = Reading("https://example.org/a", ResourceKind.HTML, "A page", (Section("Of lamps."),))
    await home.add([guide], Share())
    await home.add([note], Share(DIRECT, ANN))
    await home.clock.advance(60)
    await home.add([guide], Share(HALL, BEN, None, "for all: “us” --- \n\x07 you"))
    await home.add([said], Share(HALL, BEN, MessageId(1), "why"))
    await home.add([page], Share(QUIET, ANN, MessageId(5)))
    left = Reading("left.txt", ResourceKind.TEXT, "Left", (Section("secret of Oda too"),))
    await home.add([left], Share(HALL, OUT))
    answer = Reading("answer:3", ResourceKind.ANSWER, "Where to?", (Section("- Up. (A page)"),))
    await home.add([answer], Share(HALL, SOME))
    await home.database.write(partial(sources, community=home.community))


def people(conn: Connection, community: CommunityId) -> None:
    """Add rooms, members and what they wrote."""

    def add(table: sa.Table, *rows: dict[str, Any]) -> None:
        for row in rows:
            conn.execute(sa.insert(table).values(community_id=community, **row))

    add(schema.spaces, {"id": 1, "platform": "fake", "platform_id": "s"})
    for id, name, kind, is_read in (
        (1, "the hall/..: CON", "room", True),
        (2, "quiet", "room", False),
        (3, "", "direct", True),
    ):
        values = {"id": id, "space_id": 1, "platform_id": f"r{id}", "name": name, "kind": kind}
        add(schema.rooms, {**values, "is_read": is_read, "retention_days": id})
    consents = ("in", "in", "out", "summaries_only")
    for id, (name, consent) in enumerate(
        zip(("Ann", "Bén", "Oda", "Sam"), consents, strict=True), 1
    ):
        person = {"id": id, "name": name, "consent": consent, "created_at": THEN}
        add(schema.members, person)
        account = {"id": id, "member_id": id, "platform": "fake", "platform_id": f"u{id}"}
        add(schema.accounts, {**account, "name": name, "is_bot": False, "is_leader": id == 1})
    written = (
        (ANN, HALL, "Hi, kites!"),
        (BEN, HALL, "two\n\nlines"),
        (OUT, HALL, "secret of Oda"),
        (SOME, HALL, "secret of Sam"),
        (ANN, QUIET, "share a page"),
        (ANN, DIRECT, "secret of Ann"),
    )
    for id, (writer, room, text) in enumerate(written, 1):
        said = {"id": id, "platform_id": f"m{id}", "account_id": writer, "text": text}
        at = THEN + timedelta(hours=id - 1)
        state = {"state": "kept", "revision": 0, "posted_at": at, "is_addressed": room == QUIET}
        add(schema.messages, {**said, **state, "room_id": room})


def sources(conn: Connection, community: CommunityId) -> None:
    """Add where a page came from, and a feed."""
    resource = conn.execute(
        sa.select(schema.resources.c.id).where(schema.resources.c.kind == "html")
    ).scalar_one()
    times = {"checked_at": THEN, "check_at": THEN + timedelta(days=1), "failures": 1}
    address = {"community_id": community, "address": "https://example.org/a", "etag": 'W/"1"'}
    conn.execute(sa.insert(schema_sources.pages).values(resource_id=resource, **address, **times))
    feed = {"id": 7, "room_id": HALL, "member_id": BEN, "title": "News", "created_at": THEN}
    conn.execute(sa.insert(schema_sources.feeds).values(**feed, **address, **times))
    seen = [{"feed_id": 7, "entry": entry, "seen_at": THEN} for entry in ("b", "a")]
    conn.execute(sa.insert(schema_sources.feed_entries), seen)


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
