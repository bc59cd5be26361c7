"""What sessions keep of two members who are one person, beside their state."""

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import session_traces
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.parting import rooms_on
from learncomm_agent.storage.schema_sessions import (
    session_bases,
    session_log,
    session_tokens,
    sessions,
)


def held_on(conn: Connection, community: CommunityId, platform: str) -> frozenset[int]:
    """Return the sessions of a community that are held in rooms of a platform."""
    there = sessions.c.room_id.in_(rooms_on(community, platform))
    return frozenset(conn.execute(sa.select(sessions.c.id).where(there)).scalars())


def move(conn: Connection, session: int, gone: int, into: int) -> None:
    """Let the notes of a session, and what it is known to know, be of the other."""
    session_traces.meet(conn, session, into)
    noted = sa.update(session_log).where(
        session_log.c.session_id == session,
        session_log.c.content["member"].as_integer() == gone,
    )
    now = sa.func.json_set(session_log.c.content, "$.member", into)
    conn.execute(noted.values(content=sa.type_coerce(now, sa.Text)))
    met = sa.and_(
        session_bases.c.session_id == session,
        session_bases.c.kind == session_traces.MEMBER,
        session_bases.c.number == gone,
    )
    conn.execute(sa.delete(session_bases).where(met))


def move_token(conn: Connection, session: int, gone: str, into: str) -> None:
    """Add what one has entered without a name to what the other has, as figures alone."""
    theirs = sa.delete(session_tokens).where(
        session_tokens.c.session_id == session, session_tokens.c.token == gone
    )
    count = conn.execute(theirs.returning(session_tokens.c.count)).scalar()
    if count is None:
        return
    made = insert(session_tokens).values(session_id=session, token=into, count=count)
    more = {"count": session_tokens.c.count + count}
    conn.execute(made.on_conflict_do_update(index_elements=["session_id", "token"], set_=more))
