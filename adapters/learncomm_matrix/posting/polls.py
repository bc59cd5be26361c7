"""Matrix's own polls (MSC3381): everyone sees who voted for what; the votes are counted here."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.adapting.notes import Note, Notes
from learncomm_agent.adapting.receipts import KEPT
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.clock import Clock
from learncomm_agent.errors import NotPermittedError, PlatformError, RoomGoneError
from learncomm_matrix.connection.answers import listing, mapping
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.place import PLATFORM
from learncomm_matrix.hearing.polls import STARTS, UNSTABLE, OpenPoll, counted, ended_at
from learncomm_matrix.hearing.relations import REFERENCE, is_redacted, moment
from learncomm_matrix.posting.abilities import MAX_POLL_OPTIONS
from learncomm_matrix.posting.content import posted
from learncomm_matrix.posting.outbound import Outbound
from learncomm_matrix.posting.queues import Queues
from learncomm_matrix.posting.seams import Places

START = f"{UNSTABLE}.start"
END = f"{UNSTABLE}.end"
"""As the apps of today name them."""
_TEXT = "org.matrix.msc1767.text"
_NOTE = "poll"
_MAX_QUESTION = 340
_MAX_OPTION = 340


class Polls:
    """Opens and closes polls, each key once, and counts their votes."""

    def __init__(
        self,
        homeserver: Homeserver,
        places: Places,
        outbound: Outbound,
        queues: Queues,
        notes: Notes,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._homeserver = homeserver
        self._places = places
        self._outbound = outbound
        self._queues = queues
        self._notes = notes
        self._clock = clock

    async def open(self, room: RoomRef, poll: Poll, key: str) -> MessageRef:
        """Open a poll; see `verbs.Polls`."""
        where = self._places.where(room)
        state, me = self._places.state(where.room_id), self._homeserver.user_id
        if state is None or state.power(me) < state.needed(START):
            raise NotPermittedError(f"there can be no poll in room {room.id!r}")
        _check(poll, self._clock.now())
        key = f"poll:{key}"

        async def what() -> Mapping[str, Any]:
            return posted(_shown(poll), key, where.thread, None)

        id = await self._outbound.put(room, where, key, START, what)
        options = {str(n): option.id for n, option in enumerate(poll.options)}
        most = len(options) if poll.is_multiple else 1
        if self._notes.get(_NOTE, id) is None:
            until = poll.closes_at.isoformat()
            note = {"options": options, "most": most, "until": until}
            await self._notes.put(Note(_NOTE, id, note), *self._old())
        return MessageRef(room, id)

    def known(self, message: str) -> OpenPoll | None:
        """Return a poll of ours by its message; None where it is none, or its time is over."""
        note = self._notes.get(_NOTE, message)
        if note is None or datetime.fromisoformat(note["until"]) <= self._clock.now():
            return None
        return OpenPoll(note["options"], note["most"])

    async def close(self, message: MessageRef) -> None:
        """End a poll; see `verbs.Polls`."""
        where = self._places.where(message.room)
        content = await self._start_of(where.room_id, message)
        related = await self._homeserver.relations(where.room_id, message.id, REFERENCE)
        if ended_at(related, self._homeserver.user_id) is not None:
            return
        words = f"⏹ {mapping(mapping(content.get(START)).get('question')).get(_TEXT, '')}".strip()
        end = {
            END: {},
            _TEXT: words,
            "body": words,
            "m.relates_to": {"rel_type": REFERENCE, "event_id": message.id},
        }
        txn = secrets.token_hex(8)
        async with self._queues.place(where.room_id):
            await self._queues.paced(lambda: self._homeserver.put(where.room_id, END, end, txn))

    async def votes(self, message: MessageRef, poll: Poll) -> Votes:
        """Return how a poll stands: the last vote of each before its end; see `verbs.Polls`."""
        where, me = self._places.where(message.room), self._homeserver.user_id
        content = await self._start_of(where.room_id, message)
        related = await self._homeserver.relations(where.room_id, message.id, REFERENCE)
        note = self._notes.get(_NOTE, message.id)
        options = note["options"] if note is not None else _options(content, poll)
        in_time = [
            each for each in related if (at := moment(each)) is not None and at <= poll.closes_at
        ]
        most = len(poll.options) if poll.is_multiple else 1
        given = counted(in_time, OpenPoll(options, most), me)
        by_option: dict[str, set[AccountRef]] = {each.id: set() for each in poll.options}
        for user, chosen in given.items():
            for option in chosen:
                by_option.get(option, set()).add(AccountRef(PLATFORM, user))
        is_over = poll.closes_at <= self._clock.now() or ended_at(related, me) is not None
        counts = {option: frozenset(voters) for option, voters in by_option.items()}
        return Votes(counts, is_closed=is_over)

    def _old(self) -> Iterator[Note]:
        """Yield what to forget of polls that ended long ago: their events alone tell enough."""
        now = self._clock.now()
        for id, note in self._notes.all(_NOTE).items():
            if datetime.fromisoformat(note["until"]) < now - KEPT:
                yield Note(_NOTE, id)

    async def _start_of(self, room_id: str, message: MessageRef) -> Mapping[str, Any]:
        found = await self._homeserver.event(room_id, message.id)
        is_poll = found.get("type") in STARTS and found.get("sender") == self._homeserver.user_id
        if not is_poll or is_redacted(found):
            raise RoomGoneError(f"message {message.id!r} shows no poll")
        return mapping(found.get("content"))


def _check(poll: Poll, now: datetime) -> None:
    """Let no poll be shown that apps would cut or refuse.

    Raises:
        PlatformError: It is one.
    """
    if poll.closes_at <= now:
        raise PlatformError("a poll whose time is over")
    if not 1 <= len(poll.options) <= MAX_POLL_OPTIONS:
        raise PlatformError(f"a poll with {len(poll.options)} options")
    if not 1 <= len(poll.question.strip()) <= _MAX_QUESTION:
        raise PlatformError(f"a poll's question has {len(poll.question)} characters")
    for option in poll.options:
        if not 1 <= len(option.label.strip()) <= _MAX_OPTION:
            raise PlatformError(f"a poll's option has {len(option.label)} characters")


def _shown(poll: Poll) -> Mapping[str, Any]:
    """Return a poll as apps take it, with words for those that know no polls."""
    question = poll.question.strip()
    labels = [option.label.strip() for option in poll.options]
    words = "\n".join((question, *(f"{n}. {label}" for n, label in enumerate(labels, start=1))))
    return {
        START: {
            "kind": f"{UNSTABLE}.disclosed",
            "max_selections": len(labels) if poll.is_multiple else 1,
            "question": {_TEXT: question, "body": question, "msgtype": "m.text"},
            "answers": [{"id": str(n), _TEXT: label} for n, label in enumerate(labels)],
        },
        _TEXT: words,
        "body": words,
        "m.mentions": {},
    }


def _options(content: Mapping[str, Any], poll: Poll) -> Mapping[str, str]:
    """Return our ids of the options by those of the answers, which stand in the same order."""
    answers = listing(mapping(content.get(START)).get("answers"))
    pairs = zip(answers, poll.options, strict=False)
    return {str(mapping(answer).get("id")): option.id for answer, option in pairs}
