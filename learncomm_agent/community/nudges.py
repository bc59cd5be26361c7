"""What is said to one member unasked: gathered, so that one message does where two would have been.

Whoever has something to say adds a nudge: a kind, a row that it is about, and when. When that time has
come, and the member's day, their budget and their choices allow it, all that is due for them is told in
one message, in words that are found only then: what has been settled meanwhile is not told at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import (
    AccountId,
    AccountRef,
    Community,
    CommunityId,
    Member,
    MemberId,
)
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.work import Commit
from learncomm_agent.writing.voice import Voice


@dataclass(frozen=True, slots=True)
class Listener:
    """To whom something is said, and what they may be shown at that moment."""

    community: Community
    member: Member
    account: AccountRef
    account_id: AccountId
    voice: Voice
    readable: Readable
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one kind."""

    blocks: tuple[Block, ...] = ()
    """One paragraph and its controls, at best; it stands below what other kinds have to say."""
    writing: Writing | None = None
    """In place of blocks: something longer that is kept and mended, in a post of its own."""
    commits: tuple[Commit, ...] = ()
    """Written in the transaction in which the message is put into the outbox."""
    again: dict[int, datetime] = field(default_factory=dict)
    """By subject, when it is due once more; others are done."""


Tell = Callable[[Connection, Listener, Sequence[int]], Told | None]
"""Returns what to say of some subjects of a kind; None where all of them have been settled."""


class Nudges:
    """Keeps and sends them. The functions that take a `conn` belong in a transaction."""

    def handle(self, kind: str, tell: Tell, *, rank: int = 5) -> None:
        """Say who finds the words of a kind; a lower rank goes before others where the budget is short."""
        raise NotImplementedError

    def add(
        self,
        conn: Connection,
        community: CommunityId,
        member: MemberId,
        kind: str,
        subject: int,
        due: datetime,
        *,
        expires: datetime | None = None,
    ) -> None:
        """Have something said to a member at `due`, or at the next humane hour after it.

        One that is there already, of this kind and subject, is due then instead. Nothing is added for
        somebody who opted out.
        """
        raise NotImplementedError

    def end(
        self, conn: Connection, kind: str, subject: int, member: MemberId | None = None
    ) -> None:
        """Say nothing of a subject any more, to one member or to any."""
        raise NotImplementedError
