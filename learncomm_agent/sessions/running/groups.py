"""What small groups found: each thread in a few lines, then all of them side by side.

That goes to all only where the groups were told so at their start.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import Community
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.methods.side_by_side import Point, Views, checked, laid_out
from learncomm_agent.sessions.running.put_in import by_message
from learncomm_agent.sessions.running.results import Line, telling
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.running.summing_up import since_of
from learncomm_agent.sessions.state import Entry, Session, in_order
from learncomm_agent.storage import communities
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.writings import Evidence
from learncomm_agent.words import Words
from learncomm_agent.work import Commit
from learncomm_agent.writing.items import Item, ItemKind, Method, Summary, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.vocabulary import content, normal, tokens
from learncomm_agent.writing.model.side_by_side import Comparing
from learncomm_agent.writing.summaries import Said, Scope, Summaries, transcript_of
from learncomm_agent.writing.writer import Brief

MOST_LINES = 5
"""Lines of one group."""
_KINDS = (
    ItemKind.DECISION,
    ItemKind.KEY_POINT,
    ItemKind.INSIGHT,
    ItemKind.DISAGREEMENT,
    ItemKind.ACTION,
    ItemKind.OPEN_QUESTION,
    ItemKind.OVERVIEW,
)
"""What of a group's talk is told to all, the most telling first."""
_TELLS, _WORDS = 2, 6
"""Words of content, and words in all, of a sentence that says something by itself."""
_LONGEST_LINE = 300


class GroupWriting:
    """Sums the talk of one group up in a few lines; see `Writing`."""

    def __init__(
        self, database: Database, sessions: Sessions, summaries: Summaries, book: CueBook
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._sessions = sessions
        self._summaries = summaries
        self._book = book

    async def carry(self, row: stored.Row, session: Session, effect: Write) -> Commit:
        """Write a few lines, each resting on messages of that group alone.

        Raises:
            NotFoundError: Nothing may be told, or nothing was said.
        """
        number = effect.args.get("group")
        if not may_be_told(session, number):
            raise NotFoundError("a group that was not told of a release")

        def read(conn: Connection) -> tuple[Community, Mapping[int, RoomId]]:
            return communities.get(conn, row.community), stored.threads(conn, row.id)

        community, threads = await self._database.read(read)
        members = frozenset(effect.args.get("members") or ())
        room = row.room if members else threads.get(number or 0)
        if room is None:
            raise NotFoundError("a group without a thread")
        language = session.plan.language
        scope = Scope(
            room,
            session.plan.title,
            since=since_of(session, effect),
            language=language,
            timezone=session.plan.zone,
            entered=by_message(session),
        )
        said = await self._summaries.said(scope)
        mine = Said(_of(said.messages, members, room), {})
        transcript = transcript_of(mine.messages, scope)
        if not transcript.utterances:
            raise NotFoundError("a group that said nothing")
        brief = Brief(community, language)
        summary = await self._summaries.of(transcript, brief)
        items = chosen(summary)
        if summary.method is Method.EXTRACTED or not items:
            # What is said in few words is no key point by rules; all of a short talk may be telling.
            more = await asyncio.to_thread(self._sentences, transcript, community.slug)
            known = {id for each in items for id in each.evidence}
            items += [each for each in more if known.isdisjoint(each.evidence)]
        lines = [_line(each, mine.by_id) for each in items[:MOST_LINES]]
        return telling(self._sessions, row.id, effect.id, {"lines": lines})

    def _sentences(self, transcript: Transcript, slug: str) -> list[Item]:
        """Return the most telling sentences of a talk too short to be summed up. Blocks."""
        cues = self._book.spoken(slug, transcript)
        found = [
            (len(about), place, Item(cues.speech.readable(each), (said.id,), each.quote))
            for place, said in enumerate(transcript.utterances)
            for each in cues.speech.sentences(said.text)
            if "?" not in each.quote
            and len(said_of := tokens(each.said)) >= _WORDS
            and len(about := content(said_of, cues.stopwords)) >= _TELLS
        ]
        best = sorted(found, key=lambda each: (-each[0], each[1]))[:MOST_LINES]
        return [item for _, _, item in sorted(best, key=lambda each: each[1])]


class SynthesisWriting:
    """Lays what the groups told side by side, in their own words; see `Writing`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        words: Words,
        book: CueBook,
        comparing: Comparing | None = None,
    ) -> None:
        """Take what it needs; words alone are compared where there is no model."""
        self._database = database
        self._sessions = sessions
        self._words = words
        self._book = book
        self._comparing = comparing

    async def carry(self, row: stored.Row, session: Session, effect: Write) -> Commit:
        """Find what groups agree on, where they differ, and which questions none of them took up.

        Raises:
            NotFoundError: Fewer than two groups told anything.
        """
        told = [session.entries.get(id) for id in effect.args.get("entries", ())]
        entries = {each.id: each for each in told if each is not None and "group" in each.fields}
        if len({each.fields["group"] for each in entries.values()}) < 2:
            raise NotFoundError("nothing to lay side by side")
        community = await self._database.read(lambda conn: communities.get(conn, row.community))
        points = [Point(each.id, each.fields["group"], each.text) for each in entries.values()]
        asked = in_order(
            each
            for each in session.entries.values()
            if each.what == "question" and each.fields.get("asked") and each.text
        )
        brief = Brief(community, session.plan.language)
        views = await self._views(session, points, [each.text for each in asked], brief)
        lists = await asyncio.to_thread(self._lists, session, views, asked, community.slug)
        return telling(self._sessions, row.id, effect.id, lists)

    async def _views(
        self, session: Session, points: Sequence[Point], asked: Sequence[str], brief: Brief
    ) -> Views:
        """Return the points side by side: as a model sees them, where that holds; else by their words."""
        slug, language = brief.community.slug, brief.language
        cues = await asyncio.to_thread(self._book.cues, slug, language)
        if self._comparing is not None:
            lines = [(f"Group {position(session, each.group)}", each.text) for each in points]
            draft = await self._comparing.compared(lines, asked, brief)
            if draft is not None:
                found = checked(draft.agree, draft.differ, draft.missed, points, asked, cues)
                if found.agree or found.differ:
                    return found
        return laid_out(points, asked, cues)

    def _lists(
        self, session: Session, views: Views, asked: Sequence[Entry], slug: str
    ) -> dict[str, list[Line]]:
        """Return the lines of each part. Blocks."""
        language = session.plan.language
        words = self._words.for_community(slug)

        def line(key: str, some: Sequence[Point], **values: Any) -> Line:
            text = words.phrase(key, language=language, **values)
            return Line(text, "groups", "", (), tuple(each.id for each in some))

        agree = [
            line(
                "session.write.agree",
                some,
                text=some[0].text,
                groups=sorted(position(session, each.group) for each in some),
            )
            for some in views.agree
        ]
        differ = [
            line(
                "session.write.differ",
                (one, other),
                one=one.text,
                first=position(session, one.group),
                other=other.text,
                second=position(session, other.group),
            )
            for one, other in views.differ
        ]
        missed = [
            Line(asked[place].text, "groups", "", (), (asked[place].id,)) for place in views.missed
        ]
        return {"agree": agree, "differ": differ, "missed": missed}


def may_be_told(session: Session, group: object) -> bool:
    """Whether a group was told at its start that what it finds goes to all."""
    return any(left.get("release") is True for left in _left(session, group))


def position(session: Session, group: int) -> int:
    """Return which of the groups one is for people, counted from 1."""
    for left in _left(session, group):
        return list(left["numbers"]).index(group) + 1
    return group


def chosen(summary: Summary) -> list[Item]:
    """Return the lines of a summary that are told to all, none of them twice."""
    found: dict[str, Item] = {}
    for kind in _KINDS:
        for item in summary.items.get(kind, ()):
            found.setdefault(normal(item.text), item)
    return list(found.values())[:MOST_LINES]


def _left(session: Session, group: object) -> Iterator[Mapping[str, Any]]:
    """Yield what stages of groups left of which this was one."""
    for left in session.results.values():
        if isinstance(left, Mapping) and group in (left.get("numbers") or ()):
            yield left


def _of(
    said: Sequence[StoredMessage], members: frozenset[int], room: RoomId
) -> tuple[StoredMessage, ...]:
    """Return what was said in a thread, or by members of a group that met in the room itself."""
    return tuple(
        each for each in said if each.room == room and (not members or each.member in members)
    )


def _line(item: Item, messages: Mapping[str, StoredMessage]) -> Line:
    held = (messages[id] for id in item.evidence)
    evidence = tuple(
        Evidence("" if place else item.quote, each.revision, message=each.id)
        for place, each in enumerate(held)
    )
    return Line(item.text[:_LONGEST_LINE], "group", "", evidence)
