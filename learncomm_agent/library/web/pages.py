"""Pages behind links: brought into the library under one address each."""

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta

from yarl import URL

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import LinkError
from learncomm_agent.library.adding import Adding, Addition
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resources import Reading, Share
from learncomm_agent.library.web.addresses import (
    checked,
    is_same_page,
    lane_of,
    link_error,
    named_by_page,
    plain,
)
from learncomm_agent.library.web.fetching import Fetched, Fetcher
from learncomm_agent.library.web.page_reading import read_page
from learncomm_agent.log import logger
from learncomm_agent.storage import linking, pages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.pages import Page
from learncomm_agent.storage.resources import Content
from learncomm_agent.work import Commit, Work

SOON = timedelta(days=7)
"""When a new or changed page is looked at again."""
AT_ONCE = 8
"""Pages fetched together as due work."""
_TRIES = 5
_FIRST_WAIT_S = 600.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    fetched: Fetched
    readings: list[Reading | Unread]

    @property
    def address(self) -> str:
        return plain(URL(self.fetched.address))


@dataclass(frozen=True, slots=True)
class _Ready:
    """A page, cut and analysed, that waits for its transaction."""

    asked: str
    """The link that led there."""
    loaded: _Loaded
    contents: list[Content]


class Pages:
    """Adds what is behind links: at once, or as due work."""

    def __init__(
        self,
        database: Database,
        work: Work,
        adding: Adding,
        fetcher: Fetcher,
        readers: Readers,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._adding = adding
        self._fetcher = fetcher
        self._readers = readers
        self._clock = clock
        work.handle("page", self._add_due, at_once=AT_ONCE)

    async def add(self, community: CommunityId, address: str, share: Share) -> Addition:
        """Fetch a link, read it and add it: one resource an address, with one more share each time.

        Nothing is added where the message of the share has gone meanwhile.

        Raises:
            LinkError: It can't or must not be fetched. What was fetched and can't be read is
                `Addition.unread`.
        """
        ready = await self._ready(address)
        return await self._database.write(lambda conn: self._keep(conn, community, ready, share))

    async def add_later(self, community: CommunityId, address: str, share: Share) -> None:
        """Have a link added as due work, without an answer to anybody."""
        await self._database.write(lambda conn: self.plan(conn, community, address, share))

    def plan(self, conn: Connection, community: CommunityId, address: str, share: Share) -> None:
        """Have a link added as due work, in the transaction of what it belongs to; a repeat adds nothing."""
        try:
            known = str(checked(address))
        except LinkError as error:
            _log.info("link not planned", reason=str(error))
            return
        parts = (community, known, share.room, share.member, share.message)
        digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
        args = {"community": community, "address": known, "share": asdict(share), "tries": 0}
        self._work.add(conn, "page", args, key=f"page:{digest}", lane=lane_of(known))

    async def _ready(self, address: str) -> _Ready:
        loaded = await self._load(address)
        first = loaded.readings[0] if loaded.readings else None
        named = first.address if isinstance(first, Reading) else None
        other = named_by_page(URL(loaded.fetched.address), named)
        if other is not None:
            loaded = await self._load_named(other) or loaded
        contents = [
            await self._adding.cut(each) for each in loaded.readings if isinstance(each, Reading)
        ]
        return _Ready(plain(checked(address)), loaded, contents)

    async def look_again(self, page: Page) -> tuple[Fetched, Content | None]:
        """Return what is at a page's address now, and its content where that may have changed.

        Raises:
            LinkError: It can't or must not be fetched, it holds nothing that can be read, or it is
                another page.
        """
        fetched = await self._fetcher.fetch(
            page.address, etag=page.etag, last_modified=page.last_modified
        )
        if not is_same_page(page.address, fetched.address):
            raise link_error(page.address, "leads to another page now", "error.link")
        if not fetched.is_changed:
            return fetched, None
        first = (await self._read(fetched))[0]
        if isinstance(first, Unread):
            raise first.error
        return fetched, await self._adding.cut(first)

    async def _load(self, address: str) -> _Loaded:
        fetched = await self._fetcher.fetch(address)
        return _Loaded(fetched, await self._read(fetched))

    async def _read(self, fetched: Fetched) -> list[Reading | Unread]:
        return await asyncio.to_thread(read_page, self._readers, fetched)

    async def _load_named(self, address: str) -> _Loaded | None:
        """Load what a page names as its own address: nothing is kept under one where it was not found."""
        try:
            loaded = await self._load(address)
        except LinkError as error:
            _log.info("named address not used", reason=str(error))
            return None
        return loaded if any(isinstance(each, Reading) for each in loaded.readings) else None

    def _keep(
        self, conn: Connection, community: CommunityId, ready: _Ready, share: Share
    ) -> Addition:
        addition = Addition(
            unread=[each for each in ready.loaded.readings if isinstance(each, Unread)]
        )
        if share.message is not None and not linking.is_kept(conn, share.message):
            return addition
        now, fetched, address = self._clock.now(), ready.loaded.fetched, ready.loaded.address
        for content in ready.contents:
            kept = self._adding.keep_cut(conn, community, content, share)
            addition.count(content, kept)
            if share.message is not None and ready.asked != address:
                link = ready.asked + content.reading.source.removeprefix(address)
                linking.name(conn, kept.resource, share.message, share.member, link)
            if content.reading.source == address:
                marks = (fetched.etag, fetched.last_modified)
                pages.seen(
                    conn, community, kept.resource, address, marks, now=now, check_at=now + SOON
                )
        return addition

    async def _add_due(self, job: Job) -> Commit | None:
        community, share = CommunityId(job.args["community"]), Share(**job.args["share"])
        try:
            ready = await self._ready(job.args["address"])
        except LinkError as error:
            _log.info("link not added", work=job.id, reason=str(error))
            return self._again(job, error)
        for each in ready.loaded.readings:
            if isinstance(each, Unread):
                _log.info("link not read", work=job.id, reason=str(each.error))

        def write(conn: Connection) -> None:
            self._keep(conn, community, ready, share)

        return write

    def _again(self, job: Job, error: LinkError) -> Commit | None:
        """Try once more where that may help, later each time, for about two days."""
        tries = job.args["tries"]
        if error.retry_after_s is None or tries >= _TRIES:
            return None
        wait_s = max(error.retry_after_s, _FIRST_WAIT_S * 4**tries)
        due = self._clock.now() + timedelta(seconds=wait_s)
        args = {**job.args, "tries": tries + 1}

        def write(conn: Connection) -> None:
            self._work.add(conn, "page", args, due=due, lane=job.lane)

        return write
