"""Carries out what sessions wish: each kind of effect has one carrier, found by its name."""

from collections.abc import Mapping
from typing import Any, Protocol

from learncomm_agent.sessions.effects import Effect
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.records import effect_of
from learncomm_agent.sessions.running.posts import is_wished_still
from learncomm_agent.sessions.running.sessions import EFFECT, Sessions
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.session_traces import threadless
from learncomm_agent.work import Commit, Work

AWAITED = frozenset({"open_group", "open_poll", "count_poll", "write", "keep", "propose"})
"""Effects on which a stage may wait: where one can't be carried out, it is told so."""


class Carrier(Protocol):
    """Carries out one kind of effect."""

    async def carry(self, row: stored.Row, session: Session, effect: Any) -> Commit | None:
        """Do the slow part, and return what writes the rest.

        Args:
            row: The session as it was stored when the work began.
            session: The same, read.
            effect: What it wishes.

        Raises:
            LearncommError: It failed; it is tried again, or given up.
        """
        ...


class Carrying:
    """The handler of what sessions wish."""

    def __init__(
        self,
        database: Database,
        work: Work,
        sessions: Sessions,
        carriers: Mapping[str, Carrier],
    ) -> None:
        """Take what it needs, and name its handler.

        Args:
            database: The store.
            work: The due work.
            sessions: Takes what comes of an effect.
            carriers: By the `kind` of the effects that each carries out.
        """
        self._database = database
        self._sessions = sessions
        self._carriers = carriers
        work.handle(EFFECT, self._carry, given_up=self._given_up)

    async def _carry(self, job: Job) -> Commit | None:
        effect: Effect = effect_of(job.args["effect"])
        id = job.args["session"]
        row = await self._database.read(lambda conn: stored.get(conn, id))
        if row is None:
            return None
        session = load(row.content)
        if "since" in job.args and not is_wished_still(session, effect, job.args["since"]):
            return None
        carrier = self._carriers.get(effect.kind)
        if carrier is None:
            return lambda conn: self._given_up(conn, job)
        return await carrier.carry(row, session, effect)

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Let the session go on without what could not be done."""
        id, record = job.args["session"], job.args["effect"]
        if stored.get(conn, id) is None:
            return
        if record["kind"] == "open_group":  # what is said to it waits for it no longer
            stored.mark(conn, id, threadless(record["group"]), {})
        if record["kind"] in AWAITED:
            result = {"group": record["group"]} if record["kind"] == "open_group" else {}
            self._sessions.tell(conn, id, Done(record["id"], result, is_failed=True))
