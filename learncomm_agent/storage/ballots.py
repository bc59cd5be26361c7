"""Votes on discussion questions: where one is open, what stands to choose, and who chose and added it.

A ballot is a writing of the kind `ballot`, each question one of its lines. What came of it is another
one, of the kind `tally`. Who voted for what is kept until the vote is counted, and not a moment longer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.errors import StorageError
from learncomm_agent.storage import writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import mark_changed
from learncomm_agent.storage.schema import items
from learncomm_agent.storage.schema import writings as writing_rows
from learncomm_agent.storage.schema_writing import ballots, proposals, votes
from learncomm_agent.storage.writings import Line

BALLOT, TALLY = "ballot", "tally"
"""The kinds of writings that show a vote and what came of it."""
OPTIONS = "options"
"""The section of the questions in both."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote of a room on some questions."""

    writing: int
    """What shows it."""
    community: CommunityId
    room: RoomId
    most: int
    """For how many questions one member may vote."""
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it can be voted on."""
        return self.closed_at is None and now < self.closes_at


@dataclass(frozen=True, slots=True)
class Option:
    """A question to vote for."""

    item: int
    number: int
    """By which it is called; drawn by lot, and never given to another one."""
    text: str
    by: MemberId | None
    """Who added it; None where it was there from the beginning."""
    is_named: bool = False
    """Whether they wish to be named once the vote is over."""


def add(conn: Connection, ballot: Ballot) -> None:
    """Open a vote.

    Raises:
        StorageError: One was opened in that room meanwhile.
    """
    if open_in(conn, [ballot.room]):
        raise StorageError("a vote was opened there meanwhile")
    conn.execute(
        sa.insert(ballots).values(
            writing_id=ballot.writing,
            community_id=ballot.community,
            room_id=ballot.room,
            most=ballot.most,
            opened_at=ballot.opened_at,
            closes_at=ballot.closes_at,
        )
    )


def get(conn: Connection, writing: int, community: CommunityId) -> Ballot | None:
    """Return a vote of a community by the writing that shows it."""
    row = conn.execute(
        sa.select(ballots).where(
            ballots.c.writing_id == writing, ballots.c.community_id == community
        )
    ).first()
    return None if row is None else _ballot(row)


def open_in(conn: Connection, rooms: Collection[RoomId]) -> list[Ballot]:
    """Return the votes that nobody has closed in these rooms, oldest first."""
    here = sa.select(ballots).where(ballots.c.room_id.in_(rooms), ballots.c.closed_at.is_(None))
    return [_ballot(row) for row in conn.execute(here.order_by(ballots.c.writing_id))]


def options(conn: Connection, writing: int) -> list[Option]:
    """Return what there is to vote for, by number."""
    there = (
        sa.select(items.c.id, items.c.content, proposals.c.member_id)
        .outerjoin(proposals, proposals.c.item_id == items.c.id)
        .where(items.c.writing_id == writing, items.c.section == OPTIONS)
    )
    found = [
        Option(row.id, row.content["n"], row.content["text"], row.member_id, _is_named(row.content))
        for row in conn.execute(there)
    ]
    return sorted(found, key=lambda each: each.number)


def propose(
    conn: Connection,
    ballot: Ballot,
    line: Line,
    *,
    by: MemberId,
    now: datetime,
) -> None:
    """Add a member's question."""
    item = writings.add_line(conn, ballot.writing, line)
    own(conn, item, by, now)
    tell(conn, ballot.writing, drawn=[*drawn(conn, ballot.writing), line.content["n"]])


def own(conn: Connection, item: int, by: MemberId, now: datetime) -> None:
    """Keep that a line holds a member's question."""
    made = sa.insert(proposals).values(item_id=item, member_id=by, proposed_at=now)
    conn.execute(made)


def name(conn: Connection, item: int, *, is_named: bool) -> None:
    """Keep whether a member wishes to be named with their question."""
    known = items.c.id == item
    content = dict(conn.execute(sa.select(items.c.content).where(known)).scalar_one())
    conn.execute(sa.update(items).where(known).values(content={**content, "is_named": is_named}))


def tell(conn: Connection, writing: int, **said: Any) -> None:
    """Have a writing say something else beside its lines; nothing where it is gone."""
    header = {**_header(conn, writing), **said}
    known = writing_rows.c.id == writing
    conn.execute(sa.update(writing_rows).where(known).values(content=header))
    mark_changed(conn, [writing])


def drawn(conn: Connection, writing: int) -> list[int]:
    """Return the numbers that were given to questions of a vote, gone ones among them."""
    return list(_header(conn, writing).get("drawn", ()))


def guide_of(conn: Connection, writing: int) -> int | None:
    """Return the questions on which a vote was opened."""
    guide: int | None = _header(conn, writing).get("guide")
    return guide


def strike(conn: Connection, item: int) -> None:
    """Take a question out, with the votes for it."""
    conn.execute(sa.delete(items).where(items.c.id == item))


def vote(
    conn: Connection, ballot: Ballot, member: MemberId, chosen: Collection[int], now: datetime
) -> None:
    """Let a member have voted for these lines of a ballot and no others."""
    there = sa.select(items.c.id).where(items.c.writing_id == ballot.writing)
    mine = sa.and_(votes.c.member_id == member, votes.c.item_id.in_(there))
    conn.execute(sa.delete(votes).where(mine))
    rows = [{"item_id": item, "member_id": member, "voted_at": now} for item in chosen]
    if rows:
        conn.execute(sa.insert(votes), rows)


def voted_for(conn: Connection, writing: int, member: MemberId) -> set[int]:
    """Return the lines of a ballot that a member votes for."""
    mine = (
        sa.select(votes.c.item_id)
        .join(items, items.c.id == votes.c.item_id)
        .where(items.c.writing_id == writing, votes.c.member_id == member)
    )
    return set(conn.execute(mine).scalars())


def counts(conn: Connection, writing: int) -> tuple[Mapping[int, int], int]:
    """Return how many votes each line has, and how many members have voted."""
    cast = (
        sa.select(votes.c.item_id, votes.c.member_id)
        .join(items)
        .where(items.c.writing_id == writing)
    )
    rows = conn.execute(cast).all()
    found: dict[int, int] = {}
    for row in rows:
        found[row.item_id] = found.get(row.item_id, 0) + 1
    return found, len({row.member_id for row in rows})


def close(conn: Connection, ballot: Ballot, now: datetime, *, is_counted: bool) -> None:
    """End a vote; who voted for what goes. `is_counted` says whether a result is shown.

    Raises:
        StorageError: Somebody closed it meanwhile.
    """
    ended = sa.update(ballots).where(
        ballots.c.writing_id == ballot.writing, ballots.c.closed_at.is_(None)
    )
    if not conn.execute(ended.values(closed_at=now)).rowcount:
        raise StorageError("the vote was closed meanwhile")
    _drop_votes(conn, ballots.c.writing_id == ballot.writing)
    tell(conn, ballot.writing, is_closed=True, is_counted=is_counted)


def drop_of(conn: Connection, member: MemberId) -> tuple[int, ...]:
    """Drop a member's votes and questions; return the writings that showed these."""
    conn.execute(sa.delete(votes).where(votes.c.member_id == member))
    mine = sa.select(proposals.c.item_id).where(proposals.c.member_id == member)
    return _drop(conn, mine)


def drop_in(conn: Connection, rooms: Collection[RoomId], now: datetime) -> tuple[int, ...]:
    """End the votes of rooms uncounted, and drop what members added there; return what showed that."""
    here = ballots.c.room_id.in_(rooms)
    _drop_votes(conn, here)
    ended = sa.update(ballots).where(here, ballots.c.closed_at.is_(None)).values(closed_at=now)
    shown = set(conn.execute(ended.returning(ballots.c.writing_id)).scalars())
    for writing in tuple(shown):
        tell(conn, writing, is_closed=True)
        if (guide := guide_of(conn, writing)) is not None:
            tell(conn, guide, is_voted=False)
            shown.add(guide)
    said = (
        sa.select(proposals.c.item_id)
        .join(items, items.c.id == proposals.c.item_id)
        .join(writing_rows, writing_rows.c.id == items.c.writing_id)
        .where(writing_rows.c.room_id.in_(rooms))
    )
    return tuple(sorted(shown.union(_drop(conn, said))))


def _drop(conn: Connection, these: sa.Select[tuple[int]]) -> tuple[int, ...]:
    """Drop lines, and keep of each writing how many it has lost."""
    gone = sa.delete(items).where(items.c.id.in_(these)).returning(items.c.writing_id)
    lost: Sequence[int] = conn.execute(gone).scalars().all()
    for writing in set(lost):
        less = sa.update(writing_rows).where(writing_rows.c.id == writing)
        conn.execute(less.values(lost=writing_rows.c.lost + lost.count(writing)))
    return tuple(sorted(set(lost)))


def _drop_votes(conn: Connection, these: sa.ColumnElement[bool]) -> None:
    cast = sa.select(items.c.id).join(ballots, ballots.c.writing_id == items.c.writing_id)
    conn.execute(sa.delete(votes).where(votes.c.item_id.in_(cast.where(these))))


def _header(conn: Connection, writing: int) -> dict[str, Any]:
    known = sa.select(writing_rows.c.content).where(writing_rows.c.id == writing)
    return dict(conn.execute(known).scalar() or {})


def _is_named(content: Mapping[str, Any]) -> bool:
    return bool(content.get("is_named"))


def _ballot(row: sa.Row[*tuple[Any, ...]]) -> Ballot:
    return Ballot(
        writing=row.writing_id,
        community=CommunityId(row.community_id),
        room=RoomId(row.room_id),
        most=row.most,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
    )
