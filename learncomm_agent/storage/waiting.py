"""Messages to single members that wait in the outbox: what each is about, so that it can be taken back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.nudges import Row
from learncomm_agent.storage.schema import work, writings
from learncomm_agent.storage.schema_nudges import nudged

LANE = "nudge to:"
"""What their lanes begin with; the member's row follows."""
_AFTER = "nudge to;"
"""The first lane behind all of theirs."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of which a message speaks."""

    kind: str
    subject: int
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not been sent."""

    row: int
    """Of the outbox."""
    community: CommunityId
    member: MemberId
    sent: int
    """The row by which it is counted."""
    at: datetime
    """When it was put there."""
    writing: int | None
    parts: tuple[Part, ...]


_WAITING = sa.select(work.c.id, work.c.lane, work.c.args).where(
    IS_OPEN,
    work.c.name == "post",
    sa.or_(
        work.c.leased_until.is_(None),
        work.c.leased_until <= sa.bindparam("now", type_=work.c.due.type),
    ),
)
_OF_ONE = _WAITING.where(work.c.lane == sa.bindparam("lane"))
_OF_ALL = _WAITING.where(work.c.lane > LANE, work.c.lane < _AFTER)


def lane_to(member: MemberId) -> str:
    """Return the lane in which messages to a member are sent."""
    return f"{LANE}{member}"


def about(sent: int, now: datetime, rows: Iterable[Row]) -> dict[str, Any]:
    """Return what a message is about, as its row in the outbox holds it; no words."""
    of = [
        [each.kind, each.subject, None if each.expires is None else each.expires.timestamp()]
        for each in rows
    ]
    return {"sent": sent, "at": now.timestamp(), "of": of}


def of_row(row: int, lane: str | None, args: Mapping[str, Any] | None) -> Waiting | None:
    """Return what a row of the outbox sends to a member unasked; None where it is no such row."""
    said = None if args is None else args.get("about")
    if args is None or said is None or lane is None or not lane.startswith(LANE):
        return None
    parts = (Part(kind, subject, _moment(expires)) for kind, subject, expires in said["of"])
    return Waiting(
        row,
        CommunityId(args["community"]),
        MemberId(int(lane.removeprefix(LANE))),
        said["sent"],
        datetime.fromtimestamp(said["at"], UTC),
        args["writing"],
        tuple(parts),
    )


def of(conn: Connection, now: datetime, member: MemberId | None = None) -> list[Waiting]:
    """Return what waits for a member, or for anybody, and is not being sent at this moment."""
    said = {"now": now} if member is None else {"now": now, "lane": lane_to(member)}
    rows = conn.execute(_OF_ALL if member is None else _OF_ONE, said).all()
    return [found for row in rows if (found := of_row(*row)) is not None]


def take_back(conn: Connection, it: Waiting) -> None:
    """Send a message no more: it counts for nothing, and what was written for it alone goes."""
    conn.execute(sa.delete(work).where(work.c.id == it.row))
    conn.execute(sa.delete(nudged).where(nudged.c.id == it.sent))
    if it.writing is not None:
        conn.execute(sa.delete(writings).where(writings.c.id == it.writing))


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
