"""What two members who are one person chose and were given between sessions: each stands once, the stricter choice holds."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_matching import avoided, matched, matches, profiles
from learncomm_agent.storage.schema_nudges import nudges, quiet


def once(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Let nothing stand in the way of the one being the other."""
    _one_profile(conn, gone, into)
    _quieter(conn, gone, into)
    _one_match(conn, gone, into)
    _avoid_once(conn, gone, into)
    other = nudges.alias()
    same = sa.exists().where(
        other.c.member_id == into,
        other.c.kind == nudges.c.kind,
        other.c.subject == nudges.c.subject,
    )
    conn.execute(sa.delete(nudges).where(nudges.c.member_id == gone, same))


def _one_profile(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Keep the profile that was changed last; who does not wish to be matched as one is not."""
    both = profiles.c.member_id.in_((gone, into))
    known = conn.execute(sa.select(profiles).where(both).order_by(profiles.c.changed_at)).all()
    if len(known) < 2:
        return
    older, newer = known
    conn.execute(sa.delete(profiles).where(profiles.c.member_id == older.member_id))
    is_open = older.is_open and newer.is_open
    left = sa.update(profiles).where(profiles.c.member_id == newer.member_id)
    conn.execute(left.values(is_open=is_open))


def _quieter(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Send no more than either of them wants."""
    known = {
        row.member_id: row
        for row in conn.execute(sa.select(quiet).where(quiet.c.member_id.in_((gone, into))))
    }
    if len(known) < 2:
        return
    one, other = known[gone], known[into]
    hours = other if other.starts is not None else one
    bounds = [each for each in (one.per_week, other.per_week) if each is not None]
    chosen: dict[str, Any] = {
        "per_week": min(bounds, default=None),
        "starts": hours.starts,
        "ends": hours.ends,
        "stopped": sorted({*one.stopped, *other.stopped}),
        "is_stopped": one.is_stopped or other.is_stopped,
    }
    conn.execute(sa.delete(quiet).where(quiet.c.member_id == gone))
    conn.execute(sa.update(quiet).where(quiet.c.member_id == into).values(**chosen))


def _one_match(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Let nobody be matched with themselves; a match in which nobody else was is none."""
    theirs = sa.select(matched.c.match_id).where(matched.c.member_id == into)
    twice = sa.delete(matched).where(matched.c.member_id == gone, matched.c.match_id.in_(theirs))
    shared = list(conn.execute(twice.returning(matched.c.match_id)).scalars())
    others = sa.exists().where(matched.c.match_id == matches.c.id, matched.c.member_id != into)
    conn.execute(sa.delete(matches).where(matches.c.id.in_(shared), ~others))


def _avoid_once(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Let nobody avoid themselves, or another twice."""
    both = (gone, into)
    oneself = sa.and_(avoided.c.member_id.in_(both), avoided.c.other_id.in_(both))
    conn.execute(sa.delete(avoided).where(oneself))
    for mine, theirs in (
        (avoided.c.member_id, avoided.c.other_id),
        (avoided.c.other_id, avoided.c.member_id),
    ):
        known = sa.select(theirs).where(mine == into)
        conn.execute(sa.delete(avoided).where(mine == gone, theirs.in_(known)))


def for_both(conn: Connection, one: MemberId, other: MemberId) -> None:
    """Let what one person chose hold for another who was the same until now: whom to avoid, and how much to send."""
    for row in conn.execute(sa.select(quiet).where(quiet.c.member_id == one)).mappings().all():
        conn.execute(sa.insert(quiet).values({**row, "member_id": other}))
    for name in ("member_id", "other_id"):
        known = sa.select(avoided).where(avoided.c[name] == one)
        for row in conn.execute(known).mappings().all():
            conn.execute(sa.insert(avoided).values({**row, name: other}))
