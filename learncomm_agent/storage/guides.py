"""Which guides a community was given, so that a start need not read and cut the same ones again."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import resources, shares


def note(
    conn: Connection,
    community: CommunityId,
    mark: str,
    given: Collection[ResourceId],
    at: datetime,
) -> None:
    """Note what became of the guides with this mark.

    Args:
        conn: The transaction to write in.
        community: Whose library.
        mark: The same for the same files, another for others.
        given: The resources that were made of them.
        at: When.
    """
    held = sa.select(resources.c.hash).where(resources.c.id.in_(given))
    state.put(
        conn,
        f"guides:{community}",
        {"mark": mark, "hashes": sorted(conn.execute(held).scalars())},
        at,
    )


def are_there(conn: Connection, community: CommunityId, mark: str) -> bool:
    """Whether guides with this mark were given, and each of them is still there for all to read."""
    noted = state.get(conn, f"guides:{community}")
    if noted is None or noted[0]["mark"] != mark:
        return False
    hashes = noted[0]["hashes"]
    held = (
        sa.select(sa.func.count(resources.c.hash.distinct()))
        .join_from(resources, shares)
        .where(resources.c.community_id == community, resources.c.hash.in_(hashes))
        .where(shares.c.room_id.is_(None), shares.c.member_id.is_(None))
    )
    return bool(conn.execute(held).scalar_one() == len(hashes))
