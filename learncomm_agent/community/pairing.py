"""Linking accounts by a code that is told in private on one platform, and said in private on another."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Outgoing
from learncomm_agent.chat.people import AccountId, CommunityId, MemberId
from learncomm_agent.chat.posting import Posting
from learncomm_agent.clock import Clock
from learncomm_agent.community.persons import Persons
from learncomm_agent.storage import members, pairing, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import is_waiting
from learncomm_agent.work import Work

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None that is taken for another one."""
LENGTH = 10
IN_VAIN, IN_VAIN_TOGETHER = 5, 50
"""So often one account, and a whole community, may try in vain before all must wait."""

_SCRUB = "scrub codes"
"""A lane of its own: what else is to be scrubbed need not wait until codes are good no more."""
_WRITTEN = re.compile(
    rf"\b[{LETTERS}]{{{LENGTH // 2}}}-[{LETTERS}]{{{LENGTH // 2}}}\b", re.IGNORECASE
)


class Outcome(StrEnum):
    """What comes of a code."""

    LINKED = "linked"
    WRONG = "wrong"
    """It is none, or is good no more: which of these is not told."""
    TWICE = "twice"
    """The person would have two accounts on one platform."""
    TOO_MANY = "too_many"
    """Too many were tried, so that this one was not looked at."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who says a code, and by which account."""

    community: CommunityId
    member: MemberId
    account: AccountId


class Pairing:
    """Gives codes and takes them. Functions that take a `conn` belong in a transaction."""

    def __init__(self, persons: Persons, posting: Posting, work: Work, clock: Clock) -> None:
        """Take what it needs."""
        self._persons = persons
        self._posting = posting
        self._work = work
        self._clock = clock

    def offer(
        self, conn: Connection, account: AccountId, room: RoomId, code: str, language: str
    ) -> None:
        """Let a code be good from now on: for an account, and no longer one that it was given before."""
        now = self._clock.now()
        pairing.keep(conn, account, room, plainly(code), language, now)
        if not is_waiting(conn, "scrub", _SCRUB):  # nor in pages that are free by then
            self._work.add(conn, "scrub", {}, due=now + pairing.VALID, lane=_SCRUB)

    def look(
        self, conn: Connection, asker: Asker, code: str
    ) -> tuple[Outcome, pairing.Giver | None]:
        """Return what would come of a code, and who was given it where it is good."""
        now = self._clock.now()
        alone, together = pairing.tries(conn, asker.community, asker.account, now)
        if alone >= IN_VAIN or together >= IN_VAIN_TOGETHER:
            return Outcome.TOO_MANY, None
        giver = pairing.find(conn, asker.community, plainly(code), now)
        if giver is None or giver.member == asker.member:
            return Outcome.WRONG, None
        theirs = members.accounts_of(conn, giver.member), members.accounts_of(conn, asker.member)
        there, here = ({each.platform for each in some} for some in theirs)
        return Outcome.LINKED if there.isdisjoint(here) else Outcome.TWICE, giver

    def take(
        self, conn: Connection, asker: Asker, code: str
    ) -> tuple[Outcome, pairing.Giver | None]:
        """Take a code: link the accounts, or count that it was tried. It is good no more.

        Returns:
            What came of it, and who had been given the code.
        """
        now = self._clock.now()
        pairing.tidy(conn, now)
        outcome, giver = self.look(conn, asker, code)
        if outcome is Outcome.WRONG:
            pairing.tried(conn, asker.account, now)
        if giver is None:
            return outcome, None
        for member in (giver.member, asker.member):
            pairing.void(conn, member)
        if outcome is Outcome.LINKED:
            community, by = asker.community, asker.account
            self._persons.unite(conn, community, giver.member, asker.member, by)
        return outcome, giver

    def expose(self, conn: Connection, community: CommunityId, code: str) -> None:
        """Let a code that others have seen be good no more."""
        giver = pairing.find(conn, community, plainly(code), self._clock.now())
        if giver is not None:
            pairing.void(conn, giver.member)

    def overhear(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Let codes be good no more that stand in messages of rooms, whomever these were meant for."""
        for row in rows:
            for code in _WRITTEN.findall(row["text"]):
                self.expose(conn, CommunityId(row["community_id"]), code)

    def tell(
        self,
        conn: Connection,
        community: CommunityId,
        giver: pairing.Giver,
        key: str,
        said: Callable[[str], Block],
    ) -> None:
        """Tell whoever was given a code, where they asked for it, what came of it."""
        room = rooms.get(conn, giver.room)
        is_alone = room.kind is RoomKind.DIRECT
        post = Outgoing(
            room.ref, (said(giver.language),), key, private_to=None if is_alone else giver.ref
        )
        self._posting.add(conn, community, giver.room, post, may_be_dropped=True)

    def part(self, conn: Connection, asker: Asker) -> bool:
        """Take the account that asks apart from the others of its person; return whether there were any."""
        if len(members.accounts_of(conn, asker.member)) < 2:
            return False
        pairing.void(conn, asker.member)
        self._persons.part(conn, asker.community, asker.account, asker.member)
        return True


def new_code() -> str:
    """Return a code that nobody can guess, in two halves so that it can be copied by hand."""
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def plainly(code: str) -> str:
    """Return a code without what people put between its letters."""
    return "".join(each for each in code.upper() if each in LETTERS)
