"""Since when what a member writes may be found: choosing *in* again brings nothing back."""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.storage import state as facts
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import EPOCH, accounts, members, messages, state

_KEY = "in again:"


def came_back(conn: Connection, member: MemberId, was: Consent, now: datetime) -> None:
    """Keep that a member chose *in* again, and what they had chosen until then."""
    facts.put(conn, f"{_KEY}{member}", {"was": was}, now)


def out_until(conn: Connection, member: MemberId) -> datetime:
    """Return until when a member was *out* who is not any more; ages ago where they never were."""
    known = facts.get(conn, f"{_KEY}{member}")
    return known[1] if known is not None and known[0]["was"] == Consent.OUT else EPOCH


def unite(conn: Connection, gone: MemberId, into: MemberId) -> None:
    """Let what two members who are one person wrote be found as the stricter of them allows: from the later moment on."""
    found = [facts.get(conn, f"{_KEY}{id}") for id in (gone, into)]
    known = [each for each in found if each is not None]
    conn.execute(sa.delete(state).where(state.c.key == f"{_KEY}{gone}"))
    if known:
        was = Consent.OUT if any(each[0]["was"] == Consent.OUT for each in known) else None
        latest = max(known, key=lambda each: each[1])
        facts.put(conn, f"{_KEY}{into}", {"was": was or latest[0]["was"]}, latest[1])


def take_along(conn: Connection, member: MemberId, other: MemberId) -> None:
    """Let what is kept of a member's choices hold for another, who was the same person until now."""
    known = facts.get(conn, f"{_KEY}{member}")
    if known is not None:
        facts.put(conn, f"{_KEY}{other}", known[0], known[1])


def is_findable() -> sa.ColumnElement[bool]:
    """The condition on `messages`, `accounts` and `members` that a message may be found in searches."""
    back_at = (
        sa.select(state.c.at)
        .where(state.c.key == sa.literal(_KEY).concat(sa.cast(members.c.id, sa.Text)))
        .scalar_subquery()
    )
    return sa.and_(
        members.c.consent == Consent.IN,
        accounts.c.is_bot.is_(False),
        messages.c.is_addressed.is_(False),
        sa.or_(back_at.is_(None), messages.c.posted_at >= back_at),
    )
