"""Whoever came after a room was told that it is read, is told before anything of theirs is kept.

Until then a waiting row holds where they wrote, and no word of it. Once they were told, what they wrote
is taken from the platform's history, as it reads then.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from learncomm_agent.chat.events import MemberChanged, MessagePosted
from learncomm_agent.chat.messages import MessageRef, RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import Account, AccountRef, CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
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
from learncomm_agent.storage import dropping, due, held, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory, KnownRoom
from learncomm_agent.storage.due import REQUEST, Job
from learncomm_agent.storage.notices import NoticeBoard
from learncomm_agent.work import ATTEMPTS, Commit, Work

AT_ONCE = 8
"""Newcomers told together."""
UNSURE = timedelta(seconds=1)
"""A platform may round the moment from which its history is read."""
REMEMBERED = 10_000
"""So many messages that were not kept are remembered, so that no later edit of one is."""
AGAIN = timedelta(days=1)
"""Whoever can't be told is not tried again for so long."""
Again = Callable[[Connection, list[MessagePosted]], None]
_log = logger(__name__)


class Newcomers:
    """Tells them, then has what they wrote kept."""

    def __init__(
        self,
        database: Database,
        work: Work,
        directory: Directory,
        board: NoticeBoard,
        posting: Posting,
        notices: Notices,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._directory = directory
        self._board = board
        self._posting = posting
        self._notices = notices
        self._platforms = platforms
        self._clock = clock
        self.again: Again = _unbound
        """Keeps messages that a history tells; whoever takes messages in says how."""
        # What follows is on no disk; used on the writer's thread, but for the last.
        self._left_out: OrderedDict[tuple[RoomId, str], None] = OrderedDict()
        self._unreached: dict[str, datetime] = {}
        work.handle("newcomer", self._tell, at_once=AT_ONCE, given_up=self._lost)

    def wait_for(
        self, conn: Connection, room: KnownRoom, event: MessagePosted, *, is_past: bool
    ) -> bool:
        """Return whether a message must not be kept yet; then its author is told.

        Args:
            conn: The transaction to write in.
            room: Where it was written.
            event: The message.
            is_past: Whether a history tells it. What is older than reading itself is no reason to tell.
        """
        if not self._board.must_be_told(conn, room.community, room.room, event.author):
            return False
        message = event.message
        self._leave_out(room.id, message.ref.id)
        began_at = self._board.began_at(room.room)
        if is_past and began_at is not None and message.posted_at < began_at:
            return True
        lane = _lane(room.community, event.author.ref)
        if self._unreached.get(lane, self._clock.now()) > self._clock.now():
            return True
        args = {
            "community": room.community,
            "room": room.id,
            "message": message.ref.id,
            "ref": [event.author.ref.platform, event.author.ref.id],
            "posted_at": message.posted_at.isoformat(),
        }
        key = f"newcomer:{room.id}:{message.ref.id}"
        self._work.add(conn, "newcomer", args, key=key, lane=lane)
        return True

    def queue(
        self, conn: Connection, community: CommunityId, ref: AccountRef, *, is_held: bool
    ) -> str | None:
        """Return the lane in which a request stands whose message may be held; None where it is not.

        It comes behind what has that message kept, so that what is made of the request is tied to the
        message, and goes with it; and behind an earlier one that waits so, to keep the order.
        """
        lane = _lane(community, ref)
        return lane if is_held or due.is_open(conn, REQUEST, lane) else None

    def is_left_out(self, conn: Connection, room: RoomId, message: str) -> bool:
        """Whether a message is not kept since its author has to be told first, or could not be."""
        is_known = (room, message) in self._left_out
        return is_known or dropping.is_known(conn, f"newcomer:{room}:{message}")

    def left(self, conn: Connection, community: CommunityId, event: MemberChanged) -> None:
        """Drop what waits to be told to somebody who has gone."""
        room = None
        if event.room is not None:
            room = rooms.find(conn, [event.room]).get(event.room)
            if room is None:
                return
        dropping.drop(conn, "newcomer", _lane(community, event.account.ref), room)

    def _leave_out(self, room: RoomId, message: str) -> None:
        self._left_out[room, message] = None
        if len(self._left_out) > REMEMBERED:
            self._left_out.popitem(last=False)

    async def _tell(self, job: Job) -> Commit | None:
        """Tell somebody, unless they were told meanwhile, and keep what they wrote."""
        community, id = CommunityId(job.args["community"]), RoomId(job.args["room"])
        ref = AccountRef(*job.args["ref"])
        room = await self._database.read(
            lambda conn: rooms.get(conn, id) if rooms.exists(conn, id) else None
        )
        if room is None or not self._directory.reads(room):
            return None
        if room.ref.platform not in self._platforms:
            raise DisconnectedError(f"{room.ref.platform!r} is not running")
        message = MessageRef(room.ref, job.args["message"])
        began = datetime.fromisoformat(job.args["posted_at"])
        if await self._database.read(lambda conn: held.known(conn, id, [message.id])):
            return None
        someone = Account(ref, ref.id)  # until they write again, and bring their name
        must = await self._database.write(
            lambda conn: self._board.must_be_told(conn, community, room, someone)
        )
        if must:
            if await self._written(message, ref, began) == []:
                return None  # taken back meanwhile
            if not await self._reach(job, id, message, ref):
                return lambda conn: self._give_up(conn, _lane(community, ref))
        past = await self._written(message, ref, began)
        if past is None and must:
            return lambda conn: self._know(conn, community, someone, is_met=False)
        return None if not past else lambda conn: self._keep(conn, community, past)

    async def _written(
        self, message: MessageRef, ref: AccountRef, began: datetime
    ) -> list[MessagePosted] | None:
        """Return what somebody wrote in a room from a moment on, as it reads now.

        None where no past is to be had: then they are told, and what they write from then on is kept.
        """
        history = self._platforms[message.room.platform].history(message.room, began - UNSURE)
        try:
            return [
                event
                async for event in history
                if isinstance(event, MessagePosted)
                and event.author.ref == ref
                and event.message.posted_at >= began
            ]
        except (NotPermittedError, RoomGoneError) as error:
            _log.info("history closed", message=message.id, reason=for_log(error))
            return [] if isinstance(error, RoomGoneError) else None

    async def _reach(self, job: Job, room: RoomId, message: MessageRef, ref: AccountRef) -> bool:
        """Tell somebody in private, else in one line where they wrote; whether that was possible."""
        key = "w" + _lane(CommunityId(job.args["community"]), ref)[-20:]
        welcome, briefly = await self._database.read(
            lambda conn: (self._notices.welcome(conn, room), self._notices.briefly(conn, room))
        )
        alone = Outgoing(message.room, welcome, key, private_to=ref)
        here = Outgoing(message.room, briefly, key + "p", reply_to=message)
        for outgoing in (alone, here):
            try:
                if not (await self._posting.send(outgoing)).is_refused:
                    return True
            except (DisconnectedError, RateLimitedError):
                raise
            except PlatformError as error:
                is_final = isinstance(error, NotPermittedError | RoomGoneError)
                if not is_final and job.attempts < ATTEMPTS:
                    raise
                _log.info("newcomer not told", message=message.id, reason=for_log(error))
        return False

    def _keep(self, conn: Connection, community: CommunityId, past: list[MessagePosted]) -> None:
        self._know(conn, community, past[-1].author)
        self.again(conn, past)

    def _know(
        self, conn: Connection, community: CommunityId, author: Account, *, is_met: bool = True
    ) -> None:
        if is_met:
            id = self._directory.account(conn, community, author).id
        else:
            id, _ = self._directory.named(conn, community, author)
        self._board.tell(conn, community, id, author.ref, self._clock.now())

    def _lost(self, conn: Connection, job: Job) -> None:
        if job.lane is not None:
            self._give_up(conn, job.lane)

    def _give_up(self, conn: Connection, lane: str) -> None:
        """Keep nothing of theirs, nor that they were here."""
        now = self._clock.now()
        self._unreached = {each: until for each, until in self._unreached.items() if until > now}
        self._unreached[lane] = now + AGAIN
        dropping.drop(conn, "newcomer", lane)


def _unbound(conn: Connection, events: list[MessagePosted]) -> None:
    raise AssertionError("nobody keeps what newcomers wrote")  # never lost without a word


def _lane(community: CommunityId, ref: AccountRef) -> str:
    """Return the lane of what somebody is told: the rows say no more of them than is needed."""
    told = f"{community}:{ref.platform}:{ref.id}"
    return f"newcomer:{sha256(told.encode()).hexdigest()[:20]}"
