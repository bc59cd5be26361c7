"""What members say about themselves so that they can be matched; nobody but themselves is shown it as a whole."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import members
from learncomm_agent.storage.schema_matching import avoided, profiles


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member can help with, wants to learn, and when."""

    member: MemberId
    community: CommunityId
    offers: str = ""
    wants: str = ""
    languages: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    """Parts of a week in their own zone: three a day, 0 to 20 from Monday morning on."""
    capacity: int = 1
    """How many they can take on as a mentor."""
    is_open: bool = True
    """Whether they may be matched at all now."""


def get(conn: Connection, member: MemberId) -> Profile | None:
    """Return what a member said about themselves."""
    row = conn.execute(sa.select(profiles).where(profiles.c.member_id == member)).first()
    return None if row is None else _profile(row)


def of_members(conn: Connection, ids: Collection[int]) -> dict[int, Profile]:
    """Return the profiles of some members, by member; of those who have none nothing."""
    found = sa.select(profiles).where(profiles.c.member_id.in_(ids))
    return {row.member_id: _profile(row) for row in conn.execute(found)}


def offering(conn: Connection, community: CommunityId) -> list[Profile]:
    """Return the open profiles of a community in which something is offered, by member."""
    found = sa.select(profiles).where(
        profiles.c.community_id == community, profiles.c.is_open, profiles.c.offers != ""
    )
    return [_profile(row) for row in conn.execute(found.order_by(profiles.c.member_id))]


def put(conn: Connection, profile: Profile, now: datetime) -> None:
    """Keep what a member says about themselves, in the place of what they said before."""
    values = {
        "community_id": profile.community,
        "offers": profile.offers,
        "wants": profile.wants,
        "languages": list(profile.languages),
        "hours": sorted(profile.hours),
        "capacity": profile.capacity,
        "is_open": profile.is_open,
        "changed_at": now,
    }
    mine = profiles.c.member_id == profile.member
    if conn.execute(sa.update(profiles).where(mine).values(values)).rowcount == 0:
        conn.execute(sa.insert(profiles).values(member_id=profile.member, **values))


def avoids(conn: Connection, member: MemberId) -> tuple[MemberId, ...]:
    """Return whom a member does not wish to be matched with; for their own eyes."""
    found = sa.select(avoided.c.other_id).where(avoided.c.member_id == member)
    return tuple(MemberId(each) for each in conn.execute(found.order_by("other_id")).scalars())


def avoided_by(conn: Connection, ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return whom some members avoid, by member."""
    found: dict[int, set[int]] = {}
    for row in conn.execute(sa.select(avoided).where(avoided.c.member_id.in_(ids))):
        found.setdefault(row.member_id, set()).add(row.other_id)
    return {member: frozenset(others) for member, others in found.items()}


def avoid(conn: Connection, member: MemberId, others: Iterable[MemberId]) -> None:
    """Keep whom a member does not wish to be matched with, in the place of whom they said before."""
    conn.execute(sa.delete(avoided).where(avoided.c.member_id == member))
    wanted = [{"member_id": member, "other_id": each} for each in set(others) if each != member]
    if wanted:
        conn.execute(sa.insert(avoided), wanted)


def drop(conn: Connection, member: MemberId) -> None:
    """Drop what a member said about themselves, and whom they avoid; who avoids them is others' own."""
    conn.execute(sa.delete(profiles).where(profiles.c.member_id == member))
    conn.execute(sa.delete(avoided).where(avoided.c.member_id == member))


def since(conn: Connection, ids: Collection[int]) -> Mapping[int, datetime]:
    """Return since when some members are known here."""
    found = sa.select(members.c.id, members.c.created_at).where(members.c.id.in_(ids))
    return {row.id: row.created_at for row in conn.execute(found)}


def _profile(row: sa.Row[Any]) -> Profile:
    return Profile(
        MemberId(row.member_id),
        CommunityId(row.community_id),
        row.offers,
        row.wants,
        tuple(row.languages),
        tuple(row.hours),
        row.capacity,
        row.is_open,
    )
