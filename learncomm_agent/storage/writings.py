"""What was written for people, line by line, and what each line rests on.

A line is a row of `items`; a row of `rests_on` ties it to a message and its revision, or to a span of
a resource's revision. When the evidence goes, the line goes, and the posts that showed it are edited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.errors import OutdatedError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import lexical, messages, resources
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.drafts import State
from learncomm_agent.storage.schema import items, rests_on, shares, writings
from learncomm_agent.storage.schema import messages as said
from learncomm_agent.storage.schema_writing import drafts, edits


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a line rests on: a message, or a span of a resource."""

    quote: str
    revision: int
    message: MessageId | None = None
    resource: ResourceId | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a writing, in its JSON form."""

    section: str
    content: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    id: int = field(default=0, compare=False)
    """Its row, once it is kept."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Something that was written for people."""

    community: CommunityId
    kind: str
    """`search`, `answer`, `questions`, `summary` … as `writing.layout` knows them."""
    room: RoomId | None
    member: MemberId | None
    is_private: bool
    request: Mapping[str, Any]
    """What was asked, so that it can be done again for other readers."""
    header: Mapping[str, Any]
    """What stands beside the lines: title, method, coverage."""
    trace: Mapping[str, Any]
    """How it came about, for `why`."""
    lines: tuple[Line, ...]
    lost: int = 0
    """Lines that are gone because what they rested on is gone."""
    id: int = 0
    verdict: str | None = None


_AS_MUCH_AS_STANDS = frozenset({"thanks", "promised"})
"""Kinds of which those lines are kept whose evidence is there; of others all or nothing."""


def asked_as(written: Writing, first: Writing) -> Writing:
    """Return what is written again, with who asked for it at first and by which message.

    So it goes with them, whoever has it written again.
    """
    asking = {"message": first.trace.get("message")}
    return replace(written, member=first.member, trace={**written.trace, **asking})


def add(conn: Connection, writing: Writing, now: datetime) -> int:
    """Keep a writing with its lines and their evidence; return its row id.

    Raises:
        OutdatedError: Evidence was changed or deleted while it was written: it must be written anew.
    """
    writing = _standing(conn, writing)
    made = sa.insert(writings).values(
        community_id=writing.community,
        kind=writing.kind,
        room_id=writing.room,
        member_id=writing.member,
        is_private=writing.is_private,
        request=dict(writing.request),
        content=dict(writing.header),
        trace=dict(writing.trace),
        lost=writing.lost,
        created_at=now,
    )
    id: int = conn.execute(made.returning(writings.c.id)).scalar_one()
    for line in writing.lines:
        add_line(conn, id, line)
    return id


def get(conn: Connection, id: int, community: CommunityId) -> Writing | None:
    """Return a writing of a community with the lines that are left."""
    row = conn.execute(
        sa.select(writings).where(writings.c.id == id, writings.c.community_id == community)
    ).first()
    if row is None:
        return None
    lines = conn.execute(
        sa.select(items).where(items.c.writing_id == id).order_by(items.c.id)
    ).all()
    evidence: dict[int, list[Evidence]] = {line.id: [] for line in lines}
    held = sa.select(rests_on).where(rests_on.c.item_id.in_(list(evidence)))
    for held_row in conn.execute(held.order_by(sa.text("rowid"))):
        evidence[held_row.item_id].append(_evidence(held_row))
    return Writing(
        community=CommunityId(row.community_id),
        kind=row.kind,
        room=row.room_id,
        member=row.member_id,
        is_private=row.is_private,
        request=row.request,
        header=row.content,
        trace=row.trace,
        lines=tuple(
            Line(line.section, line.content, tuple(evidence[line.id]), line.id) for line in lines
        ),
        lost=row.lost,
        id=row.id,
        verdict=row.verdict,
    )


def judge(conn: Connection, id: int, verdict: str) -> None:
    """Keep what somebody said of a writing."""
    conn.execute(sa.update(writings).where(writings.c.id == id).values(verdict=verdict))


def verdicts(conn: Connection, community: CommunityId) -> dict[str, int]:
    """Return how often each verdict was given."""
    count = (
        sa.select(writings.c.verdict, sa.func.count())
        .where(writings.c.community_id == community, writings.c.verdict.is_not(None))
        .group_by(writings.c.verdict)
    )
    return {verdict: number for verdict, number in conn.execute(count) if verdict}


def last_of(
    conn: Connection, member: MemberId, *, room: RoomId | None = None, kinds: Sequence[str]
) -> Writing | None:
    """Return the newest thing of some kinds that was written for a member, in one room if named."""
    mine = sa.select(writings.c.id, writings.c.community_id).where(
        writings.c.member_id == member, writings.c.kind.in_(kinds)
    )
    if room is not None:
        mine = mine.where(writings.c.room_id == room)
    row = conn.execute(mine.order_by(writings.c.id.desc()).limit(1)).first()
    return None if row is None else get(conn, row[0], CommunityId(row[1]))


def questions_asked(
    conn: Connection, community: CommunityId, readable: Readable, *, by_leader: bool = False
) -> frozenset[str]:
    """Return the texts of the discussion questions that an audience could have seen before.

    Those are the ones that were written for a room that it may read, and rest on nothing else than
    resources, and messages of rooms, that it may read; what a leader added, or put in other words; and
    what there was to vote for in such a room, what members added among it. Of what leaders look over
    first, only leaders see drafts that are not published, and what was struck or put in other words.

    Args:
        conn: The transaction to read in.
        community: Whose questions.
        readable: What the audience may read.
        by_leader: Whether a leader asks, and a leader alone is told.
    """
    held = rests_on.c.item_id == items.c.id
    is_shared = sa.or_(
        sa.exists().where(
            shares.c.resource_id == rests_on.c.resource_id, lexical.is_open(readable)
        ),
        sa.exists().where(
            said.c.id == rests_on.c.message_id, lexical.is_said_in(said.c.room_id, readable)
        ),
    )
    is_added = items.c.content["is_added"].as_boolean().is_(True)
    is_voted = items.c.section == "options"  # as `storage.ballots` names it, which builds on this
    every = edits.alias()
    last = sa.select(sa.func.max(every.c.id)).where(every.c.item_id == items.c.id)
    edit = edits.c.item_id == items.c.id if by_leader else edits.c.id == last.scalar_subquery()
    asked = (
        sa.select(items.c.content, edits.c.text)
        .join(writings)
        .outerjoin(edits, edit)
        .where(
            writings.c.community_id == community,
            writings.c.kind.in_(("questions", "ballot", "tally")),
            lexical.is_for(readable),
            sa.or_(sa.exists().where(held), is_added, is_voted),
            ~sa.exists().where(held, ~is_shared),
        )
    )
    if by_leader:
        rows = conn.execute(asked).all()
        return frozenset(text for row in rows for text in (row[0]["text"], row[1]) if text)
    is_draft = sa.exists().where(
        drafts.c.writing_id == writings.c.id, drafts.c.state != State.PUBLISHED
    )
    shown = asked.where(~is_draft, edits.c.is_struck.is_not(True))
    return frozenset(text for row in conn.execute(shown) if (text := row[1] or row[0]["text"]))


def add_line(conn: Connection, writing: int, line: Line) -> int:
    """Add a line to a writing; return its row id."""
    made = sa.insert(items).values(
        writing_id=writing, section=line.section, content=dict(line.content)
    )
    item: int = conn.execute(made.returning(items.c.id)).scalar_one()
    rows = [
        {
            "item_id": item,
            "message_id": evidence.message,
            "resource_id": evidence.resource,
            "revision": evidence.revision,
            "start": evidence.start,
            "end": evidence.end,
            "quote": evidence.quote,
        }
        for evidence in line.evidence
    ]
    if rows:
        conn.execute(sa.insert(rests_on), rows)
    return item


def _standing(conn: Connection, writing: Writing) -> Writing:
    """Return a writing whose evidence is all there; of some kinds, what is left of it.

    Raises:
        OutdatedError: Some of it is not.
    """
    if _stands(conn, [evidence for line in writing.lines for evidence in line.evidence]):
        return writing
    if writing.kind not in _AS_MUCH_AS_STANDS:
        raise OutdatedError("the evidence of a line has gone")
    left = tuple(line for line in writing.lines if _stands(conn, line.evidence))
    return replace(writing, lines=left, lost=len(writing.lines) - len(left))


def _stands(conn: Connection, held: Sequence[Evidence]) -> bool:
    """Whether all of it is there now, in the revision that was read."""
    in_messages = {each.message for each in held if each.message is not None}
    in_resources = {each.resource for each in held if each.resource is not None}
    said = messages.texts(conn, sorted(in_messages))
    shared = resources.revisions(conn, sorted(in_resources))
    return all(
        (each.message is None or said.get(each.message, ("", None))[1] == each.revision)
        and (each.resource is None or shared.get(each.resource) == each.revision)
        for each in held
    )


def _evidence(row: Any) -> Evidence:
    return Evidence(
        quote=row.quote,
        revision=row.revision,
        message=row.message_id,
        resource=row.resource_id,
        start=row.start,
        end=row.end,
    )
