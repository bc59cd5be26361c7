"""What is said to one member unasked: to whom, and in what words of a kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
    is_whole: bool = True
    """Whether `readable` is all that they can read: each of their spaces could be asked."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one kind."""

    blocks: tuple[Block, ...] = ()
    """One paragraph and its controls, at best; it stands below what other kinds have to say."""
    writing: Writing | None = None
    """What is kept and mended: of promises (`promise_words.told`) in one post with what else is short; something
    longer in one of its own, where `blocks`, such as a picture, go below it."""
    commits: tuple[Commit, ...] = ()
    """Written in the transaction in which the message is put into the outbox."""
    again: dict[int, datetime] = field(default_factory=dict)
    """By subject, when it is due once more; others are done."""
    keep: Mapping[str, Any] | None = None
    """Where the blocks stand in one post with what is kept, they are a line of it, with this: by what that line is
    found when its words go. None where they hold words that can't be followed so: they are not kept."""


Tell = Callable[[Connection, Listener, Sequence[int]], Told | None]
"""Returns what to say of some subjects of a kind; None where all of them have been settled.

It may be asked some hours early, so that what is due for somebody on one day is one message; of None
for what is not due yet nothing follows, and it is asked again then.
"""
