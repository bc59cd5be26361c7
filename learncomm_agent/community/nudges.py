"""What is said to one member unasked: gathered, so that one message does where two would have been.

Whoever has something to say adds a nudge: a kind, a row that it is about, and when. When that time has
come, and the member's day, their budget and their choices allow it, all that is due for them is told in
one message, in words that are found only then: what has been settled meanwhile is not told at all.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.alone import readable_now
from learncomm_agent.community.gathering import (
    SOON,
    SOONEST,
    TOGETHER,
    Batch,
    Gathering,
    Kind,
    batch_of,
)
from learncomm_agent.community.mailing import FAILED, Mailing
from learncomm_agent.community.telling import Listener as Listener
from learncomm_agent.community.telling import Tell as Tell
from learncomm_agent.community.telling import Told as Told
from learncomm_agent.errors import DisconnectedError, RateLimitedError, for_log
from learncomm_agent.library.removing import Gone
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, quiet, waiting
from learncomm_agent.storage import nudges as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.showing import Showing

NUDGE = "nudge"
"""The kind of due work that sends them: one row a community."""
BATCH, AT_ONCE = 200, 15
"""Members written to in one transaction at most, and whose words are found in one: others read in between."""
UNTOLD = timedelta(minutes=10)
"""When it is tried again where it can't be told what somebody may read, and after a failure."""
PROMPT, LATE = timedelta(minutes=1), timedelta(hours=1)
"""A message that was sent no sooner is looked at again; one that is later still is told anew, in words of then."""
_log = logger(__name__)


class Nudges:
    """Keeps and sends them. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._directory = directory
        self._posting = posting
        self._platforms = platforms
        self._clock = clock
        self._kinds: dict[str, Kind] = {}
        self._gathering = Gathering(self._kinds, words, platforms)
        self._mailing = Mailing(posting, Showing(words))
        self._tidied: date | None = None
        work.handle(NUDGE, self._send, given_up=self._given_up)
        posting.recall_with(self._recall)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds of which something may be said."""
        return tuple(sorted({*self._kinds, quiet.SESSIONS}))

    def handle(self, kind: str, tell: Tell, *, rank: int = 5, needs_readable: bool = True) -> None:
        """Say who finds the words of a kind.

        Args:
            kind: Its name. The phrases `reminders.kind_<name>` and `reminders.word_<name>` say what it
                is, and what it is called where somebody stops it.
            tell: Finds the words.
            rank: A lower one stands above others.
            needs_readable: Whether `tell` looks at `Listener.readable`, which costs questions to the
                platform; it is empty where not.

        Raises:
            ValueError: That kind has somebody already.
        """
        if kind in self._kinds or kind == quiet.SESSIONS:
            raise ValueError(f"{kind!r} has its words already")
        self._kinds[kind] = Kind(kind, tell, rank, needs_readable)

    def open(self, conn: Connection) -> None:
        """Have sent what an earlier process left."""
        for community in communities.all_ids(conn):
            self._plan(conn, CommunityId(community))

    def add(
        self,
        conn: Connection,
        community: CommunityId,
        member: MemberId,
        kind: str,
        subject: int,
        due: datetime,
        *,
        expires: datetime | None = None,
    ) -> None:
        """Have something said to a member at `due`, or at the next humane hour after it.

        One that is there already, of this kind and subject, is due then instead. Nothing is added for
        somebody who opted out.
        """
        choice = quiet.of(conn, member)
        if choice.consent is Consent.OUT:
            return
        at = choice.hours.next(max(due, self._clock.now()))
        stored.put(conn, community, member, kind, subject, at, expires)
        self._plan_at(conn, community, at)

    def end(
        self, conn: Connection, kind: str, subject: int, member: MemberId | None = None
    ) -> None:
        """Say nothing of a subject any more, to one member or to any."""
        stored.end(conn, kind, subject, member)
        for it in waiting.of(conn, self._clock.now(), member):
            if any((each.kind, each.subject) == (kind, subject) for each in it.parts):
                self._take_back(conn, it)
                stored.end(conn, kind, subject, it.member)

    def stop(self, conn: Connection, member: MemberId, kind: str | None = None) -> None:
        """Take back what waits to be sent to a member and holds a kind, or any; it is told once they wish it."""
        for it in waiting.of(conn, self._clock.now(), member):
            if kind is None or any(each.kind == kind for each in it.parts):
                self._take_back(conn, it)

    def follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Take back what waits to be sent to a member who is to be forgotten."""
        if gone.member is not None:
            for it in waiting.of(conn, self._clock.now(), gone.member):
                waiting.take_back(conn, it)

    def _plan(self, conn: Connection, community: CommunityId) -> None:
        if (first := stored.next_due(conn, community)) is not None:
            self._plan_at(conn, community, first)

    def _plan_at(self, conn: Connection, community: CommunityId, at: datetime) -> None:
        """Have the row of a community due when something falls due."""
        lane, at = f"{NUDGE}:{community}", max(at, self._clock.now())
        if not stored.is_planned(conn, NUDGE, lane, at):
            self._work.add(conn, NUDGE, {"community": community}, due=at, lane=lane)

    async def _send(self, job: Job) -> Commit:
        """Send what is due to some members of a community; what is left is planned."""
        community = CommunityId(job.args["community"])
        it = await self._database.read(lambda conn: self._batch(conn, community))
        readable = await self._readable(it)
        told = list(it.ways)
        for first in range(0, len(told), AT_ONCE):
            await self._database.read(
                partial(
                    self._gathering.tell,
                    it=it,
                    readable=readable,
                    these=told[first : first + AT_ONCE],
                )
            )

        def commit(conn: Connection) -> None:
            self._commit(conn, it)
            self._plan(conn, community)

        return commit

    def _batch(self, conn: Connection, id: CommunityId) -> Batch:
        now = self._clock.now()
        due = stored.due(conn, id, now + SOON, now + TOGETHER, BATCH)
        return batch_of(conn, communities.get(conn, id), due, self._platforms, now)

    async def _readable(self, it: Batch) -> dict[MemberId, Readable]:
        """Return what members may read of whom that matters; who can't be told of waits a little."""
        found: dict[MemberId, Readable] = {}
        for member, way in list(it.ways.items()):
            if not self._gathering.needs_readable(it, member):
                continue
            try:
                found[member], unasked = await readable_now(
                    self._database, self._platforms, it.community.id, way.account, way.room.space
                )
            except (DisconnectedError, RateLimitedError) as error:
                _log.info("nudges wait", member=member, reason=for_log(error))
                it.put_off(it.due[member], it.now + UNTOLD)
                del it.ways[member]
                continue
            if unasked:
                it.partly.add(member)
        return found

    def _commit(self, conn: Connection, it: Batch) -> None:
        """Put the messages into the outbox, in one transaction with what is left of the rows."""
        still = stored.still(conn, it.read)
        now = quiet.of_many(conn, {each.member for each in it.messages})
        # Where something changed meanwhile, it is looked at again at once.
        said = [
            message
            for message in it.messages
            if all(row.id in still for row in message.rows)
            and all(now[message.member].wants(kind) for kind in message.kinds)
        ]
        self._mailing.put(conn, it, said)
        stored.drop(conn, it.dropped.keys() & still)
        stored.put_off(conn, {id: at for id, at in it.later.items() if id in still})
        for why, count in Counter(it.dropped.values()).items():
            _log.info("nudges dropped", community=it.community.id, why=why, count=count)
        if self._tidied != it.now.date():
            quiet.drop_old(conn, it.now)
            self._tidied = it.now.date()

    async def _recall(self, job: Job) -> Commit | None:
        """Return what takes a message back that could not be sent at its time, or is not wished any more."""
        it, now = waiting.of_row(job.id, job.lane, job.args), self._clock.now()
        if it is None or now - it.at < PROMPT:
            return None
        member, kinds = it.member, {each.kind for each in it.parts}

        def may_be_sent(conn: Connection) -> bool:
            choice = quiet.of_many(conn, {member}).get(member)
            if choice is None or now - it.at > LATE:
                return False
            return choice.hours.hold(now) and all(choice.wants(kind) for kind in kinds)

        if await self._database.read(may_be_sent):
            return None
        _log.info("nudge told anew", member=member, row=job.id)
        return lambda conn: self._take_back(conn, it)

    def _take_back(self, conn: Connection, it: waiting.Waiting) -> None:
        """Send a message no more; what it was about is due once more, in words of then."""
        waiting.take_back(conn, it)
        choice = quiet.of_many(conn, {it.member}).get(it.member)
        if choice is None or choice.consent is Consent.OUT:
            return
        at = choice.hours.next(self._clock.now() + SOONEST)
        for each in it.parts:
            stored.put(conn, it.community, it.member, each.kind, each.subject, at, each.expires)
        self._plan(conn, it.community)

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Try once more later: what is to be said is there still."""
        community = CommunityId(job.args["community"])
        due = self._clock.now() + FAILED
        lane = f"{NUDGE}:{community}"
        self._work.add(conn, NUDGE, {"community": community}, due=due, lane=lane)
