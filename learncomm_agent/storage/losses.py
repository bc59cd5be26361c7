"""Why writings have lost lines: at a member's request, or because what these rested on was changed or deleted."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import writings

AS_ASKED = frozenset({"withdraw", "erase"})
"""What is done at a member's request, whichever account that comes from."""
_ASKED, _OTHERWISE = "lost_as_asked", "lost_otherwise"


def explain(conn: Connection, ids: Collection[int], *, is_asked: bool) -> None:
    """Keep why those lines of some writings went of which that is not known yet."""
    known = sa.select(writings.c.id, writings.c.lost, writings.c.trace)
    for row in conn.execute(known.where(writings.c.id.in_(ids), writings.c.lost > 0)).all():
        name = _ASKED if is_asked else _OTHERWISE
        new = row.lost - row.trace.get(_ASKED, 0) - row.trace.get(_OTHERWISE, 0)
        if new > 0:
            trace = {**row.trace, name: row.trace.get(name, 0) + new}
            conn.execute(sa.update(writings).where(writings.c.id == row.id).values(trace=trace))


def as_asked(lost: int, trace: Mapping[str, Any]) -> int:
    """Return how many of the lines that a writing has lost went at a member's request."""
    return min(lost, int(trace.get(_ASKED, 0)))
