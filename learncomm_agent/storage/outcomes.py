"""What came of it: promises that were due, and sessions that were held, with how they were rated."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.caring.letters import Ended, Promised
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import lexical, ratings
from learncomm_agent.storage.actions import State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import micros
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_sessions import sessions


def promises(
    conn: Connection, community: CommunityId, since: datetime, until: datetime, readable: Readable
) -> list[Promised]:
    """Return what was due between two moments of what members had taken on, in rooms that an audience may read."""
    due = sa.select(actions.c.owner_id, actions.c.due, actions.c.state).where(
        actions.c.community_id == community,
        actions.c.owner_id.is_not(None),
        actions.c.due >= since,
        actions.c.due < until,
        actions.c.state.in_((State.ACCEPTED, State.DONE)),
        lexical.is_said_in(actions.c.room_id, readable),
    )
    return [
        Promised(row.owner_id, micros(row.due), row.state == State.DONE)
        for row in conn.execute(due.order_by(actions.c.due, actions.c.id))
    ]


def held(
    conn: Connection, community: CommunityId, since: datetime, until: datetime, readable: Readable
) -> list[Ended]:
    """Return the sessions that ended between two moments in rooms that an audience may read, oldest first."""
    ended = (
        sa.select(sessions.c.id, sessions.c.ended_at)
        .where(
            sessions.c.community_id == community,
            sessions.c.ended_at >= since,
            sessions.c.ended_at < until,
            lexical.is_said_in(sessions.c.room_id, readable),
        )
        .order_by(sessions.c.ended_at, sessions.c.id)
    )
    found = []
    for row in conn.execute(ended).all():
        figure = ratings.told(conn, row.id)
        found.append(Ended(micros(row.ended_at), None if figure is None else figure.level))
    return found
