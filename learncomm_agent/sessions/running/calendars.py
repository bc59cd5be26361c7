"""Meetings in a platform's own calendar. Where there is none, the file on the post is all there is."""

from collections.abc import Mapping

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import Room, RoomRef
from learncomm_agent.chat.platform import OpenRooms, Platform
from learncomm_agent.chat.scheduled_events import ScheduledEvent
from learncomm_agent.chat.verbs import ScheduledEvents
from learncomm_agent.errors import (
    DisconnectedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Calendar
from learncomm_agent.sessions.running.sessions import key_of
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.work import Commit

TITLE_CHARS = 100
ENTRY = "meeting:"
"""What the names begin with under which the ids of entries are kept."""
_log = logger(__name__)


class Calendars:
    """Carries out `calendar`."""

    def __init__(
        self, database: Database, speaking: Speaking, platforms: Mapping[str, Platform]
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._speaking = speaking
        self._platforms = platforms

    async def carry(self, row: stored.Row, session: Session, effect: Calendar) -> Commit | None:
        """Put a meeting into the calendar, change it, or take it out.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """
        name = f"{ENTRY}{effect.meeting}"

        def read(conn: Connection) -> tuple[Room, str, str | None]:
            kept = stored.marked(conn, row.id, name)
            title = self._speaking.plain(conn, row, session, effect.title)
            return rooms.get(conn, row.room), title, None if kept is None else kept["id"]

        room, title, known = await self._database.read(read)
        platform = self._platforms.get(room.ref.platform)
        if platform is None:
            raise DisconnectedError(f"{room.ref.platform!r} is not running")
        if not isinstance(platform, ScheduledEvents):
            return None
        if (await platform.capabilities(room.ref)).scheduled_events < Level.PARTIAL:
            return None
        if known is None and not await _is_for_all(platform, room.ref):
            return None
        key = key_of(row.id, effect.id, "c")
        try:
            id = await _put(platform, room, title, effect, known, key)
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError as error:
            _log.info("not in the calendar", session=row.id, reason=for_log(error))
            return None
        kept = None if id is None else {"id": id}
        return lambda conn: stored.mark(conn, row.id, name, kept)


async def _is_for_all(platform: Platform, room: RoomRef) -> bool:
    """Whether all in the space may read a room: they all see its calendar, and what stands there."""
    return isinstance(platform, OpenRooms) and await platform.is_for_all(room)


async def _put(
    platform: ScheduledEvents,
    room: Room,
    title: str,
    effect: Calendar,
    known: str | None,
    key: str,
) -> str | None:
    """Bring the calendar up to date; return the id of the entry, None where there is none any more."""
    if effect.is_cancelled:
        if known is not None:
            await platform.cancel(room.ref, known)
        return None
    event = ScheduledEvent(
        title[:TITLE_CHARS], effect.begins_at, effect.ends_at, where=room.name[:TITLE_CHARS]
    )
    if known is not None:
        try:
            await platform.reschedule(room.ref, known, event)
        except RoomGoneError:  # somebody took it out by hand
            return await platform.schedule(room.ref, event, key=key)
        return known
    return await platform.schedule(room.ref, event, key=key)
