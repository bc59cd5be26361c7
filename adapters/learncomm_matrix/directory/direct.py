"""Which rooms are direct talks: those that were begun as such, and hold the agent and one other account."""

import asyncio
from collections.abc import Mapping

from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.state import RoomState

_CLOSED = frozenset({"invite", "knock", "private"})
"""Where nobody comes in whom nobody who is there has let in."""


class Direct:
    """Knows them by the account data `m.direct`, and by what invitations said."""

    def __init__(self, homeserver: Homeserver, me: str) -> None:
        """Take where they are noted, and the agent's own account."""
        self._homeserver = homeserver
        self._me = me
        self._talks: dict[str, tuple[str, ...]] = {}
        self._changing = asyncio.Lock()

    def told(self, talks: Mapping[str, tuple[str, ...]]) -> None:
        """Take what the homeserver has noted."""
        self._talks = {user: tuple(rooms) for user, rooms in talks.items()}

    def partner(self, room: RoomState) -> str | None:
        """Return whose direct talk a room is; None where it is none, or a third one is there or may come."""
        is_noted = any(room.id in rooms for rooms in self._talks.values())
        if room.is_space or not (is_noted or room.direct_to_us):
            return None  # as most rooms, whose members need not be counted
        if room.join_rule not in _CLOSED or room.visibility == "world_readable":
            return None
        there = (room.joined | room.invited) - {self._me}
        if len(there) != 1:
            return None
        (user,) = there
        return user if room.direct_to_us or room.id in self._talks.get(user, ()) else None

    def of(self, user_id: str) -> tuple[str, ...]:
        """Return the rooms that are noted as talks with somebody, the newest first."""
        return self._talks.get(user_id, ())[::-1]

    async def note(self, user_id: str, room_id: str) -> None:
        """Note a room as a talk with somebody, for us and for other clients of this account.

        Raises:
            PlatformError: It is not noted.
        """
        async with self._changing:
            known = self._talks.get(user_id, ())
            if room_id in known:
                return
            talks = {**self._talks, user_id: (*known, room_id)}
            await self._homeserver.set_direct(talks)
            self._talks = talks

    async def open(self, user_id: str, *, is_encrypted: bool = False) -> str:
        """Make a direct talk with somebody, and return its room.

        Raises:
            PlatformError: There is none.
        """
        room_id = await self._homeserver.create_room(
            invite=[user_id], is_direct=True, is_encrypted=is_encrypted
        )
        await self.note(user_id, room_id)
        return room_id

    async def reopen(self, room_id: str, user_id: str) -> None:
        """Invite somebody into the talk that they have left.

        Raises:
            PlatformError: They are not invited.
        """
        invitation = {"membership": "invite", "is_direct": True}
        await self._homeserver.put_state(room_id, "m.room.member", user_id, invitation)
