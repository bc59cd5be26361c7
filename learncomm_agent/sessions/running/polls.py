"""Polls of a platform's own. Where there can be none, the session is told so and has its own list.

What is kept of one are ids alone: which message shows it, and which entries one can vote for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import Account, AccountRef, CommunityId, Consent, SpaceRef
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.polls import Poll, Votes
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
from learncomm_agent.sessions.running.sessions import Sessions, key_of
from learncomm_agent.sessions.running.speaking import Speaking, stands
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.directory import Directory
from learncomm_agent.work import Commit

QUESTION_CHARS = 300
_log = logger(__name__)


class Polls:
    """Carries out `open_poll`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        speaking: Speaking,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._sessions = sessions
        self._speaking = speaking
        self._platforms = platforms
        self._clock = clock

    async def carry(self, row: stored.Row, session: Session, effect: OpenPoll) -> Commit:
        """Open a poll on entries.

        Raises:
            DisconnectedError: The platform is not there now.
            RateLimitedError: It is to be tried later.
        """

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
            stored.mark(conn, row.id, _mark(effect.id), _record(message, poll))
            self._sessions.tell(conn, row.id, Done(effect.id))

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
            stored.mark(conn, row.id, name, None)
            self._sessions.tell(conn, row.id, Done(effect.id, result))

        return commit

    async def _counted(self, kept: Mapping[str, Any] | None, effect: CountPoll) -> Votes:
        """Close a poll and count it.

        Raises:
            RoomGoneError: It was never opened, or is gone.
        """
        if kept is None:
            raise RoomGoneError("there is no poll")
        message, closes_at = _message(kept["message"]), datetime.fromisoformat(kept["closes_at"])
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
        known = members.find_account(conn, community, ref)
        if known is not None:
            return known[1]
        # Whoever never wrote here is named as soon as they are met.
        return self._directory.account(conn, community, Account(ref, "")).member


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
    there = ((id, session.entries.get(id)) for id in ids)
    return tuple(
        Choice(str(id), " ".join(entry.text.split()))
        for id, entry in there
        if entry is not None and entry.text.strip() and stands(conn, entry)
    )


def _mark(effect: int) -> str:
    return f"poll:{effect}"


def _record(message: MessageRef, poll: Poll) -> dict[str, Any]:
    space = message.room.space
    return {
        "message": [space.platform, space.id, message.room.id, message.id],
        "options": [int(each.id) for each in poll.options],
        "closes_at": poll.closes_at.isoformat(),
        "is_multiple": poll.is_multiple,
    }


def _message(record: list[str]) -> MessageRef:
    platform, space, room, id = record
    return MessageRef(RoomRef(SpaceRef(platform, space), room), id)
