"""Who was brought together, so that nobody meets the same one twice; without a word on how it went."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import combinations

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_matching import matched, matches


def add(
    conn: Connection,
    community: CommunityId,
    kind: str,
    roles: Mapping[int, str],
    now: datetime,
    session: int | None = None,
) -> int:
    """Keep that some were brought together, each with a role; return its number."""
    made = sa.insert(matches).values(
        community_id=community, session_id=session, kind=kind, made_at=now
    )
    id: int = conn.execute(made.returning(matches.c.id)).scalar_one()
    join(conn, id, roles)
    return id


def join(conn: Connection, id: int, roles: Mapping[int, str]) -> None:
    """Keep that some more are in it."""
    for member, role in roles.items():
        here = (matched.c.match_id == id) & (matched.c.member_id == member)
        back = sa.update(matched).where(here).values(role=role, left_at=None)
        if conn.execute(back).rowcount == 0:
            conn.execute(
                sa.insert(matched).values(match_id=id, member_id=member, role=role, left_at=None)
            )


def leave(conn: Connection, id: int, member: MemberId | int, now: datetime) -> None:
    """Keep that somebody left; where fewer than two remain, it has ended."""
    here = (matched.c.match_id == id) & (matched.c.member_id == member)
    conn.execute(sa.update(matched).where(here, matched.c.left_at.is_(None)).values(left_at=now))
    still = sa.select(sa.func.count()).where(matched.c.match_id == id, matched.c.left_at.is_(None))
    if conn.execute(still).scalar_one() < 2:
        end(conn, (id,), now)


def end(conn: Connection, ids: Collection[int], now: datetime) -> None:
    """Keep that some have ended."""
    mine = matches.c.id.in_(ids) & matches.c.ended_at.is_(None)
    conn.execute(sa.update(matches).where(mine).values(ended_at=now))


def open_in(conn: Connection, session: int) -> tuple[int, ...]:
    """Return those of a session that go on."""
    found = sa.select(matches.c.id).where(
        matches.c.session_id == session, matches.c.ended_at.is_(None)
    )
    return tuple(conn.execute(found.order_by(matches.c.id)).scalars())


def open_of(conn: Connection, member: MemberId) -> list[tuple[int, int | None]]:
    """Return those that a member is in, each with its session."""
    found = (
        sa.select(matches.c.id, matches.c.session_id)
        .join(matched, matched.c.match_id == matches.c.id)
        .where(
            matched.c.member_id == member, matched.c.left_at.is_(None), matches.c.ended_at.is_(None)
        )
    )
    return [(row.id, row.session_id) for row in conn.execute(found.order_by(matches.c.id))]


def met(conn: Connection, ids: Collection[int]) -> frozenset[frozenset[int]]:
    """Return which of some members were ever together."""
    found = sa.select(matched.c.match_id, matched.c.member_id).where(matched.c.member_id.in_(ids))
    together: dict[int, list[int]] = {}
    for row in conn.execute(found):
        together.setdefault(row.match_id, []).append(row.member_id)
    pairs = (pair for some in together.values() for pair in combinations(sorted(some), 2))
    return frozenset(frozenset(pair) for pair in pairs)


def part(conn: Connection, member: MemberId, now: datetime) -> None:
    """Drop that a member was ever brought together with anybody; where fewer than two remain, it has ended."""
    for id, _ in open_of(conn, member):
        leave(conn, id, member, now)
    theirs = sa.delete(matched).where(matched.c.member_id == member)
    ids = list(conn.execute(theirs.returning(matched.c.match_id)).scalars())
    held = sa.select(matched.c.match_id)
    gone = matches.c.id.in_(ids) & matches.c.id.not_in(held)
    conn.execute(sa.delete(matches).where(gone))
