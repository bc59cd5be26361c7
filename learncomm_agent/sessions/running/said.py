"""What is said where sessions listen, and who leaves: rows of due work, which hold ids and no words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learncomm_agent.chat.events import MemberChanged
from learncomm_agent.chat.messages import MessageRef, RoomId, RoomRef
from learncomm_agent.chat.people import CommunityId, Consent, MemberId, SpaceRef
from learncomm_agent.errors import OutdatedError
from learncomm_agent.sessions.events import Left, Said
from learncomm_agent.sessions.facilitating.remarks import read_remark, topic_terms
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import communities, members, messages, posts, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.storage.session_listeners import heard_in
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.cues import Cues

SAID, GONE = "session_said", "session_left"
"""The kinds of due work: somebody wrote where a session listens, and somebody left."""
_TABLES = ("cues", "facilitation")


class Listening:
    """Tells sessions what is said. The functions that take a `conn` belong in a transaction."""

    def __init__(self, database: Database, work: Work, sessions: Sessions, words: Words) -> None:
        """Take what it needs, and name its handlers."""
        self._database = database
        self._work = work
        self._sessions = sessions
        self._words = words
        self._cues = CueBook(self._table)
        work.handle(SAID, self._said)
        work.handle(GONE, self._gone)

    def heard(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Leave a row for each message that a session may want to know of; what speaks to us is none.

        Args:
            conn: The transaction in which they are kept.
            rows: Messages as they are kept.
        """
        said = [row for row in rows if row["state"] == State.KEPT and not row["is_addressed"]]
        listeners = heard_in(conn, {RoomId(row["room_id"]) for row in said})
        for row in said if listeners else ():
            for session in listeners.get(row["room_id"], ()):
                args = {
                    "session": session,
                    "room": row["room_id"],
                    "message": row["platform_id"],
                }
                key = f"said:{session}:{row['room_id']}:{row['platform_id']}"
                self._work.add(conn, SAID, args, key=key, lane=f"session:{session}")

    def left(self, conn: Connection, community: CommunityId, event: MemberChanged) -> None:
        """Let somebody who has left a room or a space leave the sessions there."""
        known = members.find_account(conn, community, event.account.ref)
        if known is None:
            return
        space = event.space if event.room is None else event.room.space
        assert space is not None
        args = {
            "community": community,
            "member": known[1],
            "space": [space.platform, space.id],
            "room": None if event.room is None else event.room.id,
        }
        self._work.add(conn, GONE, args, lane=f"session-left:{known[1]}")

    async def _said(self, job: Job) -> Commit | None:
        """Let a session know of a message, by what is to be noted of it."""
        heard = await self._database.read(lambda conn: self._heard(conn, job))
        if heard is None:
            return None
        said, text = heard
        id = job.args["session"]

        def commit(conn: Connection) -> None:
            now = messages.texts(conn, [said.message]).get(said.message)
            if now is None or stored.get(conn, id) is None:
                return  # it was taken back meanwhile
            if now[0] != text or said.text != _taken(conn, said.member, text):
                raise OutdatedError("the message, or what may be taken of it, changed meanwhile")
            self._sessions.apply(conn, id, said)

        return commit

    def _heard(self, conn: Connection, job: Job) -> tuple[Said, str] | None:
        """Read a message, with its text; None where it is none that counts any more, or was said before."""
        row = stored.get(conn, job.args["session"])
        room = RoomId(job.args["room"])
        found = messages.find(conn, room, job.args["message"])
        if row is None or row.ended_at is not None or found is None:
            return None
        if found.state is not State.KEPT or found.is_bot or found.member is None:
            return None
        session = load(row.content)
        if session.began_at is not None and found.posted_at < session.began_at:
            return None  # it was missed then, and read only now
        groups = {thread: number for number, thread in stored.threads(conn, row.id).items()}
        answers = _Answered.by(conn, row.id, found)
        is_host = found.member == session.lead
        remark = read_remark(
            str(found.id),
            found.member,
            found.posted_at,
            found.text,
            self._cues_of(conn, row, session),
            topic=self._topic(conn, row, session),
            replies_to=answers.member,
            is_host=is_host,
        )
        said = Said(
            found.member,
            found.id,
            found.posted_at,
            groups.get(room),
            remark.record(),
            answers.message,
            is_host,
            answers.post,
            _taken(conn, found.member, found.text),
        )
        return said, found.text

    def _topic(self, conn: Connection, row: stored.Row, session: Session) -> frozenset[str]:
        """Return stems of what is to be talked of: the title, and the questions."""
        asked = [each.text for each in session.entries.values() if each.what == "question"]
        return topic_terms([session.plan.title, *asked], self._cues_of(conn, row, session))

    def _cues_of(self, conn: Connection, row: stored.Row, session: Session) -> Cues:
        slug = communities.get(conn, row.community).slug
        return self._cues.cues(slug, session.plan.language)

    def _table(self, slug: str, language: str) -> Mapping[str, Any]:
        """Return the cues of a language, and what the facilitator goes by, as one table."""
        words = self._words.for_community(slug)
        found = [words.table(each, language=language) or {} for each in _TABLES]
        return {name: value for table in found for name, value in table.items()}

    async def _gone(self, job: Job) -> Commit | None:
        """Let somebody leave the sessions of a space, or of one room, in which they take part."""
        args, member = job.args, MemberId(job.args["member"])

        def read(conn: Connection) -> list[int]:
            community, within = CommunityId(args["community"]), _within(conn, args)
            rows = stored.of_community(conn, community, rooms=within, member=int(member))
            return [
                row.id
                for row in rows
                if (str(member) in row.content["people"] or row.content["lead"] == member)
                and _is_in(conn, row, args)
            ]

        found = await self._database.read(read)

        def commit(conn: Connection) -> None:
            for id in found:
                self._sessions.tell(conn, id, Left(member, is_gone=True))

        return commit if found else None


@dataclass(frozen=True, slots=True)
class _Answered:
    """What a message answers."""

    message: int | None = None
    member: int | None = None
    post: int | None = None
    """The effect of the session that became the post which it answers."""

    @classmethod
    def by(cls, conn: Connection, session: int, found: StoredMessage) -> "_Answered":
        if found.reply_to is None:
            return cls()
        earlier = messages.find(conn, found.room, found.reply_to)
        if earlier is not None and earlier.state is State.KEPT:
            return cls(earlier.id, earlier.member)
        post = posts.at(conn, MessageRef(rooms.get(conn, found.room).ref, found.reply_to))
        if post is None or post[1] is None:
            return cls()
        written = stored.writer_of(conn, post[1])
        return cls(post=written[1] if written is not None and written[0] == session else None)


def _taken(conn: Connection, member: int, text: str) -> str:
    """Return as much of what a member said as may be taken up: nothing of whom is for summaries only."""
    return text if members.get(conn, MemberId(member)).consent is Consent.IN else ""


def _within(conn: Connection, args: Mapping[str, Any]) -> list[RoomId] | None:
    """Return the room that somebody has left; None where they have left the whole space."""
    if args["room"] is None:
        return None
    return list(rooms.find(conn, [RoomRef(SpaceRef(*args["space"]), args["room"])]).values())


def _is_in(conn: Connection, row: stored.Row, args: Mapping[str, Any]) -> bool:
    ref = rooms.get(conn, row.room).ref
    is_there = [ref.space.platform, ref.space.id] == args["space"]
    return is_there and args["room"] in (None, ref.id)
