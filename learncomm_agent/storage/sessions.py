"""Sessions: one row each, its state as JSON; which rooms are theirs; what they wrote and noted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import session_traces
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_sessions import (
    session_log,
    session_marks,
    session_rooms,
    session_tokens,
    session_writings,
    sessions,
)

KEPT_NOTES = 500
"""Notes of a session that are kept; older ones go."""
_ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Row:
    """A session as it is stored."""

    id: int
    community: CommunityId
    room: RoomId
    playbook: str
    title: str
    phase: str
    revision: int
    content: Mapping[str, Any]
    salt: bytes
    made_at: datetime
    ended_at: datetime | None


def add(
    conn: Connection,
    community: CommunityId,
    room: RoomId,
    *,
    playbook: str,
    title: str,
    phase: str,
    content: Mapping[str, Any],
    salt: bytes,
    now: datetime,
) -> int:
    """Keep a new session and return its number."""
    made = sa.insert(sessions).values(
        community_id=community,
        room_id=room,
        playbook=playbook,
        title=title,
        phase=phase,
        revision=0,
        content=dict(content),
        salt=salt,
        made_at=now,
    )
    id = int(conn.execute(made.returning(sessions.c.id)).scalar_one())
    session_traces.keep(conn, id, content)
    return id


def save(
    conn: Connection, id: int, *, title: str, phase: str, content: Mapping[str, Any], now: datetime
) -> None:
    """Keep what became of a session; one that has ended forgets who entered what."""
    values: dict[str, Any] = {
        "title": title,
        "phase": phase,
        "content": dict(content),
        "revision": sessions.c.revision + 1,
    }
    if phase == _ENDED:
        ended = sa.literal(now, sessions.c.ended_at.type)
        values |= {"ended_at": sa.func.coalesce(sessions.c.ended_at, ended), "salt": b""}
        forget_entered(conn, id)
    conn.execute(sa.update(sessions).where(sessions.c.id == id).values(**values))
    session_traces.keep(conn, id, content)


def get(conn: Connection, id: int, community: CommunityId | None = None) -> Row | None:
    """Return a session; of one community, where that is named."""
    known = sa.select(sessions).where(sessions.c.id == id)
    if community is not None:
        known = known.where(sessions.c.community_id == community)
    row = conn.execute(known).first()
    return None if row is None else _row(row)


def of_community(
    conn: Connection,
    community: CommunityId,
    *,
    is_open: bool = True,
    rooms: Collection[RoomId] | None = None,
    member: int | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Return the sessions of a community, oldest first.

    Args:
        conn: The transaction to read in.
        community: Whose sessions.
        is_open: Whether those that have ended are left out.
        rooms: In which rooms, where not in all.
        member: Who may be known to them, where not anybody.
        limit: How many at most, the newest.
    """
    known = sa.select(sessions).where(sessions.c.community_id == community)
    if is_open:
        known = known.where(sessions.c.ended_at.is_(None))
    if rooms is not None:
        known = known.where(sessions.c.room_id.in_(rooms))
    if member is not None:
        known = known.where(sessions.c.id.in_(session_traces.met(community, member)))
    newest = conn.execute(known.order_by(sessions.c.id.desc()).limit(limit))
    return [_row(row) for row in reversed(newest.all())]


def in_room(conn: Connection, room: RoomId) -> list[tuple[Row, int | None]]:
    """Return the sessions that have not ended in a room, each with the number of the group whose thread it is."""
    here = sa.select(sessions).where(sessions.c.room_id == room, sessions.c.ended_at.is_(None))
    found: list[tuple[Row, int | None]] = [(_row(row), None) for row in conn.execute(here)]
    threads = (
        sa.select(sessions, session_rooms.c.number)
        .join(session_rooms, session_rooms.c.session_id == sessions.c.id)
        .where(session_rooms.c.room_id == room, sessions.c.ended_at.is_(None))
    )
    found += [(_row(row), row.number) for row in conn.execute(threads)]
    return sorted(found, key=lambda each: each[0].id)


def open_thread(conn: Connection, id: int, group: int, room: RoomId) -> None:
    """Keep which thread is a group's."""
    made = insert(session_rooms).values(session_id=id, number=group, room_id=room)
    conn.execute(
        made.on_conflict_do_update(index_elements=["session_id", "number"], set_={"room_id": room})
    )


def threads(conn: Connection, id: int) -> Mapping[int, RoomId]:
    """Return the threads of a session's groups, by their numbers."""
    known = sa.select(session_rooms).where(session_rooms.c.session_id == id)
    return {row.number: RoomId(row.room_id) for row in conn.execute(known)}


def wrote(conn: Connection, id: int, effect: int, writing: int) -> None:
    """Keep that an effect became a writing."""
    made = insert(session_writings).values(session_id=id, effect=effect, writing_id=writing)
    conn.execute(made.on_conflict_do_nothing())


def written(conn: Connection, id: int, effect: int) -> int | None:
    """Return the writing that an effect became."""
    known = sa.select(session_writings.c.writing_id).where(
        session_writings.c.session_id == id, session_writings.c.effect == effect
    )
    found: int | None = conn.execute(known).scalar()
    return found


def writings_of(conn: Connection, id: int, limit: int) -> Sequence[int]:
    """Return the writings of a session, the newest first."""
    known = (
        sa.select(session_writings.c.writing_id)
        .where(session_writings.c.session_id == id)
        .order_by(session_writings.c.writing_id.desc())
        .limit(limit)
    )
    return list(conn.execute(known).scalars())


def writer_of(conn: Connection, writing: int) -> tuple[int, int] | None:
    """Return the session and the effect that a writing is of; None where it is no session's."""
    known = sa.select(session_writings.c.session_id, session_writings.c.effect).where(
        session_writings.c.writing_id == writing
    )
    row = conn.execute(known).first()
    return None if row is None else (row.session_id, row.effect)


def mark(conn: Connection, id: int, name: str, content: Mapping[str, Any] | None) -> None:
    """Keep what stands on a platform for a session under a name; None lets go of it."""
    if content is None:
        gone = sa.delete(session_marks)
        conn.execute(gone.where(session_marks.c.session_id == id, session_marks.c.name == name))
        return
    made = insert(session_marks).values(session_id=id, name=name, content=dict(content))
    conn.execute(
        made.on_conflict_do_update(
            index_elements=["session_id", "name"], set_={"content": dict(content)}
        )
    )


def marked(conn: Connection, id: int, name: str) -> Mapping[str, Any] | None:
    """Return what was kept under a name."""
    known = sa.select(session_marks.c.content).where(
        session_marks.c.session_id == id, session_marks.c.name == name
    )
    found: Mapping[str, Any] | None = conn.execute(known).scalar()
    return found


def marked_with(
    conn: Connection, community: CommunityId, prefix: str, id: str
) -> Sequence[tuple[int, RoomId]]:
    """Return the sessions that have not ended which keep this id under a name that begins so, and their rooms."""
    known = (
        sa.select(sessions.c.id, sessions.c.room_id)
        .join(session_marks, session_marks.c.session_id == sessions.c.id)
        .where(
            sessions.c.community_id == community,
            sessions.c.ended_at.is_(None),
            session_marks.c.name.startswith(prefix, autoescape=True),
            session_marks.c.content["id"].as_string() == id,
        )
    )
    return [(row.id, RoomId(row.room_id)) for row in conn.execute(known)]


def enter(conn: Connection, id: int, token: str) -> None:
    """Count something that whoever this token stands for has entered."""
    made = insert(session_tokens).values(session_id=id, token=token, count=1)
    more = {"count": session_tokens.c.count + 1}
    conn.execute(made.on_conflict_do_update(index_elements=["session_id", "token"], set_=more))


def entered(conn: Connection, id: int, token: str) -> int:
    """Return how many things whoever this token stands for has entered in the stage that runs."""
    known = sa.select(session_tokens.c.count).where(
        session_tokens.c.session_id == id, session_tokens.c.token == token
    )
    return conn.execute(known).scalar() or 0


def forget_entered(conn: Connection, id: int) -> bool:
    """Know no more who has entered something without a name; return whether anybody had."""
    mine = sa.delete(session_tokens).where(session_tokens.c.session_id == id)
    return conn.execute(mine).rowcount > 0


def note(conn: Connection, id: int, content: Mapping[str, Any], now: datetime) -> None:
    """Note what the facilitator did and why; the oldest notes go."""
    made = sa.insert(session_log).values(session_id=id, noted_at=now, content=dict(content))
    conn.execute(made)
    old = (
        sa.select(session_log.c.id)
        .where(session_log.c.session_id == id)
        .order_by(session_log.c.id.desc())
        .offset(KEPT_NOTES)
    )
    conn.execute(sa.delete(session_log).where(session_log.c.id.in_(old)))


def notes(
    conn: Connection, id: int, limit: int = 20
) -> Sequence[tuple[datetime, Mapping[str, Any]]]:
    """Return the latest notes of a session, newest first."""
    known = (
        sa.select(session_log.c.noted_at, session_log.c.content)
        .where(session_log.c.session_id == id)
        .order_by(session_log.c.id.desc())
        .limit(limit)
    )
    return [(row.noted_at, row.content) for row in conn.execute(known)]


def _row(row: sa.Row[*tuple[Any, ...]]) -> Row:
    return Row(
        row.id,
        CommunityId(row.community_id),
        RoomId(row.room_id),
        row.playbook,
        row.title,
        row.phase,
        row.revision,
        row.content,
        row.salt,
        row.made_at,
        row.ended_at,
    )
