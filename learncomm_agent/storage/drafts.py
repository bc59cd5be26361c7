"""Drafts: writings that leaders look over before others read them, and the room where they do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.errors import StorageError
from learncomm_agent.storage import rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.schema import (
    accounts,
    items,
    rests_on,
    spaces,
    work,
    writings,
)
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.storage.schema_writing import drafts

PUBLISH = "publish draft"
"""The due work that publishes one."""
REMIND = "remind of draft"
"""The kind of due work by which people are reminded of a draft."""
_VIEW, _PUBLISHED = "d", "p"


class State(StrEnum):
    """What has become of a draft."""

    OPEN = "open"
    PUBLISHED = "published"
    VOTED = "voted"
    """Its room votes on its questions, or did: they stand there as they were."""
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Draft:
    """A writing that waits for a leader's word, or did."""

    writing: int
    community: CommunityId
    state: State
    desk: RoomId | None
    """Where it is looked over; None is the direct talk with whoever asked for it."""
    asked_at: datetime
    room: RoomId | None
    """Where it is to be published."""
    member: MemberId | None
    """Who asked for it."""
    by: MemberId | None
    """Who decided; None where nobody has, or where what it rests on has gone."""


_known = sa.select(drafts, writings.c.room_id, writings.c.member_id).join(writings)


def add(
    conn: Connection, writing: int, community: CommunityId, desk: RoomId | None, now: datetime
) -> None:
    """Keep that a writing is a draft."""
    values = {"writing_id": writing, "community_id": community, "desk_id": desk}
    conn.execute(sa.insert(drafts).values(state=State.OPEN, asked_at=now, **values))


def get(conn: Connection, writing: int) -> Draft | None:
    """Return the draft that a writing is or was; None where it never was one."""
    row = conn.execute(_known.where(drafts.c.writing_id == writing)).first()
    return None if row is None else _draft(row)


def open_in(conn: Connection, community: CommunityId, space: SpaceRef) -> list[Draft]:
    """Return the drafts of a community that wait for rooms of a space, oldest first."""
    there = sa.select(room_rows.c.id).join(spaces).where(_is(space))
    waiting = _known.where(
        drafts.c.community_id == community,
        drafts.c.state == State.OPEN,
        writings.c.room_id.in_(there),
    )
    return [_draft(row) for row in conn.execute(waiting.order_by(drafts.c.writing_id))]


def decide(
    conn: Connection, writing: int, state: State, by: MemberId | None, now: datetime
) -> bool:
    """Keep what becomes of a draft; return False where that was decided already."""
    waiting = sa.update(drafts).where(drafts.c.writing_id == writing, drafts.c.state == State.OPEN)
    decided = waiting.values(state=state, decided_at=now, decided_by=by)
    return conn.execute(decided).rowcount == 1


def put_to_vote(conn: Connection, writing: int, by: MemberId, now: datetime) -> None:
    """Keep that questions are voted on, which may be a draft.

    Raises:
        StorageError: They are one that was dropped meanwhile, or is being published.
    """
    draft = get(conn, writing)
    if draft is None or draft.state in (State.PUBLISHED, State.VOTED):
        return
    if is_going_out(conn, writing) or not decide(conn, writing, State.VOTED, by, now):
        raise StorageError("the draft was decided on meanwhile")


def is_going_out(conn: Connection, writing: int) -> bool:
    """Whether a draft is being published: that was asked for, and is neither done nor given up."""
    asked = sa.select(work.c.id).where(
        IS_OPEN, work.c.name == PUBLISH, work.c.args["writing"].as_integer() == writing
    )
    return conn.execute(asked.limit(1)).first() is not None


def to_remind(
    conn: Connection, community: CommunityId, by: datetime, *, is_last: bool
) -> frozenset[int]:
    """Return the writings of which people are to be reminded by a moment, for the first or the last time."""
    args = work.c.args
    planned = sa.select(args["draft"].as_integer()).where(
        IS_OPEN,
        work.c.name == REMIND,
        work.c.due <= by,
        args["community"].as_integer() == community,
        args["is_last"].as_boolean().is_(is_last),
    )
    return frozenset(conn.execute(planned).scalars())


def remind(conn: Connection, writing: int, now: datetime) -> None:
    """Keep when somebody was reminded of a draft."""
    conn.execute(sa.update(drafts).where(drafts.c.writing_id == writing).values(reminded_at=now))


def drop_if_empty(conn: Connection, writing: int, now: datetime) -> None:
    """Drop a draft of which no line is left."""
    left = sa.exists().where(items.c.writing_id == writing)
    if not conn.execute(sa.select(left)).scalar():
        decide(conn, writing, State.DROPPED, None, now)


def empty(conn: Connection, writing: int) -> None:
    """Drop the lines of a draft, and what was made of them."""
    conn.execute(sa.delete(items).where(items.c.writing_id == writing))


def withdraw_of_member(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop the open drafts that a member asked for, and their name from what they decided; return the writings."""
    conn.execute(sa.update(drafts).where(drafts.c.decided_by == member).values(decided_by=None))
    return _withdraw(conn, writings.c.member_id == member)


def withdraw_of_rooms(conn: Connection, ids: Collection[RoomId]) -> tuple[int, ...]:
    """Drop the open drafts for rooms, and of those published what leaders added; return the writings."""
    there = writings.c.room_id.in_(ids)
    written = sa.select(writings.c.id).join(drafts).where(there)
    without = items.c.id.not_in(sa.select(rests_on.c.item_id))
    gone = sa.delete(items).where(items.c.writing_id.in_(written), without)
    touched = set(conn.execute(gone.returning(items.c.writing_id)).scalars())
    return tuple(sorted(touched.union(_withdraw(conn, there))))


def _withdraw(conn: Connection, these: sa.ColumnElement[bool]) -> tuple[int, ...]:
    waiting = (
        sa.select(drafts.c.writing_id).join(writings).where(these, drafts.c.state == State.OPEN)
    )
    ids = tuple(conn.execute(waiting.order_by(drafts.c.writing_id)).scalars())
    conn.execute(sa.delete(items).where(items.c.writing_id.in_(ids)))
    conn.execute(sa.update(drafts).where(drafts.c.writing_id.in_(ids)).values(state=State.DROPPED))
    return ids


# Posts of a draft, told apart by their keys.


def view_key(writing: int, reader: AccountId | None, now: datetime) -> str:
    """Return the key of a post that shows a draft, to one person alone or to those in a room."""
    alone = "" if reader is None else f".{reader:x}."
    return f"{_VIEW}{writing:x}{alone or '-'}{int(now.timestamp()):x}"


def published_key(writing: int, asked_at: datetime) -> str:
    """Return the key of the post that publishes a draft; there is one, however often that is asked for."""
    return f"{_PUBLISHED}{writing:x}-{int(asked_at.timestamp()):x}"


def is_published_by(draft: Draft, key: str) -> bool:
    """Whether a post of this key publishes a draft; any other one shows it to leaders."""
    return key == published_key(draft.writing, draft.asked_at)


def reader_of(conn: Connection, key: str) -> AccountRef | None:
    """Return who alone reads the view of a draft; None where the key is of no such view."""
    head, _, rest = key.partition(".")
    reader = rest.partition(".")[0]
    if not head.startswith(_VIEW) or not reader:
        return None
    known = sa.select(accounts.c.platform, accounts.c.platform_id)
    row = conn.execute(known.where(accounts.c.id == int(reader, 16))).first()
    return None if row is None else AccountRef(row[0], row[1])


# The leaders, and their room.


def leaders_of(
    conn: Connection, community: CommunityId, platform: str
) -> dict[AccountRef, MemberId]:
    """Return the accounts on a platform that led by a right of their own when they were last met."""
    lead = sa.select(accounts.c.platform_id, accounts.c.member_id).where(
        accounts.c.community_id == community,
        accounts.c.platform == platform,
        accounts.c.is_bot.is_(False),
        accounts.c.is_leader,
    )
    found = conn.execute(lead.order_by(accounts.c.id))
    return {AccountRef(platform, row[0]): MemberId(row[1]) for row in found}


def others_on(
    conn: Connection, community: CommunityId, platform: str, limit: int
) -> list[AccountRef]:
    """Return accounts of people on a platform who did not lead by a right of their own, last met first."""
    others = sa.select(accounts.c.platform_id).where(
        accounts.c.community_id == community,
        accounts.c.platform == platform,
        accounts.c.is_bot.is_(False),
        accounts.c.is_leader.is_(False),
    )
    found = conn.execute(others.order_by(accounts.c.id.desc()).limit(limit))
    return [AccountRef(platform, id) for id in found.scalars()]


def desk_of(conn: Connection, ref: SpaceRef) -> Room | None:
    """Return the leaders' room of a space; None where none is chosen, or nothing is known of it."""
    id = conn.execute(sa.select(spaces.c.desk).where(_is(ref))).scalar()
    found = {} if id is None else rooms.find(conn, [RoomRef(ref, id)])
    return next((rooms.get(conn, room) for room in found.values()), None)


def choose_desk(conn: Connection, ref: SpaceRef, room: str | None) -> None:
    """Keep which room is the leaders' room of a space, by the platform's id; none where None."""
    conn.execute(sa.update(spaces).where(_is(ref)).values(desk=room))


def _is(ref: SpaceRef) -> sa.ColumnElement[bool]:
    return sa.and_(spaces.c.platform == ref.platform, spaces.c.platform_id == ref.id)


def _draft(row: sa.Row[*tuple[object, ...]]) -> Draft:
    found = row._mapping
    return Draft(
        writing=found["writing_id"],
        community=CommunityId(found["community_id"]),
        state=State(found["state"]),
        desk=found["desk_id"],
        asked_at=found["asked_at"],
        room=found["room_id"],
        member=found["member_id"],
        by=found["decided_by"],
    )
