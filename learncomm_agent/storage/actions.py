"""Action items: who does what by when. Each is a line of a writing, and goes with it; its words are the line's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import mark_changed
from learncomm_agent.storage.schema import items, rests_on
from learncomm_agent.storage.schema_nudges import nudges
from learncomm_agent.storage.schema_promises import actions

ACTION = "action"
"""The kind of writing that shows one that was added by itself."""
MOST = 200
"""More of a room or a member are not looked at at once."""


class State(StrEnum):
    """What has become of one."""

    OPEN = "open"
    """Nobody has taken it on."""
    OFFERED = "offered"
    """Its owner was named, and has not answered."""
    ACCEPTED = "accepted"
    DONE = "done"
    DROPPED = "dropped"


WAITING = (State.OPEN, State.OFFERED, State.ACCEPTED)
"""What is not settled."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action item."""

    id: int
    community: CommunityId
    room: RoomId
    item: int
    """The line that says it."""
    writing: int
    owner: MemberId | None
    added_by: MemberId | None
    state: State
    due: datetime | None
    is_day: bool
    """Whether `due` is a day, its noon in UTC, rather than a moment."""
    result: str | None
    """What came of it: a message of its room, by the platform's id, or a link."""
    said: str
    sequence: int
    """How often it was moved, or handed to somebody else."""
    made_at: datetime
    changed_at: datetime
    done_at: datetime | None
    session: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it is not settled."""
        return self.state in WAITING


_known = sa.select(actions, items.c.writing_id).join(items, items.c.id == actions.c.item_id)


def add(conn: Connection, action: Action) -> int:
    """Keep one; return its number. Its `id` and its `writing` are not looked at."""
    made = sa.insert(actions).values(
        community_id=action.community,
        room_id=action.room,
        item_id=action.item,
        session_id=action.session,
        owner_id=action.owner,
        added_by=action.added_by,
        state=action.state,
        due=action.due,
        is_day=action.is_day,
        said=action.said,
        made_at=action.made_at,
        changed_at=action.changed_at,
    )
    id: int = conn.execute(made.returning(actions.c.id)).scalar_one()
    return id


def get(conn: Connection, id: int, community: CommunityId | None = None) -> Action | None:
    """Return one of a number; None where there is none, or it is another community's."""
    wanted = _known.where(actions.c.id == id)
    if community is not None:
        wanted = wanted.where(actions.c.community_id == community)
    row = conn.execute(wanted).first()
    return None if row is None else _action(row)


def of_writing(conn: Connection, writing: int) -> list[Action]:
    """Return those that are lines of a writing, in the order of the lines."""
    there = _known.where(items.c.writing_id == writing).order_by(actions.c.item_id)
    return [_action(row) for row in conn.execute(there)]


def of_owner(
    conn: Connection,
    community: CommunityId,
    owner: MemberId,
    rooms: Collection[RoomId],
    states: Collection[State] = WAITING,
) -> list[Action]:
    """Return somebody's own in rooms that they can read, what is due first."""
    theirs = _known.where(
        actions.c.owner_id == owner,
        actions.c.community_id == community,
        actions.c.room_id.in_(rooms),
        actions.c.state.in_(states),
    )
    return [_action(row) for row in conn.execute(theirs.order_by(*_soonest).limit(MOST))]


def of_room(conn: Connection, room: RoomId, states: Collection[State] = WAITING) -> list[Action]:
    """Return those of a room, what is due first."""
    here = _known.where(actions.c.room_id == room, actions.c.state.in_(states))
    return [_action(row) for row in conn.execute(here.order_by(*_soonest).limit(MOST))]


def of_rooms(
    conn: Connection, rooms: Collection[RoomId], states: Collection[State], since: datetime
) -> list[Action]:
    """Return those of rooms in which something happened since a moment, the newest first."""
    there = _known.where(
        actions.c.room_id.in_(rooms), actions.c.state.in_(states), actions.c.changed_at >= since
    )
    newest = there.order_by(actions.c.changed_at.desc(), actions.c.id.desc())
    return [_action(row) for row in conn.execute(newest.limit(MOST))]


def change(conn: Connection, before: Action, now: datetime, **values: Any) -> bool:
    """Change one, unless somebody changed it meanwhile; return whether it was.

    Args:
        conn: The transaction to write in.
        before: As it was when that was decided.
        now: The present moment.
        values: Columns of the table.
    """
    same = (
        actions.c.id == before.id,
        actions.c.state.in_(WAITING)
        if before.owner is None and before.is_waiting
        else actions.c.state == before.state,
        actions.c.owner_id.is_(None)
        if before.owner is None
        else actions.c.owner_id == before.owner,
        actions.c.sequence == before.sequence,
    )
    changed = sa.update(actions).where(*same).values(changed_at=now, **values)
    return conn.execute(changed).rowcount == 1


def unanswered(conn: Connection, by: MemberId, to: MemberId) -> int:
    """Return how many that somebody added wait for another's answer."""
    asked = sa.select(sa.func.count()).where(
        actions.c.added_by == by, actions.c.owner_id == to, actions.c.state == State.OFFERED
    )
    return conn.execute(asked).scalar_one()


def next_reminder(
    conn: Connection, owner: MemberId, kind: str, after: datetime, before: datetime
) -> datetime | None:
    """Return when somebody is reminded next of what they took on, by nudges of a kind, between two moments."""
    planned = (
        sa.select(sa.func.min(nudges.c.due))
        .join(actions, actions.c.id == nudges.c.subject)
        .where(
            nudges.c.member_id == owner,
            nudges.c.kind == kind,
            nudges.c.due > after,
            nudges.c.due < before,
            actions.c.state == State.ACCEPTED,
        )
    )
    return conn.execute(planned).scalar()


def drop(conn: Connection, lines: Collection[int]) -> None:
    """Drop those of lines, by their row ids: the lines are struck."""
    conn.execute(sa.delete(actions).where(actions.c.item_id.in_(lines)))


def erase(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Let nobody know any more that somebody took something on, or added it.

    Returns:
        The writings that show who did.
    """
    is_theirs = sa.or_(actions.c.owner_id == member, actions.c.added_by == member)
    rows = conn.execute(_known.where(is_theirs)).all()
    owned = actions.c.owner_id == member
    waits = sa.update(actions).where(owned, actions.c.state.in_((State.OFFERED, State.ACCEPTED)))
    conn.execute(waits.values(state=State.OPEN, owner_id=None, result=None))
    conn.execute(sa.update(actions).where(owned).values(owner_id=None, result=None))
    conn.execute(sa.update(actions).where(actions.c.added_by == member).values(added_by=None))
    shown = tuple(sorted({row.writing_id for row in rows}))
    mark_changed(conn, shown)
    return shown


def is_kept(conn: Connection, room: RoomId, held: Sequence[MessageId], text: str) -> bool:
    """Whether a room has one already that rests on the same messages, in the same words."""
    same = sa.select(actions.c.id).where(
        actions.c.room_id == room,
        items.c.id == actions.c.item_id,
        items.c.content["text"].as_string() == text,
        rests_on.c.item_id == items.c.id,
        rests_on.c.message_id.in_(held),
    )
    return bool(held) and conn.execute(same.limit(1)).first() is not None


_soonest = (actions.c.due.is_(None), actions.c.due, actions.c.id)


def moved(action: Action, **values: Any) -> Action:
    """Return one with other values, as it is not kept yet."""
    return replace(action, **values)


def _state(row: Any) -> State:
    """Return the state of one; whose owner is not known any more, that is nobody's."""
    state = State(row.state)
    is_lost = row.owner_id is None and state in (State.OFFERED, State.ACCEPTED)
    return State.OPEN if is_lost else state


def _action(row: Any) -> Action:
    return Action(
        id=row.id,
        community=CommunityId(row.community_id),
        room=RoomId(row.room_id),
        item=row.item_id,
        writing=row.writing_id,
        owner=None if row.owner_id is None else MemberId(row.owner_id),
        added_by=None if row.added_by is None else MemberId(row.added_by),
        state=_state(row),
        due=row.due,
        is_day=row.is_day,
        result=row.result,
        said=row.said,
        sequence=row.sequence,
        made_at=row.made_at,
        changed_at=row.changed_at,
        done_at=row.done_at,
        session=row.session_id,
    )
