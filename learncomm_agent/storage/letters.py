"""Leaders' letters: who wants one every week, and what earlier ones suggested."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.measures import LETTER
from learncomm_agent.storage.schema import resources, shares, writings


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a letter suggested, and when."""

    at: datetime
    suggestions: tuple[Mapping[str, Any], ...]


def suggested(
    conn: Connection, community: CommunityId, member: MemberId, since: datetime
) -> list[Earlier]:
    """Return what the letters to a leader suggested since a moment, the newest first."""
    theirs = sa.select(writings.c.created_at, writings.c.content).where(
        writings.c.member_id == member,
        writings.c.community_id == community,
        writings.c.kind == LETTER,
        writings.c.created_at >= since,
    )
    rows = conn.execute(theirs.order_by(writings.c.created_at.desc(), writings.c.id.desc()))
    return [Earlier(row.created_at, tuple(row.content["suggestions"])) for row in rows]


def guides(conn: Connection, community: CommunityId, prefix: str) -> dict[str, str]:
    """Return the titles of the guides that all in a community may read, by their files."""
    is_for_all = sa.exists().where(
        shares.c.resource_id == resources.c.id, shares.c.room_id.is_(None)
    )
    held = sa.select(resources.c.source, resources.c.title).where(
        resources.c.community_id == community, resources.c.source.startswith(prefix), is_for_all
    )
    return {row.source.removeprefix(prefix): row.title for row in conn.execute(held)}
