"""What is said to one member unasked: gathered, so that one message does where two would have been.

Whoever has something to say adds a nudge: a kind, a row that it is about, and when. When that time has
come, and the member's day, their budget and their choices allow it, all that is due for them is told in
one message, in words that are found only then: what has been settled meanwhile is not told at all.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.alone import readable_alone
from learncomm_agent.community.gathering import (
    SOON,
    SOONEST,
    TOGETHER,
    Batch,
    Gathering,
    Kind,
    Message,
    batch_of,
)
from learncomm_agent.community.telling import Listener as Listener
from learncomm_agent.community.telling import Tell as Tell
from learncomm_agent.community.telling import Told as Told
from learncomm_agent.errors import DisconnectedError, RateLimitedError, for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, quiet, writings
from learncomm_agent.storage import nudges as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.showing import Showing

NUDGE = "nudge"
"""The kind of due work that sends them: one row a community."""
BATCH = 200
"""Members written to in one transaction at most."""
UNTOLD = timedelta(minutes=10)
"""When it is tried again where it can't be told what somebody may read, and after a failure."""
FAILED = timedelta(hours=1)
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
        self._showing = Showing(words)
        self._tidied: date | None = None
        work.handle(NUDGE, self._send, given_up=self._given_up)

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
            rank: A lower one stands above others in the message, and goes first where the budget is short.
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
        if it.ways:
            await self._database.read(lambda conn: self._gathering.tell(conn, it, readable))

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
                found[member] = await readable_alone(
                    self._database, self._platforms, it.community.id, way.account, way.room.space
                )
            except (DisconnectedError, RateLimitedError) as error:
                _log.info("nudges wait", member=member, reason=for_log(error))
                it.put_off(it.due[member], it.now + UNTOLD)
                del it.ways[member]
        return found

    def _commit(self, conn: Connection, it: Batch) -> None:
        """Put the messages into the outbox, in one transaction with what is left of the rows."""
        still = stored.still(conn, it.read)
        now = quiet.of_many(conn, {each.member for each in it.messages})
        for message in it.messages:
            is_so = all(row.id in still for row in message.rows)
            if is_so and all(now[message.member].wants(kind) for kind in message.kinds):
                self._say(conn, it, message)
            # Else something changed meanwhile: it is looked at again at once.
        stored.drop(conn, it.dropped.keys() & still)
        stored.put_off(conn, {id: at for id, at in it.later.items() if id in still})
        for why, count in Counter(it.dropped.values()).items():
            _log.info("nudges dropped", community=it.community.id, why=why, count=count)
        if self._tidied != it.now.date():
            quiet.drop_old(conn, it.now)
            self._tidied = it.now.date()

    def _say(self, conn: Connection, it: Batch, message: Message) -> None:
        """Put one message into the outbox, unless what belongs to it can't be written."""
        try:
            if message.commits:
                with conn.begin_nested():
                    for commit in message.commits:
                        commit(conn)
        except Exception as error:  # one message's failure is that message's, and holds up no other
            _log.error("nudge not sent", member=message.member, error=for_log(error))
            it.put_off(list(message.rows), it.now + FAILED)
            return
        self._post(conn, it, message)
        hours = it.choices[message.member].hours
        for row in message.rows:
            if row.id in message.again:
                it.later[row.id] = hours.next(max(message.again[row.id], it.now + SOONEST))
            else:
                it.dropped[row.id] = "told"

    def _post(self, conn: Connection, it: Batch, message: Message) -> None:
        community, way = it.community.id, message.way
        id = quiet.count(conn, community, message.member, message.kinds, it.now)
        blocks, writing, key = message.blocks, None, f"n{id:x}"
        if message.writing is not None:
            writing = writings.add(conn, message.writing, it.now)
            kept = replace(message.writing, id=writing)
            blocks = (*self._showing.post_on(conn, kept, key, way.account.platform), *blocks)
        outgoing = Outgoing(way.room, blocks, key, private_to=way.account)
        self._posting.add(
            conn,
            community,
            way.room_id,
            outgoing,
            writing=writing,
            may_be_dropped=True,
            lane=f"{NUDGE} to:{message.member}",
        )

    def _given_up(self, conn: Connection, job: Job) -> None:
        """Try once more later: what is to be said is there still."""
        community = CommunityId(job.args["community"])
        due = self._clock.now() + FAILED
        lane = f"{NUDGE}:{community}"
        self._work.add(conn, NUDGE, {"community": community}, due=due, lane=lane)
