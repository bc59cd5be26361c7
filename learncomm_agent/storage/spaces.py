"""What is known of a space beside its community: who leads there, and what is read."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.people import AccountRef, CommunityId, SpaceRef
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import rooms, spaces


def leader_roles(conn: Connection) -> dict[SpaceRef, frozenset[str]]:
    """Return the spaces in which roles were chosen whose holders lead, and which."""
    chosen = sa.select(spaces).where(spaces.c.leader_roles.is_not(None))
    return {_ref(row): frozenset(row.leader_roles) for row in conn.execute(chosen)}


def choose_leader_roles(conn: Connection, ref: SpaceRef, roles: Collection[str]) -> None:
    """Keep which roles lead in a space, by the platform's ids; none is those with a right of their own."""
    chosen = sa.update(spaces).where(
        spaces.c.platform == ref.platform, spaces.c.platform_id == ref.id
    )
    conn.execute(chosen.values(leader_roles=sorted(roles) or None))


def of_community(conn: Connection, community: CommunityId, platform: str) -> list[SpaceRef]:
    """Return the spaces of a community on a platform, but for those that were left."""
    here = sa.select(spaces).where(
        spaces.c.community_id == community,
        spaces.c.platform == platform,
        spaces.c.left_at.is_(None),
    )
    return [_ref(row) for row in conn.execute(here.order_by(spaces.c.id))]


def of_person(conn: Connection, community: CommunityId, account: AccountRef) -> list[Audience]:
    """Return whoever has an account as a reader, by each of their accounts in each space of its platform."""
    return [
        Audience.of_account(each, space)
        for each in members.linked(conn, community, account)
        for space in of_community(conn, community, each.platform)
    ]


def rooms_read(conn: Connection, ref: SpaceRef) -> dict[RoomId, str]:
    """Return the names of the rooms of a space that are read, threads left out, in their order."""
    here = (
        sa.select(rooms.c.id, rooms.c.name)
        .join(spaces)
        .where(
            spaces.c.platform == ref.platform,
            spaces.c.platform_id == ref.id,
            rooms.c.kind == RoomKind.ROOM,
            rooms.c.is_read,
        )
    )
    return {RoomId(row[0]): row[1] for row in conn.execute(here.order_by(rooms.c.id))}


def _ref(row: sa.Row[*tuple[Any, ...]]) -> SpaceRef:
    return SpaceRef(row.platform, row.platform_id)
