"""Resources: their text and their chunks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import (
    Chunk,
    ChunkId,
    Reading,
    Resource,
    ResourceId,
    ResourceKind,
    Share,
)
from learncomm_agent.storage import lexical, shelves
from learncomm_agent.storage import shares as shares_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.naming import sharer
from learncomm_agent.storage.schema import chunks, members, resources, shares

_OF_CHAT = frozenset({ResourceKind.MESSAGE, ResourceKind.CONVERSATION, ResourceKind.ANSWER})
"""Kinds that are one thing each, however alike: they live and go with what was said."""


@dataclass(frozen=True, slots=True)
class Content:
    """A reading, cut and analysed, as it is kept."""

    reading: Reading
    text: str
    chunks: tuple[Chunk, ...]
    words: tuple[str, ...]
    """One text a chunk: the words of its context and its own, see `library.finding.analysis`."""
    hash: str
    """Of title and text: the same content gives the same hash."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of something that was added."""

    resource: ResourceId
    is_new: bool
    """Whether the library did not hold this content yet."""
    gone: tuple[ChunkId, ...] = ()
    """Chunks of an older revision that are gone."""
    was_here: bool = False
    """Whether it had been shared before with those for whom it is shared now: others held it unseen."""


def add(
    conn: Connection, community: CommunityId, content: Content, share: Share, *, now: datetime
) -> Added:
    """Keep a resource and who shared it.

    The same content is one resource with one more share, whatever it was called. Other content of a
    page is its next revision, and of a file that of what its sharer brought to the room under this
    name before: where others share that as well it stays theirs, so that nobody writes over it. What is
    held writes over nothing.
    """
    known = same_content(conn, community, content)
    if known is not None:
        was_here = shares_of.is_shared_with(conn, known, share.room)
        shares_of.add(conn, community, known, _named(conn, known, content, share), now)
        return Added(known, is_new=False, was_here=was_here)
    old = None if share.is_held else _older(conn, community, content, share)
    if old is not None:
        gone = revise(conn, community, old, content, now=now)
        shares_of.add(conn, community, old, _named(conn, old, content, share), now)
        return Added(old, is_new=True, gone=gone)
    source = content.reading.source
    made = sa.insert(resources).values(
        community_id=community, source=source, revision=0, added_at=now, **_values(content, now)
    )
    resource = ResourceId(conn.execute(made.returning(resources.c.id)).scalar_one())
    _add_chunks(conn, community, resource, content)
    shares_of.add(conn, community, resource, share, now, is_first=True)
    return Added(resource, is_new=True)


def _older(
    conn: Connection, community: CommunityId, content: Content, share: Share
) -> ResourceId | None:
    """Return of what this is the next revision; None for none."""
    source = content.reading.source
    if is_page(source):
        return _of_source(conn, community, source)
    old = shares_of.under(conn, community, source, share)
    is_shared = old is not None and shares_of.move_away(conn, old, share)
    return None if is_shared else old


def revise(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    content: Content,
    *,
    now: datetime,
) -> tuple[ChunkId, ...]:
    """Keep other content as the next revision of a resource; return the chunks that are gone.

    Chunks that say the same as before keep their vectors.
    """
    shelves.changed(conn, shares.c.resource_id == resource)
    kept = sa.select(chunks.c.hash, chunks.c.model, chunks.c.vector).where(
        chunks.c.resource_id == resource, chunks.c.vector.is_not(None)
    )
    vectors = {row.hash: (row.model, row.vector) for row in conn.execute(kept)}
    gone = _drop_chunks(conn, resource)
    revised = sa.update(resources).where(resources.c.id == resource)
    values = _values(content, now)
    conn.execute(revised.values(revision=resources.c.revision + 1, **values))
    _add_chunks(conn, community, resource, content, vectors)
    return gone


def remove(conn: Connection, resource: ResourceId) -> tuple[ChunkId, ...]:
    """Take a resource out with its shares, chunks and full text; return the chunks that are gone."""
    shelves.changed(conn, shares.c.resource_id == resource)
    gone = _drop_chunks(conn, resource)
    conn.execute(sa.delete(resources).where(resources.c.id == resource))
    return gone


def listed(
    conn: Connection,
    community: CommunityId,
    readable: Readable,
    *,
    source: str | None = None,
) -> list[Resource]:
    """Return the resources that an audience may see, newest first; of one source where it is given.

    A source also matches as a title, in small or capital letters, or as the file's name of a JSONL line
    (`name` of `name#id`). Conversations are left out.
    """
    wanted = _visible(community, readable).where(resources.c.kind != ResourceKind.CONVERSATION)
    if source is not None:
        name = source_of_share()
        by_file = name.startswith(f"{source}#", autoescape=True)
        wanted = wanted.where(
            sa.or_(
                name == source,
                resources.c.title == source,
                sa.func.lower(resources.c.title) == source.lower(),
                by_file,
            )
        )
    found: dict[int, list[Any]] = {}
    for row in conn.execute(
        wanted.order_by(resources.c.changed_at.desc(), resources.c.id.desc(), shares.c.id)
    ):
        found.setdefault(row.id, []).append(row)
    return [_resource(rows) for rows in found.values()]


def named(conn: Connection, resource: ResourceId) -> tuple[str, str]:
    """Return the source and the title of a resource."""
    known = sa.select(resources.c.source, resources.c.title).where(resources.c.id == resource)
    row = conn.execute(known).one()
    return row[0], row[1]


def revisions(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the present revision of resources, by row id; those that are gone are left out."""
    present = sa.select(resources.c.id, resources.c.revision).where(resources.c.id.in_(ids))
    return dict(conn.execute(present).all())


def is_page(source: str) -> bool:
    """Whether something was brought from an address, where it may change."""
    return source.startswith(("http://", "https://"))


def source_of_share() -> sa.ColumnElement[str]:
    """The name under which a share brought its resource."""
    return sa.func.coalesce(shares.c.source, resources.c.source)


def context_of(title: str, piece: Chunk) -> str:
    """Return what stands before a chunk's text when it is embedded and analysed."""
    return " › ".join((title, *piece.place.headings))


def _visible(community: CommunityId, readable: Readable) -> sa.Select[Any]:
    return (
        sa.select(
            resources.c.id,
            source_of_share().label("source"),
            resources.c.kind,
            resources.c.title,
            resources.c.revision,
            resources.c.added_at,
            sharer(),
        )
        .join_from(resources, shares)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .where(resources.c.community_id == community, lexical.is_open(readable))
    )


def _values(content: Content, now: datetime) -> dict[str, Any]:
    reading = content.reading
    return {
        "kind": reading.kind,
        "title": reading.title,
        "language": reading.language,
        "text": content.text,
        "hash": content.hash,
        "changed_at": now,
        "author": reading.author,
        "published_at": reading.published_at,
    }


def _named(conn: Connection, resource: ResourceId, content: Content, share: Share) -> Share:
    """Return a share with the name under which it brings a resource that has another one."""
    source = content.reading.source
    return replace(share, source=None if named(conn, resource)[0] == source else source)


def same_content(conn: Connection, community: CommunityId, content: Content) -> ResourceId | None:
    """Return what holds the same already; pages and what was said are only the same as themselves."""
    source, kind = content.reading.source, content.reading.kind
    same = sa.select(resources.c.id, resources.c.source, resources.c.kind).where(
        resources.c.community_id == community, resources.c.hash == content.hash
    )
    for row in conn.execute(same.order_by(resources.c.id)):
        is_apart = is_page(source) or is_page(row.source) or {kind, row.kind} & _OF_CHAT
        if row.source == source or not is_apart:
            return ResourceId(row.id)
    return None


def _of_source(conn: Connection, community: CommunityId, source: str) -> ResourceId | None:
    same = sa.select(resources.c.id).where(
        resources.c.community_id == community, resources.c.source == source
    )
    id = conn.execute(same.order_by(resources.c.id)).scalar()
    return None if id is None else ResourceId(id)


def _add_chunks(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    content: Content,
    vectors: dict[str, tuple[str, bytes]] | None = None,
) -> None:
    rows = []
    for piece, words in zip(content.chunks, content.words, strict=True):
        model, vector = (vectors or {}).get(piece.hash, (None, None))
        rows.append(
            {
                "community_id": community,
                "resource_id": resource,
                "ordinal": piece.ordinal,
                "start": piece.start,
                "end": piece.end,
                "context": context_of(content.reading.title, piece),
                "text": piece.text,
                "place": asdict(piece.place),
                "hash": piece.hash,
                "words": words,
                "model": model,
                "vector": vector,
            }
        )
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
