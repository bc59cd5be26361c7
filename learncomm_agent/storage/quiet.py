"""How much is said to members unasked: what each of them chose, and what was sent to them of late."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.caring.hours import ENDS, MOST, STARTS, WEEK, Hours, free_at, zone_or_utc
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.listed import THESE
from learncomm_agent.storage.schema import communities, members
from learncomm_agent.storage.schema_nudges import nudged
from learncomm_agent.storage.schema_nudges import quiet as rows

SESSIONS = "sessions"
"""The kind of what a session says to one of its members by itself: it counts here, and is said there."""
KEPT = timedelta(weeks=5)
"""How long it is known what was sent."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """What holds for a member: as they chose, else as for everyone."""

    zone: str = "UTC"
    consent: Consent = Consent.IN
    per_week: int | None = None
    starts: int | None = None
    ends: int | None = None
    stopped: frozenset[str] = frozenset()
    is_stopped: bool = False

    @property
    def most(self) -> int:
        """How many messages a week at most."""
        return MOST if self.per_week is None else self.per_week

    @property
    def hours(self) -> Hours:
        """Between which hours of their day."""
        return Hours(self.zone, *self.span)

    @property
    def span(self) -> tuple[int, int]:
        """The minutes of the day at which these begin and end; reads no file of the zone."""
        starts = STARTS if self.starts is None else self.starts
        return starts, ENDS if self.ends is None else self.ends

    def wants(self, kind: str) -> bool:
        """Whether they wish to be told things of a kind."""
        is_out = self.consent is Consent.OUT
        return not (is_out or self.is_stopped or kind in self.stopped)


# Made once: they run for each thing that is said.
_KNOWN = (
    sa.select(
        members.c.id,
        sa.func.coalesce(members.c.timezone, communities.c.timezone).label("zone"),
        members.c.consent,
        rows.c.per_week,
        rows.c.starts,
        rows.c.ends,
        rows.c.stopped,
        rows.c.is_stopped,
    )
    .join_from(members, communities, members.c.community_id == communities.c.id)
    .outerjoin(rows, rows.c.member_id == members.c.id)
)
_ONE = _KNOWN.where(members.c.id == sa.bindparam("member"))
_SOME = _KNOWN.where(members.c.id.in_(THESE))
# What went out at one moment counts as one, in however many posts it stood.
_SENT = (
    sa.select(nudged.c.member_id, nudged.c.sent_at)
    .where(
        nudged.c.member_id.in_(THESE),
        nudged.c.sent_at > sa.bindparam("since", type_=nudged.c.sent_at.type),
    )
    .distinct()
)
# In one statement, from a list of a member and kinds each: one for each row costs far more.
_TOLD = sa.func.json_each(sa.bindparam("told", type_=sa.JSON)).table_valued("value")
_COUNTED = (
    sa.insert(nudged)
    .from_select(
        ["community_id", "member_id", "kinds", "sent_at"],
        sa.select(
            sa.bindparam("community", type_=sa.Integer),
            sa.func.json_extract(_TOLD.c.value, "$[0]"),
            sa.func.json_extract(_TOLD.c.value, "$[1]"),
            sa.bindparam("now", type_=nudged.c.sent_at.type),
        ),
    )
    .returning(nudged.c.id, nudged.c.member_id)
)


def of(conn: Connection, member: MemberId) -> Quiet:
    """Return what holds for a member."""
    return _quiet(conn.execute(_ONE, {"member": member}).one())


def of_many(conn: Connection, these: Collection[MemberId]) -> dict[MemberId, Quiet]:
    """Return what holds for each of some members."""
    found = conn.execute(_SOME, {"these": list(these)})
    return {MemberId(row.id): _quiet(row) for row in found}


def sent(
    conn: Connection, these: Collection[MemberId], now: datetime
) -> dict[MemberId, list[datetime]]:
    """Return when something was sent to each of some members in the last seven days."""
    late: dict[MemberId, list[datetime]] = {each: [] for each in these}
    for row in conn.execute(_SENT, {"these": list(these), "since": now - WEEK}):
        late[row.member_id].append(row.sent_at)
    return late


def count(
    conn: Connection,
    community: CommunityId,
    member: MemberId,
    kinds: Sequence[str],
    now: datetime,
) -> int:
    """Keep that something is sent to a member now, and return the number of that."""
    (id,) = count_all(conn, community, [(member, kinds)], now)
    return id


def count_all(
    conn: Connection,
    community: CommunityId,
    these: Sequence[tuple[MemberId, Sequence[str]]],
    now: datetime,
) -> Sequence[int]:
    """Keep that something of some kinds is sent to members now, and return the numbers of that, in order."""
    if not these:
        return ()
    told = [[member, list(kinds)] for member, kinds in these]
    ids: dict[int, list[int]] = {}
    for row in conn.execute(_COUNTED, {"community": community, "told": told, "now": now}):
        ids.setdefault(row.member_id, []).append(row.id)
    return [
        ids[member].pop(0) for member, _ in these
    ]  # SQLite promises no order of what it returns


def may_be_told(conn: Connection, member: MemberId, kind: str, now: datetime) -> datetime | None:
    """Return the first moment from now on at which something may be said to a member; None where they don't wish it.

    Whoever then says it counts it with `count`.
    """
    it = of(conn, member)
    if not it.wants(kind):
        return None
    return it.hours.next(free_at(sent(conn, [member], now)[member], it.most, now))


def choose(conn: Connection, member: MemberId, **chosen: Any) -> Quiet:
    """Keep what a member chose; what is not named stays. Returns what holds then."""
    it = replace(of(conn, member), **chosen)
    values = {
        "per_week": it.per_week,
        "starts": it.starts,
        "ends": it.ends,
        "stopped": sorted(it.stopped),
        "is_stopped": it.is_stopped,
    }
    kept = insert(rows).values(member_id=member, **values)
    conn.execute(kept.on_conflict_do_update(index_elements=["member_id"], set_=values))
    return it


def drop_old(conn: Connection, now: datetime) -> None:
    """Let go of what was sent long ago."""
    conn.execute(sa.delete(nudged).where(nudged.c.sent_at < now - KEPT))


def _quiet(row: sa.Row[*tuple[Any, ...]]) -> Quiet:
    return Quiet(
        zone=zone_or_utc(row.zone),
        consent=Consent(row.consent),
        per_week=row.per_week,
        starts=row.starts,
        ends=row.ends,
        stopped=frozenset(row.stopped or ()),
        is_stopped=bool(row.is_stopped),
    )
