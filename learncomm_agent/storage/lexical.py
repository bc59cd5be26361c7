"""Full text over chunks (FTS5), in the same transaction as the chunk itself.

The words stand in `chunks`; FTS5 keeps its index alone. So a row is deleted with FTS5's own 'delete',
which wants the words that were indexed, and before the chunk's row goes.
"""

import json
from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from learncomm_agent.chat.audience import Readable
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.schema import shares, writings

FULL_TEXT = """
CREATE VIRTUAL TABLE chunks_fts USING fts5(
    words, content='chunks', content_rowid='id', detail=none,
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '_'"
)
"""
"""Which chunk holds which word; the words come analysed (`library.finding.analysis`), and the ranking is our
own. Rows are written and deleted by code, in the transaction of their chunk: no triggers."""
_INSERT = sa.text(
    "INSERT INTO chunks_fts(rowid, words) SELECT id, words FROM chunks WHERE resource_id = :resource"
)
_DELETE = sa.text(
    "INSERT INTO chunks_fts(chunks_fts, rowid, words) SELECT 'delete', id, words FROM chunks WHERE resource_id = :resource"
)
_HOLDING = "SELECT group_concat(rowid) FROM chunks_fts WHERE chunks_fts MATCH ?"
"""Three times quicker than a row a chunk (measured)."""
_WORDS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.chunk_words USING fts5vocab(main, chunks_fts, row)"
)
_STARTING = """
    SELECT term FROM temp.chunk_words
    WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?
"""


def add(conn: Connection, resource: int) -> None:
    """Index all chunks of a resource."""
    conn.execute(_INSERT, {"resource": resource})


def remove(conn: Connection, resource: int) -> None:
    """Take the chunks of a resource out of the index; call it while they are still there."""
    conn.execute(_DELETE, {"resource": resource})


def is_open(readable: Readable | None = None) -> sa.ColumnElement[bool]:
    """The condition on `shares` that an audience may see one: this rule stands nowhere else.

    Args:
        readable: What the audience may be shown; the statement's parameter `:rooms` where None.
    """
    given = sa.bindparam("rooms", type_=sa.Text) if readable is None else rooms_of(readable)
    return sa.and_(shares.c.is_held.is_(False), _is_in(shares.c.room_id, given))


def is_ground(readable: Readable) -> sa.ColumnElement[bool]:
    """The condition on `shares` that an audience may read what was written from what one brought.

    That is also so of what is held, such as somebody's notes of a meeting, which nobody else reads.
    """
    return _is_in(shares.c.room_id, rooms_of(readable))


def is_for(readable: Readable) -> sa.ColumnElement[bool]:
    """The condition on `writings` that one was written for a room that an audience may read, or for all."""
    return _is_in(writings.c.room_id, rooms_of(readable))


def is_said_in(room: sa.Column[int], readable: Readable) -> sa.ColumnElement[bool]:
    """The condition that a message stands in a room that an audience may read."""
    rooms = sa.func.json_each(rooms_of(readable)).table_valued("value")
    return room.in_(sa.select(rooms.c.value))


def _is_in(room: sa.Column[int], given: sa.BindParameter[str] | str) -> sa.ColumnElement[bool]:
    rooms = sa.func.json_each(given).table_valued("value")
    return sa.or_(room.is_(None), room.in_(sa.select(rooms.c.value)))


def rooms_of(readable: Readable) -> str:
    """Return an audience's rooms as one value of a statement, since they may be thousands."""
    return json.dumps(sorted(readable.rooms))


def holding(conn: Connection, forms: Sequence[str]) -> NDArray[np.int64]:
    """Return the ids of all chunks that hold any of some words, in order: under no audience yet.

    Args:
        conn: The transaction to read in.
        forms: Words as `library.finding.analysis` makes them, so they hold no syntax.
    """
    if not forms:
        return np.zeros(0, np.int64)
    any_of = " OR ".join(f'"{form}"' for form in forms)
    ids: str | None = raw(conn).execute(_HOLDING, (any_of,)).fetchone()[0]
    return np.fromstring(ids or "", np.int64, sep=",")


def words_in(conn: Connection, ids: NDArray[np.int64]) -> set[str]:
    """Return the words of some chunks."""
    held = "SELECT words FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
    found: set[str] = set()
    for (words,) in raw(conn).execute(held, (json.dumps(ids.tolist()),)):
        found.update(words.split())
    return found


def words_like(conn: Connection, forms: Sequence[str], slips: int) -> set[str]:
    """Return the words of all chunks that begin and are about as long as one of some: under no audience yet."""
    db = raw(conn)
    db.execute(_WORDS)  # the connection's own, so it needs no place in the file
    lengths = sorted(map(len, forms))
    found: set[str] = set()
    for start in {start for form in forms for start in (form[:1], form[1:2] + form[:1])}:
        end = start[:-1] + chr(ord(start[-1]) + 1)
        bounds = (start, end, lengths[0] - slips, lengths[-1] + slips)
        found.update(row[0] for row in db.execute(_STARTING, bounds))
    return found
