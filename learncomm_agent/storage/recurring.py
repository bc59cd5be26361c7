"""What leaders ordered to be posted in rooms again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import AccountId, CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_nudges import recurring as rows


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that recurs in a room."""

    id: int
    community: CommunityId
    room: RoomId
    kind: str
    rule: Mapping[str, Any]
    """`{"weekday": 0, "at": "09:00", "zone": "Europe/Berlin", "every": 1, …}`; Monday is 0."""
    next_at: datetime
    last_at: datetime | None
    by: AccountId | None


def put(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    kind: str,
    rule: Mapping[str, Any],
    next_at: datetime,
    by: AccountId | None,
) -> Order:
    """Keep an order, in the place of one of its kind in the room; that one's last time stays."""
    values = {"rule": dict(rule), "next_at": next_at, "account_id": by}
    made = insert(rows).values(community_id=community, room_id=room, kind=kind, **values)
    kept = made.on_conflict_do_update(index_elements=["room_id", "kind"], set_=values)
    return _order(conn.execute(kept.returning(rows)).one())


def get(conn: Connection, id: int) -> Order | None:
    """Return an order; None where it has ended."""
    row = conn.execute(sa.select(rows).where(rows.c.id == id)).first()
    return None if row is None else _order(row)


def find(conn: Connection, room: RoomId, kind: str) -> Order | None:
    """Return the order of a kind in a room."""
    row = conn.execute(sa.select(rows).where(rows.c.room_id == room, rows.c.kind == kind)).first()
    return None if row is None else _order(row)


def every(conn: Connection, community: CommunityId | None = None) -> list[Order]:
    """Return all orders, or those of one community, the next one first."""
    these = sa.select(rows).order_by(rows.c.next_at, rows.c.id)
    if community is not None:
        these = these.where(rows.c.community_id == community)
    return [_order(row) for row in conn.execute(these)]


def remove(conn: Connection, id: int) -> None:
    """End an order."""
    conn.execute(sa.delete(rows).where(rows.c.id == id))


def went(conn: Connection, id: int, last_at: datetime | None, next_at: datetime) -> bool:
    """Keep when an order was carried out, if it was, and when it is next; whether it is there still."""
    values: dict[str, datetime] = {"next_at": next_at}
    if last_at is not None:
        values["last_at"] = last_at
    return conn.execute(sa.update(rows).where(rows.c.id == id).values(**values)).rowcount == 1


def _order(row: sa.Row[*tuple[Any, ...]]) -> Order:
    return Order(
        id=row.id,
        community=CommunityId(row.community_id),
        room=RoomId(row.room_id),
        kind=row.kind,
        rule=row.rule,
        next_at=row.next_at,
        last_at=row.last_at,
        by=None if row.account_id is None else AccountId(row.account_id),
    )
