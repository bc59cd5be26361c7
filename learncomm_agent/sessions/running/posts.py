"""Posts of sessions: each becomes a writing, whose lines are what members said, and a row of the outbox.

So it is mended when a line goes, looked at again before it is sent, and never posted twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Outgoing, Paragraph, Text
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting, lane_of
from learncomm_agent.chat.verbs import Pins
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, RoomGoneError, for_log
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import Effect, Post, Settle, Whom
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.methods.meetings import next_humane
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.records import record_of
from learncomm_agent.sessions.running.composing import Composed, Place, composed, place_of
from learncomm_agent.sessions.running.sessions import EFFECT, key_of
from learncomm_agent.sessions.running.speaking import Speaking, zone_or_utc
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import ballots, lines, posts, quiet, writings
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
            PlatformError: Who reads the room can't be told now.
        """

        def read(conn: Connection) -> tuple[Place | None, Composed | None]:
            if effect.is_humane and stored.marked(conn, row.id, _unsaid(effect.id)) is not None:
                return None, None
            place = place_of(conn, row, session, effect)
            return place, None if place is None else self._composed(conn, row, effect, place)

        place, made = await self._database.read(read)
        if place is None or made is None:
            return None
        if place.reader is not None and not await self._reads(place.reader, place.ref):
            _log.info("nobody who reads the room", session=row.id, effect=effect.id)
            return None
        now = self._clock.now()
        due = await self._may_be_said(effect, place, now) if effect.is_humane else now
        if due is None:
            _log.info("not wished", session=row.id, effect=effect.id, member=place.member)
            return None
        if due > now:
            return lambda conn: self._put_off(conn, row.id, session, effect, due)
        is_asked = await self._is_asked(effect, place)

        def commit(conn: Connection) -> None:
            fresh = stored.get(conn, row.id)
            if fresh is None:
                return
            is_same = fresh.revision == row.revision
            now = made if is_same else self._composed(conn, fresh, effect, place)
            if now is not None:  # all of it may have been forgotten meanwhile
                self._add(conn, fresh, effect, place, now, is_asked=is_asked)

        return commit

    def _composed(
        self, conn: Connection, row: stored.Row, effect: Post, place: Place
    ) -> Composed | None:
        return composed(
            conn, self._speaking, row, load(row.content), effect, place, self._clock.now()
        )

    async def _may_be_said(self, effect: Post, place: Place, now: datetime) -> datetime | None:
        """Return when something may be said that no time presses; None where they don't wish it.

        To one member it is one of the things that are said unasked, and waits with these.
        """
        member = place.member
        if effect.to.whom is not Whom.MEMBER or member is None:
            return next_humane(now, zone_or_utc(place.zone).key)
        return await self._database.read(
            lambda conn: quiet.may_be_told(conn, member, quiet.SESSIONS, now)
        )

    async def _reads(self, reader: AccountRef, room: RoomRef) -> bool:
        """Whether somebody still reads the room of a session: of what is said there no other is told."""
        return room in await self._posting.readable(Audience.of_account(reader, room.space))

    async def _is_asked(self, effect: Post, place: Place) -> bool:
        """Whether a lead is asked for something, who may write to us directly where they can't be reached."""
        platform = self._platforms.get(place.ref.platform)
        if effect.to.whom is not Whom.LEAD or platform is None:
            return False
        can = await platform.capabilities(place.ref)
        return can.direct_messages >= Level.PARTIAL and bool(effect.controls or effect.pick)

    def _add(
        self,
        conn: Connection,
        row: stored.Row,
        effect: Post,
        place: Place,
        made: Composed,
        *,
        is_asked: bool,
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
        self._posting.add(
            conn,
            row.community,
            place.room,
            outgoing,
            writing=id,
            otherwise=self._call(conn, row, place) if is_asked else None,
            may_be_dropped=place.reader is not None,
        )
        if effect.is_humane and effect.to.whom is Whom.MEMBER and place.member is not None:
            quiet.count(conn, row.community, place.member, [quiet.SESSIONS], now)
        if effect.pins and place.reader is None:
            self._work.add(conn, PIN, {"writing": id}, lane=lane_of(place.room))

    def _call(self, conn: Connection, row: stored.Row, place: Place) -> Outgoing:
        """Return what is said to all where its lead can't be reached: once, by its key, and without content."""
        voice = self._speaking.voice(conn, row, load(row.content))
        said = Paragraph((Text(voice.phrase("session.lead_unreached", session=row.id)),))
        return Outgoing(place.ref, (said,), f"s{row.id}l")

    def _put_off(
        self, conn: Connection, id: int, session: Session, effect: Post, due: datetime
    ) -> None:
        """Come back to it at a time of day at which people are awake; what follows it does not wait for it."""
        person = session.people.get(_addressee(effect))
        since = {
            "visit": session.visit,
            "mode": None if person is None else person.mode.value,
            "is_over": session.is_over,
        }
        args = {"session": id, "effect": record_of(effect), "since": since}
        self._work.add(conn, EFFECT, args, due=due)

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


def is_wished_still(session: Session, effect: Effect, since: Mapping[str, Any]) -> bool:
    """Whether what was put off is still to be said: not once the session, or whom it is for, went on.

    Args:
        session: As it is now.
        effect: What was put off.
        since: How the session, and whom it is for, stood then.
    """
    if session.visit != since["visit"]:
        return False
    if session.is_over and not since.get("is_over"):
        return False  # what was said at its end, such as to pairs, is said after it
    if not isinstance(effect, Post):
        return True
    if effect.to.whom is Whom.GROUP:  # nobody may be left in it
        return any(each.number == effect.to.which and each.members for each in session.groups)
    if since["mode"] is None:
        return True
    person = session.people.get(_addressee(effect))
    if person is None:
        return False
    return person.mode.value == since["mode"] or person.mode is Mode.TAKE_PART


def _addressee(effect: Post) -> int:
    """Return the member whom a post is for alone; 0 where there is none."""
    return effect.to.which or 0 if effect.to.whom is Whom.MEMBER else 0


def _unsaid(effect: int) -> str:
    """Return the name under which it is kept that a post is not to be said any more."""
    return f"unsaid:{effect}"


class Settling:
    """Carries out `settle`: an earlier post loses what one presses; one that waits is not said at all."""

    def __init__(self, work: Work) -> None:
        """Take what it needs."""
        self._work = work

    async def carry(self, row: stored.Row, session: Session, effect: Settle) -> Commit | None:
        """Take the controls off."""

        def commit(conn: Connection) -> None:
            writing = stored.written(conn, row.id, effect.post)
            if writing is None:  # it waits for the morning, or there was nobody to read it
                stored.mark(conn, row.id, _unsaid(effect.post), {})
                return
            ballots.tell(conn, writing, is_settled=True)
            room = lines.rooms_of(conn, [writing])[writing]
            args = {"community": row.community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))

        return commit
