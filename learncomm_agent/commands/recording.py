"""Keeping in the audit what leaders do, in the transaction that does it."""

from dataclasses import replace

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.storage import audit
from learncomm_agent.storage.database import Connection
from learncomm_agent.work import Commit


def record(context: Context, action: str, subject: str, **detail: int | str) -> Commit:
    """Return what keeps that whoever asks did something: ids and counts, never text."""

    def commit(conn: Connection) -> None:
        community, by, at = context.community.id, context.account_id, context.services.clock.now()
        audit.record(conn, community, action, subject, at=at, account=by, detail=detail)

    return commit


def recorded(context: Context, reply: Reply, action: str, subject: str) -> Reply:
    """Return a reply that keeps with what it does that it was done; one that does nothing stays as it is."""
    if not reply.commits:
        return reply
    return replace(reply, commits=(*reply.commits, record(context, action, subject)))
