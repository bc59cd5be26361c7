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
