"""Which runs of rows of due work are under way, and that their rows stay taken for as long."""

import asyncio
from datetime import timedelta

from learncomm_agent.clock import Clock
from learncomm_agent.errors import StorageError, for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import due
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.due import Job

LEASE = timedelta(seconds=30)
"""How long a row stays taken by a run of which nothing is heard."""
_log = logger(__name__)


class Leases:
    """Keeps them: one task for all that runs, for as long as anything does."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take what it needs."""
        self._database = database
        self._clock = clock
        self._latest: dict[int, Job] = {}
        """The last run of each row that runs: the fence, as no other process runs any."""
        self._at_rest = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    def take(self, job: Job) -> None:
        """Let a run begin, whose row was claimed."""
        self._latest[job.id] = job
        self._at_rest.clear()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="work leases")

    def leave(self, job: Job) -> None:
        """Let a run have ended."""
        if self.is_latest(job):
            del self._latest[job.id]
        if not self._latest:
            self._at_rest.set()

    def is_latest(self, job: Job) -> bool:
        """Whether no other run of the row was begun since; attempts alone do not tell, as they are set back."""
        return self._latest.get(job.id) is job

    async def rest(self) -> None:
        """Come back when nothing runs any more, and no lease is kept."""
        if self._keeper is not None:
            await asyncio.wait({self._keeper})

    async def _keep(self) -> None:
        while self._latest:
            try:
                half_s = LEASE.total_seconds() / 2
                await self._clock.idle(self._at_rest.wait(), "leases", timeout_s=half_s)
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        jobs, until = list(self._latest.values()), self._clock.now() + LEASE
        try:
            await self._database.write(lambda conn: due.renew(conn, jobs, until))
        except StorageError as error:  # what runs on is done once more, and writes once
            _log.error("leases not kept", error=for_log(error))
