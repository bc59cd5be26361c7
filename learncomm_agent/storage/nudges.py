"""What is to be said to single members: rows of a kind and what it is about."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.listed import THESE
from learncomm_agent.storage.schema import work
from learncomm_agent.storage.schema_nudges import nudges as rows

OWN = 0
"""The subject of what a member has once, such as a digest of their own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to be said."""

    id: int
    member: MemberId
    kind: str
    subject: int
    due: datetime
    expires: datetime | None


_DUE: sa.BindParameter[datetime] = sa.bindparam("by", type_=rows.c.due.type)
_PUT = insert(rows)
_KEPT = _PUT.on_conflict_do_update(
    index_elements=["member_id", "kind", "subject"],
    set_={"due": _PUT.excluded.due, "expires": _PUT.excluded.expires},
)
_COLUMNS = (
    rows.c.id,
    rows.c.member_id,
    rows.c.kind,
    rows.c.subject,
    rows.c.due,
    rows.c.expires,
)
_FIRST_DUE = (
    sa.select(rows.c.member_id)
    .where(rows.c.community_id == sa.bindparam("community"), rows.c.due < _DUE)
    .order_by(rows.c.due, rows.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_OF_THESE = sa.select(*_COLUMNS).where(rows.c.member_id.in_(THESE), rows.c.due < _DUE)
_NEXT = sa.select(sa.func.min(rows.c.due)).where(rows.c.community_id == sa.bindparam("community"))
_STILL = sa.select(rows.c.id, rows.c.due).where(rows.c.id.in_(THESE))
_GONE = sa.delete(rows).where(rows.c.id.in_(THESE))
_LATER = (
    sa.update(rows)
    .where(rows.c.id == sa.bindparam("row"))
    .values(due=sa.bindparam("later", type_=rows.c.due.type))
)
_WAITING = sa.select(work.c.id, work.c.due).where(
    IS_OPEN,
    work.c.lane == sa.bindparam("lane"),
    work.c.name == sa.bindparam("name"),
    work.c.leased_until.is_(None),
    work.c.attempts == 0,
)
_SOONER = (
    sa.update(work)
    .where(work.c.id == sa.bindparam("row"))
    .values(due=sa.bindparam("sooner", type_=work.c.due.type))
)


def put(
    conn: Connection,
    community: CommunityId,
    member: MemberId,
    kind: str,
    subject: int,
    due: datetime,
    expires: datetime | None,
) -> None:
    """Keep that something is to be said, or when, where it is there already."""
    values = {"member_id": member, "kind": kind, "subject": subject, "due": due}
    conn.execute(_KEPT, {"community_id": community, **values, "expires": expires})


def end(conn: Connection, kind: str, subject: int, member: MemberId | None) -> None:
    """Drop what was to be said of a subject, to one member or to any."""
    doomed = sa.delete(rows).where(rows.c.kind == kind, rows.c.subject == subject)
    if member is not None:
        doomed = doomed.where(rows.c.member_id == member)
    conn.execute(doomed)


def is_wanted(conn: Connection, member: MemberId, kind: str) -> bool:
    """Whether a member has a kind of their own come again and again."""
    theirs = sa.select(rows.c.id).where(
        rows.c.member_id == member, rows.c.kind == kind, rows.c.subject == OWN
    )
    return conn.execute(theirs).first() is not None


def due(
    conn: Connection, community: CommunityId, before: datetime, along: datetime, limit: int
) -> dict[MemberId, list[Row]]:
    """Return what falls due before a moment, by member, with what falls due for them a little later.

    Args:
        conn: A transaction.
        community: Whose members.
        before: Members for whom something falls due before it are written to.
        along: What falls due for them before it is named along.
        limit: How many members at most; more may fall due.
    """
    first = {"community": community, "by": before, "limit": limit}
    these = list(dict.fromkeys(conn.execute(_FIRST_DUE, first).scalars()))
    found: dict[MemberId, list[Row]] = {MemberId(each): [] for each in these}
    for row in conn.execute(_OF_THESE, {"these": these, "by": along}):
        found[row.member_id].append(Row(*row))
    return found


def next_due(conn: Connection, community: CommunityId) -> datetime | None:
    """Return when the next thing is to be said in a community."""
    return conn.execute(_NEXT, {"community": community}).scalar()


def still(conn: Connection, these: Iterable[Row]) -> set[int]:
    """Return the ids of rows that are as they were read."""
    read = {each.id: each.due for each in these}
    found = conn.execute(_STILL, {"these": list(read)})
    return {row.id for row in found if row.due == read[row.id]}


def drop(conn: Connection, these: Collection[int]) -> None:
    """Drop rows: what they are about was said, or is not to be."""
    if these:
        conn.execute(_GONE, {"these": list(these)})


def put_off(conn: Connection, later: Mapping[int, datetime]) -> None:
    """Have rows fall due later."""
    if later:
        conn.execute(_LATER, [{"row": id, "later": at} for id, at in later.items()])


def is_planned(conn: Connection, name: str, lane: str, at: datetime) -> bool:
    """Whether a row of work waits that nobody has begun, by a moment; one that was for later is for then now."""
    found = conn.execute(_WAITING, {"name": name, "lane": lane}).first()
    if found is None:
        return False
    if found.due > at:
        conn.execute(_SOONER, {"row": found.id, "sooner": at})
    return True
