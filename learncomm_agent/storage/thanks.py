"""Who thanked whom; what shows it is a writing of the kind `gratitude`, and each goes with the other."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.errors import StorageError
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import mark_changed
from learncomm_agent.storage.schema import messages, writings
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


def drop_between(conn: Connection, one: MemberId, other: MemberId) -> tuple[int, ...]:
    """Drop what two members thanked each other for; return the writings that showed it."""
    both = (one, other)
    return _drop(conn, sa.and_(thanks.c.giver_id.in_(both), thanks.c.receiver_id.in_(both)))


def _drop(conn: Connection, these: sa.ColumnElement[bool]) -> tuple[int, ...]:
    gone = sa.delete(thanks).where(these).returning(thanks.c.writing_id)
    shown = tuple(sorted(conn.execute(gone).scalars()))
    if shown:
        conn.execute(sa.update(writings).where(writings.c.id.in_(shown)).values(request={}))
        mark_changed(conn, shown)
    return shown
