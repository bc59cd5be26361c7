"""Statements as the driver runs them: for the few that run for each thing done, where making them costs most."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from learncomm_agent.storage.engine import raw

_DIALECT = sqlite.dialect(paramstyle="named")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One, as text, with the values that are always the same."""

    sql: str
    fixed: Mapping[str, Any]

    @classmethod
    def of(cls, statement: sa.sql.expression.UpdateBase, columns: Sequence[str] = ()) -> "Prepared":
        """Return a statement so; of an insert, with the columns that are given."""
        made = statement.compile(dialect=_DIALECT, column_keys=columns or None)
        given = {name: value for name, value in made.params.items() if value is not None}
        return cls(str(made), {name: given[name] for name in given.keys() - {*columns}})

    def run(self, conn: sa.Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Run it with values as SQLite keeps them: moments as `micros`, lists as JSON.

        Raises:
            sqlite3.Error: The database refused; `Database` turns it into one of ours.
        """
        return raw(conn).execute(self.sql, {**self.fixed, **values})
