"""Chunks as a search weighs them, and as it shows them; under an audience, both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import sqlite

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.embedding import EmbeddingModel, Vectors
from learncomm_agent.library.finding.ranking import Candidate
from learncomm_agent.library.resources import (
    ChunkId,
    Passage,
    Place,
    ResourceId,
    ResourceKind,
    Said,
    Unit,
)
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.naming import sharer
from learncomm_agent.storage.resources import is_page, source_of_share
from learncomm_agent.storage.schema import EPOCH, chunks, members, messages, resources, shares
from learncomm_agent.storage.schema_sources import pages, window_messages


@dataclass(frozen=True, slots=True)
class Pick:
    """What is to be shown: a chunk, or neighbours of one resource in reading order."""

    chunks: tuple[ChunkId, ...]
    score: float = 1.0
    parts: Mapping[str, float] = field(default_factory=dict)
    alike: int = 0


def candidates(
    conn: Connection,
    community: CommunityId,
    ids: Sequence[int] | NDArray[np.int64],
    readable: Readable,
    *,
    model: EmbeddingModel | None = None,
    vector: Vectors | None = None,
) -> list[Candidate]:
    """Return those of some chunks that an audience may read, in the order of their ids.

    Args:
        conn: The transaction to read in.
        community: Whose library.
        ids: Row ids of chunks.
        readable: What the audience may be shown; nothing else comes back.
        model: Who made the vectors to compare with.
        vector: The query's, of shape `(dimensions,)`; None where words answer alone.
    """
    values = {"ids": listed(ids), "community": community, "rooms": lexical.rooms_of(readable)}
    found = [row for row in raw(conn).execute(_CANDIDATES, values) if row[-1] is not None]
    near: Sequence[float | None] = [None] * len(found)
    if model is not None and vector is not None:
        near = _nearness([_vector(row, model) for row in found], model, vector)
    return [
        Candidate(
            chunk=row[0],
            resource=row[1],
            ordinal=row[2],
            context=row[3],
            text=row[4],
            words=row[5],
            nearness=nearness,
            shared_at=EPOCH + timedelta(microseconds=row[-1]),
        )
        for row, nearness in zip(found, near, strict=True)
    ]


def _candidates() -> str:
    """Return the statement of `candidates`, written out once: it is what a search spends its time in."""
    first = sa.select(sa.func.min(shares.c.shared_at)).where(
        shares.c.resource_id == chunks.c.resource_id, lexical.is_open()
    )
    ids = sa.func.json_each(sa.bindparam("ids", type_=sa.Text)).table_valued("value")
    wanted = sa.select(
        chunks.c.id,
        chunks.c.resource_id,
        chunks.c.ordinal,
        chunks.c.context,
        chunks.c.text,
        chunks.c.words,
        chunks.c.model,
        chunks.c.vector,
        first.scalar_subquery(),
    ).where(
        chunks.c.id.in_(sa.select(ids.c.value)),
        chunks.c.community_id == sa.bindparam("community"),
    )
    dialect = sqlite.dialect(paramstyle="named")
    return str(wanted.order_by(chunks.c.id).compile(dialect=dialect))


_CANDIDATES = _candidates()


def _vector(row: tuple[Any, ...], model: EmbeddingModel) -> bytes | None:
    """Return a row's vector if it is of this model and size."""
    name, vector = row[6], row[7]
    is_whole = vector is not None and len(vector) == 2 * model.dimensions
    return vector if is_whole and name == model.name else None


def _nearness(
    kept: Sequence[bytes | None], model: EmbeddingModel, vector: Vectors
) -> list[float | None]:
    there = [each for each in kept if each is not None]
    table = np.frombuffer(b"".join(there), np.float16).reshape(len(there), model.dimensions)
    cosines = iter((table.astype(np.float32) @ vector).tolist())
    return [None if each is None else model.nearness(next(cosines)) for each in kept]


def passages(
    conn: Connection, community: CommunityId, picks: Sequence[Pick], readable: Readable
) -> list[Passage]:
    """Return picks as they are shown, in the order given; what an audience may not read is left out."""
    heads = [pick.chunks[0] for pick in picks]
    values = {"heads": heads, "community": community, "rooms": lexical.rooms_of(readable)}
    first: dict[int, Any] = {}
    for row in conn.execute(_SHOWN, values):
        first.setdefault(row.id, row)
    return [
        _passage(conn, first[pick.chunks[0]], pick) for pick in picks if pick.chunks[0] in first
    ]


_SHOWN = (
    sa.select(
        chunks.c.id,
        chunks.c.resource_id,
        chunks.c.start,
        chunks.c.end,
        chunks.c.text,
        chunks.c.place,
        chunks.c.hash,
        source_of_share().label("source"),
        resources.c.title,
        resources.c.kind,
        resources.c.revision,
        resources.c.language,
        shares.c.shared_at,
        shares.c.message_id,
        shares.c.id.label("share"),
        sharer(),
        pages.c.address,
    )
    .join_from(chunks, resources)
    .join(shares, shares.c.resource_id == resources.c.id)
    .outerjoin(members, members.c.id == shares.c.member_id)
    .outerjoin(pages, pages.c.resource_id == resources.c.id)
    .where(
        chunks.c.id.in_(sa.bindparam("heads", expanding=True)),
        chunks.c.community_id == sa.bindparam("community"),
        lexical.is_open(),
    )
    .order_by(shares.c.shared_at, shares.c.id)
)


def of_resource(conn: Connection, resource: ResourceId, readable: Readable) -> list[Passage]:
    """Return all passages of a resource in reading order, where an audience may read it."""
    found = sa.select(chunks.c.id, chunks.c.community_id).where(chunks.c.resource_id == resource)
    rows = conn.execute(found.order_by(chunks.c.ordinal)).all()
    if not rows:
        return []
    picks = [Pick((ChunkId(row.id),)) for row in rows]
    return passages(conn, CommunityId(rows[0].community_id), picks, readable)


def place(record: dict[str, Any]) -> Place:
    """Return a place from its JSON form."""
    return Place(tuple(record["headings"]), record["page"], record["message"])


def _span(kind: ResourceKind, first: Place, last: Place) -> Place:
    """Return the place of a passage, from where its first chunk stands to where its last one does."""
    headings = first.headings
    if kind is ResourceKind.TRANSCRIPT and last.headings != headings:  # of a recording: the times
        headings = ("–".join((*headings, *last.headings)),)
    return Place(
        headings,
        first.page,
        first.message,
        last_page=None if last.page == first.page else last.page,
        unit=Unit.SLIDE if kind is ResourceKind.SLIDES else Unit.PAGE,
    )


def _passage(conn: Connection, row: Any, pick: Pick) -> Passage:
    end, text, last = row.end, row.text, row.place
    if len(pick.chunks) > 1:
        end, text, last = _through(conn, row, pick.chunks[-1])
    said: tuple[Said, ...] = ()
    if row.kind == ResourceKind.CONVERSATION:
        said = _said(conn, row.resource_id, row.start, end)
    return Passage(
        resource=ResourceId(row.resource_id),
        revision=row.revision,
        source=row.source,
        title=row.title,
        place=_span(ResourceKind(row.kind), place(row.place), place(last)),
        chunk=row.hash,
        start=row.start,
        end=end,
        text=text,
        score=pick.score,
        shared_by=row.name,
        shared_at=row.shared_at,
        message=said[0].message if said else row.message_id,
        kind=ResourceKind(row.kind),
        address=row.address if is_page(row.source) else None,
        said=said,
        parts=pick.parts,
        alike=pick.alike,
        language=row.language,
        share=row.share,
    )


def _through(conn: Connection, first: Any, last: ChunkId) -> tuple[int, str, dict[str, Any]]:
    """Return where a later chunk of the same resource ends, the text up to there, and its place."""
    length = chunks.c.end - first.start
    found = (
        sa.select(
            chunks.c.end,
            sa.func.substr(resources.c.text, first.start + 1, length),
            chunks.c.place,
        )
        .join_from(chunks, resources)
        .where(chunks.c.id == last, chunks.c.resource_id == first.resource_id)
    )
    row = conn.execute(found).one()
    return row[0], row[1], row[2]


def _said(conn: Connection, resource: int, start: int, end: int) -> tuple[Said, ...]:
    within = (
        sa.select(
            window_messages.c.message_id,
            messages.c.revision,
            window_messages.c.start,
            window_messages.c.end,
        )
        .join_from(window_messages, messages)
        .where(
            window_messages.c.resource_id == resource,
            window_messages.c.start < end,
            window_messages.c.end > start,
        )
        .order_by(window_messages.c.start)
    )
    return tuple(Said(MessageId(row[0]), *row[1:]) for row in conn.execute(within))


def listed(ids: Sequence[int] | NDArray[np.int64]) -> str:
    """Return ids as one value of a statement, however many."""
    return json.dumps(ids.tolist() if isinstance(ids, np.ndarray) else list(ids))
