"""What members shared: newly, for a digest, or of most use, for who is new."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage import cards, lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.digests import SHARED, Span
from learncomm_agent.storage.schema import items, members, resources, rests_on, shares
from learncomm_agent.storage.writings import Evidence, Line

_LOOKED_AT = 40
"""So many things, the newest."""


def shared(conn: Connection, community: CommunityId, span: Span, readable: Readable) -> list[Line]:
    """Return what members shared in the span for the first time, newest first, each with their reason."""
    first = (
        sa.select(
            shares.c.resource_id,
            sa.func.min(shares.c.id).label("share"),
            sa.func.min(shares.c.shared_at).label("at"),
        )
        .join(resources, resources.c.id == shares.c.resource_id)
        .where(
            shares.c.community_id == community,
            resources.c.kind != ResourceKind.CONVERSATION,
            lexical.is_open(readable),
        )
        .group_by(shares.c.resource_id)
        .subquery()
    )
    new = (
        sa.select(first.c.resource_id, first.c.share)
        .join(shares, shares.c.id == first.c.share)
        .join(members, members.c.id == shares.c.member_id)
        .where(
            shares.c.shared_at >= span.since,
            shares.c.shared_at < span.until,
            members.c.consent == Consent.IN,
        )
        .order_by(first.c.share.desc())
        .limit(_LOOKED_AT)
    )
    by = {row.resource_id: row.share for row in conn.execute(new)}
    entries = cards.entries(conn, community, list(by), readable)
    return [_share_line(entry, by[entry.id]) for entry in entries]


def _share_line(entry: cards.Entry, share: int) -> Line:
    mine = next((each for each in entry.shares if each.id == share), entry.shares[0])
    held = [Evidence("", entry.revision, resource=entry.id)]
    if mine.message is not None and mine.message_revision is not None:
        held.append(Evidence("", mine.message_revision, message=mine.message))
    content = {
        "title": entry.title,
        "source": entry.source,
        "address": entry.address,
        "kind": entry.kind,
        "shares": [share, *(each.id for each in entry.shares if each.id != share)],
        "shared_by": mine.who,
        "shared_at": mine.at.isoformat(),
        "comment": mine.comment,
        "message": mine.message,
    }
    return Line(SHARED, content, tuple(held))


def used_most(
    conn: Connection, community: CommunityId, readable: Readable, limit: int = 3
) -> list[cards.Entry]:
    """Return what members shared on which most rests that was written here, best first, then the newest.

    That something is new, as a digest tells, is no use of it.
    """
    uses = sa.func.count(sa.distinct(items.c.id)).desc()
    of = _of_members(community, readable).join(rests_on, rests_on.c.resource_id == resources.c.id)
    used = of.join(items, items.c.id == rests_on.c.item_id).where(items.c.section != SHARED)
    return _entries(conn, community, readable, used.order_by(uses, resources.c.id.desc()), limit)


def newest(
    conn: Connection, community: CommunityId, readable: Readable, limit: int = 3
) -> list[cards.Entry]:
    """Return what members shared last, newest first."""
    found = _of_members(community, readable).order_by(resources.c.id.desc())
    return _entries(conn, community, readable, found, limit)


def _of_members(community: CommunityId, readable: Readable) -> sa.Select[Any]:
    """Return what selects the things that members shared, each once."""
    return (
        sa.select(resources.c.id)
        .join(shares, shares.c.resource_id == resources.c.id)
        .where(
            resources.c.community_id == community,
            resources.c.kind != ResourceKind.CONVERSATION,
            shares.c.member_id.is_not(None),
            lexical.is_open(readable),
        )
        .group_by(resources.c.id)
    )


def _entries(
    conn: Connection,
    community: CommunityId,
    readable: Readable,
    found: sa.Select[Any],
    limit: int,
) -> list[cards.Entry]:
    ids = list(conn.execute(found.limit(limit)).scalars())
    return cards.entries(conn, community, ids, readable)
