"""Keys for counting people without knowing them, each thrown away at its time, also out of the files.

What is taken in without a name adds no row of work: beside the row of the request, it would say whose it
was. One row stands always, and is moved to when the next key goes or the files are emptied.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.library.forgetting import SCRUB_WAIT
from learncomm_agent.storage import salts, standing, state
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.salts import Salt
from learncomm_agent.work import Commit, Work

KEYS = "keys"
"""The row of work that stands."""
_IDLE = timedelta(days=1)
"""It runs so often even where nothing is to be done."""
_TO_SCRUB = "scrub unseen"
"""The fact that says so, by a word for each time that it was asked, with no time but the hour."""


class Marks:
    """Makes keys and throws them away. The functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, clock: Clock) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._clock = clock
        self._followers: list[Callable[[Connection], None]] = []
        work.handle(KEYS, self._run, given_up=lambda conn, job: self.open(conn))

    def open(self, conn: Connection) -> None:
        """Have the row that stands; it runs at once, as what an earlier process put off may be overdue."""
        standing.ensure(conn, KEYS, self._clock.now())

    def follow_with(self, follow: Callable[[Connection], None]) -> None:
        """Have something done whenever keys may have gone, such as at the end of a day."""
        self._followers.append(follow)

    def salt(self, conn: Connection, community: CommunityId, purpose: str, until: datetime) -> Salt:
        """Return the key for a purpose; where there is none, a new one that is thrown away at `until`."""
        found = salts.find(conn, community, purpose, self._clock.now())
        if found is None:
            found = salts.make(conn, community, purpose, until)
            standing.sooner(conn, KEYS, until)
        return found

    def find(self, conn: Connection, community: CommunityId, purpose: str) -> Salt | None:
        """Return the key for a purpose; None where its time is over."""
        return salts.find(conn, community, purpose, self._clock.now())

    def end(self, conn: Connection, community: CommunityId, purpose: str) -> None:
        """Throw a key away before its time."""
        if salts.forget(conn, community, purpose):
            self.scrub(conn)

    def scrub(self, conn: Connection) -> None:
        """Have taken out of the files as well what is deleted by this transaction."""
        if not is_waiting(conn, "scrub", "scrub"):
            self._work.add(conn, "scrub", {}, due=self._clock.now() + SCRUB_WAIT, lane="scrub")

    def scrub_unseen(self, conn: Connection) -> None:
        """Have the same done within the hour, on the hour, so that nothing says when it was asked for."""
        standing.sooner(conn, KEYS, self._have_scrubbed(conn))

    async def _run(self, job: Job) -> Commit:
        """Throw away the keys whose time is over, and empty the files where that leaves something in them."""
        asked = await self._database.write(self._forget)
        if asked:
            await self._database.scrub()

        def commit(conn: Connection) -> None:
            due = [self._clock.now() + _IDLE, salts.next_over(conn)]
            if (now := self._to_scrub(conn)) == asked:
                state.put(conn, _TO_SCRUB, {"asked": ""}, self._next_hour())
            elif now:  # once more, meanwhile
                due.append(self._next_hour())
            standing.put_back(conn, KEYS, min(each for each in due if each is not None), job.id)

        return commit

    def _forget(self, conn: Connection) -> str:
        """Throw them away; return by which word the files are to be emptied, empty where they are not."""
        is_gone = salts.forget_over(conn, self._clock.now()) > 0
        for follow in self._followers:
            follow(conn)
        if is_gone:
            self._have_scrubbed(conn)
        return self._to_scrub(conn)

    def _have_scrubbed(self, conn: Connection) -> datetime:
        """Keep that the files are to be emptied, until they were; return when."""
        due = self._next_hour()
        state.put(conn, _TO_SCRUB, {"asked": secrets.token_hex(4)}, due)
        return due

    @staticmethod
    def _to_scrub(conn: Connection) -> str:
        kept = state.get(conn, _TO_SCRUB)
        return "" if kept is None else str(kept[0]["asked"])

    def _next_hour(self) -> datetime:
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        return hour + timedelta(hours=1)
