"""What another process left for the one that holds the store: things to add and to forget."""

from pathlib import Path

from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resources import Share
from learncomm_agent.library.web.addresses import is_link
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.log import logger
from learncomm_agent.storage import communities
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Work

_log = logger(__name__)


class Errands:
    """Adds and forgets as the command line would have, had it held the store."""

    def __init__(
        self,
        database: Database,
        work: Work,
        adding: Adding,
        forgetting: Forgetting,
        readers: Readers,
        pages: Pages,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._adding = adding
        self._forgetting = forgetting
        self._readers = readers
        self._pages = pages
        work.handle("add", self._add)
        work.handle("forget", self._forget)

    async def _add(self, job: Job) -> None:
        """Add a file, folder or link; what can't be read is in the log, since nobody waits for an answer."""
        community = await self._database.read(
            lambda conn: communities.of_slug(conn, job.args["slug"])
        )
        if community is None:
            raise NotFoundError(f"no community {job.args['slug']!r}")
        path = job.args["path"]
        if is_link(path):
            await self._pages.add_later(community.id, path, Share())
            return
        addition = await self._adding.add(
            community.id, self._readers.read_path(Path(path)), Share()
        )
        for unread in addition.unread:
            _log.warning("not read", source=unread.source, reason=str(unread.error))

    async def _forget(self, job: Job) -> None:
        def write(conn: Connection) -> None:
            community = communities.of_slug(conn, job.args["slug"])
            if community is None:
                raise NotFoundError(f"no community {job.args['slug']!r}")
            self._forgetting.source(conn, community.id, job.args["source"])

        await self._database.write(write)
