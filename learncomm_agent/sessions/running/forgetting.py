"""Forgetting in sessions: what goes elsewhere goes here in the same transaction, and from what was posted."""

from collections.abc import Collection, Mapping
from typing import Any

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.library.removing import Gone
from learncomm_agent.sessions import losing
from learncomm_agent.sessions.events import Forgotten
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.running.sessions import Sessions, token_of
from learncomm_agent.storage import lines as lines_of
from learncomm_agent.storage import messages, session_traces
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.session_traces import MESSAGE, RESOURCE
from learncomm_agent.work import Work
from learncomm_agent.writing.evidence.checks import locate

_SAYING = frozenset({"text", "phrase", "values"})
"""By these one knows a saying in JSON."""


class Following:
    """Follows what is forgotten. Its functions belong in that transaction."""

    def __init__(self, sessions: Sessions, work: Work) -> None:
        """Take what it needs."""
        self._sessions = sessions
        self._work = work

    def follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Take out of all sessions of a community what is about to go, whether they have ended or not."""
        if gone.rooms:
            self._rooms(conn, gone.rooms)
        if gone.member is not None:
            self._member(conn, community, gone.member)
        if gone.messages is not None:
            held = session_traces.resting_on(conn, community, MESSAGE, gone.messages)
            for id, ids in held.items():
                self._forget(conn, community, id, Forgotten(messages=ids))
        if gone.resource is not None:
            event = Forgotten(resources=(gone.resource,))
            for id in session_traces.resting_on(conn, community, RESOURCE, event.resources):
                self._forget(conn, community, id, event)
        if gone.edited is not None:
            self._edited(conn, community, gone.edited)

    def _rooms(self, conn: Connection, rooms: Collection[RoomId]) -> None:
        """Let go of what was held there; who only worked in a thread there goes on without it."""
        session_traces.remove(conn, session_traces.in_rooms(conn, rooms))
        session_traces.close_rooms(conn, rooms)

    def _member(self, conn: Connection, community: CommunityId, member: int) -> None:
        for id in session_traces.of_member(conn, community, member):
            row = stored.get(conn, id)
            assert row is not None
            session = load(row.content)
            if member == session.lead:
                self._unsay(conn, community, id, losing.words(session.plan))
            self._forget(conn, community, id, Forgotten(member))
            session_traces.unaddress(conn, id, member)
        session_traces.unnote(conn, community, member)
        for row in stored.of_community(
            conn, community
        ):  # who entered without a name stands in none
            session_traces.drop_token(conn, row.id, token_of(row, member))

    def _edited(self, conn: Connection, community: CommunityId, message: MessageId) -> None:
        """Let entries go whose words were taken out of the message that they came from."""
        text, _ = messages.texts(conn, [message]).get(message, ("", 0))
        for id in session_traces.resting_on(conn, community, MESSAGE, (message,)):
            row = stored.get(conn, id)
            assert row is not None
            entries = row.content["entries"].values()
            taken = [words for each in entries for words in _taken(each, message)]
            if any(locate(words, text) is None for words in taken):
                self._forget(conn, community, id, Forgotten(messages=(message,)))

    def _forget(self, conn: Connection, community: CommunityId, id: int, event: Forgotten) -> None:
        """Take something out of a session, and out of its posts."""
        entries = self._sessions.forget(conn, id, event)
        lost = session_traces.lines(conn, id, entries) if entries else {}
        self._mend(conn, community, lines_of.drop_lines(conn, lost))

    def _unsay(
        self, conn: Connection, community: CommunityId, id: int, names: frozenset[str]
    ) -> None:
        """Take the words of a leader out of what was posted, and out of what waits to be."""
        touched = session_traces.rewrite(conn, id, lambda held: _without(held, names))
        lines_of.mark_changed(conn, touched)
        self._mend(conn, community, touched)

    def _mend(self, conn: Connection, community: CommunityId, ids: Collection[int]) -> None:
        for writing, room in lines_of.rooms_of(conn, ids).items():
            args = {"community": community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))


def _taken(entry: Mapping[str, Any], message: int) -> list[str]:
    """Return the words that an entry has from a message."""
    quotes = entry["fields"].get("quotes")
    if quotes is None:
        return [entry["text"]] if entry["message"] == message and entry["text"] else []
    return [words for row, words in quotes if row == message]


def _without(node: Any, names: frozenset[str]) -> Any:
    """Return JSON whose sayings, and what is to be written from, hold no answer of some names."""
    if isinstance(node, list):
        return [_without(each, names) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.keys() >= _SAYING and isinstance(node["values"], Mapping):
        left = {name: "" if name in names else each for name, each in node["values"].items()}
        return {**node, "values": left}
    if node.get("kind") == "write":
        return {**node, "args": {**node["args"], "notes": "", "topic": ""}}
    return {name: _without(each, names) for name, each in node.items()}
