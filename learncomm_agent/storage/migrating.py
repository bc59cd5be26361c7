"""Bringing an older file to this version's schema, with Alembic and its traps in mind.

Alembic's batch mode copies a table and drops the old one. With foreign keys on, that empties every
child table without a word; so they are off before the transaction begins, and checked at its end.
The copy also counts its row ids from those that are left, which is mended here, and forgets that the
table never gives an id twice, unless told `table_kwargs={"sqlite_autoincrement": True}`.
"""

from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.errors import SchemaTooNewError, StorageError
from learncomm_agent.storage.engine import raw

HEAD = "0008"
"""The newest revision in `migrations/versions/`; a test compares."""
SCRIPTS = Path(__file__).parent / "migrations"


def version(conn: sa.Connection) -> str | None:
    """Return the revision that a file is at; None for a new one."""
    if not sa.inspect(conn).has_table("alembic_version"):
        return None
    return conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def upgrade(conn: sa.Connection, target: str = HEAD, scripts: Path = SCRIPTS) -> None:
    """Bring the file to a revision, in one transaction. Blocks.

    Args:
        conn: A connection without a transaction.
        target: The revision.
        scripts: Alembic's folder with `versions/` in it.

    Raises:
        SchemaTooNewError: The file is at a revision that this version doesn't know.
        StorageError: Rows would have lost the rows they belong to; nothing was changed.
    """
    present = version(conn)
    conn.rollback()
    if present == target:
        return
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    directory = ScriptDirectory(str(scripts))
    known = {script.revision for script in directory.walk_revisions()}
    if present is not None and present not in known:
        raise SchemaTooNewError(
            f"the store is at schema {present!r}, this version knows {target!r}"
        )
    raw(conn).execute("PRAGMA foreign_keys=OFF")
    try:
        with EnvironmentContext(
            Config(), directory, fn=lambda rev, _: directory._upgrade_revs(target, rev)
        ) as environment:
            environment.configure(connection=conn, transactional_ddl=True)
            with environment.begin_transaction():
                given = _ids_given(conn)
                environment.run_migrations()
                _keep_ids(conn, given)
                _check(conn)
        conn.commit()
    finally:
        conn.rollback()
        raw(conn).execute("PRAGMA foreign_keys=ON")


def _ids_given(conn: sa.Connection) -> dict[str, int]:
    """Return the highest row id that each table ever gave out."""
    if not sa.inspect(conn).has_table("sqlite_sequence"):
        return {}
    given = conn.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    return {row[0]: row[1] for row in given}


def _keep_ids(conn: sa.Connection, given: dict[str, int]) -> None:
    """Give out no id again: a table that was copied counts from the rows that it has left."""
    present = _ids_given(conn)
    for table, highest in given.items():
        if table not in present:
            kept = "INSERT INTO sqlite_sequence(seq, name) VALUES (?, ?)"
        elif present[table] < highest:
            kept = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
        else:
            continue
        conn.exec_driver_sql(kept, (highest, table))


def _check(conn: sa.Connection) -> None:
    """Refuse the change where a row points to a row that is gone."""
    orphans = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        tables = sorted({row[0] for row in orphans})
        raise StorageError(f"the migration left {len(orphans)} orphans in {tables!r}")
