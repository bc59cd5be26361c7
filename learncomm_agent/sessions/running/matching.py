"""Who fits together in a session, and keeping who was brought together.

Whom somebody avoids, and who has met before, is known here alone, and goes to nobody.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain

from learncomm_agent.caring.weighing import Role
from learncomm_agent.chat.people import MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import OutdatedError
from learncomm_agent.library.finding.analysis import Analyser
from learncomm_agent.sessions.effects import BringTogether, LetGo, Propose
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.running.fitting import Fitting, Known
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import communities, matches, members, profiles
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.work import Commit

_MATCH = "match:"
"""What the names begin with under which the number of a group's match is kept."""


class Proposing:
    """Carries out `propose`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        analyser: Callable[[str, str], Analyser],
        clock: Clock,
    ) -> None:
        """Take what it needs.

        Args:
            database: The store.
            sessions: Takes what came of it.
            analyser: Gives what takes words apart, by a community's name and a language. It may block.
            clock: The time.
        """
        self._database = database
        self._sessions = sessions
        self._analyser = analyser
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: Propose) -> Commit:
        """Find who fits together.

        Raises:
            OutdatedError: Somebody changed what they said about themselves meanwhile.
        """
        ids = sorted({*effect.members, *chain(*effect.pairs)})
        known, community = await self._database.read(
            lambda conn: (_known(conn, ids), communities.get(conn, row.community))
        )
        plan = session.plan
        analyser = await asyncio.to_thread(self._analyser, community.slug, plan.language)
        fitting = Fitting(effect, plan, known, analyser, self._clock.now())
        result = await asyncio.to_thread(fitting.result)

        def commit(conn: Connection) -> None:
            if _known(conn, ids) != known:
                raise OutdatedError(f"profiles of session {row.id} changed meanwhile")
            if stored.get(conn, row.id) is not None:
                # It holds members' words, so it never waits as a row of its own.
                self._sessions.apply(conn, row.id, Done(effect.id, result))

        return commit


def _known(conn: Connection, ids: Sequence[int]) -> Known:
    since = profiles.since(conn, ids)
    return Known(
        {id: members.get(conn, MemberId(id)) for id in ids if id in since},
        profiles.of_members(conn, ids),
        profiles.avoided_by(conn, ids),
        since,
        matches.met(conn, ids),
    )


class Bringing:
    """Carries out `bring_together`."""

    def __init__(self, clock: Clock) -> None:
        """Take what it needs."""
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: BringTogether) -> Commit:
        """Keep who is in a group; who is known no more is left out."""

        def commit(conn: Connection) -> None:
            known = profiles.since(conn, effect.members)
            roles = {id: _role(id, effect) for id in effect.members if id in known}
            kept = stored.marked(conn, row.id, f"{_MATCH}{effect.group}")
            if kept is not None:
                matches.join(conn, kept["match"], roles)
                return
            now, by = self._clock.now(), effect.by
            made = matches.add(conn, row.community, by, roles, now, session=row.id)
            stored.mark(conn, row.id, f"{_MATCH}{effect.group}", {"match": made})

        return commit


def _role(member: int, effect: BringTogether) -> Role:
    if effect.mentor is None:
        return Role.BUDDY
    return Role.MENTOR if member == effect.mentor else Role.MENTEE


class LettingGo:
    """Carries out `let_go`."""

    def __init__(self, clock: Clock) -> None:
        """Take what it needs."""
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: LetGo) -> Commit:
        """Keep that somebody left, or that groups have ended."""

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            names = (f"{_MATCH}{number}" for number in effect.groups)
            kept = [mark for name in names if (mark := stored.marked(conn, row.id, name))]
            for each in kept:
                if effect.member is None:
                    matches.end(conn, (each["match"],), now)
                else:
                    matches.leave(conn, each["match"], effect.member, now)

        return commit
