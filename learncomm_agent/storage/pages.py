"""Which resources are pages, when each was last there, and when it is to be looked at again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares
from learncomm_agent.storage.schema_sources import pages


@dataclass(frozen=True, slots=True)
class Page:
    """A resource that lives at an address."""

    resource: ResourceId
    community: CommunityId
    address: str
    etag: str | None
    last_modified: str | None
    checked_at: datetime
    """When it was last seen there."""
    failures: int
    """How often in a row its server said that there is no such page."""
    gone_at: datetime | None
    """Since when we are sure that there is none."""
    check_at: datetime


def of(conn: Connection, resource: ResourceId) -> Page | None:
    """Return what is known of a page; None where the resource is none, or is forgotten."""
    row = conn.execute(sa.select(pages).where(pages.c.resource_id == resource)).first()
    return None if row is None else Page(*row)


def at(conn: Connection, community: CommunityId, address: str) -> ResourceId | None:
    """Return the page that was fetched from an address; None where there is none."""
    here = sa.select(pages.c.resource_id).where(
        pages.c.community_id == community, pages.c.address == address
    )
    id = conn.execute(here.limit(1)).scalar()
    return None if id is None else ResourceId(id)


def move(conn: Connection, page: Page, address: str) -> bool:
    """Let a page live at another address, and bear the old one where it was shared; False where that is taken."""
    of_community = resources.c.community_id == page.community
    there = sa.select(resources.c.id).where(of_community, resources.c.source == address)
    if at(conn, page.community, address) or conn.execute(there).first():
        return False
    shared = sa.update(shares).where(
        shares.c.resource_id == page.resource, shares.c.source.is_(None)
    )
    conn.execute(shared.values(source=page.address))
    moved = sa.update(resources).where(resources.c.id == page.resource)
    conn.execute(moved.values(source=address))
    _set(conn, page.resource, address=address)
    return True


def due(conn: Connection, now: datetime, limit: int) -> list[Page]:
    """Return pages that are to be looked at by now, the longest due first."""
    wanted = sa.select(pages).where(pages.c.check_at <= now).order_by(pages.c.check_at)
    return [Page(*row) for row in conn.execute(wanted.limit(limit))]


def next_due(conn: Connection) -> datetime | None:
    """Return when the next page is to be looked at; None where there is none."""
    return conn.execute(sa.select(sa.func.min(pages.c.check_at))).scalar()


def seen(
    conn: Connection,
    community: CommunityId,
    resource: ResourceId,
    address: str,
    marks: tuple[str | None, str | None],
    *,
    now: datetime,
    check_at: datetime,
) -> None:
    """Keep that a resource was found at its address.

    Args:
        conn: The transaction to write in.
        community: Whose library.
        resource: The resource.
        address: Where it was found.
        marks: By what its server knows this content: `ETag` and `Last-Modified`.
        now: When.
        check_at: When to look again.
    """
    values = {
        "address": address,
        "etag": marks[0],
        "last_modified": marks[1],
        "checked_at": now,
        "failures": 0,
        "gone_at": None,
        "check_at": check_at,
    }
    made = insert(pages).values(resource_id=resource, community_id=community, **values)
    conn.execute(made.on_conflict_do_update(index_elements=["resource_id"], set_=values))


def missed(
    conn: Connection,
    resource: ResourceId,
    *,
    failures: int,
    gone_at: datetime | None,
    check_at: datetime,
) -> None:
    """Keep that a page was not found at its address."""
    _set(conn, resource, failures=failures, gone_at=gone_at, check_at=check_at)


def holds(conn: Connection, resource: ResourceId, content_hash: str) -> bool:
    """Whether a resource holds this content already."""
    held = sa.select(resources.c.hash).where(resources.c.id == resource)
    return conn.execute(held).scalar() == content_hash


def put_off(conn: Connection, resource: ResourceId, check_at: datetime) -> None:
    """Look at a page at another time."""
    _set(conn, resource, check_at=check_at)


def _set(conn: Connection, resource: ResourceId, **values: object) -> None:
    conn.execute(sa.update(pages).where(pages.c.resource_id == resource).values(**values))
