"""Members and the accounts that they write from."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import (
    Account,
    AccountId,
    AccountRef,
    CommunityId,
    Consent,
    Member,
    MemberId,
)
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, members

_LEADS = sa.exists().where(accounts.c.member_id == members.c.id, accounts.c.is_leader)
_MEMBERS = sa.select(members, _LEADS.label("is_leader")).where(
    members.c.id.in_(sa.bindparam("these", expanding=True))
)


def find_account(
    conn: Connection, community: CommunityId, ref: AccountRef
) -> tuple[AccountId, MemberId] | None:
    """Return the ids of an account and of its member; None where it is not known."""
    known = sa.select(accounts.c.id, accounts.c.member_id).where(
        accounts.c.community_id == community,
        accounts.c.platform == ref.platform,
        accounts.c.platform_id == ref.id,
    )
    row = conn.execute(known).first()
    return None if row is None else (AccountId(row[0]), MemberId(row[1]))


def ensure_account(
    conn: Connection, community: CommunityId, account: Account, now: datetime
) -> tuple[AccountId, MemberId]:
    """Return the ids of an account and its member, both made if need be, named as they are now."""
    known = find_account(conn, community, account.ref)
    if known is None:
        known = _add(conn, community, account, now)
    else:
        named = {
            "name": account.name,
            "is_bot": account.is_bot,
            "is_leader": account.is_leader,
        }
        conn.execute(sa.update(accounts).where(accounts.c.id == known[0]).values(**named))
        person = sa.update(members).where(members.c.id == known[1])
        conn.execute(person.values(name=account.name))
    return known


def account_on(conn: Connection, member: MemberId, platform: str) -> AccountRef | None:
    """Return the account that a member has on a platform; None where there is none."""
    mine = sa.select(accounts.c.platform_id).where(
        accounts.c.member_id == member, accounts.c.platform == platform
    )
    id = conn.execute(mine.order_by(accounts.c.id)).scalar()
    return None if id is None else AccountRef(platform, id)


def accounts_of(conn: Connection, member: MemberId) -> dict[AccountRef, str]:
    """Return the accounts of a member with their names, in the order in which they came to be known."""
    mine = sa.select(accounts.c.platform, accounts.c.platform_id, accounts.c.name)
    found = conn.execute(mine.where(accounts.c.member_id == member).order_by(accounts.c.id))
    return {AccountRef(row[0], row[1]): row[2] for row in found}


def name_of(conn: Connection, account: AccountId) -> str | None:
    """Return how an account is shown to others; None where it is not known any more."""
    return conn.execute(sa.select(accounts.c.name).where(accounts.c.id == account)).scalar()


def linked(conn: Connection, community: CommunityId, ref: AccountRef) -> list[AccountRef]:
    """Return all accounts of whoever has one of them, that one first."""
    known = find_account(conn, community, ref)
    theirs = [] if known is None else list(accounts_of(conn, known[1]))
    return [ref, *(each for each in theirs if each != ref)]


def get(conn: Connection, member: MemberId) -> Member:
    """Return a member by their id."""
    return _member(conn.execute(_MEMBERS, {"these": [member]}).one())


def get_many(conn: Connection, these: Collection[MemberId]) -> dict[MemberId, Member]:
    """Return members by their ids."""
    found = map(_member, conn.execute(_MEMBERS, {"these": list(these)}))
    return {each.id: each for each in found}


def set_consent(conn: Connection, member: MemberId, consent: Consent) -> None:
    """Keep what a member allows from now on; who lets less be found is named to nobody either."""
    allowed: dict[str, object] = {"consent": consent}
    if consent is not Consent.IN:
        allowed["is_named"] = False
    conn.execute(sa.update(members).where(members.c.id == member).values(**allowed))


def set_naming(conn: Connection, member: MemberId, *, is_named: bool) -> None:
    """Keep whether a member agrees to be named where somebody asks about what they may know."""
    conn.execute(sa.update(members).where(members.c.id == member).values(is_named=is_named))


def set_timezone(conn: Connection, member: MemberId, timezone: str | None) -> None:
    """Keep in which zone a member lives; in the community's where None."""
    conn.execute(sa.update(members).where(members.c.id == member).values(timezone=timezone))


def is_thanked(conn: Connection, member: MemberId) -> bool:
    """Whether a member may be thanked before others."""
    return bool(
        conn.execute(sa.select(members.c.is_thanked).where(members.c.id == member)).scalar()
    )


def set_language(conn: Connection, member: MemberId, language: str | None) -> None:
    """Keep what language a member wishes to be answered in."""
    conn.execute(sa.update(members).where(members.c.id == member).values(language=language))


def names(conn: Connection, community: CommunityId) -> dict[int, str]:
    """Return the present name of each account of a community, by the account's row id."""
    named = sa.select(accounts.c.id, accounts.c.name).where(accounts.c.community_id == community)
    return dict(conn.execute(named).all())


def _member(row: sa.Row[*tuple[Any, ...]]) -> Member:
    return Member(
        id=MemberId(row.id),
        community=CommunityId(row.community_id),
        name=row.name,
        consent=Consent(row.consent),
        is_leader=bool(row.is_leader),
        language=row.language,
        timezone=row.timezone,
        is_named=row.is_named,
    )


def _add(
    conn: Connection, community: CommunityId, account: Account, now: datetime
) -> tuple[AccountId, MemberId]:
    person = sa.insert(members).values(
        community_id=community,
        name=account.name,
        consent=Consent.IN,
        created_at=now,
    )
    member = conn.execute(person.returning(members.c.id)).scalar_one()
    added = sa.insert(accounts).values(
        community_id=community,
        member_id=member,
        platform=account.ref.platform,
        platform_id=account.ref.id,
        name=account.name,
        is_bot=account.is_bot,
        is_leader=account.is_leader,
    )
    return AccountId(conn.execute(added.returning(accounts.c.id)).scalar_one()), MemberId(member)
