"""How single members can be written to: by which of their accounts, and from which room that is done."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId, RoomKind, RoomRef
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, MemberId, SpaceRef
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.listed import THESE
from learncomm_agent.storage.schema import accounts, messages, rooms, spaces


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write to somebody alone."""

    account: AccountRef
    account_id: AccountId
    room: RoomRef
    room_id: RoomId


_SAID = messages.alias()
_LAST = (
    sa.select(_SAID.c.id)
    .where(_SAID.c.account_id == accounts.c.id)
    .order_by(_SAID.c.posted_at.desc())
    .limit(1)
    .correlate(accounts)
    .scalar_subquery()
)
_THEIRS = (
    sa.select(
        accounts.c.id,
        accounts.c.member_id,
        accounts.c.platform,
        accounts.c.platform_id,
        rooms.c.id.label("room"),
        rooms.c.space_id.label("space"),
    )
    .select_from(accounts)
    .outerjoin(messages, messages.c.id == _LAST)
    .outerjoin(rooms, rooms.c.id == messages.c.room_id)
    .where(
        accounts.c.member_id.in_(THESE),
        ~accounts.c.is_bot,
    )
    .order_by(messages.c.posted_at.desc().nulls_last(), accounts.c.id)
)
_ROOMS = (
    sa.select(
        rooms.c.id,
        rooms.c.space_id,
        rooms.c.platform_id,
        spaces.c.platform,
        spaces.c.platform_id.label("space"),
    )
    .join(spaces)
    .where(
        rooms.c.community_id == sa.bindparam("community"),
        rooms.c.kind == RoomKind.ROOM,
        spaces.c.left_at.is_(None),
    )
    .order_by(rooms.c.id)
)


def ways(
    conn: Connection, community: CommunityId, these: Collection[MemberId]
) -> dict[MemberId, list[Way]]:
    """Return how members can be written to, the account from which they wrote last first.

    It is done from the room where that account wrote last, else from another of its space, else of its
    platform; nothing is said there. Spaces that were left don't count.
    """
    here: dict[object, tuple[RoomId, RoomRef]] = {}
    for row in conn.execute(_ROOMS, {"community": community}):
        ref = RoomRef(SpaceRef(row.platform, row.space), row.platform_id)
        room = RoomId(row.id), ref
        here["room", row.id] = room
        here.setdefault(("space", row.space_id), room)
        here.setdefault(("platform", row.platform), room)
    found: dict[MemberId, list[Way]] = {each: [] for each in these}
    theirs = conn.execute(_THEIRS, {"these": list(these)})
    for id, member, platform, platform_id, room_of, space_of in theirs:
        at = (
            here.get(("room", room_of))
            or here.get(("space", space_of))
            or here.get(("platform", platform))
        )
        if at is not None:
            account = AccountRef(platform, platform_id)
            found[member].append(Way(account, AccountId(id), at[1], at[0]))
    return found
