"""Rows that come with an id of their own, from an export: under it where it is free."""

from typing import Any

import sqlalchemy as sa

from learncomm_agent.storage.database import Connection


def reserve(conn: Connection, table: str, highest: int) -> None:
    """Have new rows of a table counted from behind an id, which then is free for the row that has it."""
    values = {"table": table, "highest": highest}
    raised = conn.execute(
        sa.text("UPDATE sqlite_sequence SET seq = max(seq, :highest) WHERE name = :table"), values
    )
    if not raised.rowcount:
        conn.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:table, :highest)"), values)


def insert(conn: Connection, table: sa.Table, id: int, values: dict[str, Any]) -> int:
    """Add a row under an id, or under the next one where another row has that."""
    if conn.execute(sa.select(table.c.id).where(table.c.id == id)).first() is None:
        values = {"id": id, **values}
    return int(conn.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one())
