"""Messages of the rooms that are read.

A row is `kept`, or `counted` (its author opted out: id and time alone), or `deleted` (a tombstone, so
that a late repeat does not bring it back), or `early` (an edit came before the message itself).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import MessageId, MessageRef, RoomId, RoomRef
from learncomm_agent.chat.people import CommunityId, Consent, MemberId, SpaceRef
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.schema import (
    Moment,
    accounts,
    members,
    messages,
    micros,
    rooms,
    spaces,
)


class State(StrEnum):
    """What is kept of a message."""

    KEPT = "kept"
    COUNTED = "counted"
    DELETED = "deleted"
    EARLY = "early"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is kept, with who wrote it."""

    id: MessageId
    room: RoomId
    platform_id: str
    state: State
    text: str
    revision: int
    posted_at: datetime
    reply_to: str | None
    is_addressed: bool
    member: MemberId | None
    author: str
    """The author's name as it is now; empty where nothing is kept of them."""
    is_bot: bool
    consent: Consent
    zone: str | None = None
    """The time zone of its author, where they told it."""
    is_host: bool = False
    """Whether its author leads here."""


_COLUMNS = tuple(column.name for column in messages.c if column.name != "id")
_POST = f"""
INSERT INTO messages ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT (room_id, platform_id) DO UPDATE SET
    state = excluded.state, text = CASE excluded.state WHEN 'kept' THEN text ELSE '' END,
    account_id = excluded.account_id, posted_at = excluded.posted_at,
    reply_to = excluded.reply_to, is_addressed = excluded.is_addressed,
    attachments = excluded.attachments
WHERE messages.state = 'early'
"""
"""A repeat changes nothing; a message that comes after its own edit keeps the edited text. For the
driver itself, since every message of a room that is read goes through it, and SQLAlchemy's own form
costs as much again as the writing.
"""
_in_order = itemgetter(*_COLUMNS)


def post(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep messages; repeats have no effect. Each row holds all columns but `id`."""
    raw(conn).executemany(_POST, [_in_order({**row, **_plain(row)}) for row in rows])


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values of a row that the driver does not take as they are."""
    edited_at, attachments = row["edited_at"], row["attachments"]
    return {
        "posted_at": micros(row["posted_at"]),
        "edited_at": None if edited_at is None else micros(edited_at),
        "attachments": None if attachments is None else json.dumps(attachments),
    }


def edit(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    platform_id: str,
    *,
    text: str,
    edited_at: datetime,
) -> MessageId | None:
    """Keep the new text, unless a later edit is there already; return the message if not."""
    early = insert(messages).values(
        community_id=community,
        room_id=room,
        platform_id=platform_id,
        state=State.EARLY,
        text=text,
        revision=1,
        posted_at=edited_at,
        edited_at=edited_at,
        is_addressed=False,
    )
    is_newer = sa.or_(messages.c.edited_at.is_(None), messages.c.edited_at < edited_at)
    changed = early.on_conflict_do_update(
        index_elements=["room_id", "platform_id"],
        set_={
            "text": text,
            "edited_at": edited_at,
            "revision": messages.c.revision + sa.case((messages.c.text == text, 0), else_=1),
        },
        where=sa.and_(is_newer, messages.c.state.in_([State.KEPT, State.EARLY])),
    )
    row = conn.execute(changed.returning(messages.c.id)).first()
    return None if row is None else MessageId(row[0])


def drop_early(conn: Connection, before: datetime) -> None:
    """Let go of edits whose message has not come since.

    Nobody knows whose words they are, so nobody's consent covers them.
    """
    stale = sa.delete(messages).where(
        messages.c.state == State.EARLY, messages.c.posted_at < before
    )
    conn.execute(stale)


def bury(
    conn: Connection, community: CommunityId, room: RoomId, platform_id: str, now: datetime
) -> MessageId:
    """Leave a tombstone where a message was, or would have come; return its id."""
    empty = {
        "state": State.DELETED,
        "text": "",
        "account_id": None,
        "attachments": None,
        "reply_to": None,
    }
    made = insert(messages).values(
        community_id=community,
        room_id=room,
        platform_id=platform_id,
        revision=0,
        posted_at=now,
        is_addressed=False,
        **empty,
    )
    buried = made.on_conflict_do_update(index_elements=["room_id", "platform_id"], set_=empty)
    return MessageId(conn.execute(buried.returning(messages.c.id)).scalar_one())


def find(conn: Connection, room: RoomId, platform_id: str) -> StoredMessage | None:
    """Return a message by the platform's id."""
    row = conn.execute(
        _authored.where(messages.c.room_id == room, messages.c.platform_id == platform_id)
    ).first()
    return None if row is None else _stored(row)


def between(
    conn: Connection,
    room: RoomId,
    *,
    since: datetime | None = None,
    first: StoredMessage | None = None,
    last: StoredMessage | None = None,
    beside: Collection[RoomId] = (),
) -> list[StoredMessage]:
    """Return what was written in a room since a moment, or from one message to another; all states.

    Oldest first, both ends included; of the same moment, what came first. `beside` names rooms of which
    what was written then comes along, such as threads.
    """
    place = sa.tuple_(messages.c.posted_at, messages.c.id)
    wanted = _authored.where(messages.c.room_id.in_((room, *beside)))
    if since is not None:
        wanted = wanted.where(messages.c.posted_at >= since)
    if first is not None:
        wanted = wanted.where(place >= _place(first))
    if last is not None:
        wanted = wanted.where(place <= _place(last))
    rows = conn.execute(wanted.order_by(messages.c.posted_at, messages.c.id))
    return [_stored(row) for row in rows]


def _place(message: StoredMessage) -> sa.Tuple:
    return sa.tuple_(sa.literal(message.posted_at, Moment), sa.literal(message.id))


def last_of(conn: Connection, member: MemberId, room: RoomId) -> StoredMessage | None:
    """Return the newest message of a member in a room that did not speak to the agent."""
    mine = _authored.where(
        members.c.id == member, messages.c.room_id == room, messages.c.is_addressed.is_(False)
    )
    row = conn.execute(mine.order_by(messages.c.posted_at.desc(), messages.c.id.desc())).first()
    return None if row is None else _stored(row)


def of_member(conn: Connection, member: MemberId) -> list[StoredMessage]:
    """Return all that is kept of a member's messages, oldest first."""
    mine = _authored.where(members.c.id == member).order_by(messages.c.posted_at, messages.c.id)
    return [_stored(row) for row in conn.execute(mine)]


def count_only(conn: Connection, member: MemberId) -> None:
    """Keep no more than id and time of a member's messages."""
    mine = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    conn.execute(
        sa.update(messages)
        .where(messages.c.account_id.in_(mine))
        .values(state=State.COUNTED, text="", account_id=None, attachments=None, reply_to=None)
    )


def of_rows(conn: Connection, ids: Collection[int]) -> list[StoredMessage]:
    """Return messages that are kept, by row id."""
    kept = _authored.where(messages.c.id.in_(ids), messages.c.state == State.KEPT)
    return [_stored(row) for row in conn.execute(kept.order_by(messages.c.id))]


def refs(conn: Connection, ids: Collection[int]) -> dict[int, MessageRef]:
    """Return where messages stand on their platforms, by row id; those that are gone are left out."""
    located = (
        sa.select(
            messages.c.id,
            messages.c.platform_id,
            rooms.c.platform_id,
            spaces.c.platform,
            spaces.c.platform_id,
        )
        .join_from(messages, rooms)
        .join(spaces, spaces.c.id == rooms.c.space_id)
        .where(messages.c.id.in_(ids), messages.c.state == State.KEPT)
    )
    return {
        row[0]: MessageRef(RoomRef(SpaceRef(row[3], row[4]), row[2]), row[1])
        for row in conn.execute(located)
    }


def texts(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the present text and revision of messages that are kept, by row id."""
    kept = sa.select(messages.c.id, messages.c.text, messages.c.revision).where(
        messages.c.id.in_(ids), messages.c.state == State.KEPT
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(kept)}


_authored = (
    sa.select(
        messages,
        members.c.id.label("member"),
        accounts.c.name,
        accounts.c.is_bot,
        members.c.consent,
        members.c.timezone,
        accounts.c.is_leader,
    )
    .outerjoin(accounts, messages.c.account_id == accounts.c.id)
    .outerjoin(members, accounts.c.member_id == members.c.id)
)


def _stored(row: sa.Row[*tuple[Any, ...]]) -> StoredMessage:
    return StoredMessage(
        id=MessageId(row.id),
        room=RoomId(row.room_id),
        platform_id=row.platform_id,
        state=State(row.state),
        text=row.text,
        revision=row.revision,
        posted_at=row.posted_at,
        reply_to=row.reply_to,
        is_addressed=row.is_addressed,
        member=row.member,
        author=row.name or "",
        is_bot=bool(row.is_bot),
        consent=Consent(row.consent or Consent.OUT),
        zone=row.timezone,
        is_host=bool(row.is_leader),
    )
