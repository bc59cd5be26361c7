"""Small facts by name: of the store, of what was done with it once, of the process that holds it."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import state

BACKUP = "backup"
"""Under this name stands when the store was copied last."""


def put(conn: Connection, key: str, value: Mapping[str, Any], at: datetime) -> None:
    """Keep a fact in the place of the older one."""
    made = insert(state).values(key=key, value=dict(value), at=at)
    changed = {"value": dict(value), "at": at}
    conn.execute(made.on_conflict_do_update(index_elements=["key"], set_=changed))


def store_id(conn: Connection, at: datetime) -> str:
    """Return the random name of this store, made if need be."""
    found = get(conn, "store")
    if found is not None:
        return str(found[0]["id"])
    made = secrets.token_hex(8)
    put(conn, "store", {"id": made}, at)
    return made


def get(conn: Connection, key: str) -> tuple[Mapping[str, Any], datetime] | None:
    """Return a fact and when it was kept; None where it is not known."""
    row = conn.execute(sa.select(state.c.value, state.c.at).where(state.c.key == key)).first()
    return None if row is None else (row[0], row[1])
