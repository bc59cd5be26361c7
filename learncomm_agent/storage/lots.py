"""Row ids that are drawn by lot, so that neither they nor their order tell when something came."""

import secrets

import sqlalchemy as sa

from learncomm_agent.errors import StorageError
from learncomm_agent.storage.database import Connection

NUMBERS = 1_000_000
"""Small enough to be typed."""
_TRIES = 100


def drawn(conn: Connection, table: sa.Table) -> int:
    """Return an id that no row of a table has.

    Raises:
        StorageError: None was free.
    """
    for _ in range(_TRIES):
        id = 1 + secrets.randbelow(NUMBERS)
        if conn.execute(sa.select(table.c.id).where(table.c.id == id)).first() is None:
            return id
    raise StorageError(f"no number is free in {table.name!r}")
