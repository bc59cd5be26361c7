"""What a message brought to the library: its files, and what its shares say of it."""

import sqlalchemy as sa

from learncomm_agent.chat.messages import Attachment, MessageId
from learncomm_agent.chat.people import Consent
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import accounts, members, messages, resources, shares


def attachments(conn: Connection, message: MessageId) -> tuple[Attachment, ...]:
    """Return the files on a message that is kept."""
    kept = sa.select(messages.c.attachments).where(
        messages.c.id == message, messages.c.state == State.KEPT
    )
    return tuple(Attachment(**each) for each in conn.execute(kept).scalar() or ())


def is_kept(conn: Connection, message: MessageId) -> bool:
    """Whether a message is still there, and its author has not opted out."""
    kept = sa.select(messages.c.id).where(messages.c.id == message, messages.c.state == State.KEPT)
    return conn.execute(kept).first() is not None


def brought(conn: Connection, message: MessageId) -> int:
    """Return how many things a message brought that are in the library, its own words left out."""
    things = _brought(message).with_only_columns(sa.func.count(resources.c.id.distinct()))
    return conn.execute(things).scalar_one()


def say_again(conn: Connection, message: MessageId, comment: str) -> None:
    """Let what a message brought bear its author's present words; what others said of it stays."""
    author = (
        sa.select(members.c.id)
        .join_from(messages, accounts)
        .join(members, accounts.c.member_id == members.c.id)
        .where(messages.c.id == message, members.c.consent == Consent.IN)
        .scalar_subquery()
    )
    theirs = sa.update(shares).where(
        shares.c.id.in_(_brought(message)), shares.c.member_id == author
    )
    conn.execute(theirs.values(comment=comment))


def _brought(message: MessageId) -> sa.Select[tuple[int]]:
    return (
        sa.select(shares.c.id)
        .join_from(shares, resources)
        .where(shares.c.message_id == message, resources.c.kind != ResourceKind.MESSAGE)
    )
