"""Posts of sessions: each becomes a writing, whose lines are what members said, and a row of the outbox.

So it is mended when a line goes, looked at again before it is sent, and never posted twice.
"""

from collections.abc import Mapping

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting, lane_of
from learncomm_agent.chat.verbs import Pins
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError, for_log
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Post, Settle
from learncomm_agent.sessions.methods.meetings import next_humane
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.composing import Composed, Place, composed, place_of
from learncomm_agent.sessions.running.sessions import key_of
from learncomm_agent.sessions.running.speaking import Speaking, zone_or_utc
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import ballots, lines, posts, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Commit, Work

PIN = "session_pin"
_log = logger(__name__)


class Posts:
    """Carries out `post`."""

    def __init__(
        self,
        database: Database,
        work: Work,
        posting: Posting,
        speaking: Speaking,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._posting = posting
        self._speaking = speaking
        self._platforms = platforms
        self._clock = clock
        work.handle(PIN, self._pin)

    async def carry(self, row: stored.Row, session: Session, effect: Post) -> Commit | None:
        """Have something said, to whom it is for.

        Raises:
            OutdatedError: The thread that it goes to is not there yet.
        """

        def read(conn: Connection) -> tuple[Place | None, Composed | None]:
            place = place_of(conn, row, session, effect)
            return place, None if place is None else self._composed(conn, row, effect, place)

        place, made = await self._database.read(read)
        if place is None or made is None:
            return None

        def commit(conn: Connection) -> None:
            fresh = stored.get(conn, row.id)
            if fresh is None:
                return
            is_same = fresh.revision == row.revision
            now = made if is_same else self._composed(conn, fresh, effect, place)
            if now is not None:  # all of it may have been forgotten meanwhile
                self._add(conn, fresh, effect, place, now)

        return commit

    def _composed(
        self, conn: Connection, row: stored.Row, effect: Post, place: Place
    ) -> Composed | None:
        return composed(
            conn, self._speaking, row, load(row.content), effect, place, self._clock.now()
        )

    def _add(
        self, conn: Connection, row: stored.Row, effect: Post, place: Place, made: Composed
    ) -> None:
        now = self._clock.now()
        id = writings.add(conn, made.writing, now)
        kept = writings.get(conn, id, row.community)
        assert kept is not None
        for line, owner in zip(kept.lines, made.owners, strict=True):
            if owner is not None:
                ballots.own(conn, line.id, owner, now)
        stored.wrote(conn, row.id, effect.id, id)
        # It is laid out just before it is sent.
        outgoing = Outgoing(place.ref, (), key_of(row.id, effect.id), private_to=place.reader)
        due = next_humane(now, zone_or_utc(place.zone).key) if effect.is_humane else now
        self._posting.add(
            conn,
            row.community,
            place.room,
            outgoing,
            writing=id,
            may_be_dropped=place.reader is not None,
            due=due if due > now else None,
        )
        if effect.pins and place.reader is None:
            self._work.add(conn, PIN, {"writing": id}, lane=lane_of(place.room))

    async def _pin(self, job: Job) -> None:
        """Pin a post; it stands before this in its lane."""
        writing = job.args["writing"]
        shown = await self._database.read(lambda conn: posts.of_writing(conn, writing))
        part = next((part for post in shown for part in post.parts), None)
        platform = None if part is None else self._platforms.get(part.room.platform)
        if part is None or not isinstance(platform, Pins):
            return
        if (await platform.capabilities(part.room)).pins < Level.PARTIAL:
            return
        try:
            await platform.pin(part)
        except (NotPermittedError, RoomGoneError) as error:
            _log.info("post not pinned", writing=writing, reason=for_log(error))


class Settling:
    """Carries out `settle`: an earlier post loses what one presses."""

    def __init__(self, work: Work) -> None:
        """Take what it needs."""
        self._work = work

    async def carry(self, row: stored.Row, session: Session, effect: Settle) -> Commit | None:
        """Take the controls off."""

        def commit(conn: Connection) -> None:
            writing = stored.written(conn, row.id, effect.post)
            if writing is None:
                return  # it was never posted, as there was nobody to read it
            ballots.tell(conn, writing, is_settled=True)
            room = lines.rooms_of(conn, [writing])[writing]
            args = {"community": row.community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))

        return commit
