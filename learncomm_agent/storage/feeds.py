"""Feeds that rooms are subscribed to, and the entries of each that are in the library."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares
from learncomm_agent.storage.schema_sources import feed_entries, feeds, pages


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed, and where its entries go."""

    id: int
    community: CommunityId
    room: RoomId
    member: MemberId | None
    """The leader who wished it; None once they are forgotten."""
    address: str
    title: str
    etag: str | None
    last_modified: str | None
    checked_at: datetime | None
    """When it could be read the last time."""
    failures: int
    """How often it could not, since then."""
    check_at: datetime


_kept = sa.select(*(column for column in feeds.c if column is not feeds.c.created_at))


def add(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    member: MemberId,
    *,
    address: str,
    title: str,
    now: datetime,
) -> int | None:
    """Keep a subscription, to be read at once; None where the room has it already."""
    made = insert(feeds).values(
        community_id=community,
        room_id=room,
        member_id=member,
        address=address,
        title=title,
        failures=0,
        check_at=now,
        created_at=now,
    )
    made = made.on_conflict_do_nothing(index_elements=["room_id", "address"])
    return conn.execute(made.returning(feeds.c.id)).scalar()


def get(conn: Connection, feed: int) -> Subscription | None:
    """Return a subscription; None where it has ended."""
    row = conn.execute(_kept.where(feeds.c.id == feed)).first()
    return None if row is None else Subscription(*row)


def of_room(conn: Connection, room: RoomId) -> list[Subscription]:
    """Return the subscriptions of a room, oldest first."""
    here = _kept.where(feeds.c.room_id == room).order_by(feeds.c.id)
    return [Subscription(*row) for row in conn.execute(here)]


def remove(conn: Connection, feed: int) -> None:
    """End a subscription; what it brought stays."""
    conn.execute(sa.delete(feeds).where(feeds.c.id == feed))


def due(conn: Connection, now: datetime, limit: int) -> list[Subscription]:
    """Return the subscriptions that are to be read by now, longest due first."""
    ready = _kept.where(feeds.c.check_at <= now).order_by(feeds.c.check_at, feeds.c.id)
    return [Subscription(*row) for row in conn.execute(ready.limit(limit))]


def next_check(conn: Connection) -> datetime | None:
    """Return when the next one is to be read; None where there is none."""
    return conn.execute(sa.select(sa.func.min(feeds.c.check_at))).scalar()


def change(conn: Connection, feed: int, **values: Any) -> None:
    """Keep what became of reading it, by the names of the columns."""
    conn.execute(sa.update(feeds).where(feeds.c.id == feed).values(**values))


def seen(conn: Connection, feed: int) -> dict[str, str]:
    """Return the entries that were seen, by the digest of their id, each with that of its content."""
    rows = conn.execute(sa.select(feed_entries.c.entry).where(feed_entries.c.feed_id == feed))
    return dict(entry.split(".", 1) for entry in rows.scalars())


def mark(conn: Connection, feed: int, entries: Mapping[str, str], now: datetime) -> None:
    """Keep that entries were seen, with their present content."""
    if not entries:
        return
    known = {id: content for id, content in seen(conn, feed).items() if id in entries}
    _unmark(conn, feed, {f"{id}.{content}" for id, content in known.items()})
    rows = [
        {"feed_id": feed, "entry": f"{id}.{content}", "seen_at": now}
        for id, content in entries.items()
    ]
    conn.execute(sa.insert(feed_entries), rows)


def forget(conn: Connection, feed: int, present: Collection[str], before: datetime) -> None:
    """Let go of entries that the feed does not hold any more, seen before a moment."""
    old = sa.select(feed_entries.c.entry).where(
        feed_entries.c.feed_id == feed, feed_entries.c.seen_at < before
    )
    gone = {entry for entry in conn.execute(old).scalars() if entry.split(".")[0] not in present}
    _unmark(conn, feed, gone)


def is_there(
    conn: Connection, community: CommunityId, room: RoomId, names: Collection[str]
) -> bool:
    """Whether a room has a resource of one of these sources, or the page at one of these addresses."""
    here = (
        sa.select(resources.c.id)
        .join_from(resources, shares)
        .outerjoin(pages, pages.c.resource_id == resources.c.id)
        .where(
            resources.c.community_id == community,
            shares.c.room_id == room,
            sa.or_(
                *(
                    name.in_(names)
                    for name in (shares.c.source, resources.c.source, pages.c.address)
                )
            ),
        )
    )
    return conn.execute(here.limit(1)).first() is not None


def _unmark(conn: Connection, feed: int, entries: Collection[str]) -> None:
    if entries:
        gone = sa.delete(feed_entries).where(
            feed_entries.c.feed_id == feed, feed_entries.c.entry == sa.bindparam("gone")
        )
        conn.execute(gone, [{"gone": entry} for entry in entries])
