"""What language models used: one row a community, day, model and purpose; never what was asked.

A day is an ISO date in UTC, such as `2026-01-05`.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import communities
from learncomm_agent.storage.schema import usage as rows

_SUMS = ("calls", "failed", "sent", "received", "cached")


@dataclass(frozen=True, slots=True)
class Used:
    """What a community's calls for one purpose came to in a day, of all models together."""

    community: CommunityId
    purpose: str
    calls: int
    failed: int
    sent: int
    received: int
    cached: int


def record(
    conn: Connection,
    community: CommunityId,
    *,
    day: str,
    model: str,
    purpose: str,
    sent: int,
    received: int,
    cached: int,
    is_failed: bool,
) -> None:
    """Add one call to what a day came to.

    Nothing is kept for a community that has no row: one that was deleted while the model wrote, or
    none at all, as where a transcript is summarised without a store.
    """
    values = {
        **{"community_id": community, "day": day, "model": model, "purpose": purpose},
        **{"calls": 1, "failed": int(is_failed)},
        **{"sent": sent, "received": received, "cached": cached},
    }
    row = sa.select(*(sa.literal(value) for value in values.values()))
    made = insert(rows).from_select(list(values), row.where(communities.c.id == community))
    key = [rows.c.community_id, rows.c.day, rows.c.model, rows.c.purpose]
    added = {name: rows.c[name] + made.excluded[name] for name in _SUMS}
    conn.execute(made.on_conflict_do_update(index_elements=key, set_=added))


def spent(conn: Connection, community: CommunityId, day: str) -> int:
    """Return how many tokens a community has used in a day, sent and received together."""
    total = sa.func.coalesce(sa.func.sum(rows.c.sent + rows.c.received), 0)
    of_it = (rows.c.community_id == community, rows.c.day == day)
    return int(conn.execute(sa.select(total).where(*of_it)).scalar_one())


def of_day(conn: Connection, day: str) -> list[Used]:
    """Return what a day came to, by community and purpose."""
    key = (rows.c.community_id, rows.c.purpose)
    totals = sa.select(*key, *(sa.func.sum(rows.c[name]) for name in _SUMS))
    found = conn.execute(totals.where(rows.c.day == day).group_by(*key).order_by(*key))
    return [Used(CommunityId(row[0]), *row[1:]) for row in found]
