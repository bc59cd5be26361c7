"""What is kept of one member, as plain fields for their eyes alone: what they said, shared, asked and chose.

Nothing here holds words of others, but for those that were said to them: answers they asked for in
private, and thanks. Whoever does not wish to meet them is never told.
"""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import (
    accounts,
    audit,
    items,
    members,
    messages,
    resources,
    rooms,
    shares,
    state,
    writings,
)
from learncomm_agent.storage.schema_linking import link_codes, link_tries
from learncomm_agent.storage.schema_reading import thanks, told
from learncomm_agent.storage.schema_sources import feeds
from learncomm_agent.storage.schema_writing import drafts, edits, proposals, speakers, votes
from learncomm_agent.storage.work_of import of_person

Rows = list[dict[str, Any]]
"""JSON, but for moments."""
_ASKED = ("question", "query", "about", "topic", "why")
"""Under these names, what was asked for stands in a request."""


def profile(conn: Connection, member: MemberId) -> Rows:
    """Return who they are here, and what they chose."""
    chosen = ("name", "consent", "language", "timezone", "is_named", "is_thanked", "created_at")
    return _rows(conn, sa.select(*(members.c[name] for name in chosen)).where(_is(member)))


def places(conn: Connection, member: MemberId) -> Rows:
    """Return their accounts, when each was told what is kept here, and where codes wait for it."""
    known = (
        sa.select(
            accounts.c.platform,
            accounts.c.platform_id.label("id"),
            accounts.c.name,
            accounts.c.is_leader,
            told.c.told_at,
            link_codes.c.made_at.label("code_made_at"),
            sa.func.count(link_tries.c.id).label("codes_tried"),
        )
        .outerjoin(told, told.c.account_id == accounts.c.id)
        .outerjoin(link_codes, link_codes.c.account_id == accounts.c.id)
        .outerjoin(link_tries, link_tries.c.account_id == accounts.c.id)
        .where(accounts.c.member_id == member)
        .group_by(accounts.c.id)
    )
    return _rows(conn, known.order_by(accounts.c.id))


def said(conn: Connection, member: MemberId) -> Rows:
    """Return their messages; of those that are only counted, when and where."""
    known = (
        sa.select(
            messages.c.posted_at.label("at"),
            rooms.c.name.label("room"),
            messages.c.text,
            messages.c.edited_at,
            messages.c.attachments.label("files"),
            messages.c.platform_id.label("id"),
            messages.c.reply_to.label("answers"),
        )
        .join_from(messages, rooms)
        .where(messages.c.account_id.in_(_mine(member)), messages.c.state != State.DELETED)
    )
    return _rows(conn, known.order_by(messages.c.posted_at, messages.c.id))


def shared(conn: Connection, member: MemberId) -> Rows:
    """Return what they shared, with whom, and their comment."""
    known = (
        sa.select(
            shares.c.shared_at.label("at"),
            rooms.c.name.label("room"),
            resources.c.title,
            resources.c.source,
            shares.c.comment,
            resources.c.id.label("resource"),
        )
        .join_from(shares, resources)
        .outerjoin(rooms, rooms.c.id == shares.c.room_id)
        .where(shares.c.member_id == member)
    )
    return _rows(conn, known.order_by(shares.c.shared_at, shares.c.id))


def asked(conn: Connection, member: MemberId) -> Rows:
    """Return what they asked for, and the lines of what was written for them alone."""
    known = (
        sa.select(writings, rooms.c.name.label("room"))
        .outerjoin(rooms, rooms.c.id == writings.c.room_id)
        .where(writings.c.member_id == member, writings.c.kind != "gratitude")
    )
    found = conn.execute(known.order_by(writings.c.created_at, writings.c.id)).mappings().all()
    alone = [row["id"] for row in found if row["is_private"]]
    lines: dict[int, list[str]] = {id: [] for id in alone}
    written = sa.select(items.c.writing_id, items.c.content).join(writings)
    theirs = written.where(writings.c.member_id == member, writings.c.is_private)
    for id, content in conn.execute(theirs.order_by(items.c.id)):
        if isinstance(text := content.get("text") or content.get("title"), str) and id in lines:
            lines[id].append(text)
    return [
        {
            "at": row["created_at"],
            "room": row["room"],
            "kind": row["kind"],
            "text": _wish(row["request"]),
            "alone": row["is_private"],
            "lines": lines.get(row["id"], []),
            "id": row["id"],
        }
        for row in found
    ]


def thanked(conn: Connection, member: MemberId) -> Rows:
    """Return thanks that they gave and were given."""
    giver, receiver = members.alias(), members.alias()
    known = (
        sa.select(
            thanks.c.thanked_at.label("at"),
            rooms.c.name.label("room"),
            giver.c.name.label("from"),
            receiver.c.name.label("to"),
            writings.c.request["why"].as_string().label("text"),
        )
        .join_from(thanks, rooms)
        .join(giver, giver.c.id == thanks.c.giver_id)
        .join(receiver, receiver.c.id == thanks.c.receiver_id)
        .join(writings, writings.c.id == thanks.c.writing_id)
        .where(sa.or_(thanks.c.giver_id == member, thanks.c.receiver_id == member))
    )
    return _rows(conn, known.order_by(thanks.c.id))


def voted(conn: Connection, member: MemberId) -> Rows:
    """Return what they vote for, as long as it is not counted."""
    cast = sa.select(votes.c.voted_at.label("at"), _text()).join_from(votes, items)
    return _rows(conn, cast.where(votes.c.member_id == member).order_by(votes.c.voted_at))


def proposed(conn: Connection, member: MemberId) -> Rows:
    """Return the questions that they added to votes."""
    added = sa.select(proposals.c.proposed_at.label("at"), _text()).join_from(proposals, items)
    mine = added.where(proposals.c.member_id == member)
    return _rows(conn, mine.order_by(proposals.c.proposed_at))


def decided(conn: Connection, member: MemberId) -> Rows:
    """Return the drafts on which they decided."""
    known = sa.select(
        drafts.c.decided_at.label("at"), drafts.c.state, drafts.c.writing_id.label("id")
    )
    return _rows(conn, known.where(drafts.c.decided_by == member).order_by(drafts.c.decided_at))


def edited(conn: Connection, member: MemberId) -> Rows:
    """Return what they made of lines of drafts."""
    known = sa.select(edits.c.edited_at.label("at"), edits.c.text, edits.c.is_struck)
    return _rows(conn, known.where(edits.c.member_id == member).order_by(edits.c.id))


def spoke(conn: Connection, member: MemberId) -> Rows:
    """Return the records of meetings in which they are known to speak."""
    known = sa.select(resources.c.title, speakers.c.name).join_from(speakers, resources)
    return _rows(conn, known.where(speakers.c.member_id == member).order_by(resources.c.id))


def follows(conn: Connection, member: MemberId) -> Rows:
    """Return the feeds that they brought."""
    known = sa.select(
        feeds.c.created_at.label("at"), rooms.c.name.label("room"), feeds.c.title, feeds.c.address
    ).join_from(feeds, rooms)
    return _rows(conn, known.where(feeds.c.member_id == member).order_by(feeds.c.id))


def did(conn: Connection, member: MemberId) -> Rows:
    """Return what they did to the data of the community."""
    known = sa.select(audit.c.at, audit.c.action, audit.c.subject, audit.c.detail)
    return _rows(conn, known.where(audit.c.account_id.in_(_mine(member))).order_by(audit.c.id))


def waits(conn: Connection, member: MemberId) -> Rows:
    """Return what is to be done for them: of which kind, and when."""
    known = [row for row in of_person(conn, member) if row.is_open]
    return [{"at": row.due, "kind": row.name, "id": row.id} for row in known]


def chose(conn: Connection, member: MemberId) -> Rows:
    """Return since when what they write may be found, where they chose that anew."""
    known = sa.select(state.c.at, state.c.value).where(state.c.key == f"in again:{member}")
    return [{"at": row.at, **row.value} for row in conn.execute(known)]


def _wish(request: dict[str, Any]) -> str:
    return next((text for name in _ASKED if (text := str(request.get(name) or ""))), "")


def _text() -> sa.ColumnElement[Any]:
    text: sa.ColumnElement[Any] = items.c.content["text"].as_string().label("text")
    return text


def _mine(member: MemberId) -> sa.Select[tuple[int]]:
    return sa.select(accounts.c.id).where(accounts.c.member_id == member)


def _is(member: MemberId) -> sa.ColumnElement[bool]:
    return members.c.id == member


def _rows(conn: Connection, query: sa.Select[Any]) -> Rows:
    return [dict(row) for row in conn.execute(query).mappings()]
