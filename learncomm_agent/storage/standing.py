"""Rows of due work of which there is always one, at the same place: it is moved, and no other is added for it.

Rows of work count up, and rows of what people asked are kept for a while. A row that was added because
of something that nobody is to be known by would stand beside the one of whoever did it.
"""

from datetime import datetime

import sqlalchemy as sa

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import IS_OPEN
from learncomm_agent.storage.schema import work


def ensure(conn: Connection, name: str, due: datetime) -> None:
    """Have the row of a name, which falls due at a moment where there was none."""
    known = sa.select(work.c.id).where(IS_OPEN, work.c.name == name)
    if conn.execute(known.limit(1)).first() is None:
        _put(conn, name, due)


def put_back(conn: Connection, name: str, due: datetime, id: int) -> None:
    """Have the row of a name once more, in the transaction that is done with it, under the same number."""
    _put(conn, name, due, id=id)


def sooner(conn: Connection, name: str, due: datetime) -> None:
    """Have the row of a name fall due by a moment; one that runs looks for itself when it does next."""
    later = sa.update(work).where(IS_OPEN, work.c.name == name, work.c.due > due)
    conn.execute(later.where(work.c.leased_until.is_(None)).values(due=due))


def _put(conn: Connection, name: str, due: datetime, **id: int) -> None:
    values = {"name": name, "args": {}, "due": due, "lane": name, "attempts": 0, **id}
    conn.execute(sa.insert(work), values)
