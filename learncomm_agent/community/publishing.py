"""The page and the feed for others: what leaders put there, rewritten whenever less of it may be read.

Files in `public/` of the community's folder, which whoever runs the agent may serve. Lines stand there as
leaders left them, members are named only where they agreed to it, and no link leads into the chat.
"""

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from learncomm_agent.caring.public_page import (
    Item,
    Part,
    Site,
    body_of,
    clean,
    index_page,
    item_page,
)
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountId, Community, CommunityId
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.public_feed import feed_of
from learncomm_agent.community.public_lines import Lines
from learncomm_agent.errors import StorageError
from learncomm_agent.storage import audit, communities, publications, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.publications import Publication
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import Layout

FOLDER = "public"
RENDER = "public page"
AGAIN = timedelta(days=1)
"""What was shared anew, or is dead meanwhile, follows once a day."""


class Publishing:
    """Keeps the page. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        posting: Posting,
        words: Words,
        data: Path,
        url: str | None,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler.

        Args:
            database: The store.
            work: Writes the files in its time.
            posting: Tells rooms.
            words: What headings are made of.
            data: The data folder.
            url: Where the folder is served, if anywhere.
            clock: For the time of publishing.
        """
        self._database = database
        self._work = work
        self._posting = posting
        self._words = words
        self._data = data
        self.url = (url or "").rstrip("/")
        self._clock = clock
        work.handle(RENDER, self._render, at_once=1)

    def put(
        self, conn: Connection, community: CommunityId, account: AccountId, title: str, **what: Any
    ) -> bool:
        """Put a summary (`writing=`) or the links of a room (`room=`) on the page; False where it is there."""
        now = self._clock.now()
        if not publications.add(conn, community, account, now, title, **what):
            return False
        self._record(conn, community, account, "publish", what)
        self.changed(conn, community)
        return True

    def take_off(self, conn: Connection, it: Publication, account: AccountId) -> None:
        """Take something off the page."""
        publications.take_off(conn, it.id)
        what = {"room": it.room} if it.writing is None else {"writing": it.writing}
        self._record(conn, it.community, account, "unpublish", what)
        self.changed(conn, it.community)

    def count(
        self,
        conn: Connection,
        community: Community,
        *,
        writing: int | None = None,
        room: RoomId | None = None,
    ) -> int:
        """Return how many lines of a summary, or links of a room, anybody may read."""
        lines = Lines(conn, community, self._layout(community))
        parts = lines.links(room) if room is not None else lines.summary(writing or 0)[1]
        return sum(len(part.entries) for part in parts)

    def tell(
        self, conn: Connection, community: CommunityId, room: RoomId, outgoing: Outgoing
    ) -> None:
        """Have a room told what became of what it said or shared."""
        self._posting.add(conn, community, room, outgoing, may_be_dropped=True)

    def _record(
        self,
        conn: Connection,
        community: CommunityId,
        account: AccountId,
        action: str,
        what: Mapping[str, Any],
    ) -> None:
        subject = " ".join(f"{name} {id}" for name, id in what.items())
        audit.record(conn, community, action, subject, at=self._clock.now(), account=account)

    def changed(self, conn: Connection, community: CommunityId) -> None:
        """Have the page written anew, if there is one: something may have gone from it."""
        if not publications.known(conn, community) and not publications.of_community(
            conn, community
        ):
            return
        lane = f"{RENDER}:{community}"
        if not is_waiting(conn, RENDER, lane):
            self._work.add(conn, RENDER, {"community": community}, lane=lane)

    def edited(self, conn: Connection, writing: int) -> None:
        """Have the page follow what a leader made of a summary later."""
        community = publications.with_writing(conn, writing)
        if community is not None:
            self.changed(conn, community)

    def open(self, conn: Connection) -> None:
        """Have pages written anew, since where they are served may have changed."""
        for community in communities.all_ids(conn):
            self.changed(conn, community)

    async def _render(self, job: Job) -> Commit:
        """Write the files, or take them away where nothing is left."""
        id = CommunityId(job.args["community"])
        community, known, site, items = await self._database.read(partial(self._read, id=id))
        folder = self._data / community.slug / FOLDER
        files = _files(site, items)
        try:
            await asyncio.to_thread(_put, folder, files)
        except OSError as error:
            raise StorageError(f"the public page can't be written: {error.strerror}") from error

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            if items or known:
                publications.keep(conn, id, _record_of(site, items), now)
            if items:
                due = now + AGAIN
                key, lane = f"{RENDER}:{id}:{due.date()}", f"{RENDER}, daily:{id}"
                args = {"community": id}
                self._work.add(conn, RENDER, args, key=key, lane=lane, due=due)

        return commit

    def _read(
        self, conn: Connection, id: CommunityId
    ) -> tuple[Community, Mapping[str, Any], Site, list[Item]]:
        community, known = communities.get(conn, id), publications.known(conn, id)
        layout = self._layout(community)
        site = Site(
            uuid=known.get("uuid") or str(uuid4()),
            community=clean(community.name),
            title=clean(layout.phrase("public.title", community=community.name)),
            intro=clean(layout.phrase("public.intro", community=community.name)),
            back=layout.phrase("public.back"),
            feed=layout.phrase("public.feed"),
            language=community.language,
            url=self.url,
        )
        lines = Lines(conn, community, layout)
        items = (
            self._item(site, known, layout, each, *_made(conn, lines, layout, each))
            for each in publications.of_community(conn, id)
        )
        return community, known, site, [each for each in items if each.parts]

    def _layout(self, community: Community) -> Layout:
        words = self._words.for_community(community.slug)
        return Layout(words, community.language, ZoneInfo(community.timezone))

    def _item(
        self,
        site: Site,
        known: Mapping[str, Any],
        layout: Layout,
        it: Publication,
        title: str,
        parts: tuple[Part, ...],
    ) -> Item:
        at = layout.local(it.published_at.isoformat())
        made = Item(
            id=it.id,
            uuid=str(uuid5(UUID(site.uuid), str(it.id))),
            title=title,
            dated=layout.phrase("public.dated", at=at),
            published_at=it.published_at,
            updated_at=it.published_at,
            parts=parts,
        )
        before = known.get("items", {}).get(str(it.id))
        if before is None:
            return made
        updated = datetime.fromisoformat(before[1])
        return _updated(made, updated if before[0] == _mark(made) else self._clock.now())


def _made(
    conn: Connection, lines: Lines, layout: Layout, it: Publication
) -> tuple[str, tuple[Part, ...]]:
    """Return the title of something, and what may be read of it."""
    if it.writing is not None:
        return lines.summary(it.writing)
    assert it.room is not None
    title = layout.phrase("public.links_of", room=rooms.get(conn, it.room).name)
    return lines.named(title), lines.links(it.room)


def _updated(item: Item, at: datetime) -> Item:
    return Item(item.id, item.uuid, item.title, item.dated, item.published_at, at, item.parts)


def _mark(item: Item) -> str:
    """Return what tells whether something says the same as before."""
    said = f"{item.title}\0{body_of(item)}"
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=10).hexdigest()


def _record_of(site: Site, items: Sequence[Item]) -> dict[str, Any]:
    kept = {str(each.id): [_mark(each), each.updated_at.isoformat()] for each in items}
    return {"uuid": site.uuid, "items": kept}


def _files(site: Site, items: Sequence[Item]) -> dict[str, bytes]:
    """Return the files of the page by their names; none where nothing stands on it."""
    if not items:
        return {}
    pages = {f"{each.id}.html": item_page(site, each) for each in items}
    pages["index.html"] = index_page(site, items)
    made = {name: page.encode("utf-8", "replace") for name, page in pages.items()}
    return {**made, "feed.xml": feed_of(site, items)}


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder, each at once or not at all, and take out those that are there no more.

    Raises:
        OSError: One can't be written or taken out.
    """
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        beside = folder / f".{name}.new"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
    if not folder.is_dir():
        return
    for old in (*folder.glob("*.html"), *folder.glob("*.xml"), *folder.glob(".*.new")):
        if old.name not in files:
            old.unlink()
    if not files and not any(folder.iterdir()):
        folder.rmdir()
