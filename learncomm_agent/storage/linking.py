"""What a message brought to the library: its files, and what its shares say of it."""

from collections.abc import Collection

import sqlalchemy as sa

from learncomm_agent.chat.messages import Attachment, MessageId
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.library.resources import ResourceId, ResourceKind
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.resources import is_page
from learncomm_agent.storage.schema import accounts, members, messages, resources, shares
from learncomm_agent.storage.schema_sources import pages


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


def name(
    conn: Connection, resource: ResourceId, message: MessageId, member: MemberId | None, link: str
) -> None:
    """Keep by which link a message brought a page, where that led on to another address."""
    made = sa.update(shares).where(
        shares.c.resource_id == resource,
        shares.c.message_id == message,
        shares.c.member_id.is_not_distinct_from(member),
        shares.c.source.is_(None),
    )
    conn.execute(made.values(source=link))


def unlinked(
    conn: Connection, message: MessageId, links: Collection[str]
) -> sa.ColumnElement[bool] | None:
    """The shares of pages that a message brought and does not link to any more; None for none."""
    names = (shares.c.source, resources.c.source, pages.c.address)
    brought = (
        _brought(message)
        .outerjoin(pages, pages.c.resource_id == resources.c.id)
        .with_only_columns(shares.c.id, *names, maintain_column_froms=True)
    )
    gone = [
        share
        for share, named, source, address in conn.execute(brought)
        if is_page(source)
        and not {each.partition("#")[0] for each in (named, source, address) if each} & set(links)
    ]
    return shares.c.id.in_(gone) if gone else None


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
