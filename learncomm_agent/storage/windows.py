"""Conversation windows: which messages stand in which, and what the windows of a day are made from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ChunkId, ResourceId
from learncomm_agent.library.talk.windows import Spoken, Window
from learncomm_agent.storage import consents, lexical, shelves
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import (
    accounts,
    chunks,
    members,
    messages,
    resources,
    rooms,
    shares,
)
from learncomm_agent.storage.schema_sources import window_messages, windows


@dataclass(frozen=True, slots=True)
class Day:
    """What was said in a room on one day in UTC."""

    room: RoomId
    date: str
    """As in `2026-11-26`."""


def day_of(room: RoomId, moment: datetime) -> Day:
    """Return the day of a room to which a moment belongs; all moments are in UTC."""
    return Day(room, moment.date().isoformat())


def spoken(conn: Connection, day: Day) -> list[Spoken]:
    """Return what was said on a day and may be found, in the order written."""
    begin = datetime.combine(date.fromisoformat(day.date), datetime.min.time(), UTC)
    wanted = _findable.where(
        messages.c.room_id == day.room,
        messages.c.posted_at >= begin,
        messages.c.posted_at < begin + timedelta(days=1),
    )
    rows = conn.execute(wanted.order_by(messages.c.posted_at, messages.c.id))
    return [_spoken(row) for row in rows]


def answered(conn: Connection, room: RoomId, said: Sequence[Spoken]) -> dict[str, Spoken]:
    """Return what messages answer that stands on other days and may be found, by the platform's id."""
    own = {each.platform_id for each in said}
    wanted = {each.reply_to for each in said if each.reply_to} - own
    found = _findable.where(messages.c.room_id == room, messages.c.platform_id.in_(wanted))
    return {row.platform_id: _spoken(row) for row in conn.execute(found)} if wanted else {}


def revisions(conn: Connection, ids: Collection[MessageId]) -> dict[MessageId, int]:
    """Return the present revision of those of some messages that may be found now."""
    found = conn.execute(_findable.where(messages.c.id.in_(ids)))
    return {MessageId(row.id): row.revision for row in found}


def of_day(conn: Connection, day: Day) -> dict[str, ResourceId]:
    """Return the windows of a day by their fingerprint."""
    kept = sa.select(windows.c.fingerprint, windows.c.resource_id).where(
        windows.c.room_id == day.room, windows.c.day == day.date
    )
    return {row[0]: ResourceId(row[1]) for row in conn.execute(kept)}


def add(conn: Connection, resource: ResourceId, day: Day, fingerprint: str, window: Window) -> None:
    """Keep which messages stand in a resource, and where; it counts as shared when they were written."""
    conn.execute(
        sa.insert(windows).values(
            resource_id=resource, room_id=day.room, day=day.date, fingerprint=fingerprint
        )
    )
    rows = [
        {
            "resource_id": resource,
            "message_id": span.message,
            "start": span.start,
            "end": span.end,
        }
        for span in window.spans
    ]
    conn.execute(sa.insert(window_messages), rows)
    dated = sa.update(shares).where(shares.c.resource_id == resource)
    conn.execute(dated.values(shared_at=window.ended))


def remove(conn: Connection, ids: Collection[ResourceId]) -> list[ChunkId]:
    """Take windows out with their chunks and full text; return the chunks that are gone.

    Nothing rests on a window, so many go at once.
    """
    wanted = list(ids)
    if not wanted:
        return []
    shelves.changed(conn, shares.c.resource_id.in_(wanted))
    for id in wanted:
        lexical.remove(conn, id)
    dropped = sa.delete(chunks).where(chunks.c.resource_id.in_(wanted)).returning(chunks.c.id)
    gone = [ChunkId(id) for id in conn.execute(dropped).scalars()]
    conn.execute(sa.delete(resources).where(resources.c.id.in_(wanted)))
    return gone


def holding(conn: Connection, message: MessageId) -> dict[ResourceId, Day]:
    """Return the windows in which a message stands, with their days."""
    held = (
        sa.select(windows.c.resource_id, windows.c.room_id, windows.c.day)
        .join(window_messages)
        .where(window_messages.c.message_id == message)
    )
    return {ResourceId(row[0]): Day(RoomId(row[1]), row[2]) for row in conn.execute(held)}


def days_of_windows(conn: Connection, ids: Collection[ResourceId]) -> set[Day]:
    """Return the days of windows."""
    found = sa.select(windows.c.room_id, windows.c.day).where(windows.c.resource_id.in_(ids))
    return {Day(RoomId(row[0]), row[1]) for row in conn.execute(found)}


def days_of_messages(conn: Connection, ids: Collection[MessageId]) -> set[Day]:
    """Return the days on which messages were written."""
    found = sa.select(messages.c.room_id, messages.c.posted_at).where(messages.c.id.in_(ids))
    return {day_of(RoomId(row[0]), row[1]) for row in conn.execute(found)}


def all_days(conn: Connection) -> set[Day]:
    """Return all days of which messages are kept."""
    date_of = sa.func.date(
        sa.type_coerce(messages.c.posted_at, sa.BigInteger) / 1_000_000, "unixepoch"
    )
    found = sa.select(messages.c.room_id, date_of).where(messages.c.state == State.KEPT).distinct()
    return {Day(RoomId(row[0]), row[1]) for row in conn.execute(found)}


def community_of(conn: Connection, room: RoomId) -> CommunityId:
    """Return the community of a room."""
    found = sa.select(rooms.c.community_id).where(rooms.c.id == room)
    return CommunityId(conn.execute(found).scalar_one())


_findable = (
    sa.select(
        messages.c.id,
        messages.c.platform_id,
        messages.c.account_id,
        messages.c.text,
        messages.c.revision,
        messages.c.posted_at,
        messages.c.reply_to,
        accounts.c.name,
    )
    .join_from(messages, accounts, accounts.c.id == messages.c.account_id)
    .join(members, members.c.id == accounts.c.member_id)
    .where(messages.c.state == State.KEPT, consents.is_findable())
)


def _spoken(row: Any) -> Spoken:
    return Spoken(
        id=MessageId(row.id),
        platform_id=row.platform_id,
        author=row.account_id,
        name=row.name,
        text=row.text,
        at=row.posted_at,
        reply_to=row.reply_to,
        revision=row.revision,
    )
