"""Two members who are one person, in the sessions that know them: in the transaction that makes them one."""

from typing import Any

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.sessions.events import United
from learncomm_agent.sessions.running.sessions import Sessions, token_under
from learncomm_agent.sessions.uniting import renamed
from learncomm_agent.storage import lines, session_traces, session_uniting
from learncomm_agent.storage.database import Connection


class Uniting:
    """Has sessions know two members as one."""

    def __init__(self, sessions: Sessions) -> None:
        """Take what it needs."""
        self._sessions = sessions

    def unite(
        self, conn: Connection, community: CommunityId, gone: MemberId, into: MemberId
    ) -> None:
        """Let all sessions of a community know one member in the place of another, those that ended, too.

        Who put in something without a name stands in no state; how much each did is added up. What
        they put in stays two things.
        """
        event = United(gone, into)

        def change(held: Any) -> Any:
            return renamed(held, event)

        for id in session_traces.of_member(conn, community, gone):
            self._sessions.forget(conn, id, self._sessions.get(conn, id)[1], event)
            lines.mark_changed(conn, session_traces.rewrite(conn, id, change))
        session_uniting.move(conn, community, gone, into)
        for id, salt in session_traces.salts(conn, community):
            tokens = token_under(salt, gone), token_under(salt, into)
            session_uniting.move_token(conn, id, *tokens)
