"""What tells how a community is doing by learning: who said what when, and what was looked for in vain.

It is read for one leader's eyes, so all of it is of rooms that they can read; what is told is sums.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.caring.measures import Said
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId, RoomKind
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.engine import raw
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import items, members, messages, micros, rooms, writings
from learncomm_agent.storage.writings import Evidence
from learncomm_agent.writing.language.vocabulary import tokens

LETTER, SHARED, ASKED = "letter", "shared", "asked"
"""A leader's letter, and its lines: words that several looked for alone, and what was asked before others."""
FEWEST = 3
"""So many members have to look for the same words before those are told."""
SETTLING = timedelta(days=14)
"""Whoever was met so long before their first message is no newcomer, nor is one of the first days of all."""
_MOST = 20_000
"""Searches and questions that are looked at, the newest."""
_SAID = """
    SELECT a.member_id, m.room_id, m.platform_id, m.posted_at, length(m.text), substr(m.text, 1, 1000),
           m.reply_to, m.is_addressed
    FROM messages m JOIN accounts a ON a.id = m.account_id
    WHERE m.room_id IN (SELECT value FROM json_each(?)) AND m.posted_at >= ? AND m.posted_at < ?
      AND m.state = 'kept' AND NOT a.is_bot
"""
_FIRST = """
    SELECT a.member_id, min(p.created_at), min((
        SELECT m.posted_at FROM messages m WHERE m.account_id = a.id ORDER BY m.posted_at LIMIT 1
    )) AS first
    FROM accounts a JOIN members p ON p.id = a.member_id
    WHERE a.community_id = ? AND NOT a.is_bot GROUP BY a.member_id HAVING first >= ? AND first < ?
"""
_BEGUN = """
    SELECT min((SELECT m.posted_at FROM messages m WHERE m.room_id = r.id ORDER BY m.posted_at LIMIT 1))
    FROM rooms r WHERE r.community_id = ?
"""


@dataclass(frozen=True, slots=True)
class InVain:
    """What was looked for and not found."""

    text: str
    """The question as it was asked before a room; or the words alone that several members share."""
    times: int
    """How often it was asked since."""
    last_at: datetime
    asked: tuple[int, ...]
    """The writings of kind `search`, `answer` or `unanswered` in which it was asked, newest first."""
    room: RoomId | None = None
    """Where it was asked before others; None where it is words that members share."""
    evidence: Evidence | None = None
    """The message in which it was asked before others: a line that shows the text rests on it."""


def in_vain(
    conn: Connection,
    community: CommunityId,
    since: datetime,
    readable: Readable,
    *,
    stopwords: Collection[str] = (),
) -> list[InVain]:
    """Return what people asked or searched and found nothing for, the most wanted first.

    A question counts that was asked before a room that an audience may read, by somebody who takes part,
    in a message that is kept; so do words for which at least three different members looked: those words
    only, in small letters, and nobody's sentence. Questions of members who opted out, or were forgotten,
    are not there; nor is what somebody found later.

    Args:
        conn: The transaction to read in.
        community: Whose.
        since: What was asked before this moment is left out.
        readable: What the audience may be shown.
        stopwords: Words that tell nothing, by which two questions do not differ.
    """
    unasked = frozenset(stopwords)
    asked: dict[frozenset[str], list[Any]] = {}
    for row in conn.execute(_asked(community, since)).all():
        words = frozenset(tokens(_text(row))) - unasked
        if not words or row.request.get("follows"):
            continue  # what goes on from a question says little alone
        if row.is_found:
            asked.pop(words, None)
        else:
            asked.setdefault(words, []).insert(0, row)
    found = (_in_vain(conn, rows, words, readable) for words, rows in asked.items())
    told = [each for each in found if each is not None]
    return sorted(told, key=lambda each: (-each.times, -each.asked[0]))


def _asked(community: CommunityId, since: datetime) -> sa.Select[Any]:
    """What was searched and asked, oldest first, by members who take part."""
    holds = sa.exists().where(items.c.writing_id == writings.c.id)
    found = sa.and_(writings.c.kind != "unanswered", sa.or_(holds, writings.c.lost > 0))
    newest = (
        sa.select(
            writings.c.id,
            writings.c.room_id,
            writings.c.member_id,
            writings.c.is_private,
            writings.c.request,
            writings.c.trace["message"].as_string().label("message"),
            writings.c.created_at,
            found.label("is_found"),
            rooms.c.kind.label("room_kind"),
        )
        .join(members, members.c.id == writings.c.member_id)
        .outerjoin(rooms, rooms.c.id == writings.c.room_id)
        .where(
            writings.c.community_id == community,
            writings.c.kind.in_(("search", "answer", "unanswered")),
            writings.c.created_at >= since,
            members.c.consent == Consent.IN,
        )
        .order_by(writings.c.id.desc())
        .limit(_MOST)
        .subquery()
    )
    return sa.select(newest).order_by(newest.c.id)


def _text(row: Any) -> str:
    return str(row.request.get("question") or row.request.get("query") or "")


def _in_vain(
    conn: Connection, rows: list[Any], words: frozenset[str], readable: Readable
) -> InVain | None:
    """Return what may be told of questions in the same words, the newest first; None where nothing may."""
    ids, last_at = tuple(row.id for row in rows), rows[0].created_at
    for row in rows:
        is_open = not row.is_private and row.room_kind != RoomKind.DIRECT
        if is_open and row.room_id in readable.rooms and (held := _evidence(conn, row)) is not None:
            text = " ".join(_text(row).split())
            return InVain(text, len(rows), last_at, ids, RoomId(row.room_id), held)
    if len({row.member_id for row in rows}) < FEWEST:
        return None
    text = " ".join(dict.fromkeys(each for each in tokens(_text(rows[0])) if each in words))
    return InVain(text, len(rows), last_at, ids)


def _evidence(conn: Connection, row: Any) -> Evidence | None:
    """Return the message in which it was asked, where that still says it."""
    if row.message is None:
        return None
    said = conn.execute(
        sa.select(messages.c.id, messages.c.text, messages.c.revision).where(
            messages.c.room_id == row.room_id,
            messages.c.platform_id == row.message,
            messages.c.state == State.KEPT,
        )
    ).first()
    text = _text(row)
    if said is None or text not in said.text:
        return None
    return Evidence(text, said.revision, message=MessageId(said.id))


def talk(
    conn: Connection, community: CommunityId, since: datetime, until: datetime, readable: Readable
) -> tuple[list[Said], dict[int, tuple[int, str]]]:
    """Return what people said in rooms that an audience may read, direct talks apart, and what branches from what.

    Returns:
        The messages; and of each thread the room and the message that it branches from.
    """
    parent = rooms.alias()
    there = conn.execute(
        sa.select(rooms.c.id, rooms.c.platform_id, parent.c.id.label("trunk"))
        .outerjoin(
            parent,
            sa.and_(parent.c.space_id == rooms.c.space_id, parent.c.platform_id == rooms.c.parent),
        )
        .where(rooms.c.community_id == community, rooms.c.kind != RoomKind.DIRECT)
        .where(lexical.is_said_in(rooms.c.id, readable))
    ).all()
    threads = {
        row.id: (row.trunk, row.platform_id.rpartition("/")[2]) for row in there if row.trunk
    }
    among = lexical.rooms_of(Readable(frozenset(RoomId(row.id) for row in there)))
    rows = raw(conn).execute(_SAID, (among, micros(since), micros(until)))
    said = [Said(*row) for row in rows]
    return said, threads


def newcomers(
    conn: Connection, community: CommunityId, since: datetime, until: datetime
) -> Mapping[int, int]:
    """Return when those wrote first who did so between two moments, by member, as it is stored.

    Those of the first two weeks that are kept don't count, as nobody knows who was there before.
    """
    db = raw(conn)
    (begun,) = db.execute(_BEGUN, (community,)).fetchone()
    if begun is None:
        return {}
    settling = SETTLING // timedelta(microseconds=1)
    first = max(micros(since), begun + settling)
    rows = db.execute(_FIRST, (community, first, micros(until)))
    return {member: at for member, met, at in rows if met >= at - settling}
