"""Who says in a platform's calendar that they will come to a meeting joins its session by that."""

from collections.abc import Mapping

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import Interested
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import AccountRef, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.errors import DisconnectedError
from learncomm_agent.log import logger
from learncomm_agent.sessions.events import Event, Joined, Left
from learncomm_agent.sessions.running.calendars import ENTRY
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.storage import communities, members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Commit, Work

COMES = "session_comes"
"""The kind of due work: somebody will come to a meeting, or won't after all."""
_log = logger(__name__)


class Coming:
    """Tells sessions who comes. Everyone in a space sees its calendar, so that not all may join."""

    def __init__(
        self,
        database: Database,
        work: Work,
        sessions: Sessions,
        directory: Directory,
        platforms: Mapping[str, Platform],
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._sessions = sessions
        self._directory = directory
        self._platforms = platforms
        work.handle(COMES, self._come)

    def comes(self, conn: Connection, event: Interested) -> None:
        """Leave a row for each session whose meeting it is, in a transaction; others' entries are theirs."""
        known = communities.of_space(conn, event.space)
        if known is None or event.account.is_bot:
            return
        community = known[1]
        for id, room in stored.marked_with(conn, community, ENTRY, event.entry):
            if rooms.get(conn, room).ref.space != event.space:
                continue
            ref = event.account.ref
            args = {
                "session": id,
                "member": self._directory.account(conn, community, event.account).member,
                "account": [ref.platform, ref.id],
                "is_added": event.is_added,
            }
            self._work.add(conn, COMES, args, lane=f"session:{id}")

    async def _come(self, job: Job) -> Commit | None:
        """Let them join, if they may read where it is; or let them go.

        Raises:
            DisconnectedError: The platform is not there now.
        """
        args = job.args
        id, member = args["session"], MemberId(args["member"])
        found = await self._database.read(lambda conn: self._where(conn, id, member))
        if found is None:
            return None
        event: Event = Left(member, is_by_calendar=True)
        if args["is_added"]:
            if not await self._reads(AccountRef(*args["account"]), found):
                _log.info("comes to what they may not read", session=id, member=member)
                return None
            event = Joined(member, is_by_calendar=True)

        def commit(conn: Connection) -> None:
            if stored.get(conn, id) is not None:
                self._sessions.apply(conn, id, event)

        return commit

    def _where(self, conn: Connection, id: int, member: MemberId) -> RoomRef | None:
        """Return the room of a session; None where there is none any more, or nothing is kept of them."""
        row = stored.get(conn, id)
        if row is None or members.get(conn, member).consent is Consent.OUT:
            return None
        return rooms.get(conn, row.room).ref

    async def _reads(self, account: AccountRef, room: RoomRef) -> bool:
        platform = self._platforms.get(room.platform)
        if platform is None:
            raise DisconnectedError(f"{room.platform!r} is not running")
        return room in await platform.readable(Audience.of_account(account, room.space))
