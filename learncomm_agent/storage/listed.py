"""Ids given to a statement as one value, so that it reads the same, and is prepared once, however many there are."""

import sqlalchemy as sa

_LIST = sa.func.json_each(sa.bindparam("these", type_=sa.JSON)).table_valued(
    sa.column("value", sa.Integer)
)
THESE = sa.select(_LIST.c.value)
"""The ids of the parameter `these`, a list."""
