"""Two members who are one person, or are no more, in the sessions that know them: in the same transaction."""

from collections.abc import Collection
from typing import Any

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.sessions.events import United
from learncomm_agent.sessions.running.sessions import Sessions, token_under
from learncomm_agent.sessions.uniting import renamed
from learncomm_agent.storage import lines, session_traces, session_uniting
from learncomm_agent.storage.database import Connection


class Uniting:
    """Has sessions know two members as one, and as two again."""

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
        self._rename(conn, community, United(gone, into), None)

    def part(
        self,
        conn: Connection,
        community: CommunityId,
        member: MemberId,
        other: MemberId,
        platform: str,
    ) -> None:
        """Let the sessions in rooms of a platform know another member in the place of one; no others do."""
        held = session_uniting.held_on(conn, community, platform)
        self._rename(conn, community, United(member, other), held)

    def _rename(
        self,
        conn: Connection,
        community: CommunityId,
        event: United,
        these: Collection[int] | None,
    ) -> None:
        """Rename a member in some sessions of a community; in all where none are named."""

        def change(held: Any) -> Any:
            return renamed(held, event)

        for id in session_traces.of_member(conn, community, event.member):
            if these is not None and id not in these:
                continue
            self._sessions.forget(conn, id, self._sessions.get(conn, id)[1], event)
            lines.mark_changed(conn, session_traces.rewrite(conn, id, change))
            session_uniting.move(conn, id, event.member, event.into)
        for id, salt in session_traces.salts(conn, community):
            if these is None or id in these:
                tokens = token_under(salt, event.member), token_under(salt, event.into)
                session_uniting.move_token(conn, id, *tokens)
