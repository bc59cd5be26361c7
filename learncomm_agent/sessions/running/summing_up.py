"""A summary of what was said in a session: a draft for its leader, who alone has it published."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.outgoing import Outgoing
from learncomm_agent.chat.people import Community, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock
from learncomm_agent.community.drafts import Drafts, Leader
from learncomm_agent.errors import DisconnectedError, NotFoundError
from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.events import Decided, Done
from learncomm_agent.sessions.running.sessions import Sessions, key_of
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import branches, communities, drafts, members, rooms, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.catching_up import SPAN
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.writings import Writing
from learncomm_agent.work import Commit
from learncomm_agent.writing.keeping import summary_header, summary_lines, summary_trace
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.summaries import Scope, Summaries, span_of
from learncomm_agent.writing.writer import Brief


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks a draft over: in the leaders' room, or one leader alone."""

    desk: RoomId | None = None
    leader: Leader | None = None


class SummaryWriting:
    """Sums a session up; see `Writing`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        summaries: Summaries,
        kept: Drafts,
        speaking: Speaking,
        directory: Directory,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs, and be told what becomes of drafts."""
        self._database = database
        self._sessions = sessions
        self._summaries = summaries
        self._drafts = kept
        self._speaking = speaking
        self._directory = directory
        self._platforms = platforms
        self._clock = clock
        kept.decided = self._decided

    async def carry(self, row: stored.Row, session: Session, effect: Write) -> Commit:
        """Sum up what was said since a moment, and keep it as a draft.

        Raises:
            NotFoundError: Nothing was said, or there is nobody to look it over.
            DisconnectedError: The platform is not there now.
        """
        writing = await self._written(row, session, effect)
        if not writing.lines:
            raise NotFoundError("a summary without lines")
        reader = await self._reader(row, session)
        return lambda conn: self._keep(conn, row, session, effect, writing, reader)

    async def _written(self, row: stored.Row, session: Session, effect: Write) -> Writing:
        def read(conn: Connection) -> tuple[Community, Layout, str]:
            voice = self._speaking.voice(conn, row, session)
            layout = Layout(voice.words, voice.language, voice.zone, voice.sign)
            return communities.get(conn, row.community), layout, title_of(layout, session)

        community, layout, title = await self._database.read(read)
        scope = Scope(
            row.room,
            title,
            since=since_of(session, effect),
            language=session.plan.language,
            timezone=str(layout.zone),
        )
        brief = Brief(community, session.plan.language)
        summary, said = await self._summaries.write(scope, brief)
        trace = {
            **summary_trace(summary),
            SPAN: span_of(said.values()),
            "language": layout.language,
            "zone": str(layout.zone),
            "sign": layout.sign,
            "message": None,
            "session": row.id,
            "effect": effect.id,
        }
        made = Writing(
            community=row.community,
            kind="summary",
            room=row.room,
            member=MemberId(session.lead) if session.lead else None,
            is_private=False,
            request={},
            header=summary_header(summary),
            trace=trace,
            lines=summary_lines(summary, said),
        )
        shown = [line for _, lines in layout.sections(made) for line in lines]
        numbered = tuple(
            replace(line, content={**line.content, "n": number})
            for number, line in enumerate(shown, 1)
        )
        return replace(made, lines=numbered)

    def _keep(
        self,
        conn: Connection,
        row: stored.Row,
        session: Session,
        effect: Write,
        writing: Writing,
        reader: Reader,
    ) -> None:
        """Keep the draft, show it, and tell the session."""
        if stored.get(conn, row.id) is None:
            return
        id = writings.add(conn, writing, self._clock.now())
        stored.wrote(conn, row.id, effect.id, id)
        draft = self._drafts.open(conn, row.community, id, reader.desk)
        said = self._speaking.voice(conn, row, session).say("draft.not_shown", number=id)
        ref = rooms.get(conn, row.room).ref
        alone = None if reader.leader is None else reader.leader.ref
        otherwise = Outgoing(ref, (said,), key_of(row.id, effect.id, "o"), private_to=alone)
        if reader.desk is not None:
            self._drafts.show_at(conn, draft, reader.desk, otherwise)
        elif reader.leader is not None:
            self._drafts.show_to(conn, draft, reader.leader, otherwise)
        result = {"writing": id, "lines": len(writing.lines)}
        self._sessions.apply(conn, row.id, Done(effect.id, result))

    def _decided(self, conn: Connection, writing: int, is_published: bool) -> None:
        """Let the session know that wrote a draft."""
        if (writer := stored.writer_of(conn, writing)) is not None:
            self._sessions.tell(conn, writer[0], Decided(writer[1], is_published))

    async def _reader(self, row: stored.Row, session: Session) -> Reader:
        """Return who looks it over: all in the leaders' room, if each of them reads the session's room; else its lead.

        Raises:
            NotFoundError: There is nobody who may.
            DisconnectedError: The platform is not there now.
        """
        room = await self._database.read(lambda conn: rooms.get(conn, row.room))
        desk = await self._desk(row, room)
        if desk is not None:
            return Reader(desk=desk)
        leader = await self._database.read(lambda conn: self._leader(conn, row, session, room))
        if leader is None:
            raise NotFoundError("nobody to look a draft over")
        return Reader(leader=leader)

    async def _desk(self, row: stored.Row, room: Room) -> RoomId | None:
        platform, space = self._platforms.get(room.ref.platform), room.ref.space
        if platform is None:
            raise DisconnectedError(f"{room.ref.platform!r} is not running")
        desk = await self._database.read(lambda conn: drafts.desk_of(conn, space))
        if desk is None:
            return None
        refs = await platform.readable(Audience.of_room(desk.ref))

        def read(conn: Connection) -> RoomId | None:
            is_open = row.room in branches.readable(conn, refs).rooms
            return rooms.find(conn, [desk.ref]).get(desk.ref) if is_open else None

        return await self._database.read(read)

    def _leader(
        self, conn: Connection, row: stored.Row, session: Session, room: Room
    ) -> Leader | None:
        """Return the session's lead, where they may publish; else the first who leads where it is held."""
        platform, space = room.ref.platform, room.ref.space
        leaders = drafts.leaders_of(conn, row.community, platform)
        lead = members.account_on(conn, MemberId(session.lead), platform) if session.lead else None
        may_publish = lead is not None and (
            lead in leaders
            or self._directory.led(row.community, lead, space)
            or bool(self._directory.leader_roles(space))
        )
        ref = lead if may_publish else next(iter(leaders), None)
        known = None if ref is None else members.find_account(conn, row.community, ref)
        if ref is None or known is None:
            return None
        return Leader(known[1], known[0], ref, row.room)


def title_of(layout: Layout, session: Session) -> str:
    """Return what stands above a summary of a session."""
    return layout.phrase("session.write.title", title=session.plan.title)


def since_of(session: Session, effect: Write) -> datetime | None:
    """Return the moment from which on something is summed up."""
    since = effect.args.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else session.began_at
