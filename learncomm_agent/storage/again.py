"""Due work that would bring a resource again by itself, once it was forgotten."""

from collections.abc import Iterator

import sqlalchemy as sa

from learncomm_agent.library.resources import ResourceId
from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.web.addresses import kept_as, lane_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.resources import is_page
from learncomm_agent.storage.schema import messages, shares, work
from learncomm_agent.storage.schema_sources import pages

_BEARS = sa.and_(
    work.c.name == "bring",
    messages.c.room_id == work.c.args["room"].as_integer(),
    messages.c.platform_id == work.c.args["message"].as_string(),
)
"""The condition that a row brings what a message bears."""


def drop(conn: Connection, resource: ResourceId) -> None:
    """Drop what would fetch a page once more, and what would bring what a message bears.

    Also where it is being done: who lost the row writes nothing.
    """
    doomed = [*_of_its_messages(conn, resource), *_of_its_address(conn, resource)]
    if doomed:
        conn.execute(sa.delete(work).where(IS_OPEN, work.c.id.in_(doomed)))


def _of_its_messages(conn: Connection, resource: ResourceId) -> Iterator[int]:
    """Yield the rows of the messages that brought it."""
    bringing = (
        sa.select(work.c.id)
        .join_from(work, messages, _BEARS)
        .join(shares, shares.c.message_id == messages.c.id)
        .where(IS_OPEN, shares.c.resource_id == resource)
    )
    yield from conn.execute(bringing).scalars()


def _of_its_address(conn: Connection, resource: ResourceId) -> Iterator[int]:
    """Yield the rows that fetch it by an address under which it is known, or a message's links with one."""
    named = (
        sa.select(pages.c.address, shares.c.source, pages.c.community_id)
        .join_from(pages, shares, shares.c.resource_id == pages.c.resource_id)
        .where(pages.c.resource_id == resource)
    )
    rows = conn.execute(named).all()
    known = {name for row in rows for name in row[:2] if name and is_page(name)}
    if not known:
        return
    mine = sa.and_(IS_OPEN, work.c.args["community"].as_integer() == rows[0].community_id)
    lanes = set(map(lane_of, known))
    fetching = sa.select(work.c.id, work.c.args).where(
        mine, work.c.name == "page", work.c.lane.in_(lanes)
    )
    for id, args in conn.execute(fetching):
        if kept_as(args["address"]) in known:
            yield id
    bringing = sa.select(work.c.id, work.c.args, messages.c.text).join_from(work, messages, _BEARS)
    for id, args, text in conn.execute(bringing.where(mine)):
        links = args.get("links") or links_in(text).addresses
        if not known.isdisjoint(map(kept_as, links)):
            yield id
