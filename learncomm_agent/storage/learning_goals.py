"""What members want to learn, in their own words: theirs alone, until they share it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import BESIDE, mark_changed
from learncomm_agent.storage.schema import items, writings
from learncomm_agent.storage.schema_growing import goals

GOAL = "goal"
"""The kind of writing that shows one to others."""
IDEAS = "ideas"
"""The kind of writing that says to its owner alone what may help."""


class State(StrEnum):
    """How far one is."""

    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"
    """Its words are gone; its row stays, so that the others keep their numbers."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What one member wants to learn."""

    id: int
    community: CommunityId
    member: MemberId
    number: int
    """As its owner counts their goals."""
    text: str
    state: State
    made_at: datetime
    changed_at: datetime
    """When its state or words changed, or its owner last said how it goes."""
    is_suggested: bool
    """Whether its owner was told once what may help."""
    unanswered: int
    """How often in a row its owner did not say how it goes."""


def add(
    conn: Connection, community: CommunityId, member: MemberId, text: str, now: datetime
) -> Goal:
    """Keep a goal; the same one, where the member has it open in the same words."""
    for each in of(conn, member):
        if each.state is State.OPEN and each.text.casefold() == text.casefold():
            return each
    made = sa.insert(goals).values(
        community_id=community,
        member_id=member,
        text=text,
        state=State.OPEN,
        made_at=now,
        changed_at=now,
        is_suggested=False,
    )
    id: int = conn.execute(made.returning(goals.c.id)).scalar_one()
    found = get(conn, id)
    assert found is not None
    return found


def get(conn: Connection, id: int) -> Goal | None:
    """Return a goal that was not dropped."""
    owner = conn.execute(sa.select(goals.c.member_id).where(goals.c.id == id)).scalar()
    mine = [] if owner is None else of(conn, MemberId(owner))
    return next((each for each in mine if each.id == id), None)


def of(conn: Connection, member: MemberId) -> list[Goal]:
    """Return a member's goals, oldest first, but for those that they dropped."""
    mine = sa.select(goals).where(goals.c.member_id == member).order_by(goals.c.id)
    rows = enumerate(conn.execute(mine).all(), start=1)
    return [_goal(row, number) for number, row in rows if row.state != State.DROPPED]


def change(conn: Connection, id: int, text: str, now: datetime) -> None:
    """Put other words in the place of a goal's."""
    _set(conn, id, text=text, changed_at=now, unanswered=0)


def reach(conn: Connection, id: int, now: datetime) -> None:
    """Keep that a goal is reached."""
    _set(conn, id, state=State.REACHED, changed_at=now)


def drop(conn: Connection, id: int, now: datetime) -> tuple[int, ...]:
    """Let go of a goal and its words; return the writings that showed them to others."""
    _set(conn, id, state=State.DROPPED, text="", changed_at=now, session_id=None)
    conn.execute(sa.delete(writings).where(writings.c.kind == IDEAS, _is_of([id])))
    return hide(conn, [id])


def go_on(conn: Connection, id: int, now: datetime) -> None:
    """Keep that its owner said how it goes."""
    _set(conn, id, changed_at=now, unanswered=0)


def ask(conn: Connection, id: int) -> None:
    """Keep that its owner was asked how it goes."""
    conn.execute(sa.update(goals).where(goals.c.id == id).values(unanswered=goals.c.unanswered + 1))


def suggest(conn: Connection, id: int) -> None:
    """Keep that its owner was told what may help."""
    _set(conn, id, is_suggested=True)


def suggested(conn: Connection, id: int) -> frozenset[str]:
    """Return what was suggested for a goal before, as `keys` of lines."""
    told = (
        sa.select(items.c.content["key"].as_string())
        .join(writings, writings.c.id == items.c.writing_id)
        .where(writings.c.kind == IDEAS, _is_of([id]))
    )
    return frozenset(each for each in conn.execute(told).scalars() if each)


def is_shared(conn: Connection, id: int) -> bool:
    """Whether others can see a goal as it is now."""
    return bool(shown_in(conn, id))


def shown_in(conn: Connection, id: int) -> list[RoomId]:
    """Return the rooms in which others can see a goal as it is now."""
    goal = get(conn, id)
    shown = sa.select(writings.c.content, writings.c.room_id).where(
        writings.c.kind == GOAL,
        _is_of([id]),
        writings.c.request["who"].as_string().is_not(None),
    )
    is_reached = goal is not None and goal.state is State.REACHED
    return [
        RoomId(row.room_id)
        for row in conn.execute(shown)
        if row.room_id is not None and bool(row.content.get("is_reached")) == is_reached
    ]


def hide(conn: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Take back what shows goals to others; return the writings that did."""
    shown = sa.select(writings.c.id).where(writings.c.kind == GOAL, _is_of(ids))
    found = tuple(sorted(conn.execute(shown).scalars()))
    if found:
        gone = sa.update(writings).where(writings.c.id.in_(found))
        conn.execute(gone.values(request={}, member_id=None))
        mark_changed(conn, found)
    return (*found, *_unask(conn, ids))


def _unask(conn: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Take out where their owner was asked about goals beside something else; return the writings that did."""
    asked = sa.and_(items.c.section == BESIDE, items.c.content["goal"].as_integer().in_(ids))
    gone = sa.delete(items).where(asked).returning(items.c.writing_id)
    found = tuple(sorted(set(conn.execute(gone).scalars())))
    if found:
        mark_changed(conn, found)
    return found


def erase(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Take out a member's goals; return the writings that showed them to others."""
    return remove(conn, ids_of(conn, member))


def remove(conn: Connection, ids: Collection[int]) -> tuple[int, ...]:
    """Take out goals with what was suggested for them; return the writings that showed them to others."""
    conn.execute(sa.delete(goals).where(goals.c.id.in_(ids)))
    conn.execute(sa.delete(writings).where(writings.c.kind == IDEAS, _is_of(ids)))
    return hide(conn, ids)


def ids_of(conn: Connection, member: MemberId) -> list[int]:
    """Return the rows of a member's goals, those that they dropped among them."""
    return list(conn.execute(sa.select(goals.c.id).where(goals.c.member_id == member)).scalars())


def _is_of(ids: Collection[int]) -> sa.ColumnElement[bool]:
    of: sa.ColumnElement[bool] = writings.c.content["goal"].as_integer().in_(ids)
    return of


def _set(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(sa.update(goals).where(goals.c.id == id).values(**values))


def _goal(row: Any, number: int) -> Goal:
    return Goal(
        id=row.id,
        community=CommunityId(row.community_id),
        member=MemberId(row.member_id),
        number=number,
        text=row.text,
        state=State(row.state),
        made_at=row.made_at,
        changed_at=row.changed_at,
        is_suggested=row.is_suggested,
        unanswered=row.unanswered,
    )
