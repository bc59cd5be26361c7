"""Lines of published summaries, told again in digests: each rests on what the first one rested on.

So it goes with what that goes with. Members who are read for summaries alone are not quoted here.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId, Consent
from learncomm_agent.storage import edits, lexical, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.digests import DECIDED, DIGEST, LEARNT, OPEN, Span, community_of
from learncomm_agent.storage.lines import drop_lines, mark_changed
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import (
    accounts,
    items,
    members,
    messages,
    resources,
    rests_on,
    shares,
)
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.schema_writing import drafts, speakers
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.items import ItemKind

_SECTIONS: Mapping[str, str] = {
    ItemKind.KEY_POINT: LEARNT,
    ItemKind.INSIGHT: LEARNT,
    ItemKind.DECISION: DECIDED,
    ItemKind.OPEN_QUESTION: OPEN,
}
_REMEMBERED = timedelta(weeks=26)
"""What no summary said for so long may be told once more."""
_LOOKED_AT = 40
"""So many summaries, the newest."""
_Place = tuple[str, int | None, int | None, int]
"""Which section a line is of, and the first thing that it rests on."""


def told(conn: Connection, community: CommunityId, span: Span, readable: Readable) -> list[Line]:
    """Return what published summaries say was learnt, decided and left open: the first of each, newest first.

    Each line rests on what it rested on there; one that a leader added rests on nothing, and is left out.
    So is what an earlier summary said already: one of a whole room says it again each time.
    """
    before = _said_before(conn, community, span)
    written = _published(conn, community, span, readable)
    lines = [(each.id, line) for each in written for line in each.lines if _may_be_told(line)]
    quotable = _quotable(conn, [each for _, line in lines for each in line.evidence], readable)
    found: list[tuple[int, Line]] = []
    ranks = Counter[tuple[int, str]]()
    for writing, line in lines:
        place = _place(line)
        if place not in before and all(_key(each) in quotable for each in line.evidence):
            before.add(place)
            content = {name: each for name, each in line.content.items() if name != "n"}
            section = _SECTIONS[line.section]
            told_again = Line(section, {**content, "of": line.id}, line.evidence)
            found.append((ranks[writing, section], told_again))
            ranks[writing, section] += 1
    # So that one long summary does not take the place of all others.
    return [line for _, line in sorted(found, key=lambda each: each[0])]


def _may_be_told(line: Line) -> bool:
    """Whether somebody said it, no leader struck it, and nobody has to doubt it."""
    content = line.content
    is_sure = not (content.get("is_struck") or content.get("doubt"))
    return line.section in _SECTIONS and bool(line.evidence) and is_sure


def _place(line: Line) -> _Place:
    first = line.evidence[0]
    return _SECTIONS[line.section], first.message, first.resource, first.start


def _said_before(conn: Connection, community: CommunityId, span: Span) -> set[_Place]:
    """Return what summaries said that were published before."""
    told = (
        sa.select(
            items.c.section,
            rests_on.c.message_id,
            rests_on.c.resource_id,
            rests_on.c.start,
            sa.func.min(sa.literal_column("rests_on.rowid")),  # of each line its first evidence
        )
        .join_from(items, rests_on)
        .join(rows, rows.c.id == items.c.writing_id)
        .outerjoin(drafts, drafts.c.writing_id == rows.c.id)
        .where(
            *_is_published(community),
            _AT.between(span.since - _REMEMBERED, span.since - timedelta.resolution),
            items.c.section.in_(list(_SECTIONS)),
        )
        .group_by(items.c.id)
    )
    return {(_SECTIONS[row[0]], row[1], row[2], row[3]) for row in conn.execute(told)}


_AT = sa.func.coalesce(drafts.c.decided_at, rows.c.created_at)


def _is_published(community: CommunityId) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        rows.c.community_id == community,
        rows.c.kind == "summary",
        rows.c.is_private.is_(False),
        sa.or_(drafts.c.state.is_(None), drafts.c.state == "published"),
    )


def _published(
    conn: Connection, community: CommunityId, span: Span, readable: Readable
) -> Iterator[Writing]:
    in_span = _AT.between(span.since, span.until - timedelta.resolution)
    told = (
        sa.select(rows.c.id)
        .outerjoin(drafts, drafts.c.writing_id == rows.c.id)
        .where(*_is_published(community), in_span, lexical.is_for(readable))
        .order_by(rows.c.id.desc())
        .limit(_LOOKED_AT)
    )
    for id in conn.execute(told).scalars().all():
        writing = writings.get(conn, id, community)
        if writing is not None:
            yield edits.applied(conn, writing)


def _key(evidence: Evidence) -> tuple[int | None, int | None]:
    return evidence.message, evidence.resource


def _quotable(
    conn: Connection, held: Collection[Evidence], readable: Readable
) -> set[tuple[int | None, int | None]]:
    """Return what of this an audience may read, and nobody said who is read for summaries alone."""
    said = messages.outerjoin(accounts, accounts.c.id == messages.c.account_id)
    said = said.outerjoin(members, members.c.id == accounts.c.member_id)
    kept = (
        sa.select(messages.c.id)
        .select_from(said)
        .where(
            messages.c.id.in_({each.message for each in held if each.message}),
            messages.c.state == State.KEPT,
            lexical.is_said_in(messages.c.room_id, readable),
            sa.or_(members.c.consent.is_(None), members.c.consent == Consent.IN),
        )
    )
    is_reserved = sa.exists(
        sa.select(speakers.c.name)
        .join(members, members.c.id == speakers.c.member_id)
        .where(speakers.c.resource_id == resources.c.id, members.c.consent != Consent.IN)
    )
    recorded = (
        sa.select(resources.c.id)
        .join(shares, shares.c.resource_id == resources.c.id)
        .where(
            resources.c.id.in_({each.resource for each in held if each.resource}),
            lexical.is_ground(readable),
            ~is_reserved,
        )
    )
    return {
        *((id, None) for id in conn.execute(kept).scalars()),
        *((None, id) for id in conn.execute(recorded).scalars()),
    }


def retold(conn: Connection, writing: int) -> tuple[int, ...]:
    """Let digests follow what a leader made later of a summary; return those that are to be shown otherwise."""
    found = writings.get(conn, writing, community_of(conn, writing))
    lines = () if found is None else edits.applied(conn, found).lines
    now = {line.id: line.content for line in lines}
    of = items.c.content["of"].as_integer()
    there = (
        sa.select(items.c.id, items.c.writing_id, items.c.content)
        .join(rows, rows.c.id == items.c.writing_id)
        .where(rows.c.id > writing, rows.c.kind == DIGEST, of.in_(list(now)))
    )
    struck, touched = dict[int, int](), set[int]()
    for row in conn.execute(there).all():
        content = now[row.content["of"]]
        if content.get("is_struck"):
            struck[row.id] = row.writing_id
        elif content["text"] != row.content["text"]:
            told = {**row.content, "text": content["text"]}
            conn.execute(sa.update(items).where(items.c.id == row.id).values(content=told))
            touched.add(row.writing_id)
    mark_changed(conn, touched)
    return tuple(sorted(touched.union(drop_lines(conn, struck))))
