"""What is said to one member unasked: to whom, and in what words of a kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import AccountId, AccountRef, Community, Member
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
    """Something longer that is kept and mended, in a post of its own; `blocks`, such as a picture, go below it there."""
    commits: tuple[Commit, ...] = ()
    """Written in the transaction in which the message is put into the outbox."""
    again: dict[int, datetime] = field(default_factory=dict)
    """By subject, when it is due once more; others are done."""


Tell = Callable[[Connection, Listener, Sequence[int]], Told | None]
"""Returns what to say of some subjects of a kind; None where all of them have been settled.

It may be asked some hours early, so that what is due for somebody on one day is one message; of None
for what is not due yet nothing follows, and it is asked again then.
"""
