"""Polls of a platform's own. Where there can be none, the session is told so and has its own list.

What is kept of one are ids alone: which message shows it, and which entries one can vote for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, Consent
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.chat.verbs import Polls as Polling
from learncomm_agent.clock import Clock
from learncomm_agent.errors import (
    DisconnectedError,
    NotPermittedError,
    PlatformError,
    RateLimitedError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_agent.sessions.effects import CountPoll, OpenPoll
from learncomm_agent.sessions.events import Done
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.records import effect_of, record_of
from learncomm_agent.sessions.running.sessions import Sessions, key_of
from learncomm_agent.sessions.running.speaking import Speaking, stands
from learncomm_agent.sessions.running.taking_down import (
    TakingDown,
    message_of,
    place_of_message,
)
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.storage.due import Job
from learncomm_agent.work import Commit, Work
from learncomm_agent.writing.excerpts import snippet

OPEN = "session_poll"
"""The kind of due work: a poll is opened, after all that was posted before it in its room."""
POLL, POLLED = "poll:", "polled:"
"""What the names begin with under which it is kept where a poll stands: one that is open, and one that is over."""
QUESTION_CHARS = 300
OPTION_CHARS = 55
"""As much as the narrowest platform shows of an option."""
_ELLIPSIS, _NUMBER = 2, 4
"""So many of them an ellipsis takes, and a number with its dot."""
_log = logger(__name__)


class Polls:
    """Carries out `open_poll`."""

    def __init__(
        self,
        database: Database,
        work: Work,
        sessions: Sessions,
        speaking: Speaking,
        platforms: Mapping[str, Platform],
        clock: Clock,
        down: TakingDown,
    ) -> None:
        """Take what it needs, and name its handler."""
        self._database = database
        self._work = work
        self._sessions = sessions
        self._speaking = speaking
        self._platforms = platforms
        self._clock = clock
        self._down = down
        work.handle(OPEN, self._open, given_up=self._given_up)

    async def carry(self, row: stored.Row, session: Session, effect: OpenPoll) -> Commit:
        """Have a poll on entries opened, in the turn of its room."""
        args = {"session": row.id, "effect": record_of(effect)}
        key, lane = key_of(row.id, effect.id, "o"), lane_of(row.room)

        def commit(conn: Connection) -> None:
            self._work.add(conn, OPEN, args, key=key, lane=lane)

        return commit

    async def _open(self, job: Job) -> Commit | None:
        """Open a poll on entries, if its stage awaits it still.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """
        id, effect = job.args["session"], effect_of(job.args["effect"])
        assert isinstance(effect, OpenPoll)
        kept = await self._database.read(lambda conn: stored.get(conn, id))
        session = None if kept is None else load(kept.content)
        if kept is None or session is None or not _is_awaited(session, effect):
            return None
        return await self._made(kept, session, effect)

    def _given_up(self, conn: Connection, job: Job) -> None:
        self._sessions.tell(
            conn, job.args["session"], Done(job.args["effect"]["id"], is_failed=True)
        )

    async def _made(self, row: stored.Row, session: Session, effect: OpenPoll) -> Commit:
        def read(conn: Connection) -> tuple[RoomRef, Poll]:
            ref = rooms.get(conn, row.room).ref
            question = self._speaking.plain(conn, row, session, effect.question)
            return ref, Poll(
                question[:QUESTION_CHARS],
                _options(conn, session, effect.options),
                effect.closes_at,
                effect.is_multiple,
            )

        room, poll = await self._database.read(read)
        try:
            message = await self._opened(room, poll, key_of(row.id, effect.id, "q"))
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError as error:
            _log.info("no poll", session=row.id, effect=effect.id, reason=for_log(error))
            return lambda conn: self._sessions.tell(conn, row.id, Done(effect.id, is_failed=True))

        def commit(conn: Connection) -> None:
            fresh, record = stored.get(conn, row.id), _record(message, poll)
            now = None if fresh is None else load(fresh.content)
            is_awaited = now is not None and _is_awaited(now, effect)
            is_whole = now is not None and now.entries.keys() >= set(record["options"])
            if is_awaited and is_whole:
                stored.mark(conn, row.id, _mark(effect.id), record)
            else:  # the session went on, or something was forgotten meanwhile
                self._down.poll(conn, row.community, row.id, record["message"])
            if is_awaited:
                self._sessions.tell(conn, row.id, Done(effect.id, is_failed=not is_whole))

        return commit

    async def _opened(self, room: RoomRef, poll: Poll, key: str) -> MessageRef:
        """Open a poll.

        Raises:
            NotPermittedError: There can be none, or none with so many options.
        """
        platform = polling(self._platforms, room.platform)
        can = await self._platforms[room.platform].capabilities(room)
        if can.polls < Level.PARTIAL or not 2 <= len(poll.options) <= can.max_poll_options:
            raise NotPermittedError(f"no poll with {len(poll.options)} options")
        if poll.closes_at <= self._clock.now():
            raise NotPermittedError("a poll that is over")
        return await platform.open_poll(room, poll, key=key)


class Counting:
    """Carries out `count_poll`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        directory: Directory,
        platforms: Mapping[str, Platform],
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._sessions = sessions
        self._directory = directory
        self._platforms = platforms

    async def carry(self, row: stored.Row, session: Session, effect: CountPoll) -> Commit:
        """Close a poll, and tell who voted for which entries.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """
        name = _mark(effect.poll)
        kept = await self._database.read(lambda conn: stored.marked(conn, row.id, name))
        try:
            votes = await self._counted(kept, effect)
        except (DisconnectedError, RateLimitedError):
            raise
        except PlatformError as error:
            _log.info("poll not counted", session=row.id, effect=effect.id, reason=for_log(error))
            return lambda conn: self._sessions.tell(conn, row.id, Done(effect.id, is_failed=True))

        def commit(conn: Connection) -> None:
            result = {"votes": self._by_member(conn, row.community, votes)}
            self._counted_as(conn, row.id, effect, kept or {})
            self._sessions.tell(conn, row.id, Done(effect.id, result))

        return commit

    def _counted_as(
        self, conn: Connection, id: int, effect: CountPoll, kept: Mapping[str, Any]
    ) -> None:
        """Keep where a poll stands that is over, as what it shows may be forgotten yet; where it was, it goes."""
        fresh = stored.get(conn, id)
        if fresh is None:
            return
        stored.mark(conn, id, _mark(effect.poll), None)
        if load(fresh.content).entries.keys() >= set(kept["options"]):
            stored.mark(conn, id, f"{POLLED}{effect.poll}", kept)

    async def _counted(self, kept: Mapping[str, Any] | None, effect: CountPoll) -> Votes:
        """Close a poll and count it.

        Raises:
            RoomGoneError: It was never opened, or is gone.
        """
        if kept is None:
            raise RoomGoneError("there is no poll")
        message, closes_at = message_of(kept["message"]), datetime.fromisoformat(kept["closes_at"])
        options = tuple(Choice(str(id), str(id)) for id in kept["options"])
        platform = polling(self._platforms, message.room.platform)
        await platform.close_poll(message)
        return await platform.votes(message, Poll("", options, closes_at, kept["is_multiple"]))

    def _by_member(
        self, conn: Connection, community: CommunityId, votes: Votes
    ) -> dict[str, list[int]]:
        """Return the entries that each member voted for; nothing of those who want nothing kept."""
        found: dict[str, set[int]] = {}
        for option, accounts in votes.by_option.items():
            for ref in accounts:
                member = self._member(conn, community, ref)
                if members.get(conn, member).consent is not Consent.OUT:
                    found.setdefault(str(member), set()).add(int(option))
        return {member: sorted(chosen) for member, chosen in sorted(found.items())}

    def _member(self, conn: Connection, community: CommunityId, ref: AccountRef) -> Any:
        # Whoever never wrote here has a name as soon as they are met.
        return self._directory.named(conn, community, Account(ref, ""))[1]


def polling(platforms: Mapping[str, Platform], name: str) -> Polling:
    """Return a platform that has polls.

    Raises:
        DisconnectedError: It is not running.
        NotPermittedError: It has none.
    """
    platform = platforms.get(name)
    if platform is None:
        raise DisconnectedError(f"{name!r} is not running")
    if not isinstance(platform, Polling):
        raise NotPermittedError(f"{name!r} has no polls")
    return platform


def _options(conn: Connection, session: Session, ids: tuple[int, ...]) -> tuple[Choice, ...]:
    """Return what one can vote for; what is long is cut, and stands whole in the list before the poll."""
    there = [
        (id, entry.text)
        for id, entry in ((id, session.entries.get(id)) for id in ids)
        if entry is not None and entry.text.strip() and stands(conn, entry)
    ]
    labels = [snippet(text, OPTION_CHARS - _ELLIPSIS) for _, text in there]
    if len(set(labels)) < len(labels):
        most = OPTION_CHARS - _ELLIPSIS - _NUMBER
        labels = [f"{n}. {snippet(text, most)}" for n, (_, text) in enumerate(there, 1)]
    return tuple(Choice(str(id), label) for (id, _), label in zip(there, labels, strict=True))


def _is_awaited(session: Session, effect: OpenPoll) -> bool:
    """Whether the stage that wished for a poll runs still, and waits for it."""
    return not session.is_over and session.awaits.get(effect.id) == session.visit


def _mark(effect: int) -> str:
    return f"{POLL}{effect}"


def _record(message: MessageRef, poll: Poll) -> dict[str, Any]:
    return {
        "message": place_of_message(message),
        "options": [int(each.id) for each in poll.options],
        "closes_at": poll.closes_at.isoformat(),
        "is_multiple": poll.is_multiple,
    }
