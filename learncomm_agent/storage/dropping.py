"""Due work that is not wanted any more."""

import sqlalchemy as sa

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import work


def is_known(conn: Connection, key: str) -> bool:
    """Whether there is a row of this key, done or not."""
    return conn.execute(sa.select(work.c.id).where(work.c.key == key)).first() is not None


def drop(conn: Connection, name: str, lane: str, room: RoomId | None = None) -> None:
    """Drop the rows of one name in a lane, done or not; those of one room where it is given.

    Also where it is being done: who lost the row writes nothing.
    """
    doomed = sa.delete(work).where(work.c.name == name, work.c.lane == lane)
    if room is not None:
        doomed = doomed.where(work.c.args["room"].as_integer() == room)
    conn.execute(doomed)
