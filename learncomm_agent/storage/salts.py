"""Keys under which somebody is counted without being known, and the counts; both go when the key's time is over.

A mark is made of a key and a member. While the key is there, whoever reads the store could try all
members; once it is thrown away, nobody can.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import members
from learncomm_agent.storage.schema_feedback import salts, tokens

_BYTES = 32
_SIGNS = 32


@dataclass(frozen=True, slots=True)
class Salt:
    """A key, for one purpose in one community."""

    id: int
    purpose: str
    key: bytes

    def token(self, member: MemberId) -> str:
        """Return the mark of a member under this key."""
        return hmac.new(self.key, str(int(member)).encode(), hashlib.sha256).hexdigest()[:_SIGNS]


def find(conn: Connection, community: CommunityId, purpose: str, now: datetime) -> Salt | None:
    """Return the key for a purpose; None where there is none, or its time is over."""
    known = sa.select(salts).where(
        salts.c.community_id == community, salts.c.purpose == purpose, salts.c.until > now
    )
    row = conn.execute(known).first()
    return None if row is None else Salt(row.id, row.purpose, row.salt)


def make(conn: Connection, community: CommunityId, purpose: str, until: datetime) -> Salt:
    """Make a key for a purpose, in the place of one whose time is over."""
    forget(conn, community, purpose)
    key = secrets.token_bytes(_BYTES)
    made = sa.insert(salts).values(community_id=community, purpose=purpose, salt=key, until=until)
    id = int(conn.execute(made.returning(salts.c.id)).scalar_one())
    return Salt(id, purpose, key)


def forget(conn: Connection, community: CommunityId, purpose: str) -> bool:
    """Throw a key away, and all counts with it; whether there was one."""
    gone = sa.delete(salts).where(salts.c.community_id == community, salts.c.purpose == purpose)
    return conn.execute(gone).rowcount > 0


def forget_over(conn: Connection, now: datetime) -> int:
    """Throw away the keys whose time is over; return how many."""
    return conn.execute(sa.delete(salts).where(salts.c.until <= now)).rowcount


def count(conn: Connection, salt: Salt, member: MemberId) -> int:
    """Return how often somebody has spoken under a key."""
    known = sa.select(tokens.c.count).where(
        tokens.c.salt_id == salt.id, tokens.c.token == salt.token(member)
    )
    return conn.execute(known).scalar() or 0


def add(conn: Connection, salt: Salt, member: MemberId) -> None:
    """Count that somebody has spoken once more under a key."""
    made = insert(tokens).values(salt_id=salt.id, token=salt.token(member), count=1)
    more = {"count": tokens.c.count + 1}
    conn.execute(made.on_conflict_do_update(index_elements=["salt_id", "token"], set_=more))


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


def erase(conn: Connection, member: MemberId) -> None:
    """Know no more how often a member has spoken."""
    for salt in living(conn, member):
        gone = sa.delete(tokens).where(
            tokens.c.salt_id == salt.id, tokens.c.token == salt.token(member)
        )
        conn.execute(gone)
