"""The page and the feed for others: what leaders put there, rewritten whenever less of it may be read.

Files in `public/` of the community's folder, which whoever runs the agent may serve. Lines stand there as
leaders left them, members are named only where they agreed to it, and no link leads into the chat.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from learncomm_agent.caring.public_page import Entry, Site, clean
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountId, Community, CommunityId, MemberId
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.public_files import Made, files_of, item_of, put, record_of
from learncomm_agent.community.public_lines import Lines
from learncomm_agent.errors import StorageError
from learncomm_agent.library.removing import Gone
from learncomm_agent.storage import audit, communities, publications
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
LATER = timedelta(hours=1)
"""A page that could not be written however often that was tried is tried again then."""


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
        work.handle(RENDER, self._render, at_once=1, given_up=self._given_up)

    def put(
        self, conn: Connection, community: CommunityId, account: AccountId, title: str, **what: Any
    ) -> bool:
        """Put a summary (`writing=`) or the links of a room (`room=`) on the page; False where it is there."""
        now = self._clock.now()
        added = publications.add(conn, community, account, now, title, **what)
        if added is None:
            return False
        self._note(conn, community, [added])
        self._record(conn, community, account, "publish", what)
        self.changed(conn, community)
        return True

    def take_off(self, conn: Connection, it: Publication, account: AccountId) -> None:
        """Take something off the page."""
        publications.take_off(conn, it.id)
        what = {"room": it.room} if it.writing is None else {"writing": it.writing}
        self._record(conn, it.community, account, "unpublish", what)
        self.changed(conn, it.community)

    def entries(
        self,
        conn: Connection,
        community: Community,
        *,
        writing: int | None = None,
        room: RoomId | None = None,
    ) -> tuple[Entry, ...]:
        """Return the lines of a summary, or the links of a room, that anybody may read."""
        lines = Lines(conn, community, self._layout(community))
        shown = lines.links(room) if room is not None else lines.summary(writing or 0)
        return shown.entries

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

    def follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Have the page follow what is forgotten; whoever is forgotten stays without a name where they had none."""
        member = gone.member or gone.withdrawn
        if member is not None:
            self._note(conn, community, publications.of_community(conn, community), member)
        self.changed(conn, community)

    def edited(self, conn: Connection, writing: int) -> None:
        """Have the page follow what a leader made of a summary later."""
        community = publications.with_writing(conn, writing)
        if community is None:
            return
        it = publications.find(conn, community, writing=writing)
        self._note(conn, community, [] if it is None else [it])
        self.changed(conn, community)

    def _note(
        self,
        conn: Connection,
        community: CommunityId,
        these: Collection[Publication],
        gone: MemberId | None = None,
    ) -> None:
        """Keep what names are not to be read in some things, while it is known whose they are."""
        if these:
            it = communities.get(conn, community)
            lines = Lines(conn, it, self._layout(it), gone)
            for each in these:
                publications.hide(conn, each, lines.of(each).hidden)

    def open(self, conn: Connection) -> None:
        """Have pages written anew, since where they are served may have changed."""
        for community in communities.all_ids(conn):
            self.changed(conn, community)

    async def _render(self, job: Job) -> Commit | None:
        """Write the files, or take them away where nothing is left."""
        id = CommunityId(job.args["community"])
        made = await self._database.read(partial(self._read, id=id))
        if made is None:
            return None  # its community has gone
        files = files_of(made)
        ours = {*made.known.get("files", ())}
        if not ours.issuperset(files):
            # Before they are there: what nobody knows to be ours would stay there for ever.
            so_far = {**made.known, "uuid": made.site.uuid, "files": sorted(ours.union(files))}
            now = self._clock.now()
            await self._database.write(lambda conn: publications.keep(conn, id, so_far, now))
        folder = self._data / made.community.slug / FOLDER
        try:
            await asyncio.to_thread(put, folder, files, ours)
        except OSError as error:
            raise StorageError(f"the public page can't be written: {error.strerror}") from error
        return partial(self._written, made=made, files=sorted(files))

    def _written(self, conn: Connection, *, made: Made, files: list[str]) -> None:
        """Keep what the page is now, and look again tomorrow."""
        now, id = self._clock.now(), made.community.id
        for it, shown in made.shown:
            publications.hide(conn, it, shown.hidden)
        if made.shown or made.known:
            publications.keep(conn, id, record_of(made, files), now)
        if made.items:
            due = now + AGAIN
            key, lane = f"{RENDER}:{id}:{due.date()}", f"{RENDER}, daily:{id}"
            self._work.add(conn, RENDER, {"community": id}, key=key, lane=lane, due=due)

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Try again later: what has to go from the page must not stay there."""
        id = CommunityId(job.args["community"])
        lane = f"{RENDER}:{id}"
        if id in communities.all_ids(conn) and not is_waiting(conn, RENDER, lane):
            due = self._clock.now() + LATER
            self._work.add(conn, RENDER, {"community": id}, lane=lane, due=due)

    def _read(self, conn: Connection, id: CommunityId) -> Made | None:
        if id not in communities.all_ids(conn):
            return None
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
        lines, resting = Lines(conn, community, layout), publications.resting(conn, id)
        shown = [(each, lines.of(each)) for each in publications.of_community(conn, id)]
        items = [
            item_of(site, known, layout, it, what, self._clock.now())
            for it, what in shown
            if what.parts and it.id not in resting
        ]
        return Made(community, known, site, items, shown)

    def _layout(self, community: Community) -> Layout:
        words = self._words.for_community(community.slug)
        return Layout(words, community.language, ZoneInfo(community.timezone))
