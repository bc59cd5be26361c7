"""What of a writing its readers may not see (any more): lines that rest on what is closed to them."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.storage import lexical, losses
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.lines import mark_changed
from learncomm_agent.storage.schema import items, messages, rests_on, shares, writings


def beyond(conn: Connection, writing: int, readable: Readable) -> list[int]:
    """Return the lines of a writing, by row id, that rest on anything that an audience may not read."""
    rooms = sa.func.json_each(lexical.rooms_of(readable)).table_valued("value")
    is_shared = sa.exists().where(
        shares.c.resource_id == rests_on.c.resource_id, lexical.is_ground(readable)
    )
    is_said = sa.exists().where(
        messages.c.id == rests_on.c.message_id,
        messages.c.room_id.in_(sa.select(rooms.c.value)),
    )
    closed = sa.or_(
        sa.and_(rests_on.c.resource_id.is_not(None), ~is_shared),
        sa.and_(rests_on.c.message_id.is_not(None), ~is_said),
    )
    held = sa.select(items.c.id).join(rests_on).where(items.c.writing_id == writing, closed)
    return list(conn.execute(held.distinct()).scalars())


def close(conn: Connection, writing: int, readable: Readable) -> int:
    """Let a writing hold only what an audience may read; return how many lines are others now.

    Lines that rest on what is closed to them go, and so does the name of who shared it where they do
    not see. What was asked stays, since it is the asker's.
    """
    gone = sa.delete(items).where(items.c.id.in_(beyond(conn, writing, readable)))
    lost = conn.execute(gone).rowcount
    less = sa.update(writings).where(writings.c.id == writing)
    conn.execute(less.values(lost=writings.c.lost + lost))
    losses.explain(conn, [writing], is_asked=False)
    named = _named_unseen(conn, writing, readable)
    for id, content in named:
        unnamed = {**content, "shared_by": None, "message": None}
        unnamed |= {name: "" for name in ("comment", "said_by") if name in content}
        conn.execute(sa.update(items).where(items.c.id == id).values(content=unnamed))
    if named:
        mark_changed(conn, [writing])
    return lost + len(named)


def is_closed(conn: Connection, writing: int, readable: Readable) -> bool:
    """Whether a writing holds anything that an audience may not read."""
    return bool(beyond(conn, writing, readable) or _named_unseen(conn, writing, readable))


def _named_unseen(
    conn: Connection, writing: int, readable: Readable
) -> list[tuple[int, dict[str, Any]]]:
    """Return the lines that name who shared something where an audience does not see it."""
    first = items.c.content["shares"][0].as_integer()
    held = (
        sa.select(items.c.id, items.c.content)
        .join(shares, shares.c.id == first)
        .where(
            items.c.writing_id == writing,
            items.c.content["shared_by"].as_string().is_not(None),
            ~lexical.is_open(readable),
        )
    )
    return [(row[0], row[1]) for row in conn.execute(held)]
