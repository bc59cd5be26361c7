"""What a community left open: open questions and disagreements of its newest published summaries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import (
    accounts,
    items,
    members,
    messages,
    resources,
    rests_on,
    shares,
    writings,
)
from learncomm_agent.storage.schema_writing import drafts, edits, speakers
from learncomm_agent.writing.items import ItemKind

SECTIONS = (ItemKind.OPEN_QUESTION, ItemKind.DISAGREEMENT)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of a summary that says what was left open."""

    text: str
    section: ItemKind
    title: str
    """Of the summary."""
    quote: str
    message: MessageId | None
    """The one that holds the quote; None where a record does, from which minutes were made."""
    revision: int
    said: str
    """All that the message says; of a record the quote alone."""
    posted_at: datetime
    record: ResourceId | None = None
    start: int = 0
    share: int | None = None
    """Through which the record may be read."""


def newest(
    conn: Connection,
    community: CommunityId,
    readable: Readable,
    *,
    room: RoomId | None = None,
    limit: int = 12,
) -> list[OpenLine]:
    """Return what was left open, newest first, that of one room before all else.

    Only published summaries count whose room the audience may read, as it may the room of each message
    that a line rests on. A line that a leader struck is left out, as is one that rests on words of
    somebody who is read for summaries alone; one that was edited has its new text.
    """
    talk = conn.execute(_held(community, readable, room).limit(limit)).all()
    minutes = conn.execute(_recorded(community, readable, room).limit(limit)).all()
    rows = sorted((*talk, *minutes), key=lambda row: (row.is_elsewhere, -row.writing, row.item))
    return [_line(row) for row in rows[:limit]]


def _line(row: sa.Row[Any]) -> OpenLine:
    line = OpenLine(
        text=row.edited or row.content["text"],
        section=ItemKind(row.section),
        title=row.header.get("title", ""),
        quote=row.quote,
        message=None,
        revision=row.revision,
        said=row.quote,
        posted_at=row.posted_at,
    )
    if row.record is None:
        return replace(line, message=MessageId(row.message), said=row.said)
    return replace(line, record=ResourceId(row.record), start=row.start, share=row.share)


def _held(community: CommunityId, readable: Readable, room: RoomId | None) -> sa.Select[Any]:
    """Return the lines that rest on messages, each of which the audience may read."""
    other, behind = rests_on.alias(), messages.alias()
    author = accounts.join(members, members.c.id == accounts.c.member_id)
    is_reserved = sa.exists(
        sa.select(accounts.c.id)
        .select_from(author)
        .where(accounts.c.id == behind.c.account_id, members.c.consent != Consent.IN)
    )
    may_be_said = sa.exists().where(
        behind.c.id == other.c.message_id,
        lexical.is_said_in(behind.c.room_id, readable),
        ~is_reserved,
    )
    is_hidden = sa.exists().where(
        other.c.item_id == items.c.id, sa.or_(other.c.message_id.is_(None), ~may_be_said)
    )
    columns = (
        messages.c.id.label("message"),
        messages.c.revision,
        messages.c.text.label("said"),
        messages.c.posted_at,
        sa.null().label("record"),
    )
    return (
        _published(community, readable, room, columns)
        .join(messages, messages.c.id == rests_on.c.message_id)
        .where(
            rests_on.c.revision == messages.c.revision,
            messages.c.state == State.KEPT,
            ~is_hidden,
        )
    )


def _recorded(community: CommunityId, readable: Readable, room: RoomId | None) -> sa.Select[Any]:
    """Return the lines of minutes: they rest on one record, which the audience may read.

    A record in which somebody speaks who is read for summaries alone is left out whole.
    """
    is_reserved = sa.exists(
        sa.select(speakers.c.name)
        .join(members, members.c.id == speakers.c.member_id)
        .where(speakers.c.resource_id == rests_on.c.resource_id, members.c.consent != Consent.IN)
    )
    other = rests_on.alias()
    is_mixed = sa.exists().where(
        other.c.item_id == items.c.id,
        other.c.resource_id.is_distinct_from(rests_on.c.resource_id),
    )
    columns = (
        rests_on.c.revision,
        rests_on.c.start,
        rests_on.c.resource_id.label("record"),
        shares.c.shared_at.label("posted_at"),
        shares.c.id.label("share"),
    )
    return (
        _published(community, readable, room, columns)
        .join(resources, resources.c.id == rests_on.c.resource_id)
        .join(shares, sa.and_(shares.c.resource_id == resources.c.id, lexical.is_ground(readable)))
        .where(rests_on.c.revision == resources.c.revision, ~is_reserved, ~is_mixed)
    )


def _published(
    community: CommunityId,
    readable: Readable,
    room: RoomId | None,
    columns: Iterable[sa.ColumnElement[Any]],
) -> sa.Select[Any]:
    """Return the lines that leaders left in what is published, each with the first that it rests on."""
    every = edits.alias()
    last = sa.select(sa.func.max(every.c.id)).where(every.c.item_id == items.c.id)
    is_draft = sa.exists().where(
        drafts.c.writing_id == writings.c.id, drafts.c.state != "published"
    )
    is_elsewhere = sa.case((writings.c.room_id == room, 0), else_=1).label("is_elsewhere")
    return (
        sa.select(
            items.c.content,
            items.c.section,
            writings.c.content.label("header"),
            edits.c.text.label("edited"),
            rests_on.c.quote,
            *columns,
            is_elsewhere,
            writings.c.id.label("writing"),
            items.c.id.label("item"),
            # SQLite takes the other columns from the row of the least: of each line its first evidence.
            sa.func.min(sa.literal_column("rests_on.rowid")),
        )
        .select_from(items)
        .join(writings, writings.c.id == items.c.writing_id)
        .join(rests_on, rests_on.c.item_id == items.c.id)
        .outerjoin(edits, edits.c.id == last.scalar_subquery())
        .where(
            writings.c.community_id == community,
            writings.c.kind == "summary",
            ~writings.c.is_private,
            lexical.is_for(readable),
            items.c.section.in_(SECTIONS),
            sa.or_(edits.c.is_struck.is_(None), ~edits.c.is_struck),
            rests_on.c.quote != "",
            ~is_draft,
        )
        .group_by(items.c.id)
        .order_by(sa.text("is_elsewhere"), writings.c.id.desc(), items.c.id)
    )
