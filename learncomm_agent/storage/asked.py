"""What somebody asked before, as far as it is still there."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import writings as writings_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import writings
from learncomm_agent.storage.writings import Writing

KINDS = ("answer", "unanswered")
"""Kinds of writings that answer a question."""


MOST = 5


def recent(
    conn: Connection, community: CommunityId, room: RoomId, member: MemberId, since: datetime
) -> list[Writing]:
    """Return the last answers that a member got in a room since a moment, the newest first."""
    mine = sa.select(writings.c.id).where(
        writings.c.member_id == member,
        writings.c.room_id == room,
        writings.c.kind.in_(KINDS),
        writings.c.created_at >= since,
    )
    ids = conn.execute(mine.order_by(writings.c.id.desc()).limit(MOST)).scalars().all()
    found = (writings_of.get(conn, id, community) for id in ids)
    return [each for each in found if each is not None]
