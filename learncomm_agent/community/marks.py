"""Keys for counting people without knowing them, each thrown away at its time, also out of the files."""

from datetime import datetime, timedelta

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.library.forgetting import SCRUB_WAIT
from learncomm_agent.storage import salts
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.salts import Salt
from learncomm_agent.work import Commit, Work

_FORGET = "forget keys"


class Marks:
    """Makes keys and throws them away. The functions that take a `conn` belong in a transaction."""

    def __init__(self, work: Work, clock: Clock) -> None:
        """Take what it needs, and name its handler."""
        self._work = work
        self._clock = clock
        work.handle(_FORGET, self._forget)

    def salt(self, conn: Connection, community: CommunityId, purpose: str, until: datetime) -> Salt:
        """Return the key for a purpose; where there is none, a new one that is thrown away at `until`."""
        found = salts.find(conn, community, purpose, self._clock.now())
        if found is None:
            found = salts.make(conn, community, purpose, until)
            self._work.add(conn, _FORGET, {}, due=until)
        return found

    def find(self, conn: Connection, community: CommunityId, purpose: str) -> Salt | None:
        """Return the key for a purpose; None where its time is over."""
        return salts.find(conn, community, purpose, self._clock.now())

    def end(self, conn: Connection, community: CommunityId, purpose: str) -> None:
        """Throw a key away before its time."""
        if salts.forget(conn, community, purpose):
            self.scrub(conn)

    def scrub(self, conn: Connection, *, soon: bool = False) -> None:
        """Have taken out of the files as well what is deleted by this transaction.

        Args:
            conn: The transaction.
            soon: Whether it may wait a minute, so that several share the rewriting of the file.
        """
        if not is_waiting(conn, "scrub", "scrub"):
            due = self._clock.now() + (SCRUB_WAIT if soon else timedelta(0))
            self._work.add(conn, "scrub", {}, due=due, lane="scrub")

    async def _forget(self, job: Job) -> Commit:
        """Throw away the keys whose time is over."""

        def commit(conn: Connection) -> None:
            if salts.forget_over(conn, self._clock.now()):
                self.scrub(conn)

        return commit
