"""Spaces that the agent was taken out of: what rests meanwhile, and what goes in the end."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import (
    communities,
    members,
    messages,
    resources,
    rooms,
    shares,
    spaces,
    state,
    usage,
    work,
    writings,
)
from learncomm_agent.storage.schema_sources import feeds, pages

_STAYS = ("windows", "guides", "index", "unindex", "scrub", "room gone")
"""Kinds of due work that only concern what is kept here."""
_KEYS = ("request", "bring", "newcomer", "reread")
"""Kinds of due work whose keys begin with the row of a room."""
_FACTS = ("set up", "guides", "goal", "public page")
"""Small facts of which there is one for each community."""


def left(conn: Connection) -> set[SpaceRef]:
    """Return the spaces that were left."""
    gone = sa.select(spaces).where(spaces.c.left_at.is_not(None))
    return {SpaceRef(row.platform, row.platform_id) for row in conn.execute(gone)}


def left_at(conn: Connection, ref: SpaceRef) -> datetime | None:
    """Return when a space was left; None where it was not, or is not known."""
    return conn.execute(sa.select(spaces.c.left_at).where(_is(ref))).scalar()


def known(conn: Connection, platform: str) -> set[SpaceRef]:
    """Return the spaces of a platform that were met, those that were left among them."""
    met = sa.select(spaces.c.platform_id).where(spaces.c.platform == platform)
    return {SpaceRef(platform, id) for id in conn.execute(met).scalars()}


def mark(conn: Connection, ref: SpaceRef, at: datetime | None) -> None:
    """Keep when a space was left, or that it was not where None."""
    conn.execute(sa.update(spaces).where(_is(ref)).values(left_at=at))


def name(conn: Connection, ref: SpaceRef, name: str) -> None:
    """Keep what a space is called."""
    conn.execute(sa.update(spaces).where(_is(ref)).values(name=name))


def rooms_in(conn: Connection, ref: SpaceRef) -> list[RoomId]:
    """Return the rooms, threads and direct talks of a space."""
    here = sa.select(rooms.c.id).join(spaces).where(_is(ref)).order_by(rooms.c.id)
    return [RoomId(id) for id in conn.execute(here).scalars()]


# What rests while a space is left.


def drop_due(conn: Connection, ids: Collection[RoomId]) -> int:
    """Drop what waits to be done in rooms, posts among it; return how many rows that were.

    Also where it is being done: who lost the row writes nothing.
    """
    there = sa.or_(
        work.c.args["room"].as_integer().in_(ids), work.c.lane.in_([f"post:{id}" for id in ids])
    )
    of_feeds = sa.and_(
        work.c.name == "feed",
        work.c.args["feed"].as_integer().in_(sa.select(feeds.c.id).where(feeds.c.room_id.in_(ids))),
    )
    of_pages = sa.and_(
        work.c.name == "page again", work.c.args["resource"].as_integer().in_(_pages(ids))
    )
    waiting = sa.and_(IS_OPEN, work.c.name.not_in(_STAYS), sa.or_(there, of_feeds, of_pages))
    return conn.execute(sa.delete(work).where(waiting)).rowcount


def rest(conn: Connection, ids: Collection[RoomId], until: datetime) -> None:
    """Have feeds of rooms, and pages that only they know, looked at at another time."""
    conn.execute(sa.update(feeds).where(feeds.c.room_id.in_(ids)).values(check_at=until))
    known = sa.update(pages).where(pages.c.resource_id.in_(_pages(ids)))
    conn.execute(known.values(check_at=until))


def _pages(ids: Collection[RoomId]) -> sa.Select[tuple[int]]:
    """The pages that were shared in these rooms and nowhere else."""
    elsewhere = sa.select(shares.c.resource_id).where(
        sa.or_(shares.c.room_id.is_(None), shares.c.room_id.not_in(ids))
    )
    here = sa.select(shares.c.resource_id).where(shares.c.room_id.in_(ids))
    return sa.select(pages.c.resource_id).where(
        pages.c.resource_id.in_(here), pages.c.resource_id.not_in(elsewhere)
    )


# What goes in the end.


def is_alone(conn: Connection, community: CommunityId) -> bool:
    """Whether a community has one space at most."""
    count = sa.select(sa.func.count()).where(spaces.c.community_id == community)
    return conn.execute(count).scalar_one() <= 1


def some_messages(conn: Connection, ids: Collection[RoomId], limit: int) -> list[MessageId]:
    """Return some messages of rooms of which more is kept than that they were there."""
    here = sa.select(messages.c.id).where(
        messages.c.room_id.in_(ids), messages.c.state != State.DELETED
    )
    return [MessageId(id) for id in conn.execute(here.limit(limit)).scalars()]


def holds_shares(conn: Connection, room: RoomId) -> bool:
    """Whether anything is shared with a room, or a feed brings something there."""
    shared = sa.select(shares.c.id).where(shares.c.room_id == room)
    fed = sa.select(feeds.c.id).where(feeds.c.room_id == room)
    return conn.execute(shared.union_all(fed).limit(1)).first() is not None


def some_resources(conn: Connection, community: CommunityId, limit: int) -> list[ResourceId]:
    """Return some of the resources of a community."""
    held = sa.select(resources.c.id).where(resources.c.community_id == community).limit(limit)
    return [ResourceId(id) for id in conn.execute(held).scalars()]


def drop_space(conn: Connection, ref: SpaceRef) -> None:
    """Drop a space, its rooms and all rows that hang on them, and the keys of what was done there."""
    ids = rooms_in(conn, ref)
    keys = [work.c.key.startswith(f"{kind}:{id}:") for id in ids for kind in _KEYS]
    lanes = [f"post:{id}" for id in ids]
    for start in range(0, len(keys), 100):  # SQLite bounds how deep a condition may be
        conn.execute(sa.delete(work).where(sa.or_(*keys[start : start + 100])))
    conn.execute(sa.delete(work).where(work.c.lane.in_(lanes)))
    conn.execute(sa.delete(spaces).where(_is(ref)))


def drop_people(conn: Connection, community: CommunityId) -> int:
    """Drop the members of a community, what was written for them and counted; return how many they were."""
    mine = sa.select(members.c.id).where(members.c.community_id == community)
    people = list(conn.execute(mine).scalars())
    for start in range(0, len(people), 500):
        again = [f"in again:{id}" for id in people[start : start + 500]]
        conn.execute(sa.delete(state).where(state.c.key.in_(again)))
    for table in (writings, usage, members):
        conn.execute(sa.delete(table).where(table.c.community_id == community))
    return len(people)


def drop_community(conn: Connection, community: CommunityId) -> None:
    """Drop a community with all that hangs on it; what is in the full text must have gone before."""
    mine = work.c.args["community"].as_integer() == community
    conn.execute(sa.delete(work).where(mine))
    facts = [f"{kind}:{community}" for kind in _FACTS]
    conn.execute(sa.delete(state).where(state.c.key.in_(facts)))
    conn.execute(sa.delete(communities).where(communities.c.id == community))


def _is(ref: SpaceRef) -> sa.ColumnElement[bool]:
    return sa.and_(spaces.c.platform == ref.platform, spaces.c.platform_id == ref.id)
