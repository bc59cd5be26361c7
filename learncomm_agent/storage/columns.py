"""Columns that many tables have: the id of a row, and the row of another table."""

from typing import Literal

import sqlalchemy as sa

OnDelete = Literal["CASCADE", "SET NULL"]


def row_id() -> sa.Column[int]:
    """Return the id of a row."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def key(
    table: str,
    name: str,
    on_delete: OnDelete = "CASCADE",
    *,
    null: bool = False,
    primary: bool = False,
) -> sa.Column[int]:
    """Return a reference to a row of another table: with that row, its own goes or forgets it."""
    to = sa.ForeignKey(f"{table}.id", ondelete=on_delete)
    return sa.Column(name, to, nullable=null, primary_key=primary)
