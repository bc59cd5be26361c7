"""Reading the rooms again after a gap: what was missed is kept, what is gone there is forgotten here.

While a platform is away, it tells nothing of what is written, edited and deleted. Once it is back, and
whenever the agent starts, the last seven days of each room that is read are compared with what is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.intake import Intake
from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError, for_log
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.log import logger
from learncomm_agent.storage import held, rooms
from learncomm_agent.storage import windows as kept
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.work import Work

SPAN = timedelta(days=7)
SLOT = timedelta(minutes=5)
"""A room is read again once in this time at most, however often the connection breaks."""
UNSURE = timedelta(seconds=1)
"""So near to where reading begins, a message may be left out since its platform rounds."""
BATCH = 100
"""Messages kept or forgotten in one transaction."""
AT_ONCE = 4
"""Rooms read together."""
_log = logger(__name__)


class Rereading:
    """Compares what is kept of rooms with what stands in them."""

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

    def after_gap(self, conn: Connection, platform: str) -> None:
        """Have all rooms of a platform read again that are read, once from now."""
        for room in held.rooms_of(conn, platform):
            if self._directory.reads(rooms.get(conn, room)):
                self._add(conn, room)

    def _add(self, conn: Connection, room: RoomId) -> None:
        lane = f"reread:{room}"
        now = self._clock.now()
        slot = int(now.timestamp() // SLOT.total_seconds())
        args = {"room": room}
        if is_waiting(conn, "reread", lane):
            return
        if not self._work.add(conn, "reread", args, key=f"{lane}:{slot}", lane=lane):
            # It was read in this slot already, but perhaps before the gap: once more in the next one.
            later = datetime.fromtimestamp((slot + 1) * SLOT.total_seconds(), now.tzinfo)
            self._work.add(conn, "reread", args, due=later, key=f"{lane}:{slot + 1}", lane=lane)

    async def _reread(self, job: Job) -> None:
        """Read a room again. Whatever breaks it off on the way, nothing counts as deleted then."""
        id = RoomId(job.args["room"])
        span = await self._database.read(partial(_span, id=id, week=self._clock.now() - SPAN))
        platform = self._platforms.get(span.room.ref.platform)
        if platform is None or not self._directory.reads(span.room):
            return
        try:
            there = await self._read(platform, span.room, span.since)
        except (RoomGoneError, NotPermittedError) as error:
            _log.info("room not read again", room=id, reason=for_log(error))
            return
        await self._forget(span.community, id, sorted(span.before - there))

    async def _read(self, platform: Platform, room: Room, since: datetime) -> set[str]:
        """Keep what was missed; return the ids of all messages that stand there, once all was read."""
        there: set[str] = set()
        some: list[MessagePosted] = []
        async for event in platform.history(room.ref, since):
            if isinstance(event, MessagePosted):
                there.add(event.message.ref.id)
                some.append(event)
            if len(some) >= BATCH:
                await self._keep(some)
                some = []
        await self._keep(some)
        return there

    async def _keep(self, events: list[MessagePosted]) -> None:
        if events:
            await self._intake.take_again(events)

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
    since: datetime
    before: set[str]
    """What was kept of it before it is read, by the platform's ids: if it is not there, it has gone."""


def _span(conn: Connection, *, id: RoomId, week: datetime) -> _Span:
    """Return the last seven days of a room, or as much of them as it is read."""
    since = max(week, held.opened_at(conn, id) or week)
    before = held.since(conn, id, since + UNSURE)
    return _Span(kept.community_of(conn, id), rooms.get(conn, id), since, before)
