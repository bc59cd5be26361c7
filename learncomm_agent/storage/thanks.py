"""Who thanked whom; what shows it is a writing of the kind `gratitude`, and each goes with the other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.caring.thanking import WEEK, Past
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.errors import StorageError
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import ROUND_UP, drop_told, mark_changed
from learncomm_agent.storage.schema import items, members, messages, writings
from learncomm_agent.storage.schema_reading import thanks

GRATITUDE = "gratitude"
"""The kind of writing that shows it."""


@dataclass(frozen=True, slots=True)
class Thanks:
    """One member's thanks to another."""

    community: CommunityId
    room: RoomId
    giver: MemberId
    receiver: MemberId
    message: str | None
    """The platform's id of what it is for, where that is one message."""
    said_in: str | None
    """The platform's id of the message that says it, where one does."""
    writing: int
    """What shows it, with the words."""


def add(conn: Connection, given: Thanks, now: datetime, *, today: datetime) -> None:
    """Keep it.

    Raises:
        StorageError: It was given meanwhile, as `is_given` says.
    """
    if is_given(
        conn, given.giver, given.receiver, room=given.room, message=given.message, today=today
    ):
        raise StorageError("thanks were given meanwhile")
    made = sa.insert(thanks).values(
        community_id=given.community,
        room_id=given.room,
        giver_id=given.giver,
        receiver_id=given.receiver,
        message=given.message,
        said_in=given.said_in,
        writing_id=given.writing,
        thanked_at=now,
    )
    conn.execute(made)


def is_given(
    conn: Connection,
    giver: MemberId,
    receiver: MemberId,
    *,
    room: RoomId,
    message: str | None,
    today: datetime,
) -> bool:
    """Whether somebody has thanked for this message before, or since `today` for none in particular."""
    same = sa.select(thanks.c.id).where(
        thanks.c.giver_id == giver,
        thanks.c.receiver_id == receiver,
        thanks.c.message.is_(None) if message is None else thanks.c.message == message,
        thanks.c.thanked_at >= today if message is None else thanks.c.room_id == room,
    )
    return conn.execute(same).first() is not None


def between(
    conn: Connection, giver: MemberId, receiver: MemberId, now: datetime
) -> tuple[Past, ...]:
    """Return what two members have thanked each other for within a week, as the giver of one more sees it."""
    both = (giver, receiver)
    kept = (
        sa.select(thanks.c.giver_id, thanks.c.thanked_at, writings.c.request)
        .join(writings, writings.c.id == thanks.c.writing_id)
        .where(
            thanks.c.giver_id.in_(both),
            thanks.c.receiver_id.in_(both),
            thanks.c.thanked_at > now - WEEK,
        )
    )
    return tuple(
        Past(row.giver_id == giver, row.thanked_at, row.request.get("why") or "")
        for row in conn.execute(kept.order_by(thanks.c.thanked_at, thanks.c.id))
    )


def can_be_given(conn: Connection, receiver: MemberId) -> bool:
    """Whether a member may be thanked: they did not opt out, nor ask that nobody thanks them."""
    theirs = sa.select(members.c.consent, members.c.is_thanked).where(members.c.id == receiver)
    row = conn.execute(theirs).one()
    return bool(row.is_thanked) and Consent(row.consent) is not Consent.OUT


def choose(conn: Connection, member: MemberId, *, is_thanked: bool) -> None:
    """Keep whether a member may be thanked before others."""
    chosen = sa.update(members).where(members.c.id == member)
    conn.execute(chosen.values(is_thanked=is_thanked))


def untold(
    conn: Connection, room: RoomId, rooms: Collection[RoomId], since: datetime
) -> list[tuple[int, MemberId, MemberId]]:
    """Return thanks of some rooms, oldest first, of which no round-up of a room tells yet.

    Each is the writing that shows it, the giver and the receiver.
    """
    told = (
        sa.select(items.c.content["thanks"].as_integer())
        .join(writings, writings.c.id == items.c.writing_id)
        .where(writings.c.kind == ROUND_UP, writings.c.room_id == room)
    )
    both = [members.alias(), members.alias()]
    kept = (
        sa.select(thanks.c.writing_id, thanks.c.giver_id, thanks.c.receiver_id)
        .join(both[0], both[0].c.id == thanks.c.giver_id)
        .join(both[1], both[1].c.id == thanks.c.receiver_id)
        .where(
            thanks.c.room_id.in_(rooms),
            thanks.c.thanked_at > since,
            thanks.c.writing_id.not_in(told),
            both[0].c.consent != Consent.OUT,
            both[1].c.consent != Consent.OUT,
            both[1].c.is_thanked,
        )
    )
    found = conn.execute(kept.order_by(thanks.c.thanked_at, thanks.c.id))
    return [(row[0], MemberId(row[1]), MemberId(row[2])) for row in found]


def of_community(conn: Connection, community: CommunityId) -> list[Thanks]:
    """Return all that is kept, oldest first."""
    kept = sa.select(thanks).where(thanks.c.community_id == community)
    return [
        Thanks(
            community=CommunityId(row.community_id),
            room=RoomId(row.room_id),
            giver=MemberId(row.giver_id),
            receiver=MemberId(row.receiver_id),
            message=row.message,
            said_in=row.said_in,
            writing=row.writing_id,
        )
        for row in conn.execute(kept.order_by(thanks.c.thanked_at, thanks.c.id))
    ]


def drop_at(conn: Connection, room: RoomId, message: str) -> tuple[int, ...]:
    """Drop what was given for a message, or was said in it; return the writings that showed it."""
    is_it = sa.or_(thanks.c.message == message, thanks.c.said_in == message)
    return _drop(conn, sa.and_(thanks.c.room_id == room, is_it))


def drop_on(conn: Connection, ids: sa.Select[tuple[int]]) -> tuple[int, ...]:
    """Drop what was given for messages, a query for row ids; return the writings that showed it."""
    gone = sa.select(messages.c.room_id, messages.c.platform_id).where(messages.c.id.in_(ids))
    return _drop(conn, sa.tuple_(thanks.c.room_id, thanks.c.message).in_(gone))


def drop_of(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop what a member gave and was given; return the writings that showed it."""
    return _drop(conn, sa.or_(thanks.c.giver_id == member, thanks.c.receiver_id == member))


def drop_to(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop what a member was given; return the writings that showed it."""
    return _drop(conn, thanks.c.receiver_id == member)


def drop_between(conn: Connection, one: MemberId, other: MemberId) -> tuple[int, ...]:
    """Drop what two members thanked each other for; return the writings that showed it."""
    both = (one, other)
    return _drop(conn, sa.and_(thanks.c.giver_id.in_(both), thanks.c.receiver_id.in_(both)))


def _drop(conn: Connection, these: sa.ColumnElement[bool]) -> tuple[int, ...]:
    gone = sa.delete(thanks).where(these).returning(thanks.c.writing_id)
    shown = set(conn.execute(gone).scalars())
    if not shown:
        return ()
    conn.execute(sa.update(writings).where(writings.c.id.in_(shown)).values(request={}))
    mark_changed(conn, shown)
    return tuple(sorted(shown.union(drop_told(conn, shown))))
