"""The vectors as SQL keeps them, and which collection holds them.

A chunk's `generation` is the collection that has its vector; NULL = none has.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.embedding import EmbeddingModel
from learncomm_agent.library.resources import ChunkId
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.schema import chunks
from learncomm_agent.storage.schema_sources import collections

HERE = "here"
"""The place of vectors that stand in the data folder."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A chunk that the collection lacks."""

    id: ChunkId
    context: str
    text: str
    model: str | None
    vector: bytes | None


def current(conn: Connection, community: CommunityId, model: EmbeddingModel) -> int | None:
    """Return the newest collection of this model and size that is whole; None where there is none."""
    whole = sa.select(sa.func.max(collections.c.generation)).where(
        _of(community, model), collections.c.is_whole
    )
    return conn.execute(whole).scalar()


def building(conn: Connection, community: CommunityId, model: EmbeddingModel) -> int:
    """Return the collection to fill: the newest, or the next where the model or its size changed."""
    newest = sa.select(sa.func.max(collections.c.generation)).where(
        collections.c.community_id == community
    )
    last = conn.execute(newest).scalar()
    fits = sa.select(collections.c.generation).where(
        _of(community, model), collections.c.generation == last
    )
    if conn.execute(fits).scalar() is not None:
        return int(last or 0)
    generation = (last or 0) + 1
    conn.execute(
        sa.insert(collections).values(
            community_id=community,
            generation=generation,
            model=model.name,
            dimensions=model.dimensions,
            is_whole=False,
        )
    )
    unstore(conn, community)
    return generation


def unstore(conn: Connection, community: CommunityId) -> None:
    """Have the collection filled again: its files are gone, or it is a new one."""
    nothing = sa.update(chunks).where(chunks.c.community_id == community)
    conn.execute(nothing.values(generation=None))


def unstore_some(conn: Connection, ids: NDArray[np.int64]) -> None:
    """Have some chunks put into the collection again, which it has lost."""
    lost = "UPDATE chunks SET generation = NULL WHERE id IN (SELECT value FROM json_each(?))"
    conn.exec_driver_sql(lost, (json.dumps(ids.tolist()),))


def move(conn: Connection, place: str, at: datetime) -> None:
    """Have all collections filled again where they stand in another place than the last time."""
    known = state.get(conn, "vectors")
    before = HERE if known is None else known[0]["place"]
    if place != before:
        conn.execute(sa.update(chunks).values(generation=None))
    if known is None or place != before:
        state.put(conn, "vectors", {"place": place}, at)


def pending(
    conn: Connection, community: CommunityId, generation: int, *, after: int, limit: int
) -> list[Pending]:
    """Return chunks that the collection lacks, in the order of their ids, from behind `after`."""
    lacking = (
        sa.select(chunks.c.id, chunks.c.context, chunks.c.text, chunks.c.model, chunks.c.vector)
        .where(
            chunks.c.community_id == community,
            chunks.c.generation.is_(None),
            chunks.c.id > after,
        )
        .order_by(chunks.c.id)
        .limit(limit)
    )
    return [Pending(ChunkId(row[0]), *row[1:]) for row in conn.execute(lacking)]


def keep(conn: Connection, model: str, rows: Sequence[tuple[int, bytes]]) -> None:
    """Keep vectors, as float16, with the name of the model that made them."""
    update = sa.update(chunks).where(chunks.c.id == sa.bindparam("chunk"))
    conn.execute(
        update.values(model=model, vector=sa.bindparam("bytes")),
        [{"chunk": id, "bytes": vector} for id, vector in rows],
    )


def vectors(
    conn: Connection, ids: Sequence[int], dimensions: int
) -> dict[ChunkId, NDArray[np.float16]]:
    """Return the kept vectors of those chunks that are still there and have one of this size."""
    kept = sa.select(chunks.c.id, chunks.c.vector).where(
        chunks.c.id.in_(ids), sa.func.length(chunks.c.vector) == 2 * dimensions
    )
    return {ChunkId(row[0]): np.frombuffer(row[1], np.float16) for row in conn.execute(kept)}


def stored(conn: Connection, ids: Sequence[int], generation: int) -> None:
    """Keep that the collection holds these chunks now."""
    conn.execute(sa.update(chunks).where(chunks.c.id.in_(ids)).values(generation=generation))


def switch(conn: Connection, community: CommunityId, generation: int) -> set[tuple[int, int]]:
    """Search this collection from now on: it is whole. The older ones of the community end.

    Returns:
        The collections that are left, of all communities, as (community, generation).
    """
    mine = collections.c.community_id == community
    this = sa.update(collections).where(mine, collections.c.generation == generation)
    conn.execute(this.values(is_whole=True))
    conn.execute(sa.delete(collections).where(mine, collections.c.generation < generation))
    return all_collections(conn)


def all_collections(conn: Connection) -> set[tuple[int, int]]:
    """Return the collections of all communities, as (community, generation)."""
    known = sa.select(collections.c.community_id, collections.c.generation)
    return set(conn.execute(known).all())


def collections_of(conn: Connection, community: CommunityId) -> list[tuple[int, EmbeddingModel]]:
    """Return all collections of a community with their models, oldest first."""
    mine = sa.select(collections).where(collections.c.community_id == community)
    rows = conn.execute(mine.order_by(collections.c.generation))
    return [(row.generation, EmbeddingModel(row.model, row.dimensions)) for row in rows]


def counts(conn: Connection, community: CommunityId) -> tuple[int, int]:
    """Return how many chunks there are, and how many of them the collection holds."""
    row = conn.execute(
        sa.select(sa.func.count(), sa.func.count(chunks.c.generation)).where(
            chunks.c.community_id == community
        )
    ).one()
    return row[0], row[1]


def ids(conn: Connection, community: CommunityId, *, is_stored: bool = False) -> NDArray[np.int64]:
    """Return the ids of all chunks, in order; or of those alone that the collection should hold."""
    wanted = sa.select(chunks.c.id).where(chunks.c.community_id == community)
    if is_stored:
        wanted = wanted.where(chunks.c.generation.is_not(None))
    return np.array(conn.execute(wanted.order_by(chunks.c.id)).scalars().all(), np.int64)


def table(
    conn: Connection, ids: NDArray[np.int64], model: EmbeddingModel
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return the vectors of some chunks as one array `(ids, dimensions)`, and whose they are."""
    wanted = (
        "SELECT id, vector FROM chunks WHERE id IN (SELECT value FROM json_each(?)) AND model = ?"
    )
    rows = raw(conn).execute(wanted, (json.dumps(ids.tolist()), model.name)).fetchall()
    whole = [row for row in rows if row[1] is not None and len(row[1]) == 2 * model.dimensions]
    kept = np.frombuffer(b"".join(row[1] for row in whole), np.float16)
    return np.array([row[0] for row in whole], np.int64), kept.reshape(-1, model.dimensions)


def _of(community: CommunityId, model: EmbeddingModel) -> sa.ColumnElement[bool]:
    return sa.and_(
        collections.c.community_id == community,
        collections.c.model == model.name,
        collections.c.dimensions == model.dimensions,
    )
