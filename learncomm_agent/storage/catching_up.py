"""What somebody who was away can be told: the summaries that stand in a room, and what is theirs in it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import branches, edits, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import accounts, messages
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.schema_writing import drafts
from learncomm_agent.storage.writings import Writing

SPAN = "span"
"""In the trace of a summary: when the first and the last message were written that it is about."""
MINUTES = 5
"""So many minutes, the newest ones."""
ASKS = ("?", "\uff1f", "\u061f")
"""The signs of a question."""
_LOOKED_AT = 20
"""So many summaries, the newest first."""


@dataclass(frozen=True, slots=True)
class Published:
    """A summary that was published in a room."""

    writing: Writing
    until: datetime
    """When the last message was written that it is about."""
    written_at: datetime


def covering(
    conn: Connection, community: CommunityId, room: RoomId, since: datetime
) -> Published | None:
    """Return the newest summary of a room that tells of all that was written from a moment on.

    One that has missed messages, such as those that were read later, does not.

    Args:
        conn: The transaction to read in.
        community: Of the room.
        room: Its threads come along.
        since: The moment.
    """
    stands = sa.or_(drafts.c.state.is_(None), drafts.c.state == "published")
    found = (
        sa.select(rows.c.id, rows.c.trace, rows.c.content, rows.c.created_at)
        .outerjoin(drafts, drafts.c.writing_id == rows.c.id)
        .where(
            rows.c.community_id == community,
            rows.c.room_id == room,
            rows.c.kind == "summary",
            rows.c.is_private.is_(False),
            stands,
        )
        .order_by(rows.c.id.desc())
        .limit(_LOOKED_AT)
    )
    rooms = (room, *branches.threads_of(conn, room))
    for row in conn.execute(found).all():
        span = row.trace.get(SPAN)
        if span is None:
            continue
        first, last = (datetime.fromisoformat(each) for each in span)
        if first > since or last < since:
            continue
        there = sa.select(sa.func.count()).where(
            messages.c.room_id.in_(rooms), messages.c.posted_at.between(first, last)
        )
        if conn.execute(there).scalar_one() != row.content["messages"]:
            continue
        writing = writings.get(conn, row.id, community)
        if writing is not None and writing.lines:
            return Published(edits.applied(conn, writing), last, row.created_at)
    return None


def minutes(
    conn: Connection, community: CommunityId, room: RoomId, since: datetime | None
) -> list[Writing]:
    """Return the minutes that were published in a room since a moment, the newest ones, oldest first."""
    told = (
        sa.select(rows.c.id)
        .outerjoin(drafts, drafts.c.writing_id == rows.c.id)
        .where(
            rows.c.community_id == community,
            rows.c.room_id == room,
            rows.c.kind == "summary",
            rows.c.is_private.is_(False),
            rows.c.content["of"].as_string().is_not(None),
            sa.or_(drafts.c.state.is_(None), drafts.c.state == "published"),
            *(() if since is None else (rows.c.created_at >= since,)),
        )
        .order_by(rows.c.id.desc())
        .limit(MINUTES)
    )
    found = (writings.get(conn, id, community) for id in sorted(conn.execute(told).scalars()))
    return [edits.applied(conn, each) for each in found if each is not None]


def own_questions(conn: Connection, member: MemberId, room: RoomId) -> dict[str, str]:
    """Return the last questions that a member asked in a room and its threads: the platform's ids, and texts."""
    rooms = (room, *branches.threads_of(conn, room))
    mine = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    asked = (
        sa.select(messages.c.platform_id, messages.c.text)
        .where(
            messages.c.account_id.in_(mine),
            messages.c.room_id.in_(rooms),
            messages.c.state == State.KEPT,
            messages.c.is_addressed.is_(False),
            sa.or_(*(messages.c.text.contains(sign) for sign in ASKS)),
        )
        .order_by(messages.c.posted_at.desc())
        .limit(_LOOKED_AT)
    )
    return {row.platform_id: row.text for row in conn.execute(asked)}


def own_ids(conn: Connection, member: MemberId, room: RoomId) -> frozenset[str]:
    """Return the platform's ids of what a member wrote in a room and its threads."""
    rooms = (room, *branches.threads_of(conn, room))
    mine = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    theirs = sa.select(messages.c.platform_id).where(
        messages.c.account_id.in_(mine), messages.c.room_id.in_(rooms)
    )
    return frozenset(conn.execute(theirs).scalars())
