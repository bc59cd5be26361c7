"""What sessions keep of two members who are one person, beside their state."""

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import session_traces
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_sessions import session_log, session_tokens


def move(conn: Connection, community: CommunityId, gone: int, into: int) -> None:
    """Let the notes, and the sessions that know the one, know the other."""
    for session in session_traces.of_member(conn, community, gone):
        session_traces.meet(conn, session, into)
    mine = session_log.c.session_id.in_(session_traces.met(community, gone))
    noted = sa.update(session_log).where(mine, session_log.c.content["member"].as_integer() == gone)
    now = sa.func.json_set(session_log.c.content, "$.member", into)
    conn.execute(noted.values(content=sa.type_coerce(now, sa.Text)))
    session_traces.unmeet(conn, community, gone)


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
