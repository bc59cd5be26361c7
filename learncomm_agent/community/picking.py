"""Picks action items and decisions out of a writing that was published, and follows what leaders make of it.

Due work, which the transaction that publishes adds: a process that ends between the two offers nothing
twice, and forgets nothing. Rows are compared with the lines as they are then, so doing it again is safe.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2s
from zoneinfo import ZoneInfo

from learncomm_agent.caring.promising import head_of, is_named_in, named_in, noon
from learncomm_agent.caring.reasons import deadline_in, review_in
from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.drafts import Drafts
from learncomm_agent.community.promises import Promises
from learncomm_agent.community.published import Published, member_named, published
from learncomm_agent.community.reviewing import Reviewing
from learncomm_agent.storage import actions, decisions, members
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.actions import Action, State
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.decisions import Decision
from learncomm_agent.storage.due import Job
from learncomm_agent.storage.writings import Line
from learncomm_agent.words import Words
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.layout import Layout

PICK = "pick promises"
"""The due work that reads a writing."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a line says."""

    line: Line
    due: date | None = None
    review: date | None = None
    at: datetime | None = None
    """When it was said."""


class Picking:
    """Keeps action items and decisions as their lines are."""

    def __init__(
        self,
        database: Database,
        work: Work,
        drafts: Drafts,
        promises: Promises,
        reviewing: Reviewing,
        words: Words,
        book: CueBook,
        clock: Clock,
    ) -> None:
        """Take what it needs, name its handler, and be told what leaders decide on drafts."""
        self._database = database
        self._work = work
        self._promises = promises
        self._reviewing = reviewing
        self._words = words
        self._book = book
        self._clock = clock
        work.handle(PICK, self._pick)
        drafts.follow_with(self._decided, self.plan)

    def _decided(self, conn: Connection, writing: int, is_published: bool) -> None:
        if is_published:
            self.plan(conn, writing)

    def plan(self, conn: Connection, writing: int) -> None:
        """Have a writing read that was published, or changed since; belongs in that transaction."""
        self._work.add(conn, PICK, {"writing": writing}, lane=f"pick:{writing}")

    async def _pick(self, job: Job) -> Commit | None:
        id = job.args["writing"]
        read = await self._database.read(lambda conn: published(conn, id))
        if read is None:
            return None
        found = await asyncio.to_thread(self._found, read)
        return lambda conn: self._keep(conn, read, found)

    def _found(self, read: Published) -> list[_Found]:
        """Read the lines. Reads files, and may load the words for dates."""
        slug, languages = read.community.slug, self._words.languages()
        cues = self._book.cues(slug, *languages)
        layout = Layout(
            self._words.for_community(slug),
            read.writing.trace["language"],
            ZoneInfo(read.writing.trace["zone"]),
        )
        found = []
        for line in read.lines:
            if line.section == ItemKind.ACTION:
                found.append(self._promise(read, line, layout, cues))
            elif line.section == ItemKind.DECISION:
                found.append(_decision(read, line, cues))
        return found

    def _promise(self, read: Published, line: Line, layout: Layout, cues: Cues) -> _Found:
        """Return by when it is to be done: as the line was written, or as a leader put it otherwise."""
        content, at = line.content, read.said_at(line)
        due = date.fromisoformat(content["due"]) if content.get("due") else None
        if not _is_rewritten(line):
            return _Found(line, due, at=at)
        text, zone = str(content["text"]), str(layout.zone)
        if due is None or layout.phrase("actions.when_day", at=due) not in text:
            due = deadline_in(text, at or self._clock.now(), zone, cues)
        return _Found(line, due, at=at)

    def _keep(self, conn: Connection, read: Published, found: Sequence[_Found]) -> None:
        """Have rows for the lines that stand, and none for others; offer what is new."""
        now, id = self._clock.now(), read.writing.id
        if (still := published(conn, id)) is None:
            return
        standing = {line.id: line for line in still.lines}
        known = {each.item: each for each in actions.of_writing(conn, id)}
        actions.drop(conn, known.keys() - standing.keys())
        logged = {each.item for each in decisions.of_writing(conn, id)}
        decisions.drop(conn, logged - standing.keys())
        is_open = bool(known.keys() - standing.keys())
        for each in found:
            if standing.get(each.line.id) != each.line:
                continue  # changed meanwhile: what changed it has it read once more
            if each.line.section == ItemKind.DECISION:
                self._log(conn, read, each, now)
                continue
            before = known.get(each.line.id)
            after = self._put(conn, read, each, before, now)
            is_open |= after is not None and after.state is State.OPEN
        if is_open:
            self._promises.show(conn, read.community.id, id, read.room_id)

    def _put(
        self, conn: Connection, read: Published, each: _Found, before: Action | None, now: datetime
    ) -> Action | None:
        """Keep an action item, or what a leader's change means for it; return it if it is new or changed."""
        name, owner = _owner(conn, read, each.line, before)
        named, day = _digest(name), _digest("" if each.due is None else str(each.due))
        said = f"{named}.{day}"
        due = None if each.due is None else noon(each.due)
        if before is None:
            if _is_known(conn, read, each.line):
                return None
            action = _new(read, each, owner, due, said, now, _session(conn, read))
            kept = replace(action, id=actions.add(conn, action))
            self._promises.offer(conn, kept)
            return kept
        was_named, _, was_day = before.said.partition(".")
        changes: dict[str, object] = {} if day == was_day else {"due": due}
        if named != was_named and owner != before.owner:
            changes["owner_id"] = owner
        return self._promises.follow_line(conn, before, said, **changes)

    def _log(self, conn: Connection, read: Published, each: _Found, now: datetime) -> None:
        review = None if each.review is None else noon(each.review)
        decision = Decision(
            each.line.id,
            read.writing.id,
            read.community.id,
            read.room_id,
            each.at or now,
            review,
        )
        decisions.put(conn, decision)
        if review is not None:
            self._reviewing.plan(conn, decision, read.community.timezone)


def _is_rewritten(line: Line) -> bool:
    """Whether a leader wrote a line, or wrote it anew."""
    return bool(line.content.get("is_edited") or line.content.get("is_added"))


def _owner(
    conn: Connection, read: Published, line: Line, before: Action | None
) -> tuple[str, MemberId | None]:
    """Return whom a line names, as it does, and who that is.

    Of what a leader wrote, the head is a name only where somebody is called so; else it is theirs whose
    it was, as long as their name stands in the line.
    """
    name = line.content.get("owner") or ""
    if _is_rewritten(line):
        text = str(line.content["text"])
        head = named_in(head_of(text)[0])
        if (found := member_named(conn, read, line, head)) is not None:
            return head, found
        name = name if is_named_in(name, text) else ""
        if before is not None and before.owner is not None:
            for called in members.accounts_of(conn, before.owner).values():
                if is_named_in(called, text):
                    return called, before.owner
    return name, member_named(conn, read, line, name)


def _decision(read: Published, line: Line, cues: Cues) -> _Found:
    """Return when something was decided, and when it is looked at again, if that was said."""
    zone, at = read.community.timezone, read.said_at(line)
    said = [(str(line.content["text"]), at)]
    held = (read.said.get(each.message or 0) for each in line.evidence)
    said += [(each.text, each.posted_at) for each in held if each is not None]
    reviews = (review_in(text, at, zone, cues) for text, at in said if at is not None)
    return _Found(line, review=next((each for each in reviews if each is not None), None), at=at)


def _is_known(conn: Connection, read: Published, line: Line) -> bool:
    """Whether an earlier summary has brought the same promise, in the same words."""
    held = [MessageId(each.message) for each in line.evidence if each.message is not None]
    return actions.is_kept(conn, read.room_id, held, str(line.content["text"]))


def _session(conn: Connection, read: Published) -> int | None:
    writer = stored.writer_of(conn, read.writing.id)
    return None if writer is None else writer[0]


def _new(
    read: Published,
    each: _Found,
    owner: MemberId | None,
    due: datetime | None,
    said: str,
    now: datetime,
    session: int | None,
) -> Action:
    return Action(
        id=0,
        community=read.community.id,
        room=read.room_id,
        item=each.line.id,
        writing=read.writing.id,
        owner=owner,
        added_by=None,
        state=State.OPEN if owner is None else State.OFFERED,
        due=due,
        is_day=True,
        result=None,
        said=said,
        sequence=0,
        made_at=now,
        changed_at=now,
        done_at=None,
        session=session,
    )


def _digest(text: str) -> str:
    """Return what tells that a line names somebody else, or another day, without keeping whom."""
    return blake2s(text.casefold().encode(), digest_size=6).hexdigest() if text else ""
