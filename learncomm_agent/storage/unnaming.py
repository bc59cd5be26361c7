"""Taking a person's names out of what stands: beside lines, in rooms for one, in the accounts of what was done."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import mark_changed
from learncomm_agent.storage.schema import (
    accounts,
    audit,
    items,
    members,
    posts,
    rooms,
    state,
    writings,
)

_NOBODY = frozenset({"owner", "shared_by"})
"""Under these names stands somebody, or nothing."""
_UNNAMED = frozenset({"who", "said_by", "speaker", "by", "name"})


def names_of(conn: Connection, community: CommunityId, member: MemberId) -> frozenset[str]:
    """Return what a member is called, on any platform; not what somebody else is called as well."""
    called = {
        *conn.execute(sa.select(members.c.name).where(members.c.id == member)).scalars(),
        *conn.execute(sa.select(accounts.c.name).where(accounts.c.member_id == member)).scalars(),
    }
    others = sa.select(accounts.c.name).where(
        accounts.c.community_id == community,
        accounts.c.member_id != member,
        accounts.c.name.in_(called),
    )
    return frozenset(called).difference(conn.execute(others).scalars(), [""])


def in_writings(
    conn: Connection, community: CommunityId, member: MemberId, names: Collection[str]
) -> tuple[int, ...]:
    """Let what was written name nobody where it named a member; return the writings that did.

    What others said of them, in words of their own, is theirs and stays.
    """
    within = sa.select(writings.c.id).where(writings.c.community_id == community)
    listed = sa.and_(
        items.c.content["member"].as_integer() == member, items.c.writing_id.in_(within)
    )
    gone = sa.delete(items).where(listed).returning(items.c.writing_id)
    touched = set(conn.execute(gone).scalars())
    if names:
        touched |= _in_lines(conn, within, names)
        touched |= _beside(conn, community, names)
    mark_changed(conn, touched)
    return tuple(sorted(touched))


def _in_lines(conn: Connection, within: sa.Select[tuple[int]], names: Collection[str]) -> set[int]:
    named = holds(items.c.content, names)
    known = sa.select(items).where(items.c.writing_id.in_(within), named)
    touched = set()
    for row in conn.execute(known).all():
        if (now := without(row.content, names)) != row.content:
            conn.execute(sa.update(items).where(items.c.id == row.id).values(content=now))
            touched.add(row.writing_id)
    return touched


def _beside(conn: Connection, community: CommunityId, names: Collection[str]) -> set[int]:
    """Look through what was asked, and what stands beside the lines."""
    touched = set()
    both = (writings.c.request, writings.c.content)
    named = sa.or_(*(holds(column, names) for column in both))
    known = sa.select(writings.c.id, *both).where(writings.c.community_id == community, named)
    for row in conn.execute(known).all():
        now = {name: without(row._mapping[name], names) for name in ("request", "content")}
        if any(now[name] != row._mapping[name] for name in now):
            conn.execute(sa.update(writings).where(writings.c.id == row.id).values(**now))
            touched.add(row.id)
    return touched


def holds(column: sa.Column[Any], names: Collection[str]) -> sa.ColumnElement[bool]:
    """The condition that JSON may hold any of some names."""
    text = sa.cast(column, sa.Text)
    spelled = {each for name in names for each in (name, json.dumps(name)[1:-1])}
    return sa.or_(*(sa.func.instr(text, each) > 0 for each in sorted(spelled)))


def without(node: Any, names: Collection[str]) -> Any:
    """Return JSON that names nobody where it named somebody; words of others stay."""
    if isinstance(node, Mapping):
        return {name: _unnamed(name, each, names) for name, each in node.items()}
    if isinstance(node, list):
        return [without(each, names) for each in node]
    return node


def _unnamed(under: str, value: Any, names: Collection[str]) -> Any:
    if isinstance(value, str) and value in names:
        return None if under in _NOBODY else "" if under in _UNNAMED else value
    return without(value, names)


def alone(conn: Connection, community: CommunityId, names: Collection[str]) -> None:
    """Call the direct talks with somebody by no name, and know none of the posts there."""
    theirs = sa.and_(
        rooms.c.community_id == community,
        rooms.c.kind == RoomKind.DIRECT,
        rooms.c.name.in_(list(names)),
    )
    there = sa.select(rooms.c.id).where(theirs)
    conn.execute(sa.delete(posts).where(posts.c.room_id.in_(there)))
    conn.execute(sa.update(rooms).where(theirs).values(name=""))


def away(conn: Connection, member: MemberId) -> None:
    """Let go of a member with their accounts; of what they did, it stays known that it was done."""
    mine = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    done = sa.update(audit).where(audit.c.account_id.in_(mine))
    conn.execute(done.values(account_id=None))
    conn.execute(sa.delete(state).where(state.c.key == f"in again:{member}"))
    conn.execute(sa.delete(members).where(members.c.id == member))
