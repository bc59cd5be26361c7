"""Writing the rooms, members and messages of an export into the tables.

What is here already is known by the platform's ids and stays as it is: who opted out here is out, and
what was deleted here stays deleted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import (
    Account,
    AccountRef,
    CommunityId,
    Consent,
    MemberId,
    SpaceRef,
)
from learncomm_agent.moving.records import MemberRecord, MessageRecord, OutRecord, RoomRecord
from learncomm_agent.storage import communities as communities_of
from learncomm_agent.storage import consents
from learncomm_agent.storage import members as members_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.import_rows import insert
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import accounts, communities, members, messages, rooms

NEVER = datetime.max.replace(tzinfo=UTC)
"""Since when something of somebody may be here who is out."""


def set_reaction(conn: Connection, community: CommunityId, reaction: str | None) -> None:
    """Take over which reaction adds to the library, where none was chosen here."""
    mine = sa.update(communities).where(
        communities.c.id == community, communities.c.reaction.is_(None)
    )
    conn.execute(mine.values(reaction=reaction))


def add_room(conn: Connection, community: CommunityId, record: RoomRecord) -> tuple[int, bool]:
    """Return the id of a room, made if need be, and whether messages may come into it.

    Raises:
        LookupError: Its space belongs to another community here.
    """
    ref = SpaceRef(record.platform, record.space)
    found = communities_of.of_space(conn, ref)
    space, owner = found or (communities_of.add_space(conn, community, ref), community)
    if owner != community:
        raise LookupError(communities_of.get(conn, owner).slug)
    here = sa.select(rooms.c.id, rooms.c.is_read).where(
        rooms.c.space_id == space, rooms.c.platform_id == record.platform_id
    )
    row = conn.execute(here).first()
    if row is not None:
        return row.id, row.is_read
    taken_over = ("platform_id", "name", "kind", "parent", "language", "retention_days", "links")
    values: dict[str, object] = {name: getattr(record, name) for name in taken_over}
    # What a leader opened was told to the room by another agent; here a leader opens it anew.
    values["is_read"] = record.is_read and record.reading is None
    made = {"community_id": community, "space_id": space, **values}
    return insert(conn, rooms, record.id, made), True


@dataclass(frozen=True, slots=True)
class Person:
    """A member as they are here."""

    id: MemberId
    accounts: dict[int, int]
    """The ids of their accounts, by those given."""
    since: datetime
    """Nothing of theirs that is older may be here."""


def add_member(conn: Connection, community: CommunityId, record: MemberRecord) -> Person:
    """Return a member, made if need be, with all their accounts."""
    known: dict[int, int] = {}
    member = None
    for account in record.accounts:
        row = conn.execute(
            sa.select(accounts.c.id, accounts.c.member_id).where(
                accounts.c.community_id == community,
                accounts.c.platform == account.platform,
                accounts.c.platform_id == account.platform_id,
            )
        ).first()
        if row is not None:
            known[account.id] = row.id
            member = member or row.member_id
    if member is None and not record.accounts:
        here = sa.select(members.c.id).where(
            members.c.community_id == community,
            members.c.name == record.name,
            members.c.created_at == record.created_at,
        )
        member = conn.execute(here).scalar()
    if member is None:
        values = {"name": record.name, "consent": record.consent, "created_at": record.created_at}
        made = {"community_id": community, **values}
        member = insert(conn, members, record.id, made)
    for account in record.accounts:
        if account.id not in known:
            values = account.model_dump(exclude={"id"})
            made = {"community_id": community, "member_id": member, **values}
            known[account.id] = insert(conn, accounts, account.id, made)
    id = MemberId(member)
    is_out = members_of.get(conn, id).consent is Consent.OUT
    return Person(id, known, NEVER if is_out else consents.out_until(conn, id))


def add_out(conn: Connection, community: CommunityId, record: OutRecord, now: datetime) -> None:
    """Keep that somebody opted out who is not known here yet; who is, has chosen here."""
    ref = AccountRef(record.platform, record.platform_id)
    if members_of.find_account(conn, community, ref) is None:
        _, member = members_of.ensure_account(conn, community, Account(ref, ""), now)
        members_of.set_consent(conn, member, Consent.OUT)


def find_messages(
    conn: Connection, room: int, platform_ids: Collection[str]
) -> dict[str, int | None]:
    """Return those messages that are here, by the platform's id; None for one that was deleted."""
    here = sa.select(messages.c.platform_id, messages.c.id, messages.c.state).where(
        messages.c.room_id == room, messages.c.platform_id.in_(platform_ids)
    )
    return {
        row.platform_id: None if row.state == State.DELETED else row.id
        for row in conn.execute(here)
    }


def add_messages(
    conn: Connection,
    community: CommunityId,
    room: int,
    records: Sequence[tuple[MessageRecord, int]],
) -> None:
    """Keep messages that are not here yet, each with the account that wrote it here."""
    ids = [record.id for record, _ in records]
    taken = set(conn.execute(sa.select(messages.c.id).where(messages.c.id.in_(ids))).scalars())
    for record, account in records:
        row = {
            "id": None if record.id in taken else record.id,
            "community_id": community,
            "room_id": room,
            "platform_id": record.platform_id,
            "account_id": account,
            "state": State.KEPT,
            "text": record.text,
            "revision": record.revision,
            "posted_at": record.time,
            "edited_at": record.edited_at,
            "reply_to": record.reply_to,
            "is_addressed": record.is_addressed,
            "attachments": record.attachments
            and [each.model_dump() for each in record.attachments],
        }
        conn.execute(sa.insert(messages).values(row))
