"""After a session its members are asked once how it was: one tap, and one line more, both without a name.

A week later the answers are counted, the key of their marks is thrown away, and leaders may see a figure.
"""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices, Outgoing
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.feedback import FEEDBACK
from learncomm_agent.community.marks import Marks
from learncomm_agent.community.pulses import is_seen_alone, scores
from learncomm_agent.community.to_leaders import ToLeaders
from learncomm_agent.errors import NotFoundError, StorageError, UsageError
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Ending, Session
from learncomm_agent.sessions.walking import took_part, took_place
from learncomm_agent.storage import communities, rooms, salts, thresholds
from learncomm_agent.storage import ratings as stored
from learncomm_agent.storage import sessions as stored_sessions
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.ratings import Kind
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.voice import Voice

RATE = "rate"
"""What controls and forms of it begin with."""
OPEN_FOR = timedelta(days=7)
AFTER = timedelta(minutes=10)
"""So long after the end, when the last words have been read."""
LINE_CHARS = 300
_ASK, _COUNT = "ask for rating", "count ratings"
_ENDED = frozenset({Ending.DONE, Ending.EARLY})


class Ratings:
    """Asks and counts. The functions that take a `conn` belong in a transaction."""

    def __init__(
        self,
        database: Database,
        work: Work,
        sessions: Sessions,
        marks: Marks,
        to_leaders: ToLeaders,
        directory: Directory,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._sessions = sessions
        self._marks = marks
        self._to_leaders = to_leaders
        self._directory = directory
        self._posting = posting
        self._words = words
        self._platforms = platforms
        self._clock = clock
        work.handle(_ASK, self._ask)
        work.handle(_COUNT, self._count)
        sessions.end_with(self._ended)

    def rate(
        self, conn: Connection, id: int, community: CommunityId, member: MemberId, score: int
    ) -> None:
        """Keep how a member rates a session, under a mark, in the place of what they said before.

        Raises:
            StorageError: It is over by now; asked again, they are told.
        """
        try:
            salt = self._salt(conn, id, community)
        except NotFoundError as error:
            raise StorageError("it is over") from error
        stored.rate(conn, id, salts.marks(conn, salt, member), score)

    def add_line(
        self, conn: Connection, id: int, community: CommunityId, member: MemberId, text: str
    ) -> None:
        """Keep one line on a session; nothing that is kept leads from it to whoever wrote it.

        Raises:
            StorageError: It is over, or they have written theirs meanwhile; asked again, they are told.
        """
        try:
            salt = self.check_line(conn, id, community, member)
        except (NotFoundError, UsageError) as error:
            raise StorageError("no line any more") from error
        salts.add(conn, salt, member)
        row, _ = self._sessions.get(conn, id, community)
        zone = ZoneInfo(communities.get(conn, community).timezone)
        day = self._clock.now().astimezone(zone).date()
        stored.learn(conn, community, row.playbook, Kind.LINE, text, day, id)
        self._marks.scrub_unseen(conn)  # what asked for this held words and account together

    def check_line(
        self, conn: Connection, id: int, community: CommunityId, member: MemberId
    ) -> salts.Salt:
        """Refuse a line of somebody who can write none; return the key of their mark.

        Raises:
            NotFoundError: It is over.
            UsageError: They have written theirs.
        """
        salt = self._salt(conn, id, community)
        if salts.count(conn, salt, member):
            raise UsageError("one line each", phrase="rate.one_line")
        return salt

    def check_took_part(self, conn: Connection, id: int, member: MemberId) -> None:
        """Refuse somebody who can't say how a session was, as they were not in it.

        Raises:
            UsageError: They neither joined nor brought anything.
        """
        _, session = self._sessions.get(conn, id)
        if not took_part(session, member):
            raise UsageError("they were not there", phrase="rate.not_there")

    def _salt(self, conn: Connection, id: int, community: CommunityId) -> salts.Salt:
        asked = stored.asked(conn, id)
        salt = self._marks.find(conn, community, stored.purpose_of(id))
        if asked is None or asked.is_closed or salt is None:
            raise NotFoundError("nobody is asked any more", phrase="rate.over")
        return salt

    def _ended(self, conn: Connection, id: int, session: Session) -> None:
        """Have its members asked, where that can come to something."""
        row, _ = self._sessions.get(conn, id)
        if session.ending not in _ENDED or _asks_itself(session):
            return
        if session.ending is Ending.EARLY and not took_place(session):
            return  # nobody can say how it was
        if len(session.people) >= thresholds.least(conn, row.community):
            due = self._clock.now() + AFTER
            self._work.add(conn, _ASK, {"session": id}, due=due, key=f"rating:{id}")

    async def _ask(self, job: Job) -> Commit | None:
        """Ask in the room of the session."""
        id = job.args["session"]
        row = await self._database.read(lambda conn: stored_sessions.get(conn, id))
        if row is None:
            return None
        room = await self._database.read(lambda conn: rooms.get(conn, row.room))
        if self._directory.is_left(room.ref.space):
            return None
        is_alone = await is_seen_alone(self._platforms, room)

        def commit(conn: Connection) -> None:
            if stored_sessions.get(conn, id) is None or stored.asked(conn, id) is not None:
                return
            _, session = self._sessions.get(conn, id)
            least, until = thresholds.least(conn, row.community), self._clock.now() + OPEN_FOR
            stored.ask(conn, id, until, least)
            self._marks.salt(conn, row.community, stored.purpose_of(id), until)
            self._work.add(conn, _COUNT, {"session": id}, due=until, key=f"ratings:{id}")
            words = self._words.for_community(communities.get(conn, row.community).slug)
            voice = Voice(words, session.plan.language, ZoneInfo(session.plan.zone))
            line = Choice(f"{RATE}:{id}:line", voice.phrase("rate.line"), opens_form=True)
            blocks = (
                voice.say("rate.ask", title=row.title, least=least),
                scores(voice, f"{RATE}:{id}", "rate.score_", is_alone=is_alone),
                Choices((line,)),
            )
            now = int(self._clock.now().timestamp())
            post = Outgoing(room.ref, blocks, f"r{id:x}.{now:x}")
            self._posting.add(conn, row.community, row.room, post, may_be_dropped=True)

        return commit

    async def _count(self, job: Job) -> Commit:
        """Take no more answers, throw the key away, and tell leaders where there is something to see."""
        id = job.args["session"]

        def commit(conn: Connection) -> None:
            row = stored_sessions.get(conn, id)
            if row is None or not stored.close(conn, id):
                return
            self._marks.end(conn, row.community, stored.purpose_of(id))
            if stored.told(conn, id) is None:
                stored.drop(conn, id)
                self._marks.scrub(conn)
            else:
                self._to_leaders.tell(conn, row.community, FEEDBACK, id, row.room)

        return commit


def _asks_itself(session: Session) -> bool:
    """Whether a session has asked for a figure itself, or ended with what its leader changed for feedback."""
    collects = [each for each in walk(session.plan.stages) if each.kind == "collect"]
    asks_for_figure = any(each.params.get("what") == "figure" for each in collects)
    return asks_for_figure or bool(collects and collects[-1].params.get("from") == "lead")
