"""Letting go of old messages, where a community keeps them for a time only."""

from datetime import timedelta

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.storage import communities, pairing, readings, shares
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.outlived import outlived
from learncomm_agent.work import Commit, Work

BATCH = 200
"""Messages forgotten in one transaction."""
IDLE = timedelta(days=7)
"""How long a record of a meeting is held of which no line tells."""


class Retention:
    """Forgets, once a day, what is older than a room keeps its messages."""

    def __init__(
        self, database: Database, work: Work, forgetting: Forgetting, clock: Clock, days: int | None
    ) -> None:
        """Take what it needs, and name its handler.

        Args:
            database: Where the messages are.
            work: Runs it once a day.
            forgetting: Follows every trace of a message.
            clock: Says what is old.
            days: How long rooms keep messages that don't say otherwise; None is for ever.
        """
        self._database = database
        self._work = work
        self._forgetting = forgetting
        self._clock = clock
        self._days = days
        work.handle("retention", self._forget)

    def add(self, conn: Connection) -> None:
        """Have it done today; once, however often this is called."""
        today = self._clock.now().date()
        self._work.add(conn, "retention", {}, key=f"retention:{today}", lane="retention")

    async def _forget(self, job: Job) -> Commit:
        while await self._database.write(self._some):
            continue
        await self._database.write(lambda conn: readings.drop_old(conn, self._clock.now()))
        await self._database.write(lambda conn: pairing.tidy(conn, self._clock.now()))
        await self._database.write(self._idle)
        tomorrow = self._clock.now() + timedelta(days=1)
        key = f"retention:{tomorrow.date()}"

        def again(conn: Connection) -> None:
            self._work.add(conn, "retention", {}, due=tomorrow, key=key, lane="retention")

        return again

    def _idle(self, conn: Connection) -> None:
        """Forget records of meetings from which nothing was written."""
        before = self._clock.now() - IDLE
        for community in communities.all_ids(conn):
            these = shares.idle(CommunityId(community), before)
            if shares.is_there(conn, these):
                self._forgetting.unshare(conn, CommunityId(community), these, "idle records")

    def _some(self, conn: Connection) -> int:
        """Forget some of the oldest messages; return how many."""
        found = 0
        for community in communities.all_ids(conn):
            old = outlived(conn, community, self._clock.now(), self._days, limit=BATCH)
            if old:
                self._forgetting.outlived(conn, CommunityId(community), old)
            found += len(old)
        return found
