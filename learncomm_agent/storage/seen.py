"""What somebody may see of the library and of what was written, counted before and after something goes.

A receipt that is made of the difference is the same whether or not others hold things unseen.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage import lexical
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import chunks, items, posts, resources, shares, writings


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose eyes: what they read, and what is theirs."""

    community: CommunityId
    readable: Readable
    member: MemberId


@dataclass(frozen=True, slots=True)
class Seen:
    """What they see now."""

    things: dict[int, int]
    """How often each thing in the library is shared, as far as they see; without stretches of talk."""
    passages: dict[int, int]
    """How many passages each thing or stretch of talk has."""
    lines: int

    def less(self, after: "Seen") -> dict[str, int]:
        """Return how much has gone from their sight."""
        left = [(count, after.things.get(id, 0)) for id, count in self.things.items()]
        gone = [count for id, count in self.passages.items() if id not in after.passages]
        return {
            "resources": sum(not now for _, now in left),
            "shares": sum(before - now for before, now in left if 0 < now < before),
            "passages": sum(gone),
            "lines": max(0, self.lines - after.lines),
        }


def seen(conn: Connection, sight: Sight) -> Seen:
    """Return what somebody sees."""
    mine = shares.c.member_id == sight.member
    shared = (
        sa.select(shares.c.resource_id, resources.c.kind, sa.func.count())
        .join_from(shares, resources)
        .where(
            shares.c.community_id == sight.community, sa.or_(lexical.is_open(sight.readable), mine)
        )
        .group_by(shares.c.resource_id)
    )
    found = conn.execute(shared).all()
    sizes = sa.select(chunks.c.resource_id, sa.func.count()).group_by(chunks.c.resource_id)
    counted = {row[0]: row[1] for row in conn.execute(sizes)}
    shown = sa.select(sa.func.count()).select_from(items).join(writings)
    return Seen(
        {id: count for id, kind, count in found if kind != ResourceKind.CONVERSATION},
        {id: counted.get(id, 0) for id, _, _ in found},
        conn.execute(shown.where(_is_shown(sight))).scalar_one(),
    )


def posts_of(conn: Connection, sight: Sight, ids: Collection[int]) -> int:
    """Return how many posts they see that show some writings."""
    shown = sa.select(sa.func.count()).select_from(posts).join(writings)
    there = shown.where(writings.c.id.in_(ids), _is_shown(sight))
    return conn.execute(there).scalar_one()


def _is_shown(sight: Sight) -> sa.ColumnElement[bool]:
    """The condition on `writings` that they are for somebody's eyes."""
    return sa.and_(
        writings.c.community_id == sight.community,
        sa.or_(
            sa.and_(writings.c.is_private, writings.c.member_id == sight.member),
            sa.and_(~writings.c.is_private, lexical.is_for(sight.readable)),
        ),
    )
