"""Which rooms were told that they are read, and who was told on their own.

Remembered so that chatter costs no look-up. Used on the writer's thread alone.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.messages import MessageRef, Room, RoomId, RoomRef
from learncomm_agent.chat.people import (
    Account,
    AccountId,
    AccountRef,
    CommunityId,
    Consent,
    SpaceRef,
)
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection, after_commit
from learncomm_agent.storage.schema import messages, spaces
from learncomm_agent.storage.schema import rooms as room_rows
from learncomm_agent.storage.schema import state as facts
from learncomm_agent.storage.schema_reading import cursors, notices, told

_UNKNOWN = ""
"""Stands for a post of an earlier version, which did not keep its id."""
_SINCE = "read since:"
"""How an earlier version kept since when a room is read."""


class NoticeBoard:
    """Knows who has to be told before anything of theirs is kept."""

    def __init__(self) -> None:
        """Know of no room yet."""
        # By plain strings: every message of a room that is read is looked up here.
        self._rooms: dict[tuple[str, str, str], tuple[datetime, bool]] = {}
        """When reading began in the rooms that leaders chose, and whether they were told so."""
        self._told: set[tuple[CommunityId, str, str]] = set()

    def open(self, conn: Connection) -> None:
        """Read what was told before."""
        posted = (
            sa.select(spaces.c.platform, spaces.c.platform_id, room_rows.c.platform_id)
            .add_columns(notices.c.posted_at, notices.c.message)
            .join_from(room_rows, spaces)
            .join(notices, notices.c.room_id == room_rows.c.id)
            .where(room_rows.c.reading)
        )
        self._rooms = {
            (row[0], row[1], row[2]): (row[3], row[4] is not None) for row in conn.execute(posted)
        }

    def must_be_told(
        self, conn: Connection, community: CommunityId, room: Room, account: Account
    ) -> bool:
        """Whether somebody has to be told first that a room is read, since its notice was not for them.

        So it is for whoever came after it, or of whom that is not known; once for all rooms.
        """
        if not self._rooms or account.is_bot:
            return False
        key = (community, account.ref.platform, account.ref.id)
        if key in self._told:
            return False
        chosen = self._chosen(room)
        if chosen is None:  # by the platform's own word, which its people know
            return False
        at, was_told = chosen
        if was_told and account.since is not None and account.since <= at:
            return False
        known = members.find_account(conn, community, account.ref)
        if known is None:
            return True
        if is_told(conn, known[0]) or members.get(conn, known[1]).consent is Consent.OUT:
            after_commit(conn, lambda: self._told.add(key))
            return False
        return True

    def began_at(self, room: Room) -> datetime | None:
        """Return when reading began in a room that a leader chose, or where it branches from."""
        chosen = self._chosen(room)
        return None if chosen is None else chosen[0]

    def _chosen(self, room: Room) -> tuple[datetime, bool] | None:
        chosen = self._rooms.get(_key(room.ref))
        if chosen is None and room.parent is not None:
            chosen = self._rooms.get(_key(room.parent))
        return chosen

    def opened(
        self, conn: Connection, id: RoomId, room: RoomRef, at: datetime, notice: MessageRef | None
    ) -> None:
        """Keep that a room is read by choice, and by which post it was told; by none where None."""
        message = None if notice is None else notice.id
        values = {"posted_at": at, "message": message}
        made = insert(notices).values(room_id=id, **values)
        conn.execute(made.on_conflict_do_update(index_elements=["room_id"], set_=values))
        after_commit(conn, lambda: self._rooms.update({_key(room): (at, message is not None)}))

    def closed(self, conn: Connection, id: RoomId, room: RoomRef) -> str | None:
        """Keep that a room is read no more; return the post that had told it, by the platform's id."""
        gone = sa.delete(notices).where(notices.c.room_id == id).returning(notices.c.message)

        def close() -> None:
            self._rooms.pop(_key(room), None)

        after_commit(conn, close)
        return conn.execute(gone).scalar() or None

    def tell(
        self,
        conn: Connection,
        community: CommunityId,
        account: AccountId,
        ref: AccountRef,
        at: datetime,
    ) -> None:
        """Keep that somebody was told."""
        made = insert(told).values(account_id=account, told_at=at)
        conn.execute(made.on_conflict_do_nothing(index_elements=["account_id"]))
        after_commit(conn, lambda: self._told.add((community, ref.platform, ref.id)))

    def forget(self, conn: Connection, space: SpaceRef) -> None:
        """Know nothing of a space any more, nor who was told: its rows have gone."""

        def forget() -> None:
            self._told.clear()
            place = (space.platform, space.id)
            self._rooms = {key: each for key, each in self._rooms.items() if key[:2] != place}

        after_commit(conn, forget)


def is_told(conn: Connection, account: AccountId) -> bool:
    """Whether somebody was told on their own."""
    row = conn.execute(sa.select(told.c.account_id).where(told.c.account_id == account)).first()
    return row is not None


def adopt(conn: Connection, now: datetime) -> None:
    """Bring over what an earlier version kept of rooms that leaders chose; it told each of them."""
    lacking = sa.select(room_rows.c.id).where(
        room_rows.c.reading, room_rows.c.id.not_in(sa.select(cursors.c.room_id))
    )
    for id in conn.execute(lacking).scalars().all():
        oldest = sa.select(sa.func.min(messages.c.posted_at)).where(messages.c.room_id == id)
        since = sa.select(facts.c.at).where(facts.c.key == f"{_SINCE}{id}")
        at = conn.execute(since).scalar() or conn.execute(oldest).scalar() or now
        conn.execute(sa.insert(cursors).values(room_id=id, since=at, is_whole=True))
        conn.execute(
            insert(notices)
            .values(room_id=id, posted_at=at, message=_UNKNOWN)
            .on_conflict_do_nothing()
        )
    conn.execute(sa.delete(facts).where(facts.c.key.startswith(_SINCE)))


def _key(ref: RoomRef) -> tuple[str, str, str]:
    return ref.space.platform, ref.space.id, ref.id
