"""What becomes of rooms, members and spaces themselves, each change in one transaction."""

from collections.abc import Callable

from learncomm_agent.chat.events import MemberChanged, RoomChanged, SpaceChanged
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.rereading import Rereading
from learncomm_agent.community.leaving import Leaving
from learncomm_agent.community.newcomers import Newcomers
from learncomm_agent.storage import communities, members
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory

Left = Callable[[Connection, CommunityId, MemberChanged], None]
"""Takes that somebody has left a room or a space."""


class Changes:
    """Follows them."""

    def __init__(
        self,
        directory: Directory,
        newcomers: Newcomers,
        rereading: Rereading,
        leaving: Leaving,
        left: Left = lambda conn, community, event: None,
    ) -> None:
        """Take what it needs, and who is to know of somebody who has left."""
        self._directory = directory
        self._newcomers = newcomers
        self._rereading = rereading
        self._leaving = leaving
        self._left = left

    def follow(self, conn: Connection, event: RoomChanged | MemberChanged | SpaceChanged) -> None:
        """Keep what has changed, in a transaction."""
        match event:
            case RoomChanged(is_present=True):
                self._room(conn, event)
            case RoomChanged():
                self._leaving.room(conn, event)
            case MemberChanged():
                self._member(conn, event)
            case SpaceChanged():
                self._leaving.space(conn, event)

    def _room(self, conn: Connection, event: RoomChanged) -> None:
        """Keep how a room is called, and read a thread that was opened while nobody told."""
        if self._directory.is_left(event.room.ref.space):
            return
        is_new = self._directory.known_room(conn, event.room.ref) is None
        room = self._directory.room(conn, event.room)
        if is_new and room.room.is_read and room.room.kind is RoomKind.THREAD:
            self._rereading.met(conn, room.id)

    def _member(self, conn: Connection, event: MemberChanged) -> None:
        """Follow somebody who is known; of others nothing is kept."""
        space = event.space if event.room is None else event.room.space
        known = None if space is None else communities.of_space(conn, space)
        if known is None:
            return
        if not event.is_present:
            self._newcomers.left(conn, known[1], event)
            self._left(conn, known[1], event)
        elif members.find_account(conn, known[1], event.account.ref) is not None:
            self._directory.account(conn, known[1], event.account)
