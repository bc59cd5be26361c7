"""How a SQLite file is connected to, and its errors turned into ours."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.errors import StorageError, StorageFullError


def make_engine(path: Path, synchronous: str, *, read_only: bool = False) -> sa.Engine:
    """Return an engine with the settings that `docs/architecture.md` explains."""

    def connect() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=10,
        )
        if not read_only:
            conn.execute("PRAGMA journal_mode=WAL")
            conn.execute(f"PRAGMA synchronous={synchronous}")
            conn.execute("PRAGMA secure_delete=ON")
        conn.execute("PRAGMA foreign_keys=ON")
        return conn

    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=sa.QueuePool,
        pool_size=2 if read_only else 1,
        max_overflow=0,
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    def do_begin(conn: sa.PoolProxiedConnection) -> None:
        conn.cursor().execute(begin)

    # In the place of a listener: with any, SQLAlchemy takes a slower way for every statement.
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign, assignment]
    return engine


def raw(conn: sa.Connection) -> sqlite3.Connection:
    """Return the driver's own connection, for what SQLAlchemy would only slow down or keep from running."""
    driver = conn.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def ours(error: BaseException) -> BaseException:
    """Turn the database's error into one of our tree; the values of the statement stay out of it."""
    if isinstance(error, StopIteration):  # no future takes one
        return RuntimeError(repr(error))
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return error
    is_full = getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    made = StorageFullError if is_full else StorageError
    return made(f"the database refused: {str(cause)!r}")
