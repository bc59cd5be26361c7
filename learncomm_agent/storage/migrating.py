"""Bringing an older file to this version's schema, with Alembic and its traps in mind.

Alembic's batch mode copies a table and drops the old one. With foreign keys on, that empties every
child table without a word; so they are off before the transaction begins, and checked at its end.
"""

from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.errors import SchemaTooNewError, StorageError

HEAD = "0001"
"""The newest revision in `migrations/versions/`; a test compares."""
SCRIPTS = Path(__file__).parent / "migrations"


def version(conn: sa.Connection) -> str | None:
    """Return the revision that a file is at; None for a new one."""
    if not sa.inspect(conn).has_table("alembic_version"):
        return None
    return conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def upgrade(conn: sa.Connection, target: str = "head") -> None:
    """Bring the file to a revision, in one transaction. Blocks.

    Raises:
        SchemaTooNewError: The file is at a revision that this version doesn't know.
        StorageError: Rows would have lost the rows they belong to; nothing was changed.
    """
    present = version(conn)
    conn.rollback()
    if present == HEAD:
        return
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(SCRIPTS))
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise SchemaTooNewError(f"the store is at schema {present!r}, this version knows {HEAD!r}")
    raw = conn.connection.dbapi_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with EnvironmentContext(
            Config(), scripts, fn=lambda rev, _: scripts._upgrade_revs(target, rev)
        ) as environment:
            environment.configure(connection=conn, transactional_ddl=True)
            with environment.begin_transaction():
                environment.run_migrations()
                _check(conn)
        conn.commit()
    finally:
        conn.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def _check(conn: sa.Connection) -> None:
    """Refuse the change where a row points to a row that is gone."""
    orphans = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        tables = sorted({row[0] for row in orphans})
        raise StorageError(f"the migration left {len(orphans)} orphans in {tables!r}")
