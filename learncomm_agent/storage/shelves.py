"""Which chunks an audience may read, as bits in memory: a search asks for thousands of them.

One shelf holds the chunks that were shared with a room, another those of the whole community. Each
bears a version that stands in SQL and is raised in the transaction that changes it, so a reader
takes a shelf from memory only if it is that of its own snapshot. The rule is the one of
`lexical.is_open`; this is its quick form.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.schema import communities, rooms, shares

Ids = NDArray[np.int64]
_MORE = 1
_OTHER = 1 << 32
"""Chunks that were added have higher ids than all before, so they can be put to a shelf that is known;
after any other change it is read anew. A version counts both kinds, in its low and its high half."""
_EVERYONE = 0
"""Stands for the room of what the whole community may read."""
_MANY_ROOMS = 5_000
"""Shelves that are kept in memory at most, of each community."""


@dataclass(frozen=True, slots=True)
class Visible:
    """The chunks of one audience."""

    mask: NDArray[np.bool_]
    """True at the id of each chunk that may be read."""
    count: int

    def of(self, ids: Ids) -> Ids:
        """Return those that may be read, in the order given."""
        return ids[self.holds(ids)]

    def holds(self, ids: Ids) -> NDArray[np.bool_]:
        """Say for each whether it may be read."""
        may_be = ids < self.mask.size
        may_be[may_be] = self.mask[ids[may_be]]
        return may_be

    def ids(self) -> Ids:
        """Return all, in order."""
        return np.flatnonzero(self.mask)


@dataclass(frozen=True, slots=True)
class _Shelf:
    version: int
    ids: Ids
    """A chunk that several members shared stands there several times."""
    top: int
    """The highest chunk id that had been given out."""


class Shelves:
    """The shelves that were needed lately; for any number of threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[CommunityId, dict[int, _Shelf]] = {}

    def visible(self, conn: Connection, community: CommunityId, readable: Readable) -> Visible:
        """Return which chunks an audience may read in this connection's snapshot."""
        kept = self._kept.setdefault(community, {})
        versions = _versions(conn, community, readable)
        top = _top(conn)
        stale = [room for room, version in versions.items() if _is_stale(kept.get(room), version)]
        found = {room: kept[room] for room in versions.keys() - set(stale)}
        for after, some in _by_age(kept, stale, versions).items():
            for room, ids in _read(conn, community, some, after).items():
                before = kept[room].ids if after else _NONE
                found[room] = _Shelf(versions[room], np.concatenate((before, ids)), top)
        if len(kept) > _MANY_ROOMS:
            kept.clear()  # rooms come and go; what is needed is read again
        kept.update({room: found[room] for room in stale})
        return _union([shelf.ids for shelf in found.values()])


def added(conn: Connection, share: sa.ColumnElement[bool]) -> None:
    """Say that the resources of these shares are new, in the transaction that adds their chunks."""
    _raise(conn, share, _MORE)


def changed(conn: Connection, share: sa.ColumnElement[bool]) -> None:
    """Say that these shares come or go, or their resources' chunks do, in that transaction.

    Args:
        conn: The transaction that changes them.
        share: The condition on `shares`; call it while they are there.
    """
    _raise(conn, share, _OTHER)


_NONE: Ids = np.zeros(0, np.int64)


def _raise(conn: Connection, share: sa.ColumnElement[bool], by: int) -> None:
    shared = sa.select(shares.c.room_id).where(share)
    with_all = sa.select(shares.c.community_id).where(share, shares.c.room_id.is_(None))
    for table, ids in ((rooms, shared), (communities, with_all)):
        raised = sa.update(table).where(table.c.id.in_(ids))
        conn.execute(raised.values(library_version=table.c.library_version + by))


def _versions(conn: Connection, community: CommunityId, readable: Readable) -> dict[int, int]:
    """Return the versions of an audience's shelves; a room that is gone has none."""
    found = raw(conn).execute(
        "SELECT ?, library_version FROM communities WHERE id = ? UNION ALL"
        " SELECT id, library_version FROM rooms WHERE community_id = ?"
        " AND id IN (SELECT value FROM json_each(?))",
        (_EVERYONE, community, community, json.dumps(list(readable.rooms))),
    )
    return dict(found.fetchall())


def _top(conn: Connection) -> int:
    row = raw(conn).execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    return 0 if row is None else int(row[0])


def _is_stale(shelf: _Shelf | None, version: int) -> bool:
    return shelf is None or shelf.version != version


def _by_age(
    kept: dict[int, _Shelf], stale: list[int], versions: dict[int, int]
) -> dict[int, list[int]]:
    """Return the shelves to read by the chunk id after which: 0 for all of it."""
    groups: dict[int, list[int]] = {}
    for room in stale:
        shelf = kept.get(room)
        is_longer = shelf is not None and 0 < versions[room] - shelf.version < _OTHER
        after = shelf.top if shelf is not None and is_longer else 0
        groups.setdefault(after, []).append(room)
    return groups


def _read(conn: Connection, community: CommunityId, some: list[int], after: int) -> dict[int, Ids]:
    """Return the chunks of some shelves whose ids come after one."""
    found: dict[int, Ids] = dict.fromkeys(some, _NONE)
    values = {"community": community, "after": after, "rooms": json.dumps(some)}
    wanted = (_OF_ALL,) if some == [_EVERYONE] else (_OF_ALL, _OF_ROOMS)
    for sql in wanted if _EVERYONE in found else (_OF_ROOMS,):
        rows: list[Any] = raw(conn).execute(sql, values).fetchall()
        found.update({room: np.fromstring(ids, np.int64, sep=",") for room, ids in rows if ids})
    return found


_SHELF = """
    SELECT {room}, group_concat(c.id)
    FROM shares s CROSS JOIN chunks c ON c.resource_id = s.resource_id
    WHERE s.community_id = :community AND s.room_id {which} AND NOT s.is_held AND c.id > :after {grouped}
"""
_OF_ALL = _SHELF.format(room=_EVERYONE, which="IS NULL", grouped="")
_OF_ROOMS = _SHELF.format(
    room="s.room_id",
    which="IN (SELECT value FROM json_each(:rooms))",
    grouped="GROUP BY s.room_id",
)


def _union(shelves: list[Ids]) -> Visible:
    ids = np.concatenate(shelves) if shelves else _NONE
    mask = np.zeros(int(ids.max()) + 1 if ids.size else 0, np.bool_)
    mask[ids] = True
    return Visible(mask, int(mask.sum()))
