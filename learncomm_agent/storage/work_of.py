"""What due work and dead letters know of a member: rows that are for or by them, and others that name them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import unnaming
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import OF_ACCOUNT, REQUEST
from learncomm_agent.storage.schema import accounts, work

_MEMBER = frozenset({"member", "by", "asker", "giver", "receiver", "owner", "reader", "to"})
_ACCOUNT = frozenset({"account", "reader"})
_PLATFORM, _ID = "platform", "id"
_WITHIN = ("event", "outgoing")
"""What is wrapped in arguments: whose these are, the row is."""
_SOMEBODY = "…"
"""Stands where a post named somebody who is known no more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is for somebody, or by them."""

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

    @property
    def lanes(self) -> list[str]:
        return [f"{OF_ACCOUNT}{id}" for id in self.accounts]


def of_person(conn: Connection, member: MemberId) -> list[Waiting]:
    """Return the rows, given up or not, that are for a member or by one of their accounts."""
    person = _person(conn, member)
    text = sa.cast(work.c.args, sa.Text)
    named = (text.contains(str(each), autoescape=True) for each in _needles(person))
    lanes = work.c.lane.in_(person.lanes)
    maybe = sa.select(work).where(sa.or_(lanes, *named), work.c.done_at.is_(None))
    return [
        Waiting(row.id, row.name, row.due, row.error is None, row.leased_until is not None)
        for row in conn.execute(maybe.order_by(work.c.id))
        if row.lane in person.lanes or _is_theirs(row.args, person)
    ]


def drop(conn: Connection, member: MemberId) -> None:
    """Drop the rows that are for or by a member, but for the request that is being answered."""
    rows = of_person(conn, member)
    gone = [row.id for row in rows if not (row.name == REQUEST and row.is_running and row.is_open)]
    conn.execute(sa.delete(work).where(work.c.id.in_(gone)))


def unname(conn: Connection, member: MemberId, names: Collection[str]) -> None:
    """Let what waits for others, or was given up, call a member no more: neither by a mention nor by a name."""
    person = _person(conn, member)
    text = sa.cast(work.c.args, sa.Text)
    called = [text.contains(id, autoescape=True) for _, id in person.refs]
    if names:
        called.append(unnaming.holds(work.c.args, names))
    if not called:
        return
    known = sa.select(work.c.id, work.c.lane, work.c.args)
    for row in conn.execute(known.where(sa.or_(*called), work.c.done_at.is_(None))).all():
        if row.lane in person.lanes or _is_theirs(row.args, person):
            continue  # their own request, which is being answered
        # What a writing shows is laid out by it: words of others stand as they are.
        called_so = () if row.args.get("writing") else names
        now = unnaming.without(_unmentioned(row.args, person, called_so), names)
        if now != row.args:
            conn.execute(sa.update(work).where(work.c.id == row.id).values(args=now))


def _person(conn: Connection, member: MemberId) -> _Person:
    mine = sa.select(accounts.c.id, accounts.c.platform, accounts.c.platform_id)
    known = conn.execute(mine.where(accounts.c.member_id == member)).all()
    return _Person(
        member, frozenset(row[0] for row in known), frozenset((row[1], row[2]) for row in known)
    )


def _needles(person: _Person) -> Iterator[object]:
    yield person.member
    yield from person.accounts
    yield from (id for _, id in person.refs)


def _is_theirs(args: Mapping[str, Any], person: _Person) -> bool:
    """Whether a row is for somebody or by them: its arguments, or what these wrap, say so at the top."""
    effect = args.get("effect") or {}
    to = effect.get("to") or {}
    if to.get("whom") == "member" and to.get("which") == person.member:
        return True
    tops = (args, *(args.get(name) for name in _WITHIN))
    return any(
        _is_one(name, value, person)
        for top in tops
        if isinstance(top, Mapping)
        for name, value in top.items()
    )


def _is_one(under: str, value: Any, person: _Person) -> bool:
    """Whether a value is somebody: a row's id under a name for such, or the platform's id."""
    if isinstance(value, int) and not isinstance(value, bool):
        is_member = under in _MEMBER and value == person.member
        return is_member or (under in _ACCOUNT and value in person.accounts)
    return _ref_of(value) in person.refs


def _ref_of(value: Any) -> Any:
    """Return the platform and its id that a value names, if it names an account."""
    if isinstance(value, Mapping):
        pair = (value.get(_PLATFORM), value.get(_ID))
    elif isinstance(value, list) and len(value) >= 2:
        pair = (value[0], value[1])
    else:
        return None
    return pair if all(isinstance(each, str) for each in pair) else None


def _unmentioned(node: Any, person: _Person, names: Collection[str]) -> Any:
    """Return JSON without what calls somebody; a post says something else in that place."""
    if isinstance(node, list):
        left = (each for each in node if _ref_of(each) not in person.refs)
        return [_unmentioned(each, person, names) for each in left]
    if not isinstance(node, Mapping):
        return node
    kind = node.get("kind")
    if kind == "mention" and _ref_of(node.get("account")) in person.refs:
        return {"kind": "text", "text": _SOMEBODY, "style": "plain"}
    if kind == "text" and isinstance(node.get("text"), str):
        return {**node, "text": _uncalled(node["text"], names)}
    return {name: _unmentioned(each, person, names) for name, each in node.items()}


def _uncalled(text: str, names: Collection[str]) -> str:
    """Return a text in which nobody is called by some names, where these stand as words."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _SOMEBODY, text)
    return text
