"""What sessions keep of members, messages and resources: found, so that it can be taken out.

Which messages and resources a state rests on is read from it. Of members that can't be told, as a kind
of stage keeps them as it likes; so whoever an event names is known to a session until they are forgotten.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.schema import items, work, writings
from learncomm_agent.storage.schema_sessions import (
    session_bases,
    session_log,
    session_marks,
    session_rooms,
    session_tokens,
    session_writings,
    sessions,
)

MESSAGE, RESOURCE, MEMBER = "message", "resource", "member"
_KINDS = {
    "message": MESSAGE,
    "messages": MESSAGE,
    "evidence": MESSAGE,
    "answer_message": MESSAGE,
    "resource": RESOURCE,
    "resources": RESOURCE,
    "member": MEMBER,
    "members": MEMBER,
    "lead": MEMBER,
    "by": MEMBER,
    "backers": MEMBER,
}
"""Under which names rows of messages, of resources and of members stand in a state."""


def keep(conn: Connection, session: int, state: Mapping[str, Any]) -> None:
    """Keep which messages and resources a state rests on, and which members it names."""
    mine = session_bases.c.session_id == session
    known = sa.select(session_bases.c.kind, session_bases.c.number).where(mine)
    before = {(row.kind, row.number) for row in conn.execute(known)}
    now = {*_bases(state, ""), *((MEMBER, int(id)) for id in state["people"])}
    for kind, number in before - now:
        if kind == MEMBER:
            continue
        gone = sa.and_(mine, session_bases.c.kind == kind, session_bases.c.number == number)
        conn.execute(sa.delete(session_bases).where(gone))
    if new := [{"session_id": session, "kind": k, "number": n} for k, n in sorted(now - before)]:
        conn.execute(sa.insert(session_bases), new)


def meet(conn: Connection, session: int, member: int) -> None:
    """Keep that the state of a session may know a member from now on."""
    made = insert(session_bases).values(session_id=session, kind=MEMBER, number=member)
    conn.execute(made.on_conflict_do_nothing())


def of_member(conn: Connection, community: CommunityId, member: int) -> list[int]:
    """Return the sessions of a community whose state may know a member."""
    known = met(community, member).order_by(session_bases.c.session_id)
    return [row[0] for row in conn.execute(known)]


def unmeet(conn: Connection, community: CommunityId, member: int) -> None:
    """Know no more which sessions knew a member; one that names them still is found by its state."""
    gone = sa.and_(
        session_bases.c.kind == MEMBER,
        session_bases.c.number == member,
        session_bases.c.session_id.in_(met(community, member)),
    )
    conn.execute(sa.delete(session_bases).where(gone))


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
    """Let go of the threads of groups that are among some rooms; these groups get no other."""
    mine = session_rooms.c.room_id.in_(rooms)
    closed = conn.execute(sa.delete(session_rooms).where(mine).returning(*session_rooms.c)).all()
    for row in closed:
        name = threadless(row.number)
        made = insert(session_marks).values(session_id=row.session_id, name=name, content={})
        conn.execute(made.on_conflict_do_nothing())


def threadless(group: int) -> str:
    """Return the name under which it is kept that a group has no thread and gets none."""
    return f"threadless:{group}"


def marks(
    conn: Connection, ids: Collection[int], *prefixes: str
) -> list[tuple[int, str, Mapping[str, Any]]]:
    """Return what stands on platforms for some sessions under names that begin so: session, name, what."""
    begins = (session_marks.c.name.startswith(each, autoescape=True) for each in prefixes)
    known = sa.select(session_marks).where(session_marks.c.session_id.in_(ids), sa.or_(*begins))
    rows = conn.execute(known.order_by(session_marks.c.session_id, session_marks.c.name))
    return [(row.session_id, row.name, row.content) for row in rows]


def lines(conn: Connection, session: int, entries: Collection[int]) -> dict[int, int]:
    """Return the lines that show entries in what a session wrote, or rest on any, each with its writing."""
    held = sa.func.json_each(items.c.content, "$.entries").table_valued("value", name="held")
    rests = sa.exists().select_from(held).where(held.c.value.in_(entries)).correlate(items)
    shown = (
        sa.select(items.c.id, items.c.writing_id)
        .join(session_writings, session_writings.c.writing_id == items.c.writing_id)
        .where(
            session_writings.c.session_id == session,
            sa.or_(items.c.content["entry"].as_integer().in_(entries), rests),
        )
    )
    return {row.id: row.writing_id for row in conn.execute(shown)}


def shown(conn: Connection, session: int, room: RoomId, entries: Collection[int]) -> dict[int, int]:
    """Return the newest post of a session that has shown each of some entries to all in its room.

    Args:
        conn: The transaction to read in.
        session: The session.
        room: Its room.
        entries: The numbers of the entries.

    Returns:
        By entry, the writing; without those that were shown to nobody, or not to all.
    """
    entry = items.c.content["entry"].as_integer()
    newest = (
        sa.select(entry, sa.func.max(items.c.writing_id))
        .join(session_writings, session_writings.c.writing_id == items.c.writing_id)
        .join(writings, writings.c.id == items.c.writing_id)
        .where(
            session_writings.c.session_id == session,
            writings.c.kind == "session",
            writings.c.room_id == room,
            writings.c.is_private.is_(False),
            entry.in_(entries),
        )
        .group_by(entry)
    )
    return {row[0]: row[1] for row in conn.execute(newest)}


def about_to_show(conn: Connection, session: int) -> frozenset[int]:
    """Return the entries that a session is about to show to all in its room."""
    effect = work.c.args["effect"]
    waiting = sa.select(effect["shows"]).where(
        IS_OPEN,
        _is_of(session),
        effect["kind"].as_string() == "post",
        effect["to"]["whom"].as_string() == "room",
    )
    return frozenset(id for shows in conn.execute(waiting).scalars() for id in shows or ())


def unnote(conn: Connection, community: CommunityId, member: int) -> None:
    """Drop the notes that name a member from the logs of the sessions that know them."""
    mine = session_log.c.session_id.in_(met(community, member))
    named = session_log.c.content["member"].as_integer() == member
    conn.execute(sa.delete(session_log).where(mine, named))


def drop_token(conn: Connection, session: int, token: str) -> None:
    """Forget that whoever a token stands for has entered something."""
    conn.execute(
        sa.delete(session_tokens).where(
            session_tokens.c.session_id == session, session_tokens.c.token == token
        )
    )


def salts(conn: Connection, community: CommunityId) -> list[tuple[int, bytes]]:
    """Return the sessions of a community in which anybody has entered something without a name."""
    has_any = sa.exists().where(session_tokens.c.session_id == sessions.c.id)
    known = sa.select(sessions.c.id, sessions.c.salt)
    rows = conn.execute(known.where(sessions.c.community_id == community, has_any))
    return [(row.id, row.salt) for row in rows]


def unaddress(conn: Connection, community: CommunityId, member: int) -> None:
    """Let go of what sessions that know a member still wish to tell them alone, and to note of them."""
    effect = work.c.args["effect"]
    is_told = sa.and_(
        effect["to"]["whom"].as_string() == "member", effect["to"]["which"].as_integer() == member
    )
    is_noted = effect["content"]["member"].as_integer() == member
    theirs = work.c.args["session"].as_integer().in_(met(community, member))
    is_effect = work.c.name == "session_effect"
    waiting = sa.and_(IS_OPEN, is_effect, sa.or_(is_told, is_noted), theirs)
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


def met(community: CommunityId, member: int) -> sa.Select[int]:
    """Return a query for the sessions of a community whose state may know a member."""
    return (
        sa.select(session_bases.c.session_id)
        .join(sessions, sessions.c.id == session_bases.c.session_id)
        .where(
            session_bases.c.kind == MEMBER,
            session_bases.c.number == member,
            sessions.c.community_id == community,
        )
    )


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
    elif kind and node and isinstance(node, int) and not isinstance(node, bool):
        yield kind, node
