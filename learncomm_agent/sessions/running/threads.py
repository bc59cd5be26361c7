"""Threads of small groups. Where there can be none, the session is told so and goes on in its room.

A thread that only its members read is known to nobody by the rule of its room. So it is read by choice,
as any other room: it is told first what is read there and how to say no (`community.reading`).
"""

from collections.abc import Collection, Mapping, Sequence

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import Room, RoomKind, RoomRef
from learncomm_agent.chat.people import AccountRef, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.chat.verbs import Threads as Branching
from learncomm_agent.clock import Clock
from learncomm_agent.community.reading import Reading
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import BringIn, OpenGroup
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.running.sessions import Sessions, key_of
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.session_traces import threadless
from learncomm_agent.work import Commit

TITLE_CHARS = 90
"""No thread is called by more; platforms allow about a hundred."""
_log = logger(__name__)


class Threads:
    """Carries out `open_group`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        speaking: Speaking,
        directory: Directory,
        reading: Reading,
        rereading: Rereading,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._sessions = sessions
        self._speaking = speaking
        self._directory = directory
        self._reading = reading
        self._rereading = rereading
        self._platforms = platforms
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: OpenGroup) -> Commit:
        """Open a thread with a group in it.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """

        def read(conn: Connection) -> tuple[Room, str, tuple[AccountRef, ...]]:
            room = rooms.get(conn, row.room)
            title = self._speaking.plain(conn, row, session, effect.title)
            return room, title, accounts_of(conn, effect.members, room.ref.platform)

        room, title, accounts = await self._database.read(read)
        title = title[:TITLE_CHARS].rstrip() or session.plan.title[:TITLE_CHARS]
        try:
            thread = await self._opened(room.ref, title, row, effect, accounts)
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError as error:
            _log.info("no thread", session=row.id, group=effect.group, reason=for_log(error))
            return lambda conn: self._failed(conn, row, effect)
        return lambda conn: self._open(conn, row, session, effect, room, thread, title)

    async def _opened(
        self,
        room: RoomRef,
        title: str,
        row: stored.Row,
        effect: OpenGroup,
        accounts: Sequence[AccountRef],
    ) -> RoomRef:
        """Open the thread, with all who can be brought in.

        Raises:
            NotPermittedError: There can be none of this sort.
        """
        platform = self._platforms.get(room.platform)
        if platform is None:
            raise DisconnectedError(f"{room.platform!r} is not running")
        if not isinstance(platform, Branching):
            raise NotPermittedError(f"{room.platform!r} has no threads")
        can, key = await platform.capabilities(room), key_of(row.id, effect.id, "t")
        if (can.private_threads if effect.is_private else can.threads) < Level.PARTIAL:
            raise NotPermittedError(f"{room.platform!r} has no such threads here")
        opened = platform.open_thread
        try:
            return await opened(
                room, title, key=key, members=accounts, is_private=effect.is_private
            )
        except NotPermittedError as error:  # it may be for one of them alone
            _log.info("not all brought in", session=row.id, reason=for_log(error))
        thread = await opened(room, title, key=key, is_private=effect.is_private)
        await bring_in(platform, thread, accounts, row.id)
        return thread

    def _open(
        self,
        conn: Connection,
        row: stored.Row,
        session: Session,
        effect: OpenGroup,
        room: Room,
        thread: RoomRef,
        title: str,
    ) -> None:
        """Keep which thread it is, and have it read as the room is, if it is to be read."""
        parent = None if effect.is_private else room.ref
        told = Room(thread, title, RoomKind.THREAD, parent)
        is_new = self._directory.known_room(conn, thread) is None
        known = self._directory.room(conn, told)
        stored.open_thread(conn, row.id, effect.group, known.id)
        if effect.is_read and self._directory.reads(room) and not known.room.is_read:
            lead = members.account_on(conn, MemberId(session.lead), thread.platform)
            if lead is not None:
                self._reading.open(conn, [told], self._clock.now(), lead)
        elif known.room.is_read and is_new:
            self._rereading.met(conn, known.id)
        result = {"group": effect.group, "room": known.id}
        self._sessions.tell(conn, row.id, Done(effect.id, result))

    def _failed(self, conn: Connection, row: stored.Row, effect: OpenGroup) -> None:
        stored.mark(conn, row.id, threadless(effect.group), {})
        self._sessions.tell(conn, row.id, Done(effect.id, {"group": effect.group}, is_failed=True))


class Guests:
    """Carries out `bring_in`."""

    def __init__(self, database: Database, platforms: Mapping[str, Platform]) -> None:
        """Take what it needs."""
        self._database = database
        self._platforms = platforms

    async def carry(self, row: stored.Row, session: Session, effect: BringIn) -> Commit | None:
        """Bring members into the thread of a group, where it has one.

        Raises:
            DisconnectedError: The platform is not there now.
        """

        def read(conn: Connection) -> tuple[RoomRef, tuple[AccountRef, ...]] | None:
            thread = stored.threads(conn, row.id).get(effect.group)
            if thread is None:
                return None
            ref = rooms.get(conn, thread).ref
            return ref, accounts_of(conn, effect.members, ref.platform)

        found = await self._database.read(read)
        if found is None:
            return None
        thread, accounts = found
        platform = self._platforms.get(thread.platform)
        if platform is None:
            raise DisconnectedError(f"{thread.platform!r} is not running")
        if isinstance(platform, Branching):
            await bring_in(platform, thread, accounts, row.id)
        return None


async def bring_in(
    platform: Branching, thread: RoomRef, accounts: Sequence[AccountRef], session: int
) -> None:
    """Bring people into a thread; of those who can't be, the others are."""
    if not accounts:
        return
    try:
        await platform.add_to_thread(thread, accounts)
    except (NotPermittedError, RoomGoneError) as error:
        _log.info("not all brought in", session=session, reason=for_log(error))


def accounts_of(conn: Connection, ids: Collection[int], platform: str) -> tuple[AccountRef, ...]:
    """Return the accounts of members on a platform; of those who have none there nothing."""
    found = (members.account_on(conn, MemberId(id), platform) for id in ids)
    return tuple(ref for ref in found if ref is not None)
