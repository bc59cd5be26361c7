"""A prepared statement does what the one that it was made of does."""

import sqlite3

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.errors import StorageError
from learncomm_agent.storage import communities
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.prepared import Prepared
from learncomm_agent.storage.schema import audit, micros
from learncomm_agent.testing.clock import MONDAY_MORNING


def home(conn: Connection) -> int:
    made = communities.ensure(
        conn, "home", name="Home", language="en", timezone="UTC", now=MONDAY_MORNING
    )
    return made.id


def test_what_is_always_the_same_stays_with_it() -> None:
    name = sa.case((audit.c.action == "old", "new"), else_=sa.null())
    made = Prepared.of(
        sa.update(audit).where(audit.c.id == sa.bindparam("row")).values(action=name)
    )
    assert sorted(made.fixed.values()) == ["new", "old"]
    assert ":row" in made.sql


async def test_it_writes_what_a_statement_of_the_schema_reads(database: Database) -> None:
    made = Prepared.of(insert(audit), ["community_id", "at", "action", "subject", "detail"])
    values = {"at": micros(MONDAY_MORNING), "action": "x", "subject": "y"}

    def write(conn: Connection) -> None:
        assert made.run(conn, {**values, "community_id": home(conn), "detail": "{}"}).rowcount == 1
        row = conn.execute(sa.select(audit).where(audit.c.action == "x")).one()
        assert (row.at, row.subject, row.detail) == (MONDAY_MORNING, "y", {})

    await database.write(write)


async def test_what_is_refused_is_an_error_of_ours(database: Database) -> None:
    made = Prepared.of(insert(audit), ["community_id", "at", "action", "subject", "detail"])

    def write(conn: Connection) -> None:
        with pytest.raises(sqlite3.Error):
            made.run(conn, {})
        made.run(conn, {"community_id": None, "at": 0, "action": "", "subject": "", "detail": "{}"})

    with pytest.raises(StorageError):
        await database.write(write)
