"""What leaders do with a draft, by a button, a list, a form or in words. Who may is looked at each time."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.drafting import for_one, leader
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import drafts, edits, rooms, writings
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.drafts import Draft, State
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.words import Words
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.keeping import MENTIONED
from learncomm_agent.writing.layout import Layout

LINE_CHARS = 1000
"""No line that a leader writes is longer."""
_SECTIONS = {"questions": "questions", "summary": ItemKind.KEY_POINT.value}
"""What kind of line is added to what, where nobody says."""
_ORDER = (*map(str, ItemKind), MENTIONED)
Edit = Callable[[Connection, Writing], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A draft that somebody may decide on, as it is now."""

    draft: Draft
    writing: Writing
    room: str
    """The name of the room that it is for."""
    is_going_out: bool
    """Whether it is being published just now."""

    @property
    def is_out(self) -> bool:
        """Whether all in the room read it, or are about to."""
        return self.is_going_out or self.draft.state is State.PUBLISHED

    @property
    def kept(self) -> tuple[Line, ...]:
        """The lines that are to be published."""
        return tuple(each for each in self.writing.lines if not each.content.get("is_struck"))

    def statement(self, words: Words, line: Line) -> str:
        """Return what a line says, as it is shown in the draft."""
        return Layout(words, self.writing.trace["language"], UTC).statement(line)

    def line(self, number: int) -> Line:
        """Return the line of a number.

        Raises:
            NotFoundError: There is none.
        """
        found = [each for each in self.writing.lines if each.content["n"] == number]
        if not found:
            raise NotFoundError("no such line", phrase="draft.no_line", line=number)
        return found[0]

    def of_row(self, id: int) -> Line:
        """Return the line of a row.

        Raises:
            NotFoundError: It is gone.
        """
        found = [each for each in self.writing.lines if each.id == id]
        if not found:
            raise NotFoundError("that line is gone", phrase="draft.line_gone")
        return found[0]


async def held(context: Context, id: int) -> Held:
    """Return a draft that whoever asks may decide on.

    Raises:
        NotAllowedError: They don't lead.
        NotFoundError: There is no such draft in this space, or they may not read what it is about.
    """
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="draft")
    readable = await context.readable(is_private=True)
    space = context.room.ref.space
    return await look_up(context.services.database, context.community.id, space, readable, id)


async def look_up(
    database: Database, community: int, space: SpaceRef, readable: Readable, id: int
) -> Held:
    """Return a draft for a room that somebody may read; raises what `held` raises of a missing one.

    It is for a room of the space in which they ask: it is there that they lead.
    """

    def read(conn: Connection) -> Held | None:
        draft = drafts.get(conn, id)
        if draft is None or draft.community != community or draft.room not in readable.rooms:
            return None
        writing = writings.get(conn, id, draft.community)
        if writing is None or draft.room is None or draft.state is State.DROPPED:
            return None
        room = rooms.get(conn, draft.room)
        if room.ref.space != space:
            raise NotFoundError(
                "for another space", phrase="draft.elsewhere", number=id, room=room.name
            )
        now = edits.applied(conn, writing)
        return Held(draft, now, room.name, drafts.is_going_out(conn, id))

    found = await database.read(read)
    if found is None:
        raise NotFoundError("no such draft", phrase="draft.unknown", number=id)
    return found


def publish(context: Context, it: Held) -> Reply:
    """Have a draft posted in its room.

    Raises:
        UsageError: No line of it is left, or it is voted on.
    """
    if it.draft.state is State.PUBLISHED:
        return answer(context, it, "draft.is_out_already", room=it.room)
    _check_not_voted(it)
    _check_left(it.kept)
    number = it.draft.writing
    sorry = for_one(context, (context.say("draft.not_out", number=number, room=it.room),), "s")
    by, kept = leader(context), context.services.drafts
    return answer(
        context,
        it,
        "draft.goes_out",
        lambda conn: kept.publish(conn, it.writing, by, sorry),
        room=it.room,
        lines=len(it.kept),
    )


def strike(context: Context, it: Held, lines: Sequence[Line]) -> Reply:
    """Leave lines out.

    Raises:
        UsageError: All lines of what is published would be gone.
    """
    ids = {each.id for each in lines}
    if it.is_out:
        _check_left([each for each in it.kept if each.id not in ids])
    numbers = [each.content["n"] for each in lines]
    return _changed(
        context,
        it,
        lambda conn, now: edits.strike(conn, _there(now, ids), context.member.id, _at(context)),
        "draft.struck",
        lines=numbers,
    )


def rewrite(context: Context, it: Held, line: Line, text: str) -> Reply:
    """Put other words in the place of a line's own.

    Raises:
        UsageError: There are none, or too many.
    """
    words = _one_line(text)

    def edit(conn: Connection, now: Writing) -> None:
        for id in _there(now, {line.id}):
            edits.rewrite(conn, id, words, context.member.id, _at(context))

    return _changed(context, it, edit, "draft.edited", line=line.content["n"], text=words)


def add(context: Context, it: Held, text: str) -> Reply:
    """Add a line in the leader's words; raises what `rewrite` raises."""
    words = _one_line(text)
    line = Line(_SECTIONS.get(it.writing.kind, "lines"), {"text": words}, ())

    def edit(conn: Connection, now: Writing) -> None:
        before = sum(_rank(each) <= _rank(line) for each in now.lines)
        edits.add(conn, now, line, before, context.member.id, _at(context))

    return _changed(context, it, edit, "draft.line_added", text=words)


def move(context: Context, it: Held, line: Line, to: Line) -> Reply:
    """Put a line where another one of its kind stands.

    Raises:
        UsageError: They are of two kinds.
    """
    if line.section != to.section:
        raise UsageError("another kind of line", phrase="draft.other_kind")

    def edit(conn: Connection, now: Writing) -> None:
        order = [each.id for each in now.lines]
        if line.id not in order or to.id not in order:
            return
        at = order.index(to.id)
        order.remove(line.id)
        order.insert(at, line.id)
        of_row = {each.id: each for each in now.lines}
        edits.arrange(conn, [of_row[id] for id in order], context.member.id, _at(context))

    numbers = {"line": line.content["n"], "to": to.content["n"]}
    return _changed(context, it, edit, "draft.moved", **numbers)


def undo(context: Context, it: Held) -> Reply:
    """Take the last change back."""
    _check_not_voted(it)
    if not any(each.content.keys() & edits.MARKS for each in it.writing.lines):
        return answer(context, it, "draft.nothing_undone")
    return _changed(context, it, lambda conn, now: _undo(conn, now.id), "draft.undone")


def drop(context: Context, it: Held) -> Reply:
    """Let go of a draft.

    Raises:
        UsageError: It is published, being published, or voted on.
    """
    if it.draft.state is State.PUBLISHED:
        raise UsageError("published already", phrase="draft.is_out", room=it.room)
    _check_not_voted(it)
    if it.is_going_out:
        raise UsageError("being published", phrase="draft.is_going_out", room=it.room)
    by, kept = leader(context), context.services.drafts
    commit = partial(kept.drop, draft=it.draft, leader=by)
    return answer(context, it, "draft.dropped", commit, number=it.draft.writing)


def answer(
    context: Context,
    it: Held,
    key: str,
    commit: Callable[[Connection], None] | None = None,
    **values: object,
) -> Reply:
    """Return one sentence: before all in the leaders' room where it was asked there in words, else alone."""
    is_at_desk = context.via is Via.MESSAGE and context.room_id == it.draft.desk
    is_private = not (is_at_desk or context.room.kind is RoomKind.DIRECT)
    commits = () if commit is None else (commit,)
    return Reply((context.say(key, **values),), is_private=is_private, commits=commits)


def _changed(context: Context, it: Held, edit: Edit, key: str, **values: object) -> Reply:
    _check_not_voted(it)
    kept = context.services.drafts
    return answer(
        context, it, key, lambda conn: kept.change(conn, it.draft, edit), is_out=it.is_out, **values
    )


def _rank(line: Line) -> int:
    """Return the place of a line's kind among the kinds of a summary; of other writings, there is one."""
    return _ORDER.index(line.section) if line.section in _ORDER else len(_ORDER)


def _undo(conn: Connection, writing: int) -> None:
    edits.undo(conn, writing)


def _there(now: Writing, ids: Collection[int]) -> list[int]:
    """Return those lines that are there still."""
    return [each.id for each in now.lines if each.id in ids]


def _at(context: Context) -> datetime:
    return context.services.clock.now()


def _check_not_voted(it: Held) -> None:
    if it.draft.state is State.VOTED:
        number = it.draft.writing
        raise UsageError("voted on", phrase="draft.is_voted", number=number, room=it.room)


def _check_left(lines: Sequence[Line]) -> None:
    if not lines:
        raise UsageError("no line is left", phrase="draft.nothing_left")


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise UsageError("no words", phrase="draft.no_words")
    if len(words) > LINE_CHARS:
        raise UsageError(
            f"a line of {len(words)} characters", phrase="draft.long", limit=LINE_CHARS
        )
    return words
