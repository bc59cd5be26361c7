"""An older file becomes one of today with all its rows, or stays as it was."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.errors import SchemaTooNewError, StorageError
from learncomm_agent.storage import (
    lexical,
    migrating,
    schema,
    schema_feedback,
    schema_growing,
    schema_linking,
    schema_matching,
    schema_nudges,
    schema_promises,
    schema_reading,
    schema_sessions,
    schema_sources,
    schema_writing,
)
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.engine import make_engine

TOPICS = """
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("rooms", recreate="always", table_kwargs=kept) as rooms:
        rooms.add_column(sa.Column("topic", sa.Text, nullable=False, server_default=""))
"""
ORPHANS = "    op.execute('DELETE FROM rooms WHERE id = 2')"
KILLED = f"{TOPICS}\n    __import__('os').kill(__import__('os').getpid(), 9)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of today with some rows in every table."""
    return filled(tmp_path / "old.sqlite3", migrating.HEAD)


def filled(file: Path, revision: str) -> Path:
    upgrade(file, revision)
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("PRAGMA foreign_keys=ON")
        for table in tables(conn):
            fill(conn, table)
        conn.execute("INSERT INTO chunks_fts(chunks_fts) VALUES('rebuild')")
        conn.commit()
    return file


@pytest.fixture
def with_second(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a folder of scripts with a second revision, whose body is given."""

    def make(body: str) -> Path:
        scripts = tmp_path / "migrations"
        shutil.copytree(migrating.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        head = "import sqlalchemy as sa\nfrom alembic import op\n"
        ids = f"revision = 'next'\ndown_revision = '{migrating.HEAD}'\n"
        second = f"{head}{ids}\ndef upgrade() -> None:\n{body}\n"
        (scripts / "versions" / "9999_next.py").write_text(second)
        return scripts

    return make


def upgrade(file: Path, target: str, scripts: Path = migrating.SCRIPTS) -> None:
    engine = make_engine(file, "normal")
    try:
        with engine.connect() as conn:
            migrating.upgrade(conn, target, scripts)
    finally:
        engine.dispose()


def tables(conn: sqlite3.Connection) -> list[str]:
    """The tables of the file in the order in which they were made; those of FTS5 are its own."""
    named = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    own = ("sqlite_", "alembic_", "chunks_fts")
    return [name for (name,) in named if not name.startswith(own)]


def fill(conn: sqlite3.Connection, table: str) -> None:
    """Put three rows into a table, each with what it refers to."""
    referring = {row[3] for row in conn.execute(f"PRAGMA foreign_key_list({table})")}
    columns = [row[1:3] for row in conn.execute(f"PRAGMA table_info({table})")]
    for number in (1, 2, 3):
        row = {
            name: number if kind != "TEXT" or name in referring else f"{name} {number}"
            for name, kind in columns
        }
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


def counts(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as conn:
        return {
            table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables(conn)
        }


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as conn:
        return list(conn.iterdump())


def shape(conn: sqlite3.Connection) -> dict[str, Any]:
    """All that matters of the tables of a file, however their statements were laid out."""
    made = dict(conn.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {
        table: {
            "columns": conn.execute(f"PRAGMA table_info({table})").fetchall(),
            "references": sorted(
                row[2:] for row in conn.execute(f"PRAGMA foreign_key_list({table})")
            ),
            "never gives an id twice": "AUTOINCREMENT" in made[table],
            "indexes": sorted(indexes(conn, table, made)),
        }
        for table in tables(conn)
    } | {"full text": re.sub(r"\s", "", made["chunks_fts"])}


def indexes(
    conn: sqlite3.Connection, table: str, made: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    for _, name, is_unique, origin, is_partial in conn.execute(f"PRAGMA index_list({table})"):
        columns = tuple(row[2] for row in conn.execute(f"PRAGMA index_info({name})"))
        sql = " ".join(made.get(name, "").split())
        yield columns, is_unique, origin, is_partial, sql


def test_a_migrated_file_is_what_the_schema_says(tmp_path: Path) -> None:
    upgrade(tmp_path / "migrated", migrating.HEAD)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'made'}")
    with engine.begin() as conn:
        for table in (
            schema_sources.pages,
            schema_reading.cursors,
            schema_writing.drafts,
            schema_linking.link_codes,
            schema_sessions.sessions,
            schema_nudges.nudges,
            schema_promises.actions,
            schema_matching.profiles,
            schema_feedback.feedback,
            schema_growing.goals,
        ):
            assert table.name in schema.metadata.tables
        schema.metadata.create_all(conn)
        conn.exec_driver_sql(lexical.FULL_TEXT)
    engine.dispose()
    with (
        closing(sqlite3.connect(tmp_path / "migrated")) as migrated,
        closing(sqlite3.connect(tmp_path / "made")) as made,
    ):
        assert shape(migrated) == shape(made)


def test_the_newest_script_is_the_head() -> None:
    revisions = sorted(path.name[:4] for path in migrating.SCRIPTS.glob("versions/0*.py"))
    assert revisions[-1] == migrating.HEAD
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


@pytest.mark.parametrize("revision", ["0001"])
def test_an_older_file_comes_along_with_all_its_rows(tmp_path: Path, revision: str) -> None:
    file = filled(tmp_path / "older.sqlite3", revision)
    before = counts(file)
    upgrade(file, migrating.HEAD)
    after = counts(file)
    assert {table: after[table] for table in before} == before
    assert {after[table] for table in after.keys() - before.keys()} <= {0}
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("SELECT reading FROM rooms").fetchall() == [(None,)] * 3
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_parent_table_is_changed_and_no_row_of_its_children_is_lost(
    file: Path, with_second: Callable[[str], Path]
) -> None:
    before = counts(file)
    assert min(before.values()) == 3
    upgrade(file, "head", with_second(TOPICS))
    assert counts(file) == before
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("SELECT topic FROM rooms").fetchall() == [("",)] * 3
        assert "AUTOINCREMENT" in shape_of(conn, "rooms")
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("DELETE FROM rooms WHERE id = 1")
        left = "SELECT room_id FROM messages ORDER BY 1"
        assert conn.execute(left).fetchall() == [(2,), (3,)]


def shape_of(conn: sqlite3.Connection, table: str) -> str:
    made = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    return str(made.fetchone()[0])


@pytest.mark.parametrize("left", [2, 0])
def test_no_row_id_is_given_out_twice_though_the_table_was_copied(
    file: Path, with_second: Callable[[str], Path], left: int
) -> None:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("DELETE FROM rooms WHERE id > ?", (left,))
        conn.commit()
    upgrade(file, "head", with_second(TOPICS))
    with closing(sqlite3.connect(file)) as conn:
        made = conn.execute(
            "INSERT INTO rooms (community_id, space_id, platform_id, name, kind, is_read)"
            " VALUES (1, 1, 'new', 'new', 'room', 1) RETURNING id"
        )
        assert made.fetchone() == (4,)


def test_a_migration_that_leaves_orphans_is_refused_whole(
    file: Path, with_second: Callable[[str], Path]
) -> None:
    before = dump(file)
    with pytest.raises(StorageError, match=r"orphans in .*'messages'.*'posts'"):
        upgrade(file, "head", with_second(TOPICS + ORPHANS))
    assert dump(file) == before


def test_a_migration_that_is_killed_leaves_the_file_as_it_was(
    file: Path, with_second: Callable[[str], Path]
) -> None:
    before, scripts = dump(file), with_second(KILLED)
    code = (
        "import sys; from pathlib import Path\n"
        "from learncomm_agent.storage import engine, migrating\n"
        "conn = engine.make_engine(Path(sys.argv[1]), 'normal').connect()\n"
        "migrating.upgrade(conn, 'head', Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(file), str(scripts)], check=False)
    assert killed.returncode == -9
    assert dump(file) == before


def test_foreign_keys_hold_again_after_a_migration(file: Path) -> None:
    engine = make_engine(file, "normal")
    with engine.connect() as conn:
        migrating.upgrade(conn, "head")
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_file_of_today_is_left_alone(file: Path) -> None:
    before = dump(file)
    upgrade(file, migrating.HEAD)
    upgrade(file, "head")
    assert dump(file) == before


def test_a_file_of_a_newer_version_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.commit()
    database = Database(file)
    with pytest.raises(SchemaTooNewError, match="'9999'"):
        database.open()
    database.close()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "broken.sqlite3"
    file.write_bytes(b"no database at all, " * 400)
    database = Database(file)
    with pytest.raises(StorageError, match="not a database"):
        database.open()
    database.close()
    assert file.read_bytes() == b"no database at all, " * 400
