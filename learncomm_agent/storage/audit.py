"""What was done to a community's data, by whom and when: ids and counts, never text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import AccountId, CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, audit, rooms


def record(
    conn: Connection,
    community: CommunityId,
    action: str,
    subject: str,
    *,
    at: datetime,
    account: AccountId | None = None,
    detail: Mapping[str, int | str] | None = None,
) -> None:
    """Keep that something was done, in the transaction that does it."""
    conn.execute(
        sa.insert(audit).values(
            community_id=community,
            at=at,
            account_id=account,
            action=action,
            subject=subject,
            detail=dict(detail or {}),
        )
    )


def entries(conn: Connection, community: CommunityId) -> list[tuple[datetime, str, str]]:
    """Return what was done, oldest first, as (when, action, subject)."""
    done = sa.select(audit.c.at, audit.c.action, audit.c.subject).where(
        audit.c.community_id == community
    )
    return [(row[0], row[1], row[2]) for row in conn.execute(done.order_by(audit.c.id))]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done."""

    at: datetime
    action: str
    subject: str
    detail: Mapping[str, int | str]
    by: int | None
    """The account that did it; None for the agent itself, and for who was erased."""
    who: str | None
    """What that account is called now."""


def newest(conn: Connection, community: CommunityId, limit: int) -> list[Act]:
    """Return what was done last, newest first."""
    done = (
        sa.select(audit, accounts.c.name)
        .outerjoin(accounts, accounts.c.id == audit.c.account_id)
        .where(audit.c.community_id == community)
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    return [
        Act(row.at, row.action, row.subject, row.detail, row.account_id, row.name)
        for row in conn.execute(done)
    ]


def rooms_named(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return what rooms are called, by their row ids."""
    named = sa.select(rooms.c.id, rooms.c.name).where(rooms.c.id.in_(ids))
    return dict(conn.execute(named).all())
