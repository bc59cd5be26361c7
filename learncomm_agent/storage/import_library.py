"""Writing the resources and feeds of an export into the tables.

A resource that is here already is known by its source and the moment it was added (a page by its
address alone), whatever its revision.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ResourceId, ResourceKind
from learncomm_agent.moving.records import FeedRecord, PageRecord, ResourceRecord
from learncomm_agent.storage import resources as resources_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.import_rows import insert
from learncomm_agent.storage.resources import Content
from learncomm_agent.storage.schema import resources
from learncomm_agent.storage.schema_sources import feed_entries, feeds, pages


@dataclass(frozen=True, slots=True)
class Known:
    """A resource that is here already, perhaps in another revision."""

    id: ResourceId
    revision: int


def find_resource(
    conn: Connection, community: CommunityId, source: str, added_at: datetime
) -> Known | None:
    """Return the very resource, in whatever revision it is here; a page is one, whoever brought it when."""
    same = sa.select(resources.c.id, resources.c.revision).where(
        resources.c.community_id == community,
        resources.c.source == source,
        resources.c.kind != ResourceKind.CONVERSATION,
    )
    if not resources_of.is_page(source):
        same = same.where(resources.c.added_at == added_at)
    row = conn.execute(same.order_by(resources.c.id)).first()
    return None if row is None else Known(ResourceId(row.id), row.revision)


def add_resource(
    conn: Connection,
    community: CommunityId,
    record: ResourceRecord,
    content: Content,
    *,
    revision: int,
    changed_at: datetime,
) -> ResourceId:
    """Keep a resource that is not here yet; return its id."""
    empty = {"text": "", "hash": "", "revision": revision - 1, "changed_at": changed_at}
    values = {"source": content.reading.source, "kind": record.kind, "title": record.title}
    made = {"community_id": community, "added_at": record.added_at, **values, **empty}
    resource = ResourceId(insert(conn, resources, record.id, made))
    resources_of.revise(conn, community, resource, content, now=changed_at)
    return resource


def add_page(
    conn: Connection, community: CommunityId, resource: ResourceId, record: PageRecord
) -> None:
    """Keep where a resource came from, unless that is known."""
    values = {name: getattr(record, name) for name in type(record).model_fields}
    made = sqlite.insert(pages).values(resource_id=resource, community_id=community, **values)
    conn.execute(made.on_conflict_do_nothing())


def add_feed(
    conn: Connection, community: CommunityId, room: int, member: int | None, record: FeedRecord
) -> None:
    """Have a room follow a feed, without what it has seen of it."""
    here = sa.select(feeds.c.id).where(feeds.c.room_id == room, feeds.c.address == record.address)
    feed = conn.execute(here).scalar()
    if feed is None:
        kept = set(type(record).model_fields) - {"id", "room", "member", "entries"}
        values = {name: getattr(record, name) for name in kept}
        made = {"community_id": community, "room_id": room, "member_id": member, **values}
        feed = insert(conn, feeds, record.id, made)
    for entry in record.entries:
        seen = sqlite.insert(feed_entries).values(
            feed_id=feed, entry=entry.entry, seen_at=entry.seen_at
        )
        conn.execute(seen.on_conflict_do_nothing())
