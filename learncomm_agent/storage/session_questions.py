"""What was asked in sessions, for whom it matters not to be asked it again."""

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares
from learncomm_agent.storage.schema_sessions import sessions

_MOST_SESSIONS = 100
"""So many sessions are looked through, the newest first."""


def asked(conn: Connection, community: CommunityId, readable: Readable) -> frozenset[str]:
    """Return the questions that were asked in the newest sessions of the rooms that an audience may read."""
    known = (
        sa.select(sessions.c.content)
        .where(
            sessions.c.community_id == community, lexical.is_said_in(sessions.c.room_id, readable)
        )
        .order_by(sessions.c.id.desc())
        .limit(_MOST_SESSIONS)
    )
    return frozenset(
        entry["text"]
        for content in conn.execute(known).scalars()
        for entry in content["entries"].values()
        if entry["what"] == "question" and entry["fields"].get("asked") and entry["text"]
    )


def title(conn: Connection, resource: int, readable: Readable) -> str:
    """Return what a resource is called; nothing where an audience may not read it."""
    known = (
        sa.select(resources.c.title)
        .join(shares, shares.c.resource_id == resources.c.id)
        .where(resources.c.id == resource, lexical.is_open(readable))
    )
    return conn.execute(known.limit(1)).scalar() or ""
