"""What stands on a platform for a session is taken down: polls that show what was forgotten, or that nobody awaits.

Best effort: the words of a poll can't be edited, so what can't be deleted is closed, and counted as unreached.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.verbs import Deletes, Polls, ScheduledEvents
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.sessions.running.sessions import out_lane
from learncomm_agent.storage import audit
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Commit, Work

DOWN = "session_down"
"""The kind of due work; it holds ids of the platform alone, so that it outlives its session."""
_log = logger(__name__)


class TakingDown:
    """Takes polls away, and meetings out of the calendar. What takes a `conn` belongs in a transaction."""

    def __init__(self, work: Work, platforms: Mapping[str, Platform], clock: Clock) -> None:
        """Take what it needs, and name its handler."""
        self._work = work
        self._platforms = platforms
        self._clock = clock
        work.handle(DOWN, self._down)

    def poll(
        self, conn: Connection, community: CommunityId, session: int, message: Sequence[str]
    ) -> None:
        """Have a poll taken away, after all that its session wished before, such as to have it counted."""
        self._add(conn, community, session, {"poll": list(message)})

    def entry(
        self, conn: Connection, community: CommunityId, session: int, room: RoomRef, id: str
    ) -> None:
        """Have a meeting taken out of the calendar."""
        there = [room.platform, room.space.id, room.id]
        self._add(conn, community, session, {"entry": id, "room": there})

    def _add(
        self, conn: Connection, community: CommunityId, session: int, what: Mapping[str, Any]
    ) -> None:
        args = {"community": community, "session": session, **what}
        self._work.add(conn, DOWN, args, lane=out_lane(session))

    async def _down(self, job: Job) -> Commit:
        """Take one thing down.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """
        args, unreached = job.args, 0
        try:
            is_gone = await (self._poll(args) if "poll" in args else self._entry(args))
            unreached = int(not is_gone)
        except (DisconnectedError, RateLimitedError):
            raise
        except RoomGoneError:
            pass  # somebody was faster
        except PlatformError as error:
            _log.warning("not taken down", session=args["session"], reason=for_log(error))
            unreached = 1
        community, subject = CommunityId(args["community"]), f"session {args['session']}"
        detail = {"posts": 1, "unreached": unreached}

        def commit(conn: Connection) -> None:
            now = self._clock.now()
            audit.record(conn, community, "take down", subject, at=now, detail=detail)

        return commit

    async def _poll(self, args: Mapping[str, Any]) -> bool:
        """Delete a poll, or at least close it; return whether its words are gone."""
        message = message_of(args["poll"])
        platform = self._platform(message.room.platform)
        if isinstance(platform, Polls):
            await platform.close_poll(message)
        if not isinstance(platform, Deletes):
            return False
        await platform.delete(message)
        return True

    async def _entry(self, args: Mapping[str, Any]) -> bool:
        platform_name, space, room = args["room"]
        platform = self._platform(platform_name)
        if not isinstance(platform, ScheduledEvents):
            return False
        await platform.cancel(RoomRef(SpaceRef(platform_name, space), room), args["entry"])
        return True

    def _platform(self, name: str) -> Platform:
        platform = self._platforms.get(name)
        if platform is None:
            raise DisconnectedError(f"{name!r} is not running")
        return platform


def place_of_message(message: MessageRef) -> list[str]:
    """Return a message as JSON."""
    space = message.room.space
    return [space.platform, space.id, message.room.id, message.id]


def message_of(record: Sequence[str]) -> MessageRef:
    """Return the message that JSON names."""
    platform, space, room, id = record
    return MessageRef(RoomRef(SpaceRef(platform, space), room), id)
