"""Which rooms are read: opened and closed by a leader, each time told to all who are in them.

Reading begins once the notice stands in the room, so nothing is kept of anybody who was not told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import MessageRef, Room, RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef, CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.chat.verbs import Pins
from learncomm_agent.clock import Clock
from learncomm_agent.community.notices import Notices
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import cursors, dropping, members, rooms, traces
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.notices import NoticeBoard
from learncomm_agent.work import ATTEMPTS, Commit, Work

JUST_NOW = timedelta(minutes=1)
"""Who chose a moment no longer ago meant: from now on."""
_log = logger(__name__)


Closed = Callable[[Connection, RoomId], None]


class Reading:
    """Opens and closes rooms. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        board: NoticeBoard,
        posting: Posting,
        rereading: Rereading,
        notices: Notices,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._directory = directory
        self._board = board
        self._posting = posting
        self._rereading = rereading
        self._notices = notices
        self._platforms = platforms
        self._clock = clock
        self._closed: Closed = _nobody
        work.handle("open reading", self._tell_and_open)
        work.handle("unpin", self._unpin)

    def follow_with(self, closed: Closed) -> None:
        """Name who is told, in the same transaction, that a room is read no more."""
        self._closed = closed

    def open(
        self, conn: Connection, opened: Sequence[Room], since: datetime | None, by: AccountRef
    ) -> None:
        """Have rooms told that they are read, then read; whoever chose so is told what went otherwise.

        Args:
            conn: The transaction of the choice.
            opened: The rooms; one that is being opened already stays as it was.
            since: What was written from then on is kept; all of it where None.
            by: The leader who chose so.
        """
        now = self._clock.now()
        for room in opened:
            known = self._directory.room(conn, room)
            if is_waiting(conn, "open reading", _lane(known.id)):
                continue
            args = {
                "community": known.community,
                "room": known.id,
                "since": None if since is None else since.isoformat(),
                "chosen_at": now.isoformat(),
                "by": [by.platform, by.id],
            }
            self._work.add(conn, "open reading", args, lane=_lane(known.id))

    def close(self, conn: Connection, room: Room, *, is_told: bool = False) -> None:
        """Read a room no more; it is told so, unless it is told otherwise or has gone."""
        known = self._directory.room(conn, room)
        self._end(conn, known.id, room)
        if not is_told:
            blocks = self._notices.closing(conn, known.id)
            key = f"r{known.id:x}.{int(self._clock.now().timestamp()):x}"
            self._posting.add(
                conn,
                known.community,
                known.id,
                Outgoing(room.ref, blocks, key),
                may_be_dropped=True,
            )

    def gone(self, conn: Connection, id: RoomId, room: Room) -> None:
        """Read a room no more that is not there any more."""
        self._end(conn, id, room)

    def _end(self, conn: Connection, id: RoomId, room: Room) -> None:
        self._directory.choose_reading(conn, id, room.ref, is_read=False)
        self._closed(conn, id)
        dropping.drop(conn, "open reading", _lane(id))
        branches = traces.threads_of(conn, id)
        cursors.end(conn, [each for each in branches if not rooms.chosen(conn, each)])
        notice = self._board.closed(conn, id, room.ref)
        if notice is not None:
            self._work.add(conn, "unpin", {"room": id, "message": notice}, lane=_lane(id))

    async def _tell_and_open(self, job: Job) -> Commit | None:
        """Post the notice and pin it; then reading begins, from when it was chosen."""
        wish = _Wish.of(job)
        room = await self._database.read(lambda conn: rooms.get(conn, wish.room))
        blocks = await self._database.read(
            lambda conn: self._notices.opening(
                conn, wish.room, wish.since, is_from_now=wish.is_from_now
            )
        )
        key = f"n{wish.room:x}.{int(wish.chosen_at.timestamp()):x}"
        try:
            receipt = await self._posting.send(Outgoing(room.ref, blocks, key))
        except RoomGoneError as error:
            _log.info("room not opened", room=wish.room, reason=for_log(error))
            return lambda conn: self._aside(conn, wish, room, "read.no_room")
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError as error:
            if not isinstance(error, NotPermittedError) and job.attempts < ATTEMPTS:
                raise
            _log.info("room not told", room=wish.room, reason=for_log(error))
            return lambda conn: self._begin(conn, wish, room, None, "read.not_told")
        notice = next(iter(receipt.parts), None)
        if notice is None:
            return lambda conn: self._begin(conn, wish, room, None, "read.not_told")
        trouble = "" if await self._pin(notice) else "read.not_pinned"
        return lambda conn: self._begin(conn, wish, room, notice, trouble)

    async def _pin(self, notice: MessageRef) -> bool:
        """Pin a notice; False where that may not be, True also where there are no pins."""
        platform = self._platforms[notice.room.platform]
        if not isinstance(platform, Pins):
            return True
        if (await platform.capabilities(notice.room)).pins < Level.PARTIAL:
            return False
        try:
            await platform.pin(notice)
        except (NotPermittedError, RoomGoneError) as error:
            _log.info("notice not pinned", message=notice.id, reason=for_log(error))
            return False
        return True

    def _begin(
        self, conn: Connection, wish: "_Wish", room: Room, notice: MessageRef | None, trouble: str
    ) -> None:
        """Read a room, and its threads with it."""
        now = self._clock.now()
        since = now if wish.is_from_now else wish.since
        self._directory.choose_reading(conn, wish.room, room.ref, is_read=True)
        self._board.opened(conn, wish.room, room.ref, now, notice)
        for id in traces.threads_of(conn, wish.room):
            if rooms.chosen(conn, id) is not False:
                self._rereading.fill(conn, id, since)
        leader = members.find_account(conn, wish.community, wish.by)
        if leader is not None:
            self._board.tell(conn, wish.community, leader[0], wish.by, now)
        if trouble:
            self._aside(conn, wish, room, trouble)

    def _aside(self, conn: Connection, wish: "_Wish", room: Room, key: str) -> None:
        """Tell the leader who chose so, in private."""
        blocks = self._notices.aside(conn, wish.room, key)
        post = f"a{wish.room:x}.{int(wish.chosen_at.timestamp()):x}"
        told = Outgoing(room.ref, blocks, post, private_to=wish.by)
        self._posting.add(conn, wish.community, wish.room, told, may_be_dropped=True)

    async def _unpin(self, job: Job) -> None:
        room = await self._database.read(lambda conn: rooms.get(conn, RoomId(job.args["room"])))
        platform = self._platforms.get(room.ref.platform)
        if not isinstance(platform, Pins):
            return
        try:
            await platform.unpin(MessageRef(room.ref, job.args["message"]))
        except (NotPermittedError, RoomGoneError) as error:
            _log.info("notice not unpinned", room=job.args["room"], reason=for_log(error))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a leader chose."""

    community: CommunityId
    room: RoomId
    since: datetime | None
    chosen_at: datetime
    by: AccountRef

    @classmethod
    def of(cls, job: Job) -> "_Wish":
        args, since = job.args, job.args["since"]
        return cls(
            CommunityId(args["community"]),
            RoomId(args["room"]),
            None if since is None else datetime.fromisoformat(since),
            datetime.fromisoformat(args["chosen_at"]),
            AccountRef(*args["by"]),
        )

    @property
    def is_from_now(self) -> bool:
        """Whether nothing of before is meant."""
        return self.since is not None and self.since > self.chosen_at - JUST_NOW


def _lane(room: RoomId) -> str:
    return f"reading:{room}"


def _nobody(conn: Connection, room: RoomId) -> None:
    """Tell nobody: where no sessions are run, none is to be paused."""
