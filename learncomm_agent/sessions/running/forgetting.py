"""Forgetting in sessions: what goes elsewhere goes here in the same transaction, and from what was posted."""

from collections.abc import Collection, Mapping
from typing import Any

from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.library.removing import Gone
from learncomm_agent.sessions import losing
from learncomm_agent.sessions.events import Forgotten
from learncomm_agent.sessions.running.calendars import ENTRY
from learncomm_agent.sessions.running.polls import POLL, POLLED
from learncomm_agent.sessions.running.sessions import Sessions, token_under
from learncomm_agent.sessions.running.taking_down import TakingDown
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import lines as lines_of
from learncomm_agent.storage import messages, session_traces, traces
from learncomm_agent.storage import rooms as rooms_of
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, is_trial
from learncomm_agent.storage.session_traces import MESSAGE, RESOURCE
from learncomm_agent.work import Work
from learncomm_agent.writing.evidence.checks import locate

_SAYING = frozenset({"text", "phrase", "values"})
"""By these one knows a saying in JSON."""


class Following:
    """Follows what is forgotten. Its functions belong in that transaction."""

    def __init__(self, sessions: Sessions, work: Work, down: TakingDown) -> None:
        """Take what it needs."""
        self._sessions = sessions
        self._work = work
        self._down = down

    def follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Take out of all sessions of a community what is about to go, whether they have ended or not."""
        if gone.rooms:
            self._rooms(conn, community, gone.rooms)
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
        if gone.withdrawn is not None:
            theirs = traces.of_member(gone.withdrawn)
            held = session_traces.resting_on(conn, community, MESSAGE, theirs)
            for id, ids in held.items():
                event = Forgotten(messages=ids, spares_summaries=True)
                self._forget(conn, community, id, event)

    def _rooms(self, conn: Connection, community: CommunityId, rooms: Collection[RoomId]) -> None:
        """Let go of what was held there; who only worked in a thread there goes on without it."""
        ids = session_traces.in_rooms(conn, rooms)
        if not is_trial(conn):
            for id, name, mark in session_traces.marks(conn, ids, POLL, POLLED, ENTRY):
                if "message" in mark:
                    self._down.poll(conn, community, id, mark["message"])
                elif name.startswith(ENTRY) and (row := stored.get(conn, id)) is not None:
                    room = rooms_of.get(conn, row.room).ref
                    self._down.entry(conn, community, id, room, mark["id"])
        session_traces.remove(conn, ids)
        session_traces.close_rooms(conn, rooms)

    def _member(self, conn: Connection, community: CommunityId, member: int) -> None:
        known = session_traces.of_member(conn, community, member)
        if not is_trial(conn):
            session_traces.unaddress(conn, community, member)
            session_traces.unnote(conn, community, member)
            session_traces.unmeet(conn, community, member)
            # Who entered without a name stands in no session.
            for id, salt in session_traces.salts(conn, community):
                session_traces.drop_token(conn, id, token_under(salt, member))
        for id in known:
            session = self._session(conn, id)
            if member == losing.author(session) and not is_trial(conn):
                self._unsay(conn, community, id, losing.words(session.plan))
            self._forget(conn, community, id, Forgotten(member), session)

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

    def _forget(
        self,
        conn: Connection,
        community: CommunityId,
        id: int,
        event: Forgotten,
        session: Session | None = None,
    ) -> None:
        """Take something out of a session, and out of its posts; in a trial only the lines of these."""
        before = session or self._session(conn, id)
        if is_trial(conn):
            entries = losing.entries(before, event)
        else:
            entries = self._sessions.forget(conn, id, before, event)
        if entries:
            self._take_out(conn, community, id, entries)

    def lose(self, conn: Connection, row: stored.Row, entries: frozenset[int]) -> None:
        """Take entries out of the posts of their session, as it holds them no more."""
        self._take_out(conn, row.community, row.id, entries)

    def _take_out(
        self, conn: Connection, community: CommunityId, id: int, entries: frozenset[int]
    ) -> None:
        dropped = lines_of.drop_lines(conn, session_traces.lines(conn, id, entries))
        if not is_trial(conn):
            self._mend(conn, community, dropped)
            self._polls(conn, community, id, entries)

    def _session(self, conn: Connection, id: int) -> Session:
        return self._sessions.get(conn, id)[1]

    def _polls(
        self, conn: Connection, community: CommunityId, id: int, entries: frozenset[int]
    ) -> None:
        """Take polls away that show entries: no words of a poll can be changed."""
        for _, name, mark in session_traces.marks(conn, [id], POLL, POLLED):
            if entries.isdisjoint(mark["options"]):
                continue
            self._down.poll(conn, community, id, mark["message"])
            if name.startswith(POLLED):
                stored.mark(conn, id, name, None)

    def _unsay(
        self, conn: Connection, community: CommunityId, id: int, words: losing.Spoken
    ) -> None:
        """Take the words of a leader out of what was posted, and out of what waits to be."""
        touched = session_traces.rewrite(conn, id, lambda held: _without(held, words))
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


def _without(node: Any, words: losing.Spoken) -> Any:
    """Return JSON whose sayings, and what is to be written from, hold no words of a leader."""
    if isinstance(node, list):
        return [_without(each, words) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.keys() >= _SAYING and isinstance(node["values"], Mapping):
        return _unsaid(node, words)
    if node.get("kind") == "write":
        return {**node, "args": {**node["args"], "notes": "", "topic": "", "task": ""}}
    return {
        name: _called(each, words)
        if name == "title" and isinstance(each, str)
        else _without(each, words)
        for name, each in node.items()
    }


def _unsaid(saying: Mapping[str, Any], words: losing.Spoken) -> dict[str, Any]:
    """Return a saying as its playbook has it, or else as the phrases do, without a leader's answers."""
    values = {name: "" if name in words.answers else x for name, x in saying["values"].items()}
    if values.get("title"):
        values["title"] = _called(values["title"], words)
    made = {**saying, "values": values}
    if saying["text"] in words.texts:
        own = words.texts[saying["text"]]
        made |= {"text": own} if own else {"text": "", "phrase": saying.get("otherwise", "")}
    return made


def _called(title: Any, words: losing.Spoken) -> Any:
    """Return a title by which a session is not called in its leader's words."""
    if not isinstance(title, str) or not words.title:
        return title
    return title.replace(words.title, words.own_title)
