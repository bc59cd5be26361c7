"""What was shared last, for those who ask for nothing but what is new."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import GUIDES, ChunkId, ResourceKind
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.resources import source_of_share
from learncomm_agent.storage.schema import chunks, resources, shares


def newest(
    conn: Connection, community: CommunityId, readable: Readable, limit: int
) -> list[tuple[ChunkId, datetime]]:
    """Return how some resources begin that an audience may read, and since when; the newest first.

    A resource is as old as the first share of it that the audience may see. The guides that came with
    the library are left out, as nobody shared them, and so is talk, as it was there before it was kept.
    """
    is_guide = sa.and_(shares.c.member_id.is_(None), source_of_share().startswith(GUIDES))
    at = sa.func.min(shares.c.shared_at, type_=shares.c.shared_at.type)
    found = (
        sa.select(chunks.c.id, at)
        .join_from(shares, resources)
        .join(chunks, sa.and_(chunks.c.resource_id == resources.c.id, chunks.c.ordinal == 0))
        .where(
            shares.c.community_id == community,
            resources.c.kind != ResourceKind.CONVERSATION,
            lexical.is_open(readable),
            ~is_guide,
        )
        .group_by(resources.c.id)
        .order_by(at.desc(), resources.c.id.desc())
        .limit(limit)
    )
    return [(ChunkId(row[0]), row[1]) for row in conn.execute(found)]
