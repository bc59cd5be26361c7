"""What was done to a community's data, by whom and when: ids and counts, never text."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import AccountId, CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import audit


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
