"""The box, and questions without a name: taken in without their author, and shown to leaders the next day.

Who wrote is a mark under a key for the day and one for the week, which count and are thrown away.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Outgoing,
    Paragraph,
    Quote,
    Style,
    Text,
)
from learncomm_agent.chat.people import AccountId, Community, CommunityId, MemberId
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.marks import Marks
from learncomm_agent.community.to_leaders import ToLeaders
from learncomm_agent.errors import StorageError, UsageError
from learncomm_agent.sessions.methods.meetings import moment_of, zone_of
from learncomm_agent.storage import audit, communities, ratings, rooms, salts
from learncomm_agent.storage import feedback as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job, is_waiting
from learncomm_agent.storage.feedback import Kind, Piece, State
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

FEEDBACK = "feedback"
"""The kind of what leaders are told, and of the work that delivers."""
BOX = 0
"""What leaders are told of: the box; another subject is a session that was rated."""
LIMITS = (
    ("feedback day", 3, "feedback.day_full"),
    ("feedback week", 10, "feedback.week_full"),
)
"""How often somebody may write: for what the key is, how often, what is said where that is reached."""
MOST_CHARS = 1500
_DELIVERED = time(9)
_DAY = timedelta(days=1)


class Feedback:
    """Keeps feedback. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self, work: Work, marks: Marks, to_leaders: ToLeaders, posting: Posting, clock: Clock
    ) -> None:
        """Take what it needs, and name its handler."""
        self._work = work
        self._marks = marks
        self._to_leaders = to_leaders
        self._posting = posting
        self._clock = clock
        work.handle(FEEDBACK, self._deliver)
        marks.follow_with(self._plan)
        to_leaders.handle(FEEDBACK, self._says)

    def put(
        self,
        conn: Connection,
        community: Community,
        room: RoomId | None,
        kind: Kind,
        text: str,
        member: MemberId,
    ) -> None:
        """Keep what somebody wrote; nothing that is kept leads from it to them.

        Raises:
            StorageError: They have written often enough meanwhile; asked again, they are told.
        """
        try:
            self.check(conn, community, member)
        except UsageError as error:
            raise StorageError("enough for now") from error
        self._count(conn, community, member)
        today = self._clock.now().astimezone(zone_of(community.timezone)).date()
        stored.add(conn, community.id, room, kind, text, today)
        self._marks.scrub_unseen(conn)  # what asked for this held words and account together

    def show(
        self, conn: Connection, piece: Piece, room: RoomId, by: AccountId, reply: str = ""
    ) -> None:
        """Post one in a room, with what the leaders answer to it."""
        now = self._clock.now()
        state = State.ANSWERED if reply else State.SHOWN
        stored.decide(conn, piece.id, state, reply)
        voice = self._to_leaders.voice(conn, piece.community, room)
        key = f"f{piece.id:x}.{int(now.timestamp()):x}"
        post = Outgoing(rooms.get(conn, room).ref, blocks(voice, piece, reply), key)
        self._posting.add(conn, piece.community, room, post)
        self._record(conn, piece, state, by, now)

    def put_aside(self, conn: Connection, piece: Piece, by: AccountId) -> None:
        """Let one rest."""
        stored.decide(conn, piece.id, State.ASIDE)
        self._record(conn, piece, State.ASIDE, by, self._clock.now())

    def _record(
        self, conn: Connection, piece: Piece, state: State, by: AccountId, now: datetime
    ) -> None:
        subject = f"feedback {piece.id}"
        audit.record(conn, piece.community, f"feedback {state}", subject, at=now, account=by)

    def check(self, conn: Connection, community: Community, member: MemberId) -> None:
        """Refuse somebody who has written often enough for now.

        Raises:
            UsageError: They have.
        """
        for purpose, most, phrase in LIMITS:
            salt = self._marks.find(conn, community.id, purpose)
            if salt is not None and salts.count(conn, salt, member) >= most:
                raise UsageError("enough for now", phrase=phrase, most=most)

    def _count(self, conn: Connection, community: Community, member: MemberId) -> None:
        """Count one more, by marks under a key for the day and one for the week."""
        zone = community.timezone
        today = self._clock.now().astimezone(zone_of(zone)).date()
        ends = (today + _DAY, today + timedelta(days=7 - today.weekday()))
        for (purpose, _, _), end in zip(LIMITS, ends, strict=True):
            until = moment_of(end, time(), zone)
            salts.add(conn, self._marks.salt(conn, community.id, purpose, until), member)

    def _plan(self, conn: Connection) -> None:
        """Once a day is over, have all of it delivered in the morning, so that no time says who it was.

        No row of work is added for that while it is taken in: see `community.marks`.
        """
        for id in stored.held_in(conn):
            lane, zone = f"{FEEDBACK}:{id}", communities.get(conn, id).timezone
            now = self._clock.now()
            today = now.astimezone(zone_of(zone)).date()
            if stored.is_held(conn, id, before=today) and not is_waiting(conn, FEEDBACK, lane):
                due = max(now, moment_of(today, _DELIVERED, zone))
                self._work.add(conn, FEEDBACK, {"community": id}, due=due, lane=lane)

    async def _deliver(self, job: Job) -> Commit:
        """Let leaders see what was written on the days before this one, and tell them that there is something."""
        id = CommunityId(job.args["community"])

        def commit(conn: Connection) -> None:
            community = communities.get(conn, id)
            today = self._clock.now().astimezone(zone_of(community.timezone)).date()
            if stored.deliver(conn, id, today):
                self._to_leaders.tell(conn, id, FEEDBACK, BOX)

        return commit

    def _says(
        self,
        conn: Connection,
        community: CommunityId,
        voice: Voice,
        subjects: Sequence[int],
        readable: Collection[RoomId],
    ) -> tuple[Block, ...]:
        """Say that something waits in the box, or that ratings are counted."""
        found: list[Block] = []
        if BOX in subjects and (count := len(stored.open_in(conn, community))):
            opens = Choice(f"{FEEDBACK}:inbox", voice.phrase("feedback.see"))
            found += [voice.say("feedback.waits", count=count), Choices((opens,))]
        counted = [each for each in subjects if each != BOX and ratings.told(conn, each)]
        if counted:
            opens = Choice("rate:see", voice.phrase("feedback.see_sessions"))
            found += [voice.say("feedback.counted", count=len(counted)), Choices((opens,))]
        return tuple(found)


def blocks(voice: Voice, piece: Piece, reply: str = "") -> tuple[Block, ...]:
    """Return one as all in a room read it."""
    said = voice.phrase(f"feedback.said_{piece.kind}")
    found: list[Block] = [
        Paragraph((Text(said, Style.STRONG),)),
        Quote((Text(piece.text),)),
    ]
    if reply:
        found += [
            Paragraph((Text(voice.phrase("feedback.leaders_say"), Style.STRONG),)),
            Paragraph((Text(reply),)),
        ]
    return tuple(found)
