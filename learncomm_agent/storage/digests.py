"""What a digest is about beside summaries: its sections and span, who was thanked, what is coming."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.storage import lexical, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.schema_sessions import sessions
from learncomm_agent.storage.thanks import GRATITUDE
from learncomm_agent.storage.writings import Line

DIGEST = "digest"
"""The kind of writing, of nudge and of order."""
LEARNT, DECIDED, OPEN, WANTED = "learnt", "decided", "open", "wanted"
SHARED, THANKED, COMING = "shared", "thanked", "coming"
AHEAD = timedelta(days=10)
"""So far ahead is told what is coming."""
_LOOKED_AT = 40
"""So many thanks, the newest."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a digest is about."""

    since: datetime
    until: datetime


def thanked(conn: Connection, community: CommunityId, span: Span, readable: Readable) -> list[Line]:
    """Return who was thanked before these readers, oldest first."""
    given = (
        sa.select(rows.c.id)
        .where(
            rows.c.community_id == community,
            rows.c.kind == GRATITUDE,
            rows.c.created_at >= span.since,
            rows.c.created_at < span.until,
            rows.c.room_id.is_not(None),
            lexical.is_for(readable),
        )
        .order_by(rows.c.id.desc())
        .limit(_LOOKED_AT)
    )
    found = (writings.get(conn, id, community) for id in sorted(conn.execute(given).scalars()))
    return [
        Line(
            THANKED,
            {"who": each.request["who"], "name": each.request["name"], "thanks": each.id},
            tuple(replace(held, quote="") for line in each.lines for held in line.evidence),
        )
        for each in found
        if each is not None and each.request and not each.lost
    ]


def coming(
    conn: Connection, community: CommunityId, now: datetime, readable: Readable
) -> list[Line]:
    """Return the meetings of the next days and the sessions that run, in the order in which they are."""
    there = (
        sa.select(sessions.c.id, sessions.c.title, sessions.c.content, room_rows.c.name)
        .join(room_rows, room_rows.c.id == sessions.c.room_id)
        .where(
            sessions.c.community_id == community,
            sessions.c.ended_at.is_(None),
            sessions.c.phase.in_(("open", "paused")),
            lexical.is_said_in(sessions.c.room_id, readable),
        )
        .order_by(sessions.c.id)
    )
    found: list[tuple[bool, str, Line]] = []
    for row in conn.execute(there):
        at = _next(row.content, now)
        content = {
            # The leader's own words in a title are theirs to take back, those of the playbook are not.
            "title": row.content.get("plan", {}).get("own_title") or row.title,
            "room": row.name,
            "at": at,
            "session": row.id,
        }
        found.append((at is None, at or "", Line(COMING, content, ())))
    return [line for _, _, line in sorted(found, key=lambda each: each[:2])]


def _next(content: Mapping[str, Any], now: datetime) -> str | None:
    """Return when a session meets next, or begins, if that is within the next days."""
    meetings = [each["at"] for each in content.get("results", {}).get("meetings") or ()]
    standing = content.get("standing") or {}
    if standing.get("entered_at") is None and standing.get("begins_at"):
        meetings.append(standing["begins_at"])
    ahead = sorted(datetime.fromisoformat(each) for each in meetings)
    found = next((each for each in ahead if now < each <= now + AHEAD), None)
    return None if found is None else found.isoformat()


def told_until(conn: Connection, member: int) -> datetime | None:
    """Return until when a member was told by the digests that come by themselves; None where none of these is kept."""
    theirs = sa.select(rows.c.content["until"].as_string()).where(
        rows.c.member_id == member,
        rows.c.kind == DIGEST,
        rows.c.content["comes"].as_boolean(),
    )
    last = conn.execute(theirs.order_by(rows.c.id.desc()).limit(1)).scalar()
    return None if last is None else datetime.fromisoformat(last)


def community_of(conn: Connection, writing: int) -> CommunityId:
    """Return whose a writing is."""
    known = sa.select(rows.c.community_id).where(rows.c.id == writing)
    return CommunityId(conn.execute(known).scalar_one())
