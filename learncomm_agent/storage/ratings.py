"""How members rated a session, under marks, and what is to be better next time: lines without a name, and plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from learncomm_agent.caring.figures import HIGHEST, LOWEST, Figure, figure
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import salts, sessions, thresholds
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lots import drawn
from learncomm_agent.storage.schema_feedback import lessons, ratings
from learncomm_agent.storage.schema_sessions import session_marks
from learncomm_agent.storage.schema_sessions import sessions as session_rows

MARK = "rating"
"""The name under which a session keeps until when it is rated, and how many are needed."""


class Kind(StrEnum):
    """What a lesson is."""

    LINE = "line"
    """A member's one open line, without a name."""
    PLAN = "plan"
    """What a leader changes next time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """That members are asked how a session was, or were."""

    until: datetime
    least: int
    """How many answers were promised to be needed, or more where leaders want more by now."""
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """One line on a session, or one thing to change; `reply` says what was changed."""

    id: int
    session: int | None
    kind: Kind
    text: str
    reply: str
    day: date


@dataclass(frozen=True, slots=True)
class Rated:
    """A session that members rated, with what may be told of it."""

    session: int
    room: RoomId
    title: str
    playbook: str
    ended_at: datetime
    figure: Figure | None
    """None where too few have answered."""
    least: int


def purpose_of(session: int) -> str:
    """Return for what the key of a session's marks is."""
    return f"rating {session}"


def ask(conn: Connection, session: int, until: datetime, least: int) -> None:
    """Keep that members are asked how a session was."""
    content = {"until": until.isoformat(), "least": least, "is_closed": False}
    sessions.mark(conn, session, MARK, content)


def asked(conn: Connection, session: int) -> Asked | None:
    """Return until when members are asked; None where they never were."""
    kept, row = sessions.marked(conn, session, MARK), sessions.get(conn, session)
    if kept is None or row is None:
        return None
    least = max(kept["least"], thresholds.least(conn, row.community))
    return Asked(datetime.fromisoformat(kept["until"]), least, kept["is_closed"])


def close(conn: Connection, session: int) -> bool:
    """Take no more answers; what was answered may be told. Whether it was open."""
    kept = sessions.marked(conn, session, MARK)
    if kept is None or kept["is_closed"]:
        return False
    sessions.mark(conn, session, MARK, {**kept, "is_closed": True})
    return True


def drop(conn: Connection, session: int) -> None:
    """Let go of how a session was rated, and of what was written on it: too few answered."""
    conn.execute(sa.delete(ratings).where(ratings.c.session_id == session))
    is_line = sa.and_(lessons.c.session_id == session, lessons.c.kind == Kind.LINE.value)
    conn.execute(sa.delete(lessons).where(is_line))


def rate(conn: Connection, session: int, marks: Sequence[str], score: int) -> None:
    """Keep an answer under the first of a person's marks, in the place of an earlier one under any."""
    conn.execute(sa.delete(ratings).where(_is_of(session, marks)))
    for mark in marks[:1]:
        conn.execute(sa.insert(ratings).values(session_id=session, token=mark, score=score))


def counts(conn: Connection, session: int) -> tuple[int, ...]:
    """Return how many gave each answer, from the lowest to the highest."""
    scores = sa.select(ratings.c.score, sa.func.count()).where(ratings.c.session_id == session)
    found = {row[0]: row[1] for row in conn.execute(scores.group_by(ratings.c.score))}
    return tuple(found.get(score, 0) for score in range(LOWEST, HIGHEST + 1))


def told(conn: Connection, session: int) -> Figure | None:
    """Return what may be told of a session by now; None while it is asked, or where too few answered."""
    asking = asked(conn, session)
    if asking is None or not asking.is_closed:
        return None
    return figure(counts(conn, session), asking.least)


def rated(
    conn: Connection, community: CommunityId, *, playbook: str | None = None, limit: int = 10
) -> list[Rated]:
    """Return the latest sessions whose answers are counted, newest first; of one playbook if named."""
    known = (
        sa.select(session_rows, session_marks.c.content.label("asked"))
        .join(session_marks, session_marks.c.session_id == session_rows.c.id)
        .where(
            session_rows.c.community_id == community,
            session_rows.c.ended_at.is_not(None),
            session_marks.c.name == MARK,
            session_marks.c.content["is_closed"].as_boolean(),
        )
    )
    if playbook is not None:
        known = known.where(session_rows.c.playbook == playbook)
    latest = conn.execute(known.order_by(session_rows.c.ended_at.desc()).limit(limit)).all()
    fewest = thresholds.least(conn, community)
    return [
        Rated(
            row.id,
            RoomId(row.room_id),
            row.title,
            row.playbook,
            row.ended_at,
            figure(counts(conn, row.id), least := max(row.asked["least"], fewest)),
            least,
        )
        for row in latest
    ]


def learn(
    conn: Connection,
    community: CommunityId,
    playbook: str,
    kind: Kind,
    text: str,
    day: date,
    session: int | None = None,
) -> int:
    """Keep a line, under a number that says nothing of when.

    Raises:
        StorageError: No number is free.
    """
    made = sa.insert(lessons).values(
        id=drawn(conn, lessons),
        community_id=community,
        session_id=session,
        playbook=playbook,
        kind=kind.value,
        text=text,
        day=day.isoformat(),
    )
    return int(conn.execute(made.returning(lessons.c.id)).scalar_one())


def lines(conn: Connection, session: int) -> list[Lesson]:
    """Return what members wrote on a session, where as many as needed rated it; in no order of time."""
    if told(conn, session) is None:
        return []
    written = sa.select(lessons).where(
        lessons.c.session_id == session, lessons.c.kind == Kind.LINE.value
    )
    return [_lesson(row) for row in conn.execute(written.order_by(lessons.c.id))]


def plans(
    conn: Connection, community: CommunityId, playbook: str | None = None, limit: int = 10
) -> list[Lesson]:
    """Return what leaders wish to change, or did, newest day first; of one playbook if named."""
    kept = sa.select(lessons).where(
        lessons.c.community_id == community, lessons.c.kind == Kind.PLAN.value
    )
    if playbook is not None:
        kept = kept.where(lessons.c.playbook == playbook)
    return [
        _lesson(row)
        for row in conn.execute(kept.order_by(lessons.c.day.desc(), lessons.c.id).limit(limit))
    ]


def is_planned(conn: Connection, community: CommunityId, playbook: str, text: str) -> bool:
    """Whether the same is to be changed already, in the same words, and was not yet."""
    open_ones = sa.select(lessons.c.text).where(
        lessons.c.community_id == community,
        lessons.c.kind == Kind.PLAN.value,
        lessons.c.playbook == playbook,
        lessons.c.reply == "",
    )
    return text.casefold() in {each.casefold() for each in conn.execute(open_ones).scalars()}


def change(conn: Connection, community: CommunityId, id: int, reply: str) -> bool:
    """Keep what was changed of a plan; whether there is such a plan."""
    mine = sa.update(lessons).where(
        lessons.c.id == id, lessons.c.community_id == community, lessons.c.kind == Kind.PLAN.value
    )
    return conn.execute(mine.values(reply=reply)).rowcount > 0


def of_member(conn: Connection, member: MemberId) -> list[dict[str, Any]]:
    """Return how a member rated sessions, as long as that can be told."""
    found = []
    for salt, session in _living(conn, member):
        mine = _is_of(session, salts.marks(conn, salt, member))
        score = conn.execute(sa.select(ratings.c.score).where(mine)).scalar()
        if score is not None:
            found.append({"session": session, "answer": score})
    return found


def erase(conn: Connection, member: MemberId) -> None:
    """Take back how a member rated sessions, as long as that can be told."""
    for salt, session in _living(conn, member):
        mine = _is_of(session, salts.marks(conn, salt, member))
        conn.execute(sa.delete(ratings).where(mine))


def _is_of(session: int, marks: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(ratings.c.session_id == session, ratings.c.token.in_(marks))


def _living(conn: Connection, member: MemberId) -> list[tuple[salts.Salt, int]]:
    keys = salts.living(conn, member)
    return [
        (each, int(each.purpose.split()[1])) for each in keys if each.purpose.startswith(f"{MARK} ")
    ]


def _lesson(row: Any) -> Lesson:
    return Lesson(
        row.id, row.session_id, Kind(row.kind), row.text, row.reply, date.fromisoformat(row.day)
    )
