"""Codes by which members link their accounts: hashes under a salt each, used once; and how many were tried in vain."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, MemberId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts
from learncomm_agent.storage.schema_linking import link_codes, link_tries

VALID = timedelta(minutes=10)
"""So long a code is good."""
TRIED_WITHIN = timedelta(minutes=15)
"""Tries in vain count so long."""
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Giver:
    """Who was given a code, and where they asked for it."""

    account: AccountId
    member: MemberId
    ref: AccountRef
    room: RoomId
    language: str


def keep(
    conn: Connection, account: AccountId, room: RoomId, code: str, language: str, now: datetime
) -> None:
    """Keep a code of an account, in the place of one that it was given before; let go of old ones."""
    tidy(conn, now)
    salt = secrets.token_bytes(SALT_BYTES)
    values = {
        "room_id": room,
        "salt": salt,
        "hash": _hash(code, salt),
        "language": language,
        "made_at": now,
    }
    made = insert(link_codes).values(account_id=account, **values)
    conn.execute(made.on_conflict_do_update(index_elements=["account_id"], set_=values))


def find(conn: Connection, community: CommunityId, code: str, now: datetime) -> Giver | None:
    """Return who was given a code in a community that is good still; None for any other code."""
    good = (
        sa.select(link_codes, accounts.c.member_id, accounts.c.platform, accounts.c.platform_id)
        .join(accounts, accounts.c.id == link_codes.c.account_id)
        .where(accounts.c.community_id == community, link_codes.c.made_at > now - VALID)
    )
    found = None
    for row in conn.execute(good):  # all of them, so that it takes as long for any code
        if hmac.compare_digest(_hash(code, row.salt), row.hash):
            found = Giver(
                AccountId(row.account_id),
                MemberId(row.member_id),
                AccountRef(row.platform, row.platform_id),
                RoomId(row.room_id),
                row.language,
            )
    return found


def void(conn: Connection, member: MemberId) -> None:
    """Let no code of any account of a member be good any more."""
    theirs = sa.select(accounts.c.id).where(accounts.c.member_id == member)
    conn.execute(sa.delete(link_codes).where(link_codes.c.account_id.in_(theirs)))


def tried(conn: Connection, account: AccountId, now: datetime) -> None:
    """Keep that an account tried a code that is none."""
    conn.execute(sa.insert(link_tries).values(account_id=account, tried_at=now))


def tries(
    conn: Connection, community: CommunityId, account: AccountId, now: datetime
) -> tuple[int, int]:
    """Return how often an account tried in vain of late, and all accounts of its community together."""
    late = sa.select(link_tries.c.account_id).join(accounts)
    late = late.where(accounts.c.community_id == community)
    found = list(conn.execute(late.where(link_tries.c.tried_at > now - TRIED_WITHIN)).scalars())
    return found.count(account), len(found)


def tidy(conn: Connection, now: datetime) -> None:
    """Let go of codes that are good no more, and of tries that don't count any more."""
    conn.execute(sa.delete(link_codes).where(link_codes.c.made_at <= now - VALID))
    conn.execute(sa.delete(link_tries).where(link_tries.c.tried_at <= now - TRIED_WITHIN))


def _hash(code: str, salt: bytes) -> bytes:
    """Return the hash of a code; it need not be slow, as a code is long and soon over."""
    return hashlib.blake2b(code.encode(), digest_size=32, salt=salt).digest()
