"""Short questions to a room, answered from 1 to 5 under marks; only counts outlast the close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.caring.figures import HIGHEST, LOWEST, USUAL
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import salts, thresholds
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_feedback import pulse_answers, pulses


@dataclass(frozen=True, slots=True)
class Pulse:
    """One question to a room."""

    id: int
    community: CommunityId
    room: RoomId
    question: str
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    least: int
    """How many answers were promised to be needed, or more where leaders want more by now."""
    counts: tuple[int, ...]
    """Once it is closed, where enough have answered; from the lowest answer to the highest."""

    def is_open(self, now: datetime) -> bool:
        """Whether it takes answers."""
        return self.closed_at is None and now < self.closes_at

    @property
    def purpose(self) -> str:
        """For what the key of its marks is."""
        return purpose_of(self.id)


def purpose_of(id: int) -> str:
    """Return for what the key of a pulse's marks is."""
    return f"pulse {id}"


def add(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    question: str,
    *,
    opened_at: datetime,
    closes_at: datetime,
    least: int,
) -> int:
    """Keep a new one and return its number."""
    made = sa.insert(pulses).values(
        community_id=community,
        room_id=room,
        question=question,
        opened_at=opened_at,
        closes_at=closes_at,
        result={"least": least},
    )
    return int(conn.execute(made.returning(pulses.c.id)).scalar_one())


def get(conn: Connection, id: int, community: CommunityId | None = None) -> Pulse | None:
    """Return one; of a community, where that is named."""
    known = sa.select(pulses).where(pulses.c.id == id)
    if community is not None:
        known = known.where(pulses.c.community_id == community)
    row = conn.execute(known).first()
    return None if row is None else _pulse(conn, row)


def open_in(conn: Connection, room: RoomId, now: datetime) -> Pulse | None:
    """Return the one that takes answers in a room."""
    here = sa.select(pulses).where(
        pulses.c.room_id == room, pulses.c.closed_at.is_(None), pulses.c.closes_at > now
    )
    row = conn.execute(here.order_by(pulses.c.id.desc()).limit(1)).first()
    return None if row is None else _pulse(conn, row)


def closed_in(conn: Connection, room: RoomId, limit: int) -> list[Pulse]:
    """Return the latest that are closed in a room, oldest first."""
    here = sa.select(pulses).where(pulses.c.room_id == room, pulses.c.closed_at.is_not(None))
    latest = conn.execute(here.order_by(pulses.c.opened_at.desc(), pulses.c.id.desc()).limit(limit))
    return [_pulse(conn, row) for row in reversed(latest.all())]


def answer(conn: Connection, id: int, marks: Sequence[str], score: int) -> None:
    """Keep an answer under the first of a person's marks, in the place of an earlier one under any."""
    conn.execute(sa.delete(pulse_answers).where(_is_of(id, marks)))
    for mark in marks[:1]:
        conn.execute(sa.insert(pulse_answers).values(pulse_id=id, token=mark, score=score))


def counts(conn: Connection, id: int) -> tuple[int, ...]:
    """Return how many gave each answer, from the lowest to the highest."""
    scores = sa.select(pulse_answers.c.score, sa.func.count()).where(pulse_answers.c.pulse_id == id)
    found = {row[0]: row[1] for row in conn.execute(scores.group_by(pulse_answers.c.score))}
    return tuple(found.get(score, 0) for score in range(LOWEST, HIGHEST + 1))


def close(conn: Connection, id: int, now: datetime, least: int, told: Sequence[int]) -> None:
    """End one: what may be told is kept, nothing where too few have answered, and each answer goes."""
    conn.execute(sa.delete(pulse_answers).where(pulse_answers.c.pulse_id == id))
    result: dict[str, Any] = {"least": least, "counts": list(told)}
    closed = sa.update(pulses).where(pulses.c.id == id, pulses.c.closed_at.is_(None))
    conn.execute(closed.values(closed_at=now, result=result))


def of_member(conn: Connection, member: MemberId) -> list[dict[str, Any]]:
    """Return what a member has answered in pulses that are open; of others nobody can tell."""
    found = []
    for salt, pulse in _living(conn, member):
        mine = _is_of(pulse.id, salts.marks(conn, salt, member))
        score = conn.execute(sa.select(pulse_answers.c.score).where(mine)).scalar()
        if score is not None:
            found.append({"question": pulse.question, "answer": score})
    return found


def erase(conn: Connection, member: MemberId) -> None:
    """Take back what a member has answered in pulses that are open."""
    for salt, pulse in _living(conn, member):
        mine = _is_of(pulse.id, salts.marks(conn, salt, member))
        conn.execute(sa.delete(pulse_answers).where(mine))


def _is_of(id: int, marks: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(pulse_answers.c.pulse_id == id, pulse_answers.c.token.in_(marks))


def _living(conn: Connection, member: MemberId) -> list[tuple[salts.Salt, Pulse]]:
    keys = {salt.purpose: salt for salt in salts.living(conn, member)}
    found = [get(conn, int(name.split()[1])) for name in keys if name.startswith("pulse ")]
    return [(keys[each.purpose], each) for each in found if each is not None]


def _pulse(conn: Connection, row: Any) -> Pulse:
    result: Mapping[str, Any] = row.result or {}
    return Pulse(
        id=row.id,
        community=CommunityId(row.community_id),
        room=RoomId(row.room_id),
        question=row.question,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        least=max(result.get("least", USUAL), thresholds.least(conn, row.community_id)),
        counts=tuple(result.get("counts", ())),
    )
