"""A passage with what surrounds it, where an audience may read it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ChunkId, Passage, ResourceId, Said
from learncomm_agent.storage.cards import Entry, entries
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.passages import Pick, passages
from learncomm_agent.storage.schema import chunks
from learncomm_agent.storage.schema_sources import window_messages

MOST_CHARS = 1700
"""So much is opened at once: it fits into one message of the narrowest chat."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A passage and its neighbours."""

    entry: Entry
    """What it stands in."""
    passage: Passage
    before: Passage | None
    after: Passage | None
    next: int | None
    """The chunk where to read on, by its ordinal; None at the end."""
    beyond: int | None = None
    """Where to read on for whoever has seen `after` whole."""

    @property
    def shown(self) -> tuple[Passage, ...]:
        """All of it, in reading order."""
        return tuple(each for each in (self.before, self.passage, self.after) if each is not None)

    @property
    def said(self) -> tuple[Said, ...]:
        """Of a conversation: the messages that stand in it, each once."""
        every = chain.from_iterable(each.said for each in self.shown)
        return tuple({each.message: each for each in every}.values())


def around(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    start: int,
    end: int,
    readable: Readable,
    *,
    seen: str = "",
) -> Opened | None:
    """Return the passage that a span stands in, whole; None where an audience may not read it.

    Args:
        conn: The transaction to read in.
        community: Whose library.
        resource: What it stands in.
        start: In characters of its text.
        end: In characters of its text.
        readable: What the audience may be shown.
        seen: The words that were shown of it: of a long passage, what begins with them is opened.
    """
    overlaps = sa.and_(chunks.c.start < end, chunks.c.end > start)
    return _opened(conn, community, resource, overlaps, readable, seen)


def onwards(
    conn: Connection, community: CommunityId, resource: ResourceId, first: int, readable: Readable
) -> Opened | None:
    """Return the passage of an ordinal alone; None where there is none, or none for this audience.

    What stands before it has been read, and what comes after is read next.
    """
    found = _opened(conn, community, resource, chunks.c.ordinal == first, readable)
    return None if found is None else replace(found, before=None, after=None)


def beginning(
    conn: Connection, community: CommunityId, resource: ResourceId, readable: Readable
) -> Opened | None:
    """Return the first passage of a resource; None where this audience may not read it."""
    first = sa.select(sa.func.min(chunks.c.ordinal)).where(chunks.c.resource_id == resource)
    wanted = chunks.c.ordinal == first.scalar_subquery()
    return _opened(conn, community, resource, wanted, readable)


def talk_with(conn: Connection, ids: Collection[MessageId]) -> tuple[ResourceId, int, int] | None:
    """Return the conversation that holds most of some messages, and the span of these in it."""
    held = (
        sa.select(
            window_messages.c.resource_id,
            sa.func.min(window_messages.c.start),
            sa.func.max(window_messages.c.end),
        )
        .where(window_messages.c.message_id.in_(ids))
        .group_by(window_messages.c.resource_id)
        .order_by(sa.func.count().desc(), window_messages.c.resource_id.desc())
    )
    row = conn.execute(held).first()
    return None if row is None else (ResourceId(row[0]), row[1], row[2])


def _opened(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    wanted: sa.ColumnElement[bool],
    readable: Readable,
    seen: str = "",
) -> Opened | None:
    known = entries(conn, community, [resource], readable)
    of_it = sa.select(chunks.c.ordinal, chunks.c.id, chunks.c.text)
    of_it = of_it.where(chunks.c.resource_id == resource).order_by(chunks.c.ordinal)
    rows = _fitting(conn.execute(of_it.where(wanted)).all(), seen) if known else []
    if not rows:
        return None
    first, last = rows[0].ordinal - 1, rows[-1].ordinal + 1
    others = conn.execute(of_it.where(chunks.c.ordinal.in_([first, last, last + 1])))
    beside = {row.ordinal: row.id for row in others}

    def passage(*ids: int) -> Passage | None:
        found = passages(conn, community, [Pick(tuple(map(ChunkId, ids)))], readable)
        return next(iter(found), None)

    middle = passage(*(row.id for row in rows))
    if middle is None:
        return None
    return Opened(
        entry=known[0],
        passage=middle,
        before=passage(beside[first]) if first in beside else None,
        after=passage(beside[last]) if last in beside else None,
        next=last if last in beside else None,
        beyond=last + 1 if last + 1 in beside else None,
    )


def _fitting(rows: Sequence[Any], seen: str) -> Sequence[Any]:
    """Return all chunks where they fit together; else as many as fit from where the words seen stand."""
    if sum(len(row.text) for row in rows) <= MOST_CHARS:
        return rows
    words = max(re.split("[…\n]", seen), key=len).strip()
    at = next((n for n, row in enumerate(rows) if words in " ".join(row.text.split())), 0)
    sizes = accumulate(len(row.text) for row in rows[at:])
    count = sum(size <= MOST_CHARS for size in sizes)
    return rows[at : at + max(1, count)]
