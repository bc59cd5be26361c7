"""Keys under which somebody is counted without being known, and the counts; both go when the key's time is over.

A mark is made of a key and an account as its platform names it: so it outlasts that somebody opts out,
is erased and comes again. While the key is there, whoever reads the store could try all accounts; once it
is thrown away, nobody can.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import AccountRef, CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, members
from learncomm_agent.storage.schema_feedback import salts, tokens

_BYTES = 32
_SIGNS = 32
_IDS = 2**48


@dataclass(frozen=True, slots=True)
class Salt:
    """A key, for one purpose in one community."""

    id: int
    purpose: str
    key: bytes

    def token(self, account: AccountRef) -> str:
        """Return the mark of an account under this key."""
        named = f"{account.platform}:{account.id}".encode()
        return hmac.new(self.key, named, hashlib.sha256).hexdigest()[:_SIGNS]


def find(conn: Connection, community: CommunityId, purpose: str, now: datetime) -> Salt | None:
    """Return the key for a purpose; None where there is none, or its time is over."""
    known = sa.select(salts).where(
        salts.c.community_id == community, salts.c.purpose == purpose, salts.c.until > now
    )
    row = conn.execute(known).first()
    return None if row is None else Salt(row.id, row.purpose, row.salt)


def make(conn: Connection, community: CommunityId, purpose: str, until: datetime) -> Salt:
    """Make a key for a purpose, in the place of one whose time is over; its id says nothing of when."""
    forget(conn, community, purpose)
    key, id = secrets.token_bytes(_BYTES), 1 + secrets.randbelow(_IDS)
    values = {"id": id, "community_id": community, "purpose": purpose, "salt": key, "until": until}
    conn.execute(sa.insert(salts), values)
    return Salt(id, purpose, key)


def forget(conn: Connection, community: CommunityId, purpose: str) -> bool:
    """Throw a key away, and all counts with it; whether there was one."""
    gone = sa.delete(salts).where(salts.c.community_id == community, salts.c.purpose == purpose)
    return conn.execute(gone).rowcount > 0


def forget_over(conn: Connection, now: datetime) -> int:
    """Throw away the keys whose time is over; return how many."""
    return conn.execute(sa.delete(salts).where(salts.c.until <= now)).rowcount


def next_over(conn: Connection) -> datetime | None:
    """Return when the time of the next key is over."""
    return conn.execute(sa.select(salts.c.until).order_by(salts.c.until).limit(1)).scalar()


def marks(conn: Connection, salt: Salt, member: MemberId) -> tuple[str, ...]:
    """Return the marks of a person under a key, one for each of their accounts, always in the same order."""
    theirs = sa.select(accounts.c.platform, accounts.c.platform_id).where(
        accounts.c.member_id == member
    )
    refs = sorted((row.platform, row.platform_id) for row in conn.execute(theirs))
    return tuple(salt.token(AccountRef(*each)) for each in refs)


def count(conn: Connection, salt: Salt, member: MemberId) -> int:
    """Return how often somebody has spoken under a key, by whichever of their accounts."""
    known = sa.select(sa.func.max(tokens.c.count)).where(
        tokens.c.salt_id == salt.id, tokens.c.token.in_(marks(conn, salt, member))
    )
    return conn.execute(known).scalar() or 0


def add(conn: Connection, salt: Salt, member: MemberId) -> None:
    """Count that somebody has spoken once more under a key; for each account, as they may be taken apart."""
    spoken = count(conn, salt, member) + 1
    for mark in marks(conn, salt, member):
        made = insert(tokens).values(salt_id=salt.id, token=mark, count=spoken)
        now = {"count": spoken}
        conn.execute(made.on_conflict_do_update(index_elements=["salt_id", "token"], set_=now))


def living(conn: Connection, member: MemberId) -> list[Salt]:
    """Return the keys that are there still of a member's community."""
    theirs = sa.select(members.c.community_id).where(members.c.id == member).scalar_subquery()
    known = conn.execute(sa.select(salts).where(salts.c.community_id == theirs))
    return [Salt(row.id, row.purpose, row.salt) for row in known]


def of_member(conn: Connection, member: MemberId) -> list[dict[str, Any]]:
    """Return how often a member has spoken under keys that are there still."""
    return [
        {"purpose": salt.purpose, "count": spoken}
        for salt in living(conn, member)
        if (spoken := count(conn, salt, member))
    ]
