"""Words that several members looked for alone, as others were told them: they go when one of them is forgotten."""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import items, writings

ASKED = "asked"
"""In the content of such a line: the writings in which the words were looked for."""
KINDS = ("letter", "digest")
"""The kinds of writings that hold such lines."""


def drop_shared(conn: Connection, asked: Collection[int]) -> tuple[int, ...]:
    """Drop the lines that tell what was looked for in any of some writings; return where they stood."""
    if not asked:
        return ()
    told = sa.select(items.c.id, items.c.writing_id, items.c.content[ASKED]).where(
        items.c.writing_id.in_(sa.select(writings.c.id).where(writings.c.kind.in_(KINDS))),
        items.c.writing_id > min(asked),  # told later than asked; far fewer to look through
        items.c.content[ASKED].as_string().is_not(None),
    )
    gone = set(asked)
    doomed = {row[0]: row[1] for row in conn.execute(told) if not gone.isdisjoint(row[2])}
    for item in doomed:
        conn.execute(sa.delete(items).where(items.c.id == item))
    for id, count in Counter(doomed.values()).items():
        less = sa.update(writings).where(writings.c.id == id)
        conn.execute(less.values(lost=writings.c.lost + count))
    return tuple(sorted(set(doomed.values())))
