"""Pages, looked at again: those that change more often, those that are gone less and less."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from yarl import URL

from learncomm_agent.clock import Clock
from learncomm_agent.errors import GoneError, LinkError
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.library.web.addresses import host_of, lane_of, plain
from learncomm_agent.library.web.fetching import Fetched
from learncomm_agent.library.web.pages import AT_ONCE, SOON, Pages
from learncomm_agent.log import logger
from learncomm_agent.storage import pages
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.pages import Page
from learncomm_agent.storage.resources import Content
from learncomm_agent.work import Commit, Work

LATE = timedelta(days=28)
"""No page that is there is left alone for longer."""
GONE_AFTER = 3
"""So many answers in a row that there is no such page, a day and then two days apart."""
SETTLING = timedelta(minutes=2)
"""A process that is there for one command asks nobody."""
BATCH = 200
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_PAUSE = timedelta(seconds=5)
"""Between two pages of one host."""
_log = logger(__name__)

Settle = Callable[[Connection, Page], None]


class Refreshing:
    """Looks at pages again when they are due, as due work."""

    def __init__(
        self,
        database: Database,
        work: Work,
        adding: Adding,
        found: Pages,
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._adding = adding
        self._pages = found
        self._clock = clock
        self._begins: datetime | None = None
        work.handle("pages", self._pick)
        work.handle("page again", self._look, at_once=AT_ONCE)

    def schedule(self, conn: Connection) -> None:
        """Have pages looked at from soon on; once, however often this is called."""
        self._begins = self._clock.now() + SETTLING
        if not is_waiting(conn, "pages", None):
            self._work.add(conn, "pages", {}, due=self._begins)

    async def _pick(self, job: Job) -> Commit:
        """Have each page looked at that is due, and pick again when the next is."""
        if self._is_early():
            return partial(self._put_off, job=job)
        return self._picked

    def _picked(self, conn: Connection) -> None:
        now = self._clock.now()
        found = pages.due(conn, now, BATCH)
        asked: Counter[str] = Counter()
        for page in found:
            host = host_of(page.address)
            due = now + asked[host] * _PAUSE
            asked[host] += 1
            waited_s = (page.check_at - page.checked_at).total_seconds()
            args = {"resource": page.resource, "waited_s": waited_s}
            self._work.add(conn, "page again", args, due=due, lane=lane_of(page.address))
            pages.put_off(conn, page.resource, now + _DAY)  # should the row be lost
        later = min(pages.next_due(conn) or now + _DAY, now + _DAY)
        wait = SETTLING if len(found) == BATCH else _HOUR
        self._work.add(conn, "pages", {}, due=max(later, now + wait))

    async def _look(self, job: Job) -> Commit | None:
        resource = ResourceId(job.args["resource"])
        page = await self._database.read(lambda conn: pages.of(conn, resource))
        if page is None:
            return None
        if self._is_early():
            return partial(self._put_off, job=job)
        waited = timedelta(seconds=job.args["waited_s"])
        try:
            fetched, content = await self._pages.look_again(page)
        except GoneError:
            return self._if_as_before(page, self._missed)
        except LinkError as error:
            return self._if_as_before(page, partial(self._failed, error=error))
        found = partial(self._found, fetched=fetched, content=content, waited=waited)
        return self._if_as_before(page, found)

    def _if_as_before(self, before: Page, then: Settle) -> Commit:
        """Settle what came of a page, unless it was forgotten or seen by others meanwhile."""

        def write(conn: Connection) -> None:
            page = pages.of(conn, before.resource)
            if page is not None and page.checked_at == before.checked_at:
                then(conn, page)

        return write

    def _found(
        self,
        conn: Connection,
        page: Page,
        *,
        fetched: Fetched,
        content: Content | None,
        waited: timedelta,
    ) -> None:
        """Keep a page as it is now: soon again where it has changed or was missing, else later each time."""
        now = self._clock.now()
        is_new = page.failures > 0 or page.gone_at is not None
        if content is not None and not pages.holds(conn, page.resource, content.hash):
            self._adding.revise(conn, page.community, page.resource, content)
            is_new = True
        wait = SOON if is_new else min(max(2 * waited, SOON), LATE)
        marks = (fetched.etag, fetched.last_modified)
        if not fetched.is_changed:  # servers may leave out what we hold already
            marks = (marks[0] or page.etag, marks[1] or page.last_modified)
        address = plain(URL(fetched.address))
        if address != page.address and not pages.move(conn, page, address):
            address = page.address  # the other one is in the library as well
        check_at = now + wait
        pages.seen(conn, page.community, page.resource, address, marks, now=now, check_at=check_at)

    def _missed(self, conn: Connection, page: Page) -> None:
        """Count that there is no such page; after some days it is gone, its content stays."""
        now, failures = self._clock.now(), page.failures + 1
        gone_at = page.gone_at or (now if failures >= GONE_AFTER else None)
        wait = LATE if gone_at else failures * _DAY
        pages.missed(conn, page.resource, failures=failures, gone_at=gone_at, check_at=now + wait)

    def _failed(self, conn: Connection, page: Page, *, error: LinkError) -> None:
        """Look again the later, the longer the page was not seen."""
        _log.info("page not seen", resource=page.resource, reason=str(error))
        now = self._clock.now()
        wait = min(max((now - page.checked_at) / 4, _DAY), LATE)
        wait = max(wait, timedelta(seconds=error.retry_after_s or 0))
        pages.put_off(conn, page.resource, now + wait)

    def _is_early(self) -> bool:
        return self._begins is not None and self._clock.now() < self._begins

    def _put_off(self, conn: Connection, *, job: Job) -> None:
        self._work.add(conn, job.name, job.args, due=self._begins, lane=job.lane)
