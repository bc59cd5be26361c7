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
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.put_in import (
    PutIn,
    by_form,
    by_message,
    counted_apart,
    decisions,
    lines_of,
    nothing_said,
    owner_of,
    standing_lines,
    with_put_in,
)
from learncomm_agent.sessions.running.sessions import Sessions, key_of
from learncomm_agent.sessions.running.speaking import Speaking
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import ballots, branches, communities, drafts, members, rooms, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.catching_up import SPAN
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.work import Commit
from learncomm_agent.writing.items import Transcript
from learncomm_agent.writing.keeping import summary_header, summary_trace
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.summaries import Said, Scope, Summaries, span_of, transcript_of
from learncomm_agent.writing.writer import Brief

_MOST_ASKED = 25
"""Leaders of whom it is asked whether they read the room."""


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
        kept.follow_with(self._decided)

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
        since = since_of(session, effect)

        def read(conn: Connection) -> tuple[Community, Layout, dict[str, PutIn], list[Line]]:
            voice = self._speaking.voice(conn, row, session)
            layout = Layout(voice.words, voice.language, voice.zone, voice.sign)
            put_in = by_form(conn, row, session, since)
            chosen = list(decisions(conn, session, since, voice))
            return communities.get(conn, row.community), layout, put_in, chosen

        community, layout, put_in, chosen = await self._database.read(read)
        scope = Scope(
            row.room,
            title_of(layout, session),
            since=since,
            language=session.plan.language,
            timezone=str(layout.zone),
            entered=by_message(session),
        )
        brief = Brief(community, session.plan.language, wanted=str(effect.args.get("task", "")))
        talk = await self._summaries.said(scope)
        said = talk.by_id
        transcript = with_put_in(transcript_of(talk.messages, scope, talk.threads), put_in)
        if transcript.utterances:
            summary = await self._summaries.of(transcript, brief)
        elif chosen:
            summary = nothing_said(transcript)
        else:
            raise NotFoundError("nothing was said")
        summary, count = counted_apart(summary, put_in)
        trace = {
            **summary_trace(summary),
            SPAN: _span(talk, transcript, session),
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
            header={**summary_header(summary), "put_in": count},
            trace=trace,
            lines=(*chosen, *lines_of(summary, said, put_in)),
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
        fresh = stored.get(conn, row.id)
        if fresh is None:
            return
        now = load(fresh.content)
        writing = replace(writing, lines=standing_lines(writing.lines, now))
        if not writing.lines:  # all of it was forgotten meanwhile
            self._sessions.apply(conn, row.id, Done(effect.id, {}, is_failed=True))
            return
        id = self._add(conn, writing, now)
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

    def _add(self, conn: Connection, writing: Writing, session: Session) -> int:
        """Keep what was written; what rests on an entry alone goes with the member who put it in."""
        at = self._clock.now()
        id = writings.add(conn, writing, at)
        kept = writings.get(conn, id, writing.community)
        assert kept is not None
        for line in kept.lines:
            if (owner := owner_of(line, session)) is not None:
                ballots.own(conn, line.id, owner, at)
        return id

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
        platform = self._platforms[room.ref.platform]  # `_desk` has told where it is not running
        for leader in await self._database.read(
            lambda conn: self._leaders(conn, row, session, room)
        ):
            refs = await platform.readable(Audience.of_account(leader.ref, room.ref.space))
            if room.ref in refs or room.parent in refs:
                return Reader(leader=leader)
        raise NotFoundError("nobody to look a draft over")

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

    def _leaders(
        self, conn: Connection, row: stored.Row, session: Session, room: Room
    ) -> list[Leader]:
        """Return who may be shown the draft: the session's lead first, where they may publish, then who leads there."""
        platform, space = room.ref.platform, room.ref.space
        leaders = drafts.leaders_of(conn, row.community, platform)
        lead = members.account_on(conn, MemberId(session.lead), platform) if session.lead else None
        may_publish = lead is not None and (
            lead in leaders
            or self._directory.led(row.community, lead, space)
            or bool(self._directory.leader_roles(space))
        )
        refs = [lead] if may_publish and lead is not None else []
        refs += [each for each in leaders if each != lead]
        known = (
            (ref, members.find_account(conn, row.community, ref)) for ref in refs[:_MOST_ASKED]
        )
        return [Leader(it[1], it[0], ref, row.room) for ref, it in known if it is not None]


def _span(talk: Said, transcript: Transcript, session: Session) -> list[str]:
    """Return from when to when that was said which is summed up, as JSON keeps it."""
    if talk.messages:
        return span_of(talk.messages)
    times = [each.at for each in transcript.utterances if each.at is not None]
    times = times or [each.at for each in session.entries.values()]
    return [min(times).isoformat(), max(times).isoformat()]


def title_of(layout: Layout, session: Session) -> str:
    """Return what stands above a summary of a session."""
    return layout.phrase("session.write.title", title=session.plan.title)


def since_of(session: Session, effect: Write) -> datetime | None:
    """Return the moment from which on something is summed up."""
    since = effect.args.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else session.began_at
