"""What sessions keep of members, messages and resources: found, so that it can be taken out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.schema import items, work, writings
from learncomm_agent.storage.schema_sessions import (
    session_bases,
    session_log,
    session_rooms,
    session_tokens,
    session_writings,
    sessions,
)

MESSAGE, RESOURCE = "message", "resource"
_KINDS = {
    "message": MESSAGE,
    "messages": MESSAGE,
    "evidence": MESSAGE,
    "answer_message": MESSAGE,
    "resource": RESOURCE,
    "resources": RESOURCE,
}
"""Under which names rows of messages and of resources stand in a state."""


def keep(conn: Connection, session: int, state: Mapping[str, Any]) -> None:
    """Keep which messages and resources a state rests on."""
    mine = session_bases.c.session_id == session
    known = sa.select(session_bases.c.kind, session_bases.c.number).where(mine)
    before = {(row.kind, row.number) for row in conn.execute(known)}
    now = set(_bases(state, ""))
    for kind, number in before - now:
        gone = sa.and_(mine, session_bases.c.kind == kind, session_bases.c.number == number)
        conn.execute(sa.delete(session_bases).where(gone))
    if new := [{"session_id": session, "kind": k, "number": n} for k, n in sorted(now - before)]:
        conn.execute(sa.insert(session_bases), new)


def of_member(conn: Connection, community: CommunityId, member: int) -> list[int]:
    """Return the sessions of a community whose state may know a member."""
    state = sa.type_coerce(sessions.c.content, sa.Text)
    holds = sa.func.instr(state, str(member)) > 0
    known = sa.select(sessions.c.id, sessions.c.content).where(
        sessions.c.community_id == community, holds
    )
    rows = conn.execute(known.order_by(sessions.c.id))
    return [row.id for row in rows if _knows(row.content, member)]


def resting_on(
    conn: Connection, community: CommunityId, kind: str, these: sa.Select[Any] | Collection[int]
) -> dict[int, tuple[int, ...]]:
    """Return which of some messages or resources each session of a community rests on.

    Args:
        conn: The transaction to read in.
        community: Whose sessions.
        kind: `MESSAGE` or `RESOURCE`.
        these: Their row ids, or a query for these.
    """
    known = (
        sa.select(session_bases.c.session_id, session_bases.c.number)
        .join(sessions, sessions.c.id == session_bases.c.session_id)
        .where(
            sessions.c.community_id == community,
            session_bases.c.kind == kind,
            session_bases.c.number.in_(these),
        )
    )
    found: dict[int, list[int]] = {}
    for row in conn.execute(known.order_by(session_bases.c.session_id, session_bases.c.number)):
        found.setdefault(row.session_id, []).append(row.number)
    return {id: tuple(numbers) for id, numbers in found.items()}


def in_rooms(conn: Connection, rooms: Collection[RoomId]) -> list[int]:
    """Return the sessions that are held in any of some rooms; not those with only a group there."""
    here = sa.select(sessions.c.id).where(sessions.c.room_id.in_(rooms))
    return list(conn.execute(here.order_by(sessions.c.id)).scalars())


def remove(conn: Connection, ids: Collection[int]) -> None:
    """Let go of sessions with all that was kept of them; what they wrote is for others to take out."""
    conn.execute(sa.delete(sessions).where(sessions.c.id.in_(ids)))
    theirs = work.c.args["session"].as_integer().in_(ids)
    conn.execute(sa.delete(work).where(IS_OPEN, _is_sessions(), theirs))


def close_rooms(conn: Connection, rooms: Collection[RoomId]) -> None:
    """Let go of the threads of groups that are among some rooms."""
    conn.execute(sa.delete(session_rooms).where(session_rooms.c.room_id.in_(rooms)))


def lines(conn: Connection, session: int, entries: Collection[int]) -> dict[int, int]:
    """Return the lines that show entries in what a session wrote, each with its writing."""
    shown = (
        sa.select(items.c.id, items.c.writing_id)
        .join(session_writings, session_writings.c.writing_id == items.c.writing_id)
        .where(
            session_writings.c.session_id == session,
            items.c.content["entry"].as_integer().in_(entries),
        )
    )
    return {row.id: row.writing_id for row in conn.execute(shown)}


def unnote(conn: Connection, community: CommunityId, member: int) -> None:
    """Drop the notes that name a member from the logs of a community's sessions."""
    mine = sa.select(sessions.c.id).where(sessions.c.community_id == community)
    named = session_log.c.content["member"].as_integer() == member
    conn.execute(sa.delete(session_log).where(session_log.c.session_id.in_(mine), named))


def drop_token(conn: Connection, session: int, token: str) -> None:
    """Forget that whoever a token stands for has entered something."""
    conn.execute(
        sa.delete(session_tokens).where(
            session_tokens.c.session_id == session, session_tokens.c.token == token
        )
    )


def unaddress(conn: Connection, session: int, member: int) -> None:
    """Let go of what a session still wishes to tell a member alone, and to note of them."""
    effect = work.c.args["effect"]
    is_told = sa.and_(
        effect["to"]["whom"].as_string() == "member", effect["to"]["which"].as_integer() == member
    )
    is_noted = effect["content"]["member"].as_integer() == member
    waiting = sa.and_(IS_OPEN, _is_of(session), sa.or_(is_told, is_noted))
    conn.execute(sa.delete(work).where(waiting))


def rewrite(conn: Connection, session: int, change: Callable[[Any], Any]) -> list[int]:
    """Change what a session has written, and still wishes; return the writings that are others now.

    Args:
        conn: The transaction to write in.
        session: The session.
        change: Makes of what stands beside the lines, or of what is wished, what is to stand there.
    """
    waiting = sa.select(work.c.id, work.c.args).where(IS_OPEN, _is_of(session))
    for row in conn.execute(waiting).all():
        changed = {**row.args, "effect": change(row.args["effect"])}
        conn.execute(sa.update(work).where(work.c.id == row.id).values(args=changed))
    mine = sa.select(session_writings.c.writing_id).where(session_writings.c.session_id == session)
    known = sa.select(writings.c.id, writings.c.content).where(writings.c.id.in_(mine))
    touched = []
    for row in conn.execute(known).all():
        if (now := change(row.content)) != row.content:
            conn.execute(sa.update(writings).where(writings.c.id == row.id).values(content=now))
            touched.append(row.id)
    return touched


def _is_of(session: int) -> sa.ColumnElement[bool]:
    mine = work.c.args["session"].as_integer() == session
    return sa.and_(work.c.name == "session_effect", mine)


def _is_sessions() -> sa.ColumnElement[bool]:
    return work.c.name.in_(("session", "session_effect", "session_said"))


def _bases(node: Any, kind: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, Mapping):
        for name, each in node.items():
            yield from _bases(each, _KINDS.get(name, ""))
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _bases(each, kind)
    elif kind and isinstance(node, int) and not isinstance(node, bool):
        yield kind, node


def _knows(state: Mapping[str, Any], member: int) -> bool:
    """Whether a state knows a member; what a stage keeps that still runs can't be told."""
    return (
        state["standing"] is not None
        or bool(state["held"])
        or any(name.startswith("_") for name in state["results"])  # figures of their own
        or str(member) in state["people"]
        or state["lead"] == member
        or any(member in each["members"] for each in state["groups"])
        or any(member in (each["by"], *each["backers"]) for each in state["entries"].values())
    )
