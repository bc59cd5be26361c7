"""What may help with a goal beside the library: what was summed up in sessions, and who offered help."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage import covering, edits, knowers, lexical, posts, profiles, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.drafts import State
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.schema import rooms
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.schema_writing import drafts
from learncomm_agent.storage.writings import Writing

MOST_SUMMARIES = 60
"""So many summaries of sessions are looked through, the newest first."""


@dataclass(frozen=True, slots=True)
class SummedUp:
    """A published summary of a session."""

    writing: Writing
    room: str
    at: datetime
    post: tuple[str, str, str, str] | None
    """Where it stands: platform, space, room, message."""


def summed_up(conn: Connection, community: CommunityId, readable: Readable) -> list[SummedUp]:
    """Return the published summaries of sessions that an audience may read, newest first.

    Each is as its leader left it; those that hold anything else are left out.
    """
    known = (
        sa.select(rows.c.id, rows.c.created_at, rooms.c.name)
        .join(drafts, drafts.c.writing_id == rows.c.id)
        .join(rooms, rooms.c.id == rows.c.room_id)
        .where(
            rows.c.community_id == community,
            rows.c.kind == "summary",
            rows.c.trace["session"].as_integer().is_not(None),
            drafts.c.state == State.PUBLISHED,
            lexical.is_said_in(rows.c.room_id, readable),
        )
        .order_by(rows.c.id.desc())
        .limit(MOST_SUMMARIES)
    )
    found = []
    for row in conn.execute(known).all():
        writing = writings.get(conn, row.id, community)
        if writing is None or covering.beyond(conn, row.id, readable):
            continue
        shown = edits.applied(conn, writing)
        found.append(
            SummedUp(shown, row.name, row.created_at, _post(conn, writing.id, writing.room))
        )
    return found


def offers(
    conn: Connection, community: CommunityId, platform: str, but: MemberId
) -> list[tuple[Named, str]]:
    """Return who agreed to be named and offers help, on a platform, and with what."""
    named = knowers.agreed(conn, community, platform)
    return [
        (named[profile.member], profile.offers)
        for profile in profiles.offering(conn, community)
        if profile.member in named and profile.member != but
    ]


def _post(conn: Connection, writing: int, room: RoomId | None) -> tuple[str, str, str, str] | None:
    """Return where a summary was published: the newest post of it in its own room."""
    for post in reversed(posts.of_writing(conn, writing)):
        if post.parts and post.room == room and not post.is_private:
            ref = post.parts[0]
            return (ref.room.platform, ref.room.space.id, ref.room.id, ref.id)
    return None
