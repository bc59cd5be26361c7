"""Full text over chunks (FTS5), in the same transaction as the chunk itself.

The words stand in `chunks`; FTS5 keeps its index alone. So a row is deleted with FTS5's own 'delete',
which wants the words that were indexed, and before the chunk's row goes.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ChunkId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import chunks, shares

_INSERT = sa.text(
    "INSERT INTO chunks_fts(rowid, context, text) SELECT id, context, text FROM chunks WHERE resource_id = :resource"
)
_DELETE = sa.text(
    "INSERT INTO chunks_fts(chunks_fts, rowid, context, text) SELECT 'delete', id, context, text FROM chunks WHERE resource_id = :resource"
)

_FTS = sa.table("chunks_fts", sa.column("rowid", sa.Integer), sa.column("rank", sa.Float))


def add(conn: Connection, resource: int) -> None:
    """Index all chunks of a resource."""
    conn.execute(_INSERT, {"resource": resource})


def remove(conn: Connection, resource: int) -> None:
    """Take the chunks of a resource out of the index; call it while they are still there."""
    conn.execute(_DELETE, {"resource": resource})


def is_open(readable: Readable) -> sa.ColumnElement[bool]:
    """The condition on `shares` that an audience may see one: this rule stands nowhere else."""
    return sa.or_(shares.c.room_id.is_(None), shares.c.room_id.in_(readable.rooms))


def may_read(readable: Readable) -> sa.ColumnElement[bool]:
    """The condition on `chunks` that an audience may read their resource."""
    return sa.exists().where(shares.c.resource_id == chunks.c.resource_id, is_open(readable))


def search(
    conn: Connection,
    community: CommunityId,
    terms: Sequence[str],
    readable: Readable,
    *,
    limit: int,
) -> list[tuple[ChunkId, float]]:
    """Return chunks that hold any of the terms, with their BM25 score, best first.

    Args:
        conn: The transaction to read in.
        community: Whose library.
        terms: Single words; they are quoted here, so they hold no syntax.
        readable: What the audience may be shown; nothing else takes part.
        limit: How many at most.
    """
    if not terms:
        return []
    found = _matching(community, readable).order_by(_FTS.c.rank, _FTS.c.rowid).limit(limit)
    any_of = " OR ".join(map(_quoted, terms))
    return [(ChunkId(row[0]), -row[1]) for row in conn.execute(found, {"match": any_of})]


def frequencies(
    conn: Connection,
    community: CommunityId,
    terms: Sequence[str],
    readable: Readable,
    *,
    limit: int,
) -> dict[str, int]:
    """Return how many chunks that an audience may read hold each term; nobody counts beyond `limit`."""
    holding = _matching(community, readable).with_only_columns(_FTS.c.rowid).limit(limit)
    count = sa.select(sa.func.count()).select_from(holding.subquery())
    return {term: conn.execute(count, {"match": _quoted(term)}).scalar_one() for term in terms}


def _quoted(term: str) -> str:
    """Return a word as FTS5 takes it literally."""
    return '"' + term.replace('"', '""') + '"'


def _matching(community: CommunityId, readable: Readable) -> sa.Select[int, float]:
    """Chunks that match `:match` and may be read, as (row id, rank: less is better)."""
    return (
        sa.select(_FTS.c.rowid, _FTS.c.rank)
        .join_from(_FTS, chunks, chunks.c.id == _FTS.c.rowid)
        .where(
            sa.text("chunks_fts MATCH :match"),
            chunks.c.community_id == community,
            may_read(readable),
        )
    )
