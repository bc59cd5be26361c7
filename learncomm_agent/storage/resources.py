"""Resources, their shares and their chunks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import (
    Chunk,
    ChunkId,
    Passage,
    Place,
    Reading,
    Resource,
    ResourceId,
    ResourceKind,
    Share,
)
from learncomm_agent.storage import lexical
from learncomm_agent.storage import shares as shares_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import chunks, members, resources, shares


@dataclass(frozen=True, slots=True)
class Added:
    """What became of something that was added."""

    resource: ResourceId
    is_new: bool
    """Whether the library did not hold this content yet."""
    gone: tuple[ChunkId, ...] = ()
    """Chunks of an older revision that are gone."""


def add(
    conn: Connection,
    community: CommunityId,
    reading: Reading,
    text: str,
    pieces: Sequence[Chunk],
    share: Share,
    *,
    content_hash: str,
    now: datetime,
) -> Added:
    """Keep a resource and who shared it.

    The same content is one resource with one more share. Other content under the same source is the
    next revision where nobody else shared the old one; else it is a resource of its own, so that
    readers of another room never see what was not shared with them.
    """
    known = _same_content(conn, community, reading.source, content_hash)
    if known is not None:
        shares_of.add(conn, community, known, share, now)
        return Added(known, is_new=False)
    old = _shared_so_alone(conn, community, reading.source, share)
    values: dict[str, Any] = {
        "kind": reading.kind,
        "title": reading.title,
        "language": reading.language,
        "text": text,
        "hash": content_hash,
        "changed_at": now,
    }
    gone: tuple[ChunkId, ...] = ()
    if old is None:
        made = sa.insert(resources).values(
            community_id=community, source=reading.source, revision=0, added_at=now, **values
        )
        resource = ResourceId(conn.execute(made.returning(resources.c.id)).scalar_one())
    else:
        resource = old
        gone = _drop_chunks(conn, resource)
        revised = sa.update(resources).where(resources.c.id == resource)
        conn.execute(revised.values(revision=resources.c.revision + 1, **values))
    _add_chunks(conn, community, resource, reading.title, pieces)
    shares_of.add(conn, community, resource, share, now)
    return Added(resource, is_new=True, gone=gone)


def remove(conn: Connection, resource: ResourceId) -> tuple[ChunkId, ...]:
    """Take a resource out with its shares, chunks and full text; return the chunks that are gone."""
    gone = _drop_chunks(conn, resource)
    conn.execute(sa.delete(resources).where(resources.c.id == resource))
    return gone


def listed(
    conn: Connection, community: CommunityId, readable: Readable, *, source: str | None = None
) -> list[Resource]:
    """Return the resources that an audience may see, newest first; of one source where it is given.

    A source also matches as a title, in small or capital letters, or as the file's name of a JSONL line
    (`name` of `name#id`).
    """
    wanted = _visible(community, readable)
    if source is not None:
        by_file = resources.c.source.startswith(f"{source}#", autoescape=True)
        wanted = wanted.where(
            sa.or_(
                resources.c.source == source,
                resources.c.title == source,
                sa.func.lower(resources.c.title) == source.lower(),
                by_file,
            )
        )
    found: dict[int, list[Any]] = {}
    for row in conn.execute(wanted.order_by(resources.c.changed_at.desc(), resources.c.id.desc())):
        found.setdefault(row.id, []).append(row)
    return [_resource(rows) for rows in found.values()]


def passages(
    conn: Connection, community: CommunityId, scores: dict[ChunkId, float], readable: Readable
) -> list[Passage]:
    """Return the passages of those chunks that an audience may read, best score first."""
    wanted = (
        sa.select(
            chunks,
            resources.c.source,
            resources.c.title,
            resources.c.revision,
            shares.c.shared_at,
            shares.c.message_id,
            members.c.name,
        )
        .join_from(chunks, resources)
        .join(shares, shares.c.resource_id == resources.c.id)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .where(
            chunks.c.id.in_(scores), chunks.c.community_id == community, lexical.is_open(readable)
        )
        .order_by(shares.c.shared_at)
    )
    first: dict[int, Any] = {}
    for row in conn.execute(wanted):
        first.setdefault(row.id, row)
    ordered = sorted(first.values(), key=lambda row: (-scores[row.id], row.id))
    return [_passage(row, scores[row.id]) for row in ordered]


def of_resource(conn: Connection, resource: ResourceId, readable: Readable) -> list[Passage]:
    """Return all passages of a resource in reading order, where an audience may read it."""
    row = conn.execute(
        sa.select(resources.c.community_id).where(resources.c.id == resource)
    ).first()
    if row is None:
        return []
    ids = conn.execute(
        sa.select(chunks.c.id).where(chunks.c.resource_id == resource).order_by(chunks.c.ordinal)
    ).scalars()
    scores = {ChunkId(id): 1.0 for id in ids}
    return passages(conn, CommunityId(row[0]), scores, readable)


def named(conn: Connection, resource: ResourceId) -> tuple[str, str]:
    """Return the source and the title of a resource."""
    row = conn.execute(
        sa.select(resources.c.source, resources.c.title).where(resources.c.id == resource)
    ).one()
    return row[0], row[1]


def revisions(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the present revision of resources, by row id; those that are gone are left out."""
    present = sa.select(resources.c.id, resources.c.revision).where(resources.c.id.in_(ids))
    return dict(conn.execute(present).all())


def _visible(community: CommunityId, readable: Readable) -> sa.Select[Any]:
    return (
        sa.select(
            resources.c.id,
            resources.c.source,
            resources.c.kind,
            resources.c.title,
            resources.c.revision,
            resources.c.added_at,
            members.c.name,
        )
        .join_from(resources, shares)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .where(resources.c.community_id == community, lexical.is_open(readable))
    )


def _same_content(
    conn: Connection, community: CommunityId, source: str, content_hash: str
) -> ResourceId | None:
    same = sa.select(resources.c.id).where(
        resources.c.community_id == community,
        resources.c.hash == content_hash,
        resources.c.source == source,
    )
    id = conn.execute(same).scalar()
    return None if id is None else ResourceId(id)


def _shared_so_alone(
    conn: Connection, community: CommunityId, source: str, share: Share
) -> ResourceId | None:
    """Return the resource under this source that just this member shared, with just this room."""
    same = sa.select(resources.c.id).where(
        resources.c.community_id == community, resources.c.source == source
    )
    for id in conn.execute(same).scalars():
        made = sa.select(shares.c.room_id, shares.c.member_id).where(shares.c.resource_id == id)
        if set(conn.execute(made)) == {(share.room, share.member)}:
            return ResourceId(id)
    return None


def _add_chunks(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    title: str,
    pieces: Sequence[Chunk],
) -> None:
    rows = [
        {
            "community_id": community,
            "resource_id": resource,
            "ordinal": piece.ordinal,
            "start": piece.start,
            "end": piece.end,
            "context": " › ".join((title, *piece.place.headings)),
            "text": piece.text,
            "place": asdict(piece.place),
            "hash": piece.hash,
        }
        for piece in pieces
    ]
    if rows:
        conn.execute(sa.insert(chunks), rows)
        lexical.add(conn, resource)


def _drop_chunks(conn: Connection, resource: ResourceId) -> tuple[ChunkId, ...]:
    lexical.remove(conn, resource)
    dropped = sa.delete(chunks).where(chunks.c.resource_id == resource).returning(chunks.c.id)
    return tuple(ChunkId(id) for id in conn.execute(dropped).scalars())


def _resource(rows: Sequence[Any]) -> Resource:
    row = rows[0]
    names = tuple(dict.fromkeys(row.name for row in rows if row.name))
    return Resource(
        id=ResourceId(row.id),
        source=row.source,
        kind=ResourceKind(row.kind),
        title=row.title,
        revision=row.revision,
        added_at=row.added_at,
        shared_by=names,
    )


def place(record: dict[str, Any]) -> Place:
    """Return a place from its JSON form."""
    return Place(tuple(record["headings"]), record["page"], record["message"])


def _passage(row: Any, score: float) -> Passage:
    return Passage(
        resource=ResourceId(row.resource_id),
        revision=row.revision,
        source=row.source,
        title=row.title,
        place=place(row.place),
        chunk=row.hash,
        start=row.start,
        end=row.end,
        text=row.text,
        score=score,
        shared_by=row.name,
        shared_at=row.shared_at,
        message=row.message_id,
    )
