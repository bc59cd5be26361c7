"""Reading what was missed: from where a room was read to, up to now; then what changed meanwhile.

While a platform is away, it tells nothing of what is written, edited and deleted. Once it is back, and
whenever the agent starts, each room that is read is caught up with from its cursor on. After that the
last seven days of it are compared with what is kept. A room that a leader opens, and a thread that was
never met, are caught up with in the same way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.history_run import Run
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.messages import MessageRef, Room, RoomId
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.chat.platform import Branches, Newest, Platform
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError, for_log
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.log import logger
from learncomm_agent.storage import cursors, held, rooms
from learncomm_agent.storage import windows as kept
from learncomm_agent.storage.cursors import Cursor
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Commit, Work

SPAN = timedelta(days=7)
SLOT = timedelta(minutes=5)
"""A room is read again once in this time at most, however often the connection breaks."""
UNSURE = timedelta(seconds=1)
"""So much earlier a history is asked for than it is compared: a platform may round the moment, and what
it leaves out for that must not count as deleted."""
RECENT = timedelta(minutes=10)
"""What was posted since may have come after the gap, so it does not say that nothing was missed before."""
BATCH = 100
"""Messages kept or forgotten in one transaction."""
AT_ONCE = 4
"""Rooms read together."""
FIRST = timedelta(seconds=1)
"""So much earlier falls due what catches up than what compares."""
_log = logger(__name__)


class Rereading:
    """Catches up with rooms, and compares what is kept of them with what stands in them."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        intake: Intake,
        forgetting: Forgetting,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._directory = directory
        self._intake = intake
        self._forgetting = forgetting
        self._platforms = platforms
        self._clock = clock
        work.handle("reread", self._reread, at_once=AT_ONCE)

    def open(self, conn: Connection) -> None:
        """Put down how far all rooms were read, before anything new comes."""
        cursors.interrupt(conn)

    def after_gap(self, conn: Connection, platform: str, space: SpaceRef | None = None) -> None:
        """Have rooms of a platform, or of one space, caught up with and compared, once from now."""
        read = [
            id
            for id, room in held.rooms_of(conn, platform).items()
            if self._directory.reads(room) and space in (None, room.ref.space)
        ]
        for id in read:
            if cursors.get(conn, id) is None:  # what is kept of it so far is as far as it was read
                cursors.begin(conn, id, self._since(conn, id), is_whole=True)
        cursors.interrupt(conn, read, self._clock.now() - RECENT)
        for id in read:
            self._add(conn, id)

    def fill(self, conn: Connection, room: RoomId, since: datetime | None) -> None:
        """Have a room read from a moment on, or from its beginning where None."""
        cursors.begin(conn, room, since)
        self._work.add(conn, "reread", {"room": room, "is_gap": True}, lane=f"reread:{room}")

    def met(self, conn: Connection, room: RoomId) -> None:
        """Have a thread read that was not met before, since when its trunk is."""
        self.fill(conn, room, self._since(conn, room))

    def _since(self, conn: Connection, room: RoomId) -> datetime | None:
        """Return since when a room is read; of one that nobody chose, what is compared in any case."""
        is_chosen, since = held.opened_at(conn, room)
        return since if is_chosen else self._clock.now() - SPAN

    def _add(self, conn: Connection, room: RoomId) -> None:
        lane = f"reread:{room}"
        now = self._clock.now()
        slot = int(now.timestamp() // SLOT.total_seconds())
        if is_waiting(conn, "reread", lane):
            return
        if not self._add_both(conn, room, now, slot):
            # It was read in this slot already, but perhaps before the gap: once more in the next one.
            later = datetime.fromtimestamp((slot + 1) * SLOT.total_seconds(), now.tzinfo)
            self._add_both(conn, room, later, slot + 1)

    def _add_both(self, conn: Connection, room: RoomId, due: datetime, slot: int) -> bool:
        """Add what catches up, and what compares once all rooms have begun to."""
        lane = f"reread:{room}"
        add = partial(self._work.add, conn, "reread", lane=lane)
        gap = {"room": room, "is_gap": True}
        if not add(gap, due=due - FIRST, key=f"{lane}:{slot}"):
            return False
        return add({"room": room}, due=due, key=f"{lane}:{slot}:all")

    async def _reread(self, job: Job) -> Commit | None:
        id = RoomId(job.args["room"])
        span = await self._database.read(partial(_span, id=id, week=self._clock.now() - SPAN))
        if span is None:
            return None
        platform = self._platforms.get(span.room.ref.platform)
        if platform is None or not self._directory.reads(span.room):
            return None
        try:
            if job.args.get("is_gap"):
                await self._meet(platform, span)
                return await self._catch_up(platform, id, span)
            await self._compare(platform, id, span)
        except (RoomGoneError, NotPermittedError) as error:
            _log.info("room not read again", room=id, reason=for_log(error))
        return None

    async def _catch_up(self, platform: Platform, id: RoomId, span: "_Span") -> Commit | None:
        """Read on from the cursor, which moves with each batch; so a crash repeats one batch at most."""
        cursor = span.cursor
        if cursor is None or cursor.is_whole:
            return None
        run, ref = Run(id, span.opened, cursor, cursor), span.room.ref
        newest = cursor.read_to
        if isinstance(platform, Newest):
            newest = await platform.newest(ref)
            # None may be a room that is closed for now: its history says so.
            if newest is not None and newest == cursor.read_to:
                return partial(_finish, run=run, newest=newest)
        after = cursor.since if cursor.read_to is None else MessageRef(ref, cursor.read_to)
        some: list[MessagePosted] = []
        async for event in platform.history(ref, after):
            if isinstance(event, MessagePosted):
                some.append(event)
            if len(some) >= BATCH:
                if not await self._keep(some, run):
                    return None  # another choice was made meanwhile, and another run follows it
                some = []
        if not await self._keep(some, run):
            return None
        return partial(_finish, run=run, newest=newest)

    async def _meet(self, platform: Platform, span: "_Span") -> None:
        """Have the threads of a room read that no event has told of."""
        if not isinstance(platform, Branches) or span.cursor is None:
            return
        since = span.cursor.read_at or span.cursor.since
        branches = await platform.branches(span.room.ref, since)

        def meet(conn: Connection) -> None:
            for branch in branches:
                if self._directory.known_room(conn, branch.ref) is None:
                    self.met(conn, self._directory.room(conn, branch).id)

        if branches:
            await self._database.write(meet)

    async def _compare(self, platform: Platform, id: RoomId, span: "_Span") -> None:
        """Read the last days again. Whatever breaks it off on the way, nothing counts as deleted then."""
        there: set[str] = set()
        some: list[MessagePosted] = []
        async for event in platform.history(span.room.ref, span.since - UNSURE):
            if isinstance(event, MessagePosted):
                there.add(event.message.ref.id)
                some.append(event)
            if len(some) >= BATCH:
                await self._keep(some, Run(id, span.opened))
                some = []
        await self._keep(some, Run(id, span.opened))
        await self._forget(span.community, id, sorted(span.before - there))

    async def _keep(self, events: list[MessagePosted], run: Run) -> bool:
        """Keep what was missed, and put the cursor on with it; False where that was moved meanwhile."""
        if not events:
            return True
        meant = [e for e in events if run.since is None or e.message.posted_at >= run.since]
        was, now = run.cursor, run.after(events)

        def write(conn: Connection) -> bool:
            if (
                was is not None
                and now is not None
                and not cursors.advance(conn, run.room, was, now)
            ):
                return False
            if meant:
                self._intake.again(conn, meant)
            return True

        run.cursor = now
        return await self._database.write(write)

    async def _forget(self, community: CommunityId, room: RoomId, gone: list[str]) -> None:
        for start in range(0, len(gone), BATCH):
            await self._database.write(
                partial(
                    self._forget_some,
                    community=community,
                    room=room,
                    gone=gone[start : start + BATCH],
                )
            )
        if gone:
            _log.info("deleted meanwhile", room=room, messages=len(gone))

    def _forget_some(
        self, conn: Connection, *, community: CommunityId, room: RoomId, gone: Iterable[str]
    ) -> None:
        for message in gone:
            self._forgetting.message(conn, community, room, message)


@dataclass(frozen=True, slots=True)
class _Span:
    """What of a room is compared."""

    community: CommunityId
    room: Room
    cursor: Cursor | None
    opened: datetime | None
    since: datetime
    before: set[str]
    """What was kept of it before it is read, by the platform's ids: if it is not there, it has gone."""


def _span(conn: Connection, *, id: RoomId, week: datetime) -> _Span | None:
    """Return the last seven days of a room, or as much of them as it is read; None where it has gone."""
    if not rooms.exists(conn, id):
        return None
    _, opened = held.opened_at(conn, id)
    since = max(week, opened or week)
    before = held.since(conn, id, since)
    return _Span(
        kept.community_of(conn, id),
        rooms.get(conn, id),
        cursors.get(conn, id),
        opened,
        since,
        before,
    )


def _finish(conn: Connection, *, run: Run, newest: str | None) -> None:
    """Keep that nothing is missing any more."""
    whole = run.whole(newest)
    if run.cursor is not None and whole is not None:
        cursors.advance(conn, run.room, run.cursor, whole)
