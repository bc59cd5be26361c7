"""Titles to suggest while somebody types: one quick look through those of a community."""

import json
from collections.abc import Iterator

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.schema import shares

MOST = 50_000
"""So many resources are looked through at most, the newest."""
_TITLES = """
    SELECT id, title FROM resources WHERE community_id = ? AND kind <> ? ORDER BY id DESC LIMIT ?
"""
_AT_ONCE = 200


def titles(
    conn: Connection,
    community: CommunityId,
    readable: Readable,
    typed: str,
    *,
    member: MemberId | None = None,
    limit: int = 25,
) -> list[tuple[ResourceId, str]]:
    """Return resources that an audience may see and that somebody may mean, best first.

    Those that begin with what is typed come before those of which a word does, and these before those
    that hold it; the newest first.

    Args:
        conn: The transaction to read in.
        community: Whose library.
        readable: What the audience may be shown.
        typed: What stands there already; may be empty.
        member: Only what this member shared, where given.
        limit: How many at most.
    """
    found: list[tuple[ResourceId, str]] = []
    fit = list(_fitting(conn, community, typed.strip().casefold()))
    for first in range(0, len(fit), _AT_ONCE):
        some = fit[first : first + _AT_ONCE]
        seen = _seen(conn, [id for id, _ in some], readable, member)
        found += [(ResourceId(id), title) for id, title in some if id in seen]
        if len(found) >= limit:
            break
    return found[:limit]


def _fitting(conn: Connection, community: CommunityId, typed: str) -> Iterator[tuple[int, str]]:
    rows = raw(conn).execute(_TITLES, (community, ResourceKind.CONVERSATION, MOST)).fetchall()
    within: tuple[list[tuple[int, str]], list[tuple[int, str]]] = ([], [])
    for id, title in rows:
        at = title.casefold().find(typed)
        if at == 0:
            yield id, title
        elif at > 0:
            within[f" {typed}" not in title.casefold()].append((id, title))
    yield from (*within[0], *within[1])


def _seen(
    conn: Connection, ids: list[int], readable: Readable, member: MemberId | None
) -> set[int]:
    given = sa.func.json_each(json.dumps(ids)).table_valued("value")
    shared = sa.select(shares.c.resource_id).where(
        shares.c.resource_id.in_(sa.select(given.c.value)), lexical.is_open(readable)
    )
    if member is not None:
        shared = shared.where(shares.c.member_id == member)
    return set(conn.execute(shared).scalars())
