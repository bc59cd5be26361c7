"""Messages that are older than their room keeps them."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import MessageId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import messages, micros, rooms

DAY = 86_400_000_000
"""In microseconds, as moments are stored."""


def outlived(
    conn: Connection, community: CommunityId, now: datetime, days: int | None, *, limit: int
) -> list[MessageId]:
    """Return messages older than their room keeps them, oldest first.

    Args:
        conn: The transaction to read in.
        community: Whose messages.
        now: The present moment.
        days: What holds for rooms that don't say how long; None is for ever.
        limit: How many at most.
    """
    kept_for = sa.func.coalesce(rooms.c.retention_days, days)
    old = (
        sa.select(messages.c.id)
        .join_from(messages, rooms)
        .where(
            messages.c.community_id == community,
            messages.c.state != State.DELETED,
            kept_for.is_not(None),
            sa.type_coerce(messages.c.posted_at, sa.BigInteger) < micros(now) - kept_for * DAY,
        )
        .order_by(messages.c.posted_at)
        .limit(limit)
    )
    return [MessageId(id) for id in conn.execute(old).scalars()]
