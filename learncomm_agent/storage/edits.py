"""What leaders made of the lines of a writing: kept beside the lines, which stay as they were written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items, writings
from learncomm_agent.storage.schema_writing import edits
from learncomm_agent.storage.writings import Line, Writing

MARKS = frozenset({"is_struck", "is_edited", "is_added", "is_moved"})
"""What the content of a line bears that a leader changed."""
_TICK = timedelta(microseconds=1)


def applied(conn: Connection, writing: Writing) -> Writing:
    """Return a writing with what leaders made of its lines, in the order that they gave them.

    The content of a line says in `is_edited`, `is_added` and `is_struck` what was done with it, and in `n`
    its number.
    """
    newest = _newest(conn, [line.id for line in writing.lines])
    lines = [_edited(line, newest.get(line.id)) for line in writing.lines]
    lines.sort(key=lambda line: line.content.get("n", 0))
    return replace(writing, lines=tuple(lines))


def strike(conn: Connection, lines: Collection[int], by: MemberId, now: datetime) -> None:
    """Leave lines out, by their row ids."""
    _keep(conn, {line: {"is_struck": True} for line in lines}, by, now)


def rewrite(conn: Connection, line: int, text: str, by: MemberId, now: datetime) -> None:
    """Put other words in the place of a line's own; one that was left out is in again."""
    _keep(conn, {line: {"text": text, "is_struck": False}}, by, now)


def arrange(conn: Connection, lines: Sequence[Line], by: MemberId, now: datetime) -> None:
    """Give the numbers that lines have to the same lines in this order."""
    order = [(line.id, line.content["n"]) for line in lines]
    _keep(conn, _moved(order), by, now)


def add(
    conn: Connection, writing: Writing, line: Line, at: int, by: MemberId, now: datetime
) -> None:
    """Add a line in a leader's own words, which rests on nothing.

    Args:
        conn: The transaction to write in.
        writing: With what leaders made of its lines.
        line: Which kind it is of, and what it says.
        at: So many lines stand before it.
        by: The leader.
        now: The present moment.
    """
    order = [(line.id, line.content["n"]) for line in writing.lines]
    number = max((number for _, number in order), default=0) + 1
    made = sa.insert(items).values(
        writing_id=writing.id,
        section=line.section,
        content={"text": "", "n": number, "is_added": True},
    )
    item = conn.execute(made.returning(items.c.id)).scalar_one()
    order.insert(at, (item, number))
    moved = _moved(order)
    said = {**moved.get(item, {}), "text": line.content["text"]}
    _keep(conn, {**moved, item: said}, by, now)


def _moved(order: Sequence[tuple[int, int]]) -> dict[int, dict[str, Any]]:
    """Return which lines get another number, where the numbers are to rise in this order."""
    numbers = sorted(number for _, number in order)
    return {
        item: {"place": number}
        for (item, had), number in zip(order, numbers, strict=True)
        if had != number
    }


def undo(conn: Connection, writing: int) -> int:
    """Take the last change of a writing back; return of how many lines that was."""
    here = sa.select(items.c.id).where(items.c.writing_id == writing)
    last = sa.select(sa.func.max(edits.c.edited_at)).where(edits.c.item_id.in_(here))
    gone = sa.delete(edits).where(
        edits.c.item_id.in_(here), edits.c.edited_at == last.scalar_subquery()
    )
    undone = set(conn.execute(gone.returning(edits.c.item_id)).scalars())
    left = set(_newest(conn, undone))
    added = items.c.content["is_added"].as_boolean().is_(True)
    conn.execute(sa.delete(items).where(items.c.id.in_(undone - left), added))
    return len(undone)


def forget(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Forget what a leader wrote into lines; what others wrote there before holds again, or the line's own.

    A line that has no words without theirs goes. What they struck or moved stays so, without their name.

    Returns:
        The writings that showed their words.
    """
    changed = sa.select(edits.c.item_id).where(edits.c.member_id == member)
    rows = conn.execute(sa.select(edits).where(edits.c.item_id.in_(changed)).order_by(edits.c.id))
    words, left = dict[int, set[str]](), dict[int, str | None]()
    for row in rows.all():
        text, theirs = row.text, words.setdefault(row.item_id, set())
        if text is not None and row.member_id == member and text != left.get(row.item_id):
            theirs.add(text)
        if text in theirs:  # another leader's change after theirs says it as well
            text = left.get(row.item_id)
            conn.execute(sa.update(edits).where(edits.c.id == row.id).values(text=text))
        left[row.item_id] = text
    conn.execute(sa.update(edits).where(edits.c.member_id == member).values(member_id=None))
    written = {item: theirs for item, theirs in words.items() if theirs}
    shown = sa.select(items.c.writing_id).where(items.c.id.in_(list(written)))
    touched = set(conn.execute(shown).scalars())
    added = items.c.content["is_added"].as_boolean().is_(True)
    bare = [item for item in written if left[item] is None]
    touched |= _drop(conn, sa.and_(items.c.id.in_(bare), added))
    return tuple(sorted(touched | _drop(conn, items.c.id.in_(_told_again(conn, written)))))


def _told_again(conn: Connection, written: Mapping[int, Collection[str]]) -> list[int]:
    """Return the lines of votes and digests on these lines that hold what a leader wrote into them."""
    of = items.c.content["of"].as_integer()
    votes = sa.select(writings.c.id).where(writings.c.kind.in_(("ballot", "tally", "digest")))
    there = sa.select(items.c.id, of, items.c.content["text"].as_string()).where(
        items.c.writing_id.in_(votes), of.in_(list(written))
    )
    return [id for id, line, text in conn.execute(there) if text in written[line]]


def _drop(conn: Connection, these: sa.ColumnElement[bool]) -> set[int]:
    """Drop lines, keep of each writing how many it lost, and return the writings."""
    gone = sa.delete(items).where(these).returning(items.c.writing_id)
    lost = Counter(conn.execute(gone).scalars())
    for id, count in lost.items():
        less = sa.update(writings).where(writings.c.id == id)
        conn.execute(less.values(lost=writings.c.lost + count))
    return set(lost)


def _keep(
    conn: Connection, changes: dict[int, dict[str, Any]], by: MemberId, now: datetime
) -> None:
    """Keep one change of some lines, later than any before, so that it is undone as one."""
    before = _newest(conn, changes)
    latest = max((row.edited_at for row in _rows_beside(conn, changes)), default=None)
    at = now if latest is None else max(now, latest + _TICK)
    for item, change in changes.items():
        known = before.get(item)
        kept: dict[str, Any] = {"text": None, "place": None, "is_struck": False}
        if known is not None:
            kept = {name: getattr(known, name) for name in kept}
        values = {**kept, **change, "item_id": item, "member_id": by, "edited_at": at}
        conn.execute(sa.insert(edits).values(**values))


def _rows_beside(conn: Connection, lines: Collection[int]) -> Sequence[Any]:
    """Return the edits of all lines of the writings in which these stand."""
    same = sa.select(items.c.writing_id).where(items.c.id.in_(lines))
    beside = sa.select(items.c.id).where(items.c.writing_id.in_(same))
    return conn.execute(sa.select(edits).where(edits.c.item_id.in_(beside))).all()


def _newest(conn: Connection, lines: Collection[int]) -> dict[int, Any]:
    held = sa.select(edits).where(edits.c.item_id.in_(lines)).order_by(edits.c.id)
    return {row.item_id: row for row in conn.execute(held)}


def _edited(line: Line, edit: Any) -> Line:
    if edit is None:
        return line
    now = {**line.content, **({"is_struck": True} if edit.is_struck else {})}
    if edit.place is not None:
        now |= {"n": edit.place, "is_moved": True}
    if edit.text is not None:
        now |= {
            "text": edit.text,
            **({} if "is_added" in now else {"is_edited": True, "doubt": ""}),
        }
    return replace(line, content=now)
