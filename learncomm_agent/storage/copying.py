"""A copy of the database while it is in use, and whether such a copy is whole."""

import sqlite3
from contextlib import closing
from pathlib import Path

from learncomm_agent.errors import SchemaTooNewError, StorageError
from learncomm_agent.storage.engine import ours
from learncomm_agent.storage.migrating import SCRIPTS


def copy(source: Path, target: Path) -> None:
    """Write one snapshot of a database into an empty file, beside whoever writes to it. Blocks.

    Only rows that are there are copied, no page that was freed: what was deleted is not in the copy.

    Raises:
        StorageError: It is damaged, or the copy can't be written.
    """
    try:
        with closing(_opened(source)) as conn:
            conn.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise _damaged(str(error)) from error
        raise ours(error) from error


def check(path: Path) -> str:
    """Return the schema that a database is at, once it is found to be whole. Blocks.

    Raises:
        StorageError: It is broken, or none of ours.
        SchemaTooNewError: A newer learncomm wrote it.
    """
    try:
        with closing(_opened(path)) as conn:
            found = conn.execute("PRAGMA quick_check(1)").fetchall()
            if found != [("ok",)]:
                raise _damaged(found[0][0])
            (version,) = conn.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _damaged(type(error).__name__) from error
    if version not in _known():
        raise SchemaTooNewError(f"the copy is at schema {str(version)[:40]!r}")
    return str(version)


def rename(path: Path, instead: Path) -> None:
    """Let a copy go by a name of its own, or a server of vectors would take it for its original. Blocks.

    Args:
        path: The copy, which nobody has open; its name is made anew when it is.
        instead: The database in whose place it comes: if that was the original, the name stays.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            if (name := _name(conn)) is None or (instead.exists() and _name_in(instead) == name):
                return
            conn.execute("DELETE FROM state WHERE key = 'store'")
    except sqlite3.Error as error:
        raise ours(error) from error


def _name_in(path: Path) -> str | None:
    try:
        with closing(_opened(path)) as conn:
            return _name(conn)
    except (sqlite3.Error, UnicodeDecodeError):  # what is replaced may be broken
        return None


def _name(conn: sqlite3.Connection) -> str | None:
    has_state = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone()
    found = has_state and conn.execute("SELECT value FROM state WHERE key = 'store'").fetchone()
    return str(found[0]) if found else None


def _damaged(why: str) -> StorageError:
    return StorageError(f"the database is damaged: {why!r}", phrase="error.store_broken")


def _opened(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)


def _known() -> set[str]:
    """Return the schemas that this version can bring up to date; their files begin with their number."""
    return {path.stem.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py")}
