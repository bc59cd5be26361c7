"""Questions for a stage: from what members marked, the leader's notes, the library, a bank, a model's memory."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from learncomm_agent.chat.audience import Audience, Readable
from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.people import Community
from learncomm_agent.chat.platform import Platform
from learncomm_agent.errors import DisconnectedError, NotFoundError
from learncomm_agent.library.resources import (
    ResourceId,
)
from learncomm_agent.library.search import Query
from learncomm_agent.sessions.effects import Write
from learncomm_agent.sessions.running.material import (
    evidence_of,
    new_of,
    passage_of,
    passages_of,
    revisions_of,
)
from learncomm_agent.sessions.running.results import Line, telling
from learncomm_agent.sessions.running.sessions import Sessions
from learncomm_agent.sessions.state import Entry, Session
from learncomm_agent.storage import branches, communities, rooms, session_questions
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.words import Words
from learncomm_agent.work import Commit
from learncomm_agent.writing.keeping import quoted_of
from learncomm_agent.writing.model.recalling import Recalling
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.writer import Brief

MOST = 20
"""Questions that are written at once at most."""
_LONGEST_NOTES = 60_000
"""Characters of a leader's notes that are read."""
BANK = "session.write.general"
BANK_SIZE = 12


@dataclass(frozen=True, slots=True)
class Asking:
    """What questions are wanted, and for whom."""

    session: Session
    write: Write
    brief: Brief
    query: Query
    seen: frozenset[str]
    """What these readers were asked before, here or anywhere in the community."""
    known: frozenset[int]
    """Entries that are asked about already."""

    @property
    def count(self) -> int:
        """How many are wanted."""
        return min(int(self.write.args.get("count") or 0), MOST)

    def brought(self, *, is_known: bool) -> list[Entry]:
        """Return what members brought, about which is asked already or not."""
        found = (self.session.entries.get(id) for id in self.write.args.get("entries", ()))
        return [
            each
            for each in found
            if each is not None and each.text.strip() and (each.id in self.known) is is_known
        ]


class QuestionWriting:
    """Writes the questions of a stage; see `Writing`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        questions: Questions,
        words: Words,
        platforms: Mapping[str, Platform],
        dense_weight: float | None,
        recalling: Recalling | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            database: The store.
            sessions: Is told what was written.
            questions: Writes about passages.
            words: The bank.
            platforms: Know who reads in a room.
            dense_weight: See `Query`.
            recalling: Asks from a model's own memory; nobody does where None.
        """
        self._database = database
        self._sessions = sessions
        self._questions = questions
        self._words = words
        self._platforms = platforms
        self._dense_weight = dense_weight
        self._recalling = recalling
        self._from: Mapping[str, Callable[[Asking], Awaitable[list[Line]]]] = {
            "notes": self._of_notes,
            "library": self._of_library,
            "patterns": self._of_bank,
            "model": self._of_memory,
        }

    async def carry(self, row: stored.Row, session: Session, effect: Write) -> Commit:
        """Write as many as are wanted, source after source, none of them asked before.

        Raises:
            DisconnectedError: The platform is not there now.
        """
        asking = await self._asking(row, session, effect)
        sources = [each for each in effect.args.get("sources", ()) if each in self._from]
        steps = [self._of_fresh, *(self._from[each] for each in sources if each != "patterns")]
        # Once more about what was asked about already is better than what fits everything.
        at = len(steps) - ("model" in sources)
        bank = [self._of_bank] if "patterns" in sources else []
        steps[at:at] = [self._of_known, *bank]
        lines: list[Line] = []
        for step in steps:
            left = asking.count - len(lines)
            if left <= 0:
                break
            seen = asking.seen | {each.text for each in lines}
            args = {**effect.args, "count": left}
            wanted = replace(asking, write=replace(effect, args=args), seen=seen)
            lines += new_of(await step(wanted), seen, left)
        return telling(self._sessions, row.id, effect.id, {"lines": lines})

    async def _asking(self, row: stored.Row, session: Session, effect: Write) -> Asking:
        def read(conn: Connection) -> tuple[RoomRef, Community]:
            return rooms.get(conn, row.room).ref, communities.get(conn, row.community)

        ref, community = await self._database.read(read)
        readable = await self._readable(ref)
        about = str(effect.args.get("topic") or "")
        query = Query(about, row.community, readable, dense_weight=self._dense_weight)
        seen = await self._questions.asked(query, by_leader=True)
        seen |= await self._database.read(
            lambda conn: session_questions.asked(conn, row.community, readable)
        )
        asked = [session.entries[id] for id in _numbers(effect, "known") if id in session.entries]
        return Asking(
            session,
            effect,
            Brief(community, session.plan.language),
            query,
            seen | {each.text for each in asked if each.text},
            frozenset(of for each in asked if isinstance(of := each.fields.get("of"), int)),
        )

    async def _readable(self, ref: RoomRef) -> Readable:
        """Return what all who read a room may be shown."""
        platform = self._platforms.get(ref.platform)
        if platform is None:
            raise DisconnectedError(f"{ref.platform!r} is not running")
        refs = await platform.readable(Audience.of_room(ref))
        return await self._database.read(lambda conn: branches.readable(conn, refs))

    # From where

    async def _of_fresh(self, asking: Asking) -> list[Line]:
        return await self._of_entries(asking, asking.brought(is_known=False))

    async def _of_known(self, asking: Asking) -> list[Line]:
        return await self._of_entries(asking, asking.brought(is_known=True))

    async def _of_entries(self, asking: Asking, entries: Sequence[Entry]) -> list[Line]:
        """Ask about what members quoted and marked; what they ask themselves, the stage takes as it is."""
        passages = {passage_of(each.text, each.at, str(each.id)): each for each in entries}
        if not passages:
            return []
        written = await self._questions.of(
            tuple(passages), asking.brief, count=asking.count, seen=asking.seen
        )
        about = [passages[each.evidence] for each in written]
        held = await self._database.read(lambda conn: revisions_of(conn, about))
        return [
            Line(each.text, "members", "", evidence_of(entry, each.quote, held), (entry.id,))
            for each, entry in zip(written, about, strict=True)
        ]

    async def _of_notes(self, asking: Asking) -> list[Line]:
        """Ask about what a leader noted, or about the resource that holds their notes."""
        notes = asking.write.args.get("notes") or ""
        if isinstance(notes, int):
            return await self._about(asking, "notes", ResourceId(notes))
        text = notes if isinstance(notes, str) else "\n\n".join(map(str, notes))
        at = asking.session.began_at
        if not text.strip() or at is None:
            return []
        passages = await asyncio.to_thread(passages_of, text[:_LONGEST_NOTES], at)
        written = await self._questions.of(
            passages, asking.brief, count=asking.count, seen=asking.seen
        )
        return [Line(each.text, "notes") for each in written]

    async def _of_library(self, asking: Asking) -> list[Line]:
        resource = asking.write.args.get("resource")
        if resource is None and not asking.query.text.strip():
            return []
        return await self._about(
            asking, "library", None if resource is None else ResourceId(resource)
        )

    async def _about(self, asking: Asking, source: str, resource: ResourceId | None) -> list[Line]:
        try:
            written = await self._questions.write(
                asking.query,
                asking.brief,
                count=asking.count,
                resource=resource,
                by_leader=True,
                seen=asking.seen,
            )
        except NotFoundError:
            return []
        held = (quoted_of(each.evidence, each.quote) for each in written)
        return [Line(each.text, source, "", on) for each, on in zip(written, held, strict=True)]

    async def _of_bank(self, asking: Asking) -> list[Line]:
        """Return questions that fit everything; of each session others first."""
        language, slug = asking.brief.language, asking.brief.community.slug
        words, first = self._words.for_community(slug), asking.session.visit
        texts = [
            words.phrase(f"{BANK}.{(first + n) % BANK_SIZE + 1}", language=language)
            for n in range(BANK_SIZE)
        ]
        return [Line(each, "patterns", "general") for each in texts]

    async def _of_memory(self, asking: Asking) -> list[Line]:
        """Ask what a model knows to ask; only where a leader wished it, and labelled."""
        topic = asking.query.text.strip() or await self._title(asking)
        if self._recalling is None or not topic:
            return []
        found = await self._recalling.questions(
            topic, asking.brief, count=asking.count, seen=asking.seen
        )
        return [Line(each, "model", "memory") for each in found]

    async def _title(self, asking: Asking) -> str:
        """Return what a resource is called that these readers may read."""
        resource = asking.write.args.get("resource")
        if not isinstance(resource, int):
            return ""
        return await self._database.read(
            lambda conn: session_questions.title(conn, resource, asking.query.readable)
        )


def _numbers(effect: Write, name: str) -> list[int]:
    return [each for each in effect.args.get(name) or () if isinstance(each, int)]
