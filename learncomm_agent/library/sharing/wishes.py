"""Fulfils what was wished without a command: brings what a message holds, and says how it went.

To whoever put a reaction under it the same reaction says that it is done, and one private sentence
that it could not be. Where all of a room is taken, nothing is said.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_agent.chat.messages import MessageId, MessageRef, RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import AccountRef, CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.verbs import Reactions
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    LinkError,
    PlatformError,
    RateLimitedError,
    for_log,
)
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.sharing.bringing import Bringing, Load, share_of
from learncomm_agent.library.sharing.linking import BRING
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, linking, members, messages, rooms
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.messages import State
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.layout import Layout

AT_ONCE = 8
"""Messages whose links are fetched together; some servers take their time."""
TRIES = 4
FIRST_WAIT = timedelta(minutes=15)
"""Before a link is tried again; then each time four times as long."""
_log = logger(__name__)


class Wishes:
    """Runs the rows that `library.sharing.linking` leaves."""

    def __init__(
        self,
        database: Database,
        work: Work,
        bringing: Bringing,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._bringing = bringing
        self._posting = posting
        self._words = words
        self._platforms = platforms
        self._clock = clock
        work.handle(BRING, self._bring, at_once=AT_ONCE)

    async def _bring(self, job: Job) -> Commit | None:
        community, room = CommunityId(job.args["community"]), RoomId(job.args["room"])
        by: MemberId | None = job.args.get("by")
        message = await self._database.read(
            lambda conn: messages.find(conn, room, job.args["message"])
        )
        if message is None:
            return None
        if message.state is not State.KEPT:
            await self._bringing.check(community, message.id)
            return None
        if by is None and message.consent is not Consent.IN:
            return None
        where = await self._database.read(lambda conn: messages.refs(conn, [message.id]))
        platform = self._platform(where[message.id])
        load = await self._bringing.load(message, by, job.args.get("links"))
        if by is not None and await self._is_there(message.id, load):
            await self._answer(platform, where[message.id], job.args["reaction"])
            return None
        added = await self._bringing.add(community, platform, load, share_of(message, by))
        for unread in added.unread:
            _log.info("link not added", message=message.id, reason=str(unread.error))
        if by is None:
            return self._again(job, added.unread)
        if added.resources:
            await self._answer(platform, where[message.id], job.args["reaction"])
        if not added.unread:
            return None
        return lambda conn: self._sorry(conn, job, message.id, added.unread[0])

    async def _is_there(self, message: MessageId, load: Load) -> bool:
        """Whether all that a message holds is in the library: many may put a reaction under it."""
        count = await self._database.read(lambda conn: linking.brought(conn, message))
        return 0 < len(load.addresses) + len(load.files) <= count

    def _again(self, job: Job, unread: Sequence[Unread]) -> Commit | None:
        """Try what may come another time once more: nobody is there who could ask again."""
        waits_s = {
            each.source: each.error.retry_after_s
            for each in unread
            if isinstance(each.error, LinkError) and each.error.retry_after_s is not None
        }
        tries = job.args.get("tries", 0)
        if not waits_s or tries >= TRIES:
            return None
        wait = timedelta(seconds=max(waits_s.values()))
        due = self._clock.now() + max(FIRST_WAIT * 4**tries, wait)
        args = {**job.args, "tries": tries + 1, "links": list(waits_s)}
        return lambda conn: self._later(conn, args, due, job.lane)

    def _later(
        self, conn: Connection, args: dict[str, Any], due: datetime, lane: str | None
    ) -> None:
        self._work.add(conn, BRING, args, due=due, lane=lane)

    async def _answer(self, platform: Platform, message: MessageRef, reaction: str) -> None:
        """Show that it was done, by the same reaction; a platform that can't says nothing."""
        if not isinstance(platform, Reactions):
            return
        try:
            await platform.react(message, reaction)
        except (DisconnectedError, RateLimitedError):
            raise  # it passes; the row runs again
        except PlatformError as error:
            _log.info("no reaction", message=message.id, error=for_log(error))

    def _sorry(self, conn: Connection, job: Job, message: MessageId, unread: Unread) -> None:
        """Say in private what could not be added, to whoever wished it; once a day for a message."""
        args = job.args
        community = communities.get(conn, CommunityId(args["community"]))
        room_id = RoomId(args["room"])
        room, member = rooms.get(conn, room_id), members.get(conn, MemberId(args["by"]))
        spoken = member.language or rooms.language(conn, room_id) or community.language
        platform = self._platforms.get(room.ref.platform)
        sign = platform.command_sign if isinstance(platform, Signs) else ""
        layout = Layout(self._words.for_community(community.slug), spoken, UTC, sign)
        advice = unread.error.advice
        said = layout.say(advice.phrase, **{"name": unread.source, **advice.values})
        today = self._clock.now().toordinal()
        key = f"b{message:x}.{args['by']:x}.{today:x}"
        told = Outgoing(room.ref, (said,), key, private_to=AccountRef(*args["ref"]))
        self._posting.add(conn, community.id, room_id, told, may_be_dropped=True)

    def _platform(self, ref: MessageRef) -> Platform:
        name = ref.room.platform
        if name not in self._platforms:
            raise DisconnectedError(f"{name!r} is not running")
        return self._platforms[name]
