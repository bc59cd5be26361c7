"""What leaders put on the page that anybody may read, and what may stand there of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.storage import cards, edits, lexical, state, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.resources import is_page
from learncomm_agent.storage.schema import (
    accounts,
    members,
    messages,
    resources,
    rooms,
    shares,
    spaces,
)
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.schema_growing import publications
from learncomm_agent.storage.schema_writing import drafts, speakers
from learncomm_agent.storage.writings import Writing

_KNOWN = "public page:"
_MOST_LINKS = 200
"""So many links of a room stand on the page, the newest."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One thing on the page: a published summary, or the links of a room."""

    id: int
    community: CommunityId
    writing: int | None
    room: RoomId | None
    """Whose links they are; None of a summary."""
    title: str
    published_at: datetime
    hidden: frozenset[str]
    """Names that stand in its words and are not shown, whoever is called so by now."""


def add(
    conn: Connection,
    community: CommunityId,
    account: AccountId,
    now: datetime,
    title: str,
    *,
    writing: int | None = None,
    room: RoomId | None = None,
) -> Publication | None:
    """Keep that something stands on the page; None where it does already."""
    if find(conn, community, writing=writing, room=room) is not None:
        return None
    made = sa.insert(publications).values(
        community_id=community,
        writing_id=writing,
        room_id=room,
        account_id=account,
        title=title,
        published_at=now,
        hidden=[],
    )
    conn.execute(made)
    return find(conn, community, writing=writing, room=room)


def find(
    conn: Connection,
    community: CommunityId,
    *,
    writing: int | None = None,
    room: RoomId | None = None,
) -> Publication | None:
    """Return one thing on the page: a summary, or the links of a room."""
    it = publications.c.writing_id == writing if writing else publications.c.room_id == room
    row = conn.execute(
        sa.select(publications).where(publications.c.community_id == community, it)
    ).first()
    return None if row is None else _publication(row)


def with_writing(conn: Connection, writing: int) -> CommunityId | None:
    """Return the community on whose page a summary stands; None where it stands on none."""
    on = sa.select(publications.c.community_id).where(publications.c.writing_id == writing)
    found = conn.execute(on).scalar()
    return None if found is None else CommunityId(found)


def hide(conn: Connection, it: Publication, names: Collection[str]) -> None:
    """Keep what names stand in the words of something; none goes that was added since it was read."""
    known = sa.select(publications.c.hidden).where(publications.c.id == it.id)
    now = conn.execute(known).scalar()
    if now is None or (then := {*names, *now} - (it.hidden - {*names})) == {*now}:
        return
    changed = sa.update(publications).where(publications.c.id == it.id)
    conn.execute(changed.values(hidden=sorted(then)))


def resting(conn: Connection, community: CommunityId) -> frozenset[int]:
    """Return what stands on the page of rooms in spaces that the agent was taken out of."""
    of = sa.func.coalesce(publications.c.room_id, rows.c.room_id)
    away = (
        sa.select(publications.c.id)
        .outerjoin(rows, rows.c.id == publications.c.writing_id)
        .join(rooms, rooms.c.id == of)
        .join(spaces, spaces.c.id == rooms.c.space_id)
        .where(publications.c.community_id == community, spaces.c.left_at.is_not(None))
    )
    return frozenset(conn.execute(away).scalars())


def take_off(conn: Connection, id: int) -> None:
    """Take one thing off the page."""
    conn.execute(sa.delete(publications).where(publications.c.id == id))


def of_community(conn: Connection, community: CommunityId) -> list[Publication]:
    """Return all that stands on the page, newest first."""
    kept = sa.select(publications).where(publications.c.community_id == community)
    return [_publication(row) for row in conn.execute(kept.order_by(publications.c.id.desc()))]


def publishable(conn: Connection, community: CommunityId, writing: int) -> Writing | None:
    """Return a summary that stands in a room for all, with what leaders made of it; None of anything else."""
    stands = sa.or_(drafts.c.state.is_(None), drafts.c.state == "published")
    known = (
        sa.select(rows.c.id)
        .outerjoin(drafts, drafts.c.writing_id == rows.c.id)
        .where(
            rows.c.id == writing,
            rows.c.community_id == community,
            rows.c.kind == "summary",
            rows.c.is_private.is_(False),
            rows.c.room_id.is_not(None),
            stands,
        )
    )
    if conn.execute(known).first() is None:
        return None
    found = writings.get(conn, writing, community)
    return None if found is None else edits.applied(conn, found)


def newest(
    conn: Connection, community: CommunityId, readable: Readable, limit: int
) -> list[tuple[Writing, datetime]]:
    """Return the newest summaries that an audience may read and that are not on the page, and when they were written."""
    ids = (
        sa.select(rows.c.id, rows.c.created_at)
        .where(
            rows.c.community_id == community,
            rows.c.kind == "summary",
            rows.c.is_private.is_(False),
            lexical.is_said_in(rows.c.room_id, readable),
            ~sa.exists().where(publications.c.writing_id == rows.c.id),
        )
        .order_by(rows.c.id.desc())
        .limit(4 * limit)
    )
    known = conn.execute(ids).all()
    found = [(publishable(conn, community, row.id), row.created_at) for row in known]
    return [(each, at) for each, at in found if each is not None and each.lines][:limit]


def links_of(conn: Connection, community: CommunityId, room: RoomId) -> list[tuple[str, str, bool]]:
    """Return of pages that were shared with a room title, address, and whether it is there; newest first.

    Of members, only what those shared who are not read for summaries alone.
    """
    there = (
        sa.select(resources.c.id)
        .join(shares, shares.c.resource_id == resources.c.id)
        .outerjoin(members, members.c.id == shares.c.member_id)
        .where(
            resources.c.community_id == community,
            shares.c.room_id == room,
            shares.c.is_held.is_(False),
            sa.or_(shares.c.member_id.is_(None), members.c.consent == Consent.IN),
        )
        .group_by(resources.c.id)
        .order_by(sa.func.min(shares.c.shared_at).desc())
        .limit(_MOST_LINKS)
    )
    ids = list(conn.execute(there).scalars())
    entries = cards.entries(conn, community, ids, Readable(frozenset({room})))
    found = ((each.title, each.address or each.source, not each.gone_at) for each in entries)
    return [each for each in found if is_page(each[1])]


def speakers_of(
    conn: Connection, community: CommunityId, said: Collection[int]
) -> dict[int, tuple[str, bool, bool]]:
    """Return of messages who wrote each: how they are called, whether that may be told, whether they take part."""
    by = (
        sa.select(messages.c.id, accounts.c.name, members.c.is_named, members.c.consent)
        .join(accounts, accounts.c.id == messages.c.account_id)
        .join(members, members.c.id == accounts.c.member_id)
        .where(messages.c.community_id == community, messages.c.id.in_(said))
    )
    return {
        row.id: (row.name, bool(row.is_named), row.consent == Consent.IN)
        for row in conn.execute(by)
    }


def reserved(conn: Connection, records: Collection[int]) -> frozenset[int]:
    """Return those of some records in which somebody speaks who is read for summaries alone, or not at all."""
    spoken = (
        sa.select(speakers.c.resource_id)
        .join(members, members.c.id == speakers.c.member_id)
        .where(speakers.c.resource_id.in_(records), members.c.consent != Consent.IN)
    )
    return frozenset(conn.execute(spoken).scalars())


def hidden_names(
    conn: Connection, community: CommunityId, gone: MemberId | None = None
) -> frozenset[str]:
    """Return what those are called who did not agree to be named: members, and whoever spoke in a record.

    Args:
        conn: The transaction.
        community: Where they are.
        gone: A member who is about to be forgotten, who is not named whatever they had agreed to.
    """
    is_hidden = sa.or_(
        members.c.is_named.is_(False), members.c.consent != Consent.IN, members.c.id == gone
    )
    called = (
        sa.select(accounts.c.name)
        .join(members, members.c.id == accounts.c.member_id)
        .where(members.c.community_id == community, is_hidden)
    )
    also = sa.select(members.c.name).where(members.c.community_id == community, is_hidden)
    spoke = (
        sa.select(speakers.c.name)
        .join(resources, resources.c.id == speakers.c.resource_id)
        .outerjoin(members, members.c.id == speakers.c.member_id)
        .where(resources.c.community_id == community, sa.or_(members.c.id.is_(None), is_hidden))
    )
    found = conn.execute(called.union(also, spoke)).scalars()
    return frozenset(name for name in found if name.strip())


def places(conn: Connection, community: CommunityId) -> frozenset[str]:
    """Return the platforms' ids of rooms and spaces, by which a link into the chat is known."""
    here = sa.select(rooms.c.platform_id).where(rooms.c.community_id == community)
    also = sa.select(spaces.c.platform_id).where(spaces.c.community_id == community)
    return frozenset(conn.execute(here.union(also)).scalars())


def known(conn: Connection, community: CommunityId) -> Mapping[str, Any]:
    """Return what the page was when it was last written; empty where there has been none."""
    found = state.get(conn, f"{_KNOWN}{community}")
    return {} if found is None else found[0]


def keep(conn: Connection, community: CommunityId, page: Mapping[str, Any], now: datetime) -> None:
    """Keep what the page is now."""
    state.put(conn, f"{_KNOWN}{community}", page, now)


def _publication(row: Any) -> Publication:
    return Publication(
        row.id,
        CommunityId(row.community_id),
        row.writing_id,
        None if row.room_id is None else RoomId(row.room_id),
        row.title,
        row.published_at,
        frozenset(row.hidden),
    )
