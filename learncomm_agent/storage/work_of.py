"""What due work and dead letters know of a member: found by their ids wherever these stand in the arguments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import OF_ACCOUNT, REQUEST
from learncomm_agent.storage.schema import accounts, work

_MEMBER = frozenset({"member", "by", "asker", "giver", "receiver", "owner", "reader", "to"})
_ACCOUNT = frozenset({"account", "reader"})
_PLATFORM, _ID = "platform", "id"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that names somebody."""

    id: int
    name: str
    due: datetime
    is_open: bool
    """Whether it is neither done nor given up."""
    is_running: bool


@dataclass(frozen=True, slots=True)
class _Person:
    member: int
    accounts: frozenset[int]
    refs: frozenset[tuple[str, str]]


def of_person(conn: Connection, member: MemberId) -> list[Waiting]:
    """Return the rows, given up or not, whose arguments name a member or one of their accounts."""
    mine = sa.select(accounts.c.id, accounts.c.platform, accounts.c.platform_id).where(
        accounts.c.member_id == member
    )
    known = conn.execute(mine).all()
    person = _Person(
        member, frozenset(row[0] for row in known), frozenset((row[1], row[2]) for row in known)
    )
    lanes = [f"{OF_ACCOUNT}{id}" for id in person.accounts]
    text = sa.cast(work.c.args, sa.Text)
    named = (text.contains(str(each), autoescape=True) for each in _needles(person))
    maybe = sa.select(work).where(sa.or_(work.c.lane.in_(lanes), *named), work.c.done_at.is_(None))
    return [
        Waiting(row.id, row.name, row.due, row.error is None, row.leased_until is not None)
        for row in conn.execute(maybe.order_by(work.c.id))
        if row.lane in lanes or _names(row.args, person, "")
    ]


def drop(conn: Connection, member: MemberId) -> None:
    """Drop the rows that name a member, but for the request that is being answered."""
    rows = of_person(conn, member)
    gone = [row.id for row in rows if not (row.name == REQUEST and row.is_running and row.is_open)]
    conn.execute(sa.delete(work).where(work.c.id.in_(gone)))


def _needles(person: _Person) -> Iterator[object]:
    yield person.member
    yield from person.accounts
    yield from (id for _, id in person.refs)


def _names(node: Any, person: _Person, under: str) -> bool:
    """Whether JSON names somebody: by a row's id under a name for such, or by the platform's id."""
    if isinstance(node, Mapping):
        if (node.get(_PLATFORM), node.get(_ID)) in person.refs:
            return True
        return any(_names(each, person, name) for name, each in node.items())
    if isinstance(node, list):
        pair = tuple(node) if len(node) == 2 and all(isinstance(it, str) for it in node) else None
        return pair in person.refs or any(_names(each, person, under) for each in node)
    if isinstance(node, bool) or not isinstance(node, int):
        return False
    is_member = under in _MEMBER and node == person.member
    return is_member or (under in _ACCOUNT and node in person.accounts)
