"""Rooms, threads and direct talks."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import Room, RoomId, RoomKind, RoomRef
from learncomm_agent.chat.people import CommunityId, SpaceId, SpaceRef
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import rooms, spaces

located = sa.select(rooms, spaces.c.platform, spaces.c.platform_id.label("space")).join(spaces)
"""Rows of rooms with the platform's ids of where they are."""


def ensure(conn: Connection, community: CommunityId, space: SpaceId, room: Room) -> RoomId:
    """Return the id of a room, made if need be, named and read as the platform says now."""
    values = {
        "name": room.name,
        "kind": room.kind,
        "parent": None if room.parent is None else room.parent.id,
        "is_read": room.is_read,
    }
    made = insert(rooms).values(
        community_id=community, space_id=space, platform_id=room.ref.id, **values
    )
    kept = made.on_conflict_do_update(index_elements=["space_id", "platform_id"], set_=values)
    return RoomId(conn.execute(kept.returning(rooms.c.id)).scalar_one())


def find(conn: Connection, refs: Iterable[RoomRef]) -> dict[RoomRef, RoomId]:
    """Return the ids of those rooms that are known."""
    wanted = set(refs)
    ids = {ref.id for ref in wanted}
    found = conn.execute(located.where(rooms.c.platform_id.in_(ids)))
    known = {_ref(row): RoomId(row.id) for row in found}
    return {ref: room for ref, room in known.items() if ref in wanted}


def get(conn: Connection, room: RoomId) -> Room:
    """Return a room by its id."""
    return made_of(conn.execute(located.where(rooms.c.id == room)).one())


def exists(conn: Connection, room: RoomId) -> bool:
    """Whether there is such a room still."""
    return conn.execute(sa.select(rooms.c.id).where(rooms.c.id == room)).first() is not None


def made_of(row: sa.Row[*tuple[Any, ...]]) -> Room:
    """Return the room of a row of `located`."""
    ref = _ref(row)
    return Room(
        ref=ref,
        name=row.name,
        kind=RoomKind(row.kind),
        parent=None if row.parent is None else RoomRef(ref.space, row.parent),
        is_read=row.is_read,
    )


def choose_reading(conn: Connection, room: RoomId, *, is_read: bool) -> None:
    """Keep a leader's choice whether a room is read; it goes before what the platform says."""
    choice = sa.update(rooms).where(rooms.c.id == room).values(reading=is_read, is_read=is_read)
    conn.execute(choice)


def chosen(conn: Connection, room: RoomId) -> bool | None:
    """Return what a leader chose for a room itself; None where that was nothing."""
    return conn.execute(sa.select(rooms.c.reading).where(rooms.c.id == room)).scalar()


def reading(conn: Connection) -> dict[RoomRef, bool]:
    """Return the rooms for which a leader chose, and what."""
    chosen = conn.execute(located.where(rooms.c.reading.is_not(None)))
    return {_ref(row): row.reading for row in chosen}


def choose_links(conn: Connection, room: RoomId, links: str) -> None:
    """Keep a leader's choice what becomes of the links in a room: `every` or `tapped`."""
    conn.execute(sa.update(rooms).where(rooms.c.id == room).values(links=links))


def links(conn: Connection) -> dict[RoomRef, str]:
    """Return the rooms for which a leader chose what becomes of their links, and what."""
    chosen = conn.execute(located.where(rooms.c.links.is_not(None)))
    return {_ref(row): row.links for row in chosen}


def language(conn: Connection, room: RoomId) -> str | None:
    """Return the language that a room speaks, where a leader said so."""
    return conn.execute(sa.select(rooms.c.language).where(rooms.c.id == room)).scalar()


def _ref(row: sa.Row[*tuple[Any, ...]]) -> RoomRef:
    return RoomRef(SpaceRef(row.platform, row.space), row.platform_id)
