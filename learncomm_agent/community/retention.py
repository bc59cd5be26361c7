"""Letting go of what is old, where a community keeps it for a time only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Block, Listing, Text
from learncomm_agent.chat.people import AccountId, CommunityId, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.to_leaders import ToLeaders
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.storage import (
    audit,
    communities,
    learning_goals,
    outlived,
    pairing,
    readings,
    retention_rules,
    shares,
)
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.retention_rules import KINDS
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

TOLD = "retention"
"""The kind of what leaders are told."""
BATCH = 200
"""Things forgotten in one transaction."""
IDLE = timedelta(days=7)
"""How long a record of a meeting is held of which no line tells."""


class Retention:
    """Forgets, once a day, what is older than it is kept: messages as rooms, the settings or leaders say."""

    def __init__(
        self,
        database: Database,
        work: Work,
        forgetting: Forgetting,
        to_leaders: ToLeaders,
        clock: Clock,
        days: int | None,
    ) -> None:
        """Take what it needs, and name its handler.

        Args:
            database: Where it all is.
            work: Runs it once a day.
            forgetting: Follows every trace of a message.
            to_leaders: Tells leaders what one of them chose.
            clock: Says what is old.
            days: How long rooms keep messages that don't say otherwise; None is for ever.
        """
        self._database = database
        self._work = work
        self._forgetting = forgetting
        self._to_leaders = to_leaders
        self._clock = clock
        self.days = days
        work.handle("retention", self._forget)
        to_leaders.handle(TOLD, self._told, rank=8)

    def add(self, conn: Connection) -> None:
        """Have it done today; once, however often this is called."""
        today = self._clock.now().date()
        self._work.add(conn, "retention", {}, key=f"retention:{today}", lane="retention")

    def choose(
        self,
        conn: Connection,
        community: CommunityId,
        rules: Mapping[str, int | None],
        by: AccountId,
        leader: MemberId,
    ) -> None:
        """Keep kinds for so many days from now on, None for ever, and let go of what is older at once.

        The other leaders are told; the account is noted.
        """
        now = self._clock.now()
        for kind, days in rules.items():
            retention_rules.choose(conn, community, kind, days)
            detail = {"days": days if days is not None else "none"}
            audit.record(conn, community, "retention", kind, at=now, account=by, detail=detail)
            self._to_leaders.tell(conn, community, TOLD, KINDS.index(kind) + 1, but=leader)
        if any(days is not None for days in rules.values()):
            self._work.add(conn, "retention", {"once": True}, lane="retention")

    def _told(
        self,
        conn: Connection,
        community: CommunityId,
        voice: Voice,
        kinds: Sequence[int],
        readable: Collection[RoomId],
    ) -> tuple[Block, ...]:
        """Say for how long kinds are kept now that a leader chose that."""
        rules = retention_rules.of(conn, community)
        said = []
        for number in kinds:
            kind = KINDS[number - 1]
            named, days = voice.phrase(f"retention.kind_{kind}"), rules.get(kind)
            key = "retention.for_ever" if days is None else "retention.for_days"
            said.append((Text(voice.phrase(key, kind=named, days=days)),))
        return (voice.say("retention.told"), Listing(tuple(said)))

    def would_go(
        self, conn: Connection, community: CommunityId, rules: Mapping[str, int | None]
    ) -> dict[str, int]:
        """Return how many things of each kind are older by now than they would be kept."""
        now = self._clock.now()
        return {
            kind: retention_rules.count(conn, community, kind, now, days)
            for kind, days in rules.items()
            if days is not None
        }

    async def _forget(self, job: Job) -> Commit | None:
        for community in await self._database.read(communities.all_ids):
            await self._by_rules(CommunityId(community))
        if job.args.get("once"):
            return None
        await self._database.write(lambda conn: readings.drop_old(conn, self._clock.now()))
        await self._database.write(lambda conn: pairing.tidy(conn, self._clock.now()))
        await self._database.write(self._idle)
        tomorrow = self._clock.now() + timedelta(days=1)
        key = f"retention:{tomorrow.date()}"

        def again(conn: Connection) -> None:
            self._work.add(conn, "retention", {}, due=tomorrow, key=key, lane="retention")

        return again

    async def _by_rules(self, community: CommunityId) -> None:
        """Let go of what is older than a community keeps it, some in a transaction."""
        rules = await self._database.read(lambda conn: retention_rules.of(conn, community))
        most = rules.pop("messages", None)
        while await self._database.write(lambda conn: self._messages(conn, community, most)):
            continue
        for kind, days in rules.items():
            if kind in retention_rules.PLAIN:
                drop = partial(self._rows, community=community, kind=kind, days=days)
                await self._database.write(drop)
                continue
            some = partial(self._written, community=community, kind=kind, days=days)
            while await self._database.write(some):
                continue

    def _idle(self, conn: Connection) -> None:
        """Forget records of meetings from which nothing was written."""
        before = self._clock.now() - IDLE
        for community in communities.all_ids(conn):
            these = shares.idle(CommunityId(community), before)
            if shares.is_there(conn, these):
                self._forgetting.unshare(conn, CommunityId(community), these, "idle records")

    def _messages(self, conn: Connection, community: CommunityId, most: int | None) -> int:
        """Forget some of the oldest messages; return how many."""
        now = self._clock.now()
        old = outlived.outlived(conn, community, now, self.days, most=most, limit=BATCH)
        if old:
            self._forgetting.outlived(conn, community, old)
        return len(old)

    def _rows(self, conn: Connection, community: CommunityId, kind: str, days: int) -> None:
        gone = retention_rules.drop_rows(conn, community, kind, self._clock.now(), days)
        if gone:
            self._forgetting.close(conn, community, "outlived", f"{gone} {kind}", Forgotten())

    def _written(self, conn: Connection, community: CommunityId, kind: str, days: int) -> int:
        """Let go of some of the oldest things of which posts show something; return how many."""
        now = self._clock.now()
        old = retention_rules.old(conn, community, kind, now, days, BATCH)
        if not old:
            return 0
        lines, shown = 0, tuple[int, ...]()
        if kind == "thanks":
            shown = outlived.unthank(conn, old)
        elif kind == "goals":
            shown = learning_goals.remove(conn, old)
        elif kind == "actions":
            lines, shown = outlived.settle(conn, old)
        elif kind == "sessions":
            lines, shown = outlived.end(conn, old, now)
        else:
            lines, shown = outlived.empty(conn, old, now)
        gone = Forgotten(lines=lines, writings=shown)
        self._forgetting.close(conn, community, "outlived", f"{len(old)} {kind}", gone)
        return len(old)
