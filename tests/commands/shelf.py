"""What the tests of this folder look at."""

import sqlalchemy as sa

from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.schema import members, resources, shares
from learncomm_agent.testing.community import Circle


async def library(circle: Circle) -> list[tuple[str, str | None, str]]:
    """What rooms brought: title, in whose name, and why."""
    wanted = (
        sa.select(resources.c.title, members.c.name, shares.c.comment)
        .join_from(resources, shares)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .where(shares.c.room_id.is_not(None), resources.c.kind != ResourceKind.CONVERSATION)
        .order_by(shares.c.id)
    )
    rows = await circle.agent.house.database.read(lambda conn: conn.execute(wanted).all())
    return [tuple(row) for row in rows]
